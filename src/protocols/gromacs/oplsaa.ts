// Gives each atom of an alkane its OPLS-AA type (Jorgensen, Maxwell & Tirado-Rives, J. Am. Chem. Soc. 118, 11225 (1996)).
// In alkanes the type of a carbon follows from its number of hydrogens, all hydrogens are alike, and charges are such
// that every CHₙ group is neutral. Bonds, angles and dihedrals follow from the types, in GROMACS' own force field files.
//
// Everything else is refused with the first offending atom named: a guessed charge gives a wrong free energy without any
// error (GROMACS' own x2top does that for benzene, phenol and acetone).
import { symbolOf } from '../../gufe/components/elements.ts';
import { GromacsError } from './gromacs-error.ts';

/** A molecule as the force field sees it. Indices count from 0. */
export interface MoleculeGraph {
  readonly name: string;
  readonly atoms: readonly {
    readonly atomicNumber: number;
    readonly isotope: number;
    readonly formalCharge: number;
  }[];
  /** Order 1 is a single bond. */
  readonly bonds: readonly { readonly begin: number; readonly end: number; readonly order: number }[];
}

interface TypedAtom {
  readonly element: 'C' | 'H';
  readonly type: string;
  /** In elementary charges. */
  readonly charge: number;
  /** In g/mol. */
  readonly mass: number;
}

export interface TypedMolecule {
  readonly atoms: readonly TypedAtom[];
  /** `neighbors[i]`: the atoms bonded to atom i, ascending. */
  readonly neighbors: readonly (readonly number[])[];
}

/** By the number of hydrogens on the carbon: C, CH, CH2, CH3, CH4. */
const CARBON_TYPES = [
  { type: 'opls_139', charge: 0 },
  { type: 'opls_137', charge: -0.06 },
  { type: 'opls_136', charge: -0.12 },
  { type: 'opls_135', charge: -0.18 },
  { type: 'opls_138', charge: -0.24 },
] as const;
const HYDROGEN: TypedAtom = { element: 'H', type: 'opls_140', charge: 0.06, mass: 1.008 };
const CARBON_MASS = 12.011;
const [HYDROGEN_NUMBER, CARBON_NUMBER] = [1, 6];

/**
 * Types an alkane (acyclic, saturated, neutral, all hydrogens present). Throws a GromacsError UNTYPABLE_MOLECULE that names
 * the first atom that does not belong into one, by index (from 0) and element.
 */
export function typeAlkane(molecule: MoleculeGraph): TypedMolecule {
  if (molecule.atoms.length === 0) {
    throw new GromacsError('UNTYPABLE_MOLECULE', `molecule '${molecule.name}' has no atoms`);
  }
  const neighbors = checkedNeighbors(molecule);
  molecule.atoms.forEach((_, index) => {
    checkAtom(molecule, neighbors, index);
  });
  checkTree(molecule, neighbors);
  const atoms = molecule.atoms.map((atom, index): TypedAtom => {
    if (atom.atomicNumber === HYDROGEN_NUMBER) return HYDROGEN;
    const hydrogens = (neighbors[index] as number[]).filter(
      other => molecule.atoms[other]?.atomicNumber === HYDROGEN_NUMBER,
    ).length;
    const carbon = CARBON_TYPES[hydrogens] as (typeof CARBON_TYPES)[number];
    return { element: 'C', type: carbon.type, charge: carbon.charge, mass: CARBON_MASS };
  });
  const charge = atoms.reduce((sum, atom) => sum + atom.charge, 0);
  if (Math.abs(charge) > 1e-9) {
    throw new GromacsError('UNTYPABLE_MOLECULE', `molecule '${molecule.name}': the charges sum to ${charge}`);
  }
  return { atoms, neighbors };
}

function refuse(molecule: MoleculeGraph, atomIndex: number, why: string): never {
  const element = symbolOf(molecule.atoms[atomIndex]?.atomicNumber ?? 0);
  throw new GromacsError(
    'UNTYPABLE_MOLECULE',
    `molecule '${molecule.name}', atom ${atomIndex} (${element}): ${why}; only alkanes have OPLS-AA types here so far`,
    { atom: { atomIndex, element } },
  );
}

function checkedNeighbors(molecule: MoleculeGraph): number[][] {
  const neighbors: number[][] = molecule.atoms.map(() => []);
  for (const { begin, end, order } of molecule.bonds) {
    const [ofBegin, ofEnd] = [neighbors[begin], neighbors[end]];
    if (ofBegin === undefined || ofEnd === undefined || begin === end) {
      throw new GromacsError(
        'UNTYPABLE_MOLECULE',
        `molecule '${molecule.name}': a bond joins atoms ${begin} and ${end} of ${molecule.atoms.length}`,
      );
    }
    if (order !== 1) refuse(molecule, begin, `its bond to atom ${end} is not a single bond`);
    ofBegin.push(end);
    ofEnd.push(begin);
  }
  return neighbors.map(list => list.sort((a, b) => a - b));
}

function checkAtom(molecule: MoleculeGraph, neighbors: readonly (readonly number[])[], index: number): void {
  const atom = molecule.atoms[index] as MoleculeGraph['atoms'][number];
  const bonds = (neighbors[index] as readonly number[]).length;
  if (atom.formalCharge !== 0) refuse(molecule, index, `it has a formal charge of ${atom.formalCharge}`);
  if (atom.isotope !== 0) refuse(molecule, index, `it is isotope ${atom.isotope}`);
  switch (atom.atomicNumber) {
    case HYDROGEN_NUMBER: {
      const partner = molecule.atoms[neighbors[index]?.[0] ?? -1];
      if (bonds !== 1 || partner?.atomicNumber !== CARBON_NUMBER) {
        refuse(molecule, index, 'a hydrogen must have one bond, to a carbon');
      }
      return;
    }
    case CARBON_NUMBER:
      if (bonds !== 4)
        refuse(
          molecule,
          index,
          `a carbon must have four single bonds and has ${bonds} (are hydrogens missing?)`,
        );
      return;
    default:
      refuse(molecule, index, 'only carbon and hydrogen are known');
  }
}

/** One connected molecule without rings: walking from atom 0 reaches every atom once. */
function checkTree(molecule: MoleculeGraph, neighbors: readonly (readonly number[])[]): void {
  const seen = new Set([0]);
  const queue: [number, number][] = [[0, -1]];
  for (const [atom, from] of queue) {
    for (const next of neighbors[atom] as readonly number[]) {
      if (next === from) continue;
      if (seen.has(next)) refuse(molecule, next, 'it is part of a ring');
      seen.add(next);
      queue.push([next, atom]);
    }
  }
  const apart = molecule.atoms.findIndex((_, index) => !seen.has(index));
  if (apart !== -1) refuse(molecule, apart, 'it is not connected to atom 0');
}
