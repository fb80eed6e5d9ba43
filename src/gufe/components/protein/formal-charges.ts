// The formal charge that gufe gives an atom of a structure file, from its bonds alone: what is missing to the element's usual
// valence is negative charge, what is beyond it positive, and an atom without bonds is an ion known by its name. A charge is
// kept when RDKit's valence model accepts the atom with it, else the element's other valences are tried in order. So a
// protein without hydrogens gets charges that make no sense; they are part of its key all the same.
//
// Valences: RDKit's periodic table; whether an atom is accepted: its rules since 2024.09, by which a charged atom has the
// valences of the element that it is isoelectronic with.
import { atomicNumberOf } from '../elements.ts';
import { ionCharge } from './ion-charges.ts';

/** Any valence at all. */
const ANY = -1;

const ANY_ONLY: readonly number[] = [ANY];

/** By atomic number, in the order in which they are tried; elements that are not here take any. */
const VALENCES: ReadonlyMap<number, readonly number[]> = new Map(
  (
    [
      ['He Ne Ar Kr Rn', [0]],
      ['H F Cl Br Cs Fr', [1]],
      ['Li Na K Rb', [1, ANY]],
      ['I At', [1, 3, 5]],
      ['Be O', [2]],
      ['Mg Ca Sr Ba Ra', [2, ANY]],
      ['Sn Pb', [2, 4]],
      ['S Se Te Po', [2, 4, 6]],
      ['B N Al Ga In', [3]],
      ['P As Sb Bi', [3, 5]],
      ['C Si Ge', [4]],
      ['Xe', [0, 2, 4, 6]],
    ] as const
  ).flatMap(([symbols, valences]) =>
    symbols.split(' ').map(symbol => [atomicNumberOf(symbol), valences] as const),
  ),
);

/** What an atom's bonds say about it. */
export interface Bonding {
  /** Sum of bond orders, bonds of unknown order counted as single. */
  readonly connectivity: number;
  /** Sum of the known bond orders, which is all that RDKit's check counts. */
  readonly valence: number;
}

/** The formal charge; null for an ion of unknown name, `refused` when no charge makes RDKit accept the atom. */
export function formalCharge(
  atomicNumber: number,
  name: string,
  bonding: Bonding,
): number | null | 'refused' {
  if (bonding.connectivity === 0) {
    const charge = ionCharge(name);
    return charge === null || isAccepted(atomicNumber, charge, 0) ? charge : 'refused';
  }
  for (const valence of valencesOf(atomicNumber)) {
    const charge = bonding.connectivity - valence;
    if (isAccepted(atomicNumber, charge, bonding.valence)) return charge;
  }
  return 'refused';
}

function valencesOf(atomicNumber: number): readonly number[] {
  return VALENCES.get(atomicNumber) ?? ANY_ONLY;
}

const LAST_ELEMENT = 118;
const [HYDROGEN, SULFUR, BROMINE] = [1, 16, 35] as const;
/** Phosphorus and sulfur, arsenic and selenium: more bonds than their charged forms' isoelectronic neighbors. */
const HYPERVALENT: readonly (readonly [elements: readonly number[], beyond: number])[] = [
  [[15, 16], SULFUR],
  [[33, 34], BROMINE - 1],
];

/** Whether RDKit takes an atom with this charge and this sum of bond orders, hydrogens to be added as needed. */
function isAccepted(atomicNumber: number, charge: number, valence: number): boolean {
  if (atomicNumber === HYDROGEN && valence === 0) return Math.abs(charge) <= 1;
  const own = valencesOf(atomicNumber);
  const like = own === ANY_ONLY ? atomicNumber : Math.min(Math.max(atomicNumber - charge, 0), LAST_ELEMENT);
  const isHypervalent = HYPERVALENT.some(
    ([elements, beyond]) => elements.includes(atomicNumber) && like > beyond,
  );
  const allowed = isHypervalent ? own : valencesOf(like);
  let most = allowed.at(-1) ?? ANY;
  if (atomicNumber === HYDROGEN && charge === -1) most = 2;
  if (most === ANY || own.at(-1) === ANY) return true;
  return valence - (isHypervalent ? charge : 0) <= most;
}
