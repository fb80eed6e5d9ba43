// Writes what GROMACS needs to know of one solute in water: the topology (who is bonded to whom, by force-field type; the
// parameters come from GROMACS' own OPLS-AA files) and the coordinates in the middle of a box.
//
// Angles, dihedrals and 1-4 pairs are all the paths of two, three and three bonds in the molecule; without rings each pair
// of atoms is joined by exactly one path, so none is listed twice.
import type { TypedMolecule } from './oplsaa.ts';

/** Name of the solute's molecule type; mdp files couple it by this name. */
export const SOLUTE_NAME = 'SOLUTE';

const RESIDUE = 'MOL';
/** Function types of GROMACS: harmonic bond, harmonic angle, Ryckaert-Bellemans dihedral, Lennard-Jones pair. */
const [BOND, ANGLE, DIHEDRAL, PAIR] = [1, 1, 3, 1];

/** All paths of `bonds` bonds, each once, from the lower end index to the higher; indices from 0. */
export function bondedPaths(molecule: TypedMolecule, bonds: 1 | 2 | 3): number[][] {
  let paths: number[][] = molecule.atoms.map((_, index) => [index]);
  for (let step = 0; step < bonds; step++) {
    paths = paths.flatMap(path => {
      const next = molecule.neighbors[path.at(-1) as number] as readonly number[];
      return next.filter(atom => !path.includes(atom)).map(atom => [...path, atom]);
    });
  }
  return paths.filter(path => (path[0] as number) < (path.at(-1) as number));
}

/** The topology of the solute alone; `gmx solvate` appends the count of waters. */
export function topologyText(molecule: TypedMolecule, title: string): string {
  const section = (name: string, rows: readonly string[]): string =>
    rows.length === 0 ? '' : `\n[ ${name} ]\n${rows.join('\n')}\n`;
  const paths = (bonds: 1 | 2 | 3, functionType: number): string[] =>
    bondedPaths(molecule, bonds).map(path => `${path.map(i => i + 1).join(' ')} ${functionType}`);
  const pairs = bondedPaths(molecule, 3).map(
    path => `${(path[0] as number) + 1} ${(path[3] as number) + 1} ${PAIR}`,
  );
  const atoms = molecule.atoms.map((atom, i) => {
    const name = atomName(molecule, i);
    return `${i + 1} ${atom.type} 1 ${RESIDUE} ${name} 1 ${atom.charge.toFixed(4)} ${atom.mass}`;
  });
  return [
    '; OPLS-AA solute in TIP3P water\n#include "oplsaa.ff/forcefield.itp"\n',
    section('moleculetype', [`${SOLUTE_NAME} 3`]),
    section('atoms', atoms),
    section('bonds', paths(1, BOND)),
    section('pairs', pairs),
    section('angles', paths(2, ANGLE)),
    section('dihedrals', paths(3, DIHEDRAL)),
    '\n#include "oplsaa.ff/tip3p.itp"\n',
    section('system', [plainTitle(title)]),
    section('molecules', [`${SOLUTE_NAME} 1`]),
  ].join('');
}

/** The solute in the middle of a cubic box, as a `.gro` file. Coordinates in ångström, box edge in nanometer. */
export function coordinatesText(
  molecule: TypedMolecule,
  coordinatesAngstrom: readonly (readonly number[])[],
  boxEdgeNm: number,
  title: string,
): string {
  const shift = [0, 1, 2].map(axis => {
    const values = coordinatesAngstrom.map(position => position[axis] as number);
    return boxEdgeNm / 2 - (Math.min(...values) + Math.max(...values)) / 20;
  });
  const lines = coordinatesAngstrom.map((position, i) => {
    const name = atomName(molecule, i).padStart(5);
    const numbers = position.map((x, axis) => (x / 10 + (shift[axis] as number)).toFixed(3).padStart(8));
    return `    1${RESIDUE.padEnd(5)}${name}${String(i + 1).padStart(5)}${numbers.join('')}`;
  });
  const edge = boxEdgeNm.toFixed(5).padStart(10);
  return `${[plainTitle(title), String(lines.length), ...lines, edge + edge + edge].join('\n')}\n`;
}

/**
 * Edge in nm of the box: `smallestNm`, or more where the molecule is so long that it would come within the cut-off of its
 * own image. Rounded up to 0.1 nm so that conformers of a molecule get the same box.
 */
export function boxEdgeNm(
  coordinatesAngstrom: readonly (readonly number[])[],
  smallestNm: number,
  cutoffNm: number,
): number {
  let longest = 0;
  for (const a of coordinatesAngstrom) {
    for (const b of coordinatesAngstrom) {
      longest = Math.max(longest, Math.hypot(...a.map((x, axis) => x - (b[axis] as number))) / 10);
    }
  }
  return Math.max(smallestNm, Math.ceil((longest + 2 * cutoffNm) * 10 - 1e-9) / 10);
}

/** Unique within the molecule and at most five characters, as the format asks for. */
function atomName(molecule: TypedMolecule, index: number): string {
  return `${molecule.atoms[index]?.element}${index + 1}`;
}

/** Titles are free text of users; neither a line break nor a comment sign in one may reach the file's syntax. */
function plainTitle(title: string): string {
  return `solute ${title.replaceAll(/[^\w ,()+.-]/g, ' ').slice(0, 60)}`.trim();
}
