// Whether molecules lie on each other, as ligands posed in one binding site do: then distances say which atom is which.
import type { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import type { Point } from './ligand.ts';

/** Å. Atoms of posed series are nearer than this; of molecules that lie anyhow, one in five is. */
const NEAR = 0.7;
const LEAST_SHARE = 0.6;

/**
 * True when, for at least half of all pairs, most heavy atoms of the smaller molecule have a heavy atom of the other beside
 * them. (On two published series: 0.96 of the atoms in the median pair, 0.8 in the worst; on generated coordinates: 0.27.)
 */
export function areAligned(molecules: readonly SmallMoleculeComponent[]): boolean {
  const heavy = molecules.map(molecule =>
    molecule.coordinates.filter((_, i) => molecule.atoms[i]?.atomicNumber !== 1),
  );
  const shares = heavy.flatMap((a, i) =>
    heavy.slice(i + 1).map(b => (a.length <= b.length ? shareBeside(a, b) : shareBeside(b, a))),
  );
  shares.sort((x, y) => x - y);
  return (shares[Math.floor(shares.length / 2)] ?? 0) >= LEAST_SHARE;
}

function shareBeside(few: readonly Point[], many: readonly Point[]): number {
  const beside = few.filter(p => many.some(q => isNear(p, q)));
  return beside.length / Math.max(few.length, 1);
}

function isNear(p: Point, q: Point): boolean {
  return (p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 + (p[2] - q[2]) ** 2 <= NEAR * NEAR;
}
