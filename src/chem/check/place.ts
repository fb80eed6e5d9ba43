// A look at where ligands lie in a protein: poses that got lost on the way (another frame, generated coordinates) compute for
// days before anybody notices.
import type { ChemicalSystem } from '../../gufe/chemical-system.ts';
import { ProteinComponent } from '../../gufe/components/protein.ts';
import { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import type { Point } from '../mapping/ligand.ts';
import { type Finding, nameOf, warning } from './finding.ts';

/** Å between the nearest heavy atoms: what is bound touches (3 to 4 Å), nothing is nearer than a bond is long. */
const FARTHEST = 8;
const NEAREST = 1.2;

/** Each ligand once a protein, however many systems hold the two. */
export function checkPlaces(systems: readonly ChemicalSystem[]): readonly Finding[] {
  const seen = new Set<string>();
  const atoms = new Map<string, readonly Point[]>();
  return systems.flatMap(({ components }) => {
    const all = [...components.values()];
    return all
      .filter(component => component instanceof ProteinComponent)
      .flatMap(protein => {
        const points = atoms.get(protein.key) ?? heavyAtoms(protein);
        atoms.set(protein.key, points);
        return all
          .filter(component => component instanceof SmallMoleculeComponent)
          .filter(({ key }) => !seen.has(`${protein.key} ${key}`))
          .flatMap(ligand => {
            seen.add(`${protein.key} ${ligand.key}`);
            return checkPlace(ligand, points);
          });
      });
  });
}

function heavyAtoms({ atoms, conformers: [flat] }: ProteinComponent): readonly Point[] {
  return atoms.flatMap(({ atomicNumber }, i): Point[] =>
    atomicNumber === 1 || flat === undefined
      ? []
      : [[flat[3 * i] ?? 0, flat[3 * i + 1] ?? 0, flat[3 * i + 2] ?? 0]],
  );
}

function checkPlace(ligand: SmallMoleculeComponent, protein: readonly Point[]): readonly Finding[] {
  const points = ligand.coordinates.filter((_, i) => ligand.atoms[i]?.atomicNumber !== 1);
  let squared = Number.POSITIVE_INFINITY;
  for (const [x, y, z] of points) {
    for (const [u, v, w] of protein) {
      const d = (x - u) ** 2 + (y - v) ** 2 + (z - w) ** 2;
      if (d < squared) squared = d;
    }
  }
  const distance = Math.sqrt(squared);
  if (!Number.isFinite(distance) || (distance >= NEAREST && distance <= FARTHEST)) return [];
  const text =
    distance > FARTHEST
      ? `the ligand does not touch the protein: their nearest heavy atoms are ${distance.toFixed(1)} Å apart. Is its pose in the protein's frame?`
      : `a heavy atom of the ligand lies ${distance.toFixed(1)} Å from one of the protein`;
  return [warning('out-of-place', nameOf(ligand), text)];
}
