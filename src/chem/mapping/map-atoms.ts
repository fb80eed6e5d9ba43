// A mapping of atoms by maximum common substructure: RDKit finds what two molecules have in common, one of the ways in which
// it lies in both is chosen, what makes no sense is left out, and the hydrogens go with their heavy atoms.
//
// Heavy atoms may change their element (Cl for CH3), ring atoms match ring atoms. Where molecules lie on each other, atoms are
// mapped only to atoms close by: what is mapped is simulated as one atom, with one position.

import type { Rdkit } from '../rdkit.ts';
import { commonSubstructure, findMatches } from '../substructure.ts';
import { choosePairs, squaredDistance } from './choose.ts';
import { type AtomPairs, sensiblePart } from './faults.ts';
import type { Ligand, LigandShape } from './ligand.ts';
import { overlayPairs } from './overlay.ts';

/** Å between two atoms that are mapped to each other; as in openfe's use of LOMAP. */
export const DEFAULT_MAX_DISTANCE = 1;

/**
 * The search without distances can take minutes to prove that nothing larger is common, of what it finds in the first second;
 * it is given so long. (With distances it takes milliseconds.)
 */
const SEARCH_SECONDS = 2;

export interface MapAtomsOptions {
  /** Å, for molecules that lie on each other; null for others, whose coordinates then count for handedness only. */
  readonly maxDistance: number | null;
}

export interface MappedAtoms {
  /** In order of the atoms of A; empty where nothing sensible is common. */
  readonly pairs: AtomPairs;
  /** True when the search ran out of time: there may be a larger mapping, and another run may find another one. */
  readonly canceled: boolean;
}

/** Which atom of A becomes which of B. */
export function mapAtoms(rdkit: Rdkit, a: Ligand, b: Ligand, options: MapAtomsOptions): MappedAtoms {
  const found = heavyMappings(rdkit, a, b, options);
  const largest = found.reduce((best, next) => (next.pairs.size > best.pairs.size ? next : best));
  return {
    pairs: withHydrogens(a, b, largest.pairs, options.maxDistance),
    canceled: found.some(({ canceled }) => canceled),
  };
}

/** The mappings of heavy atoms to choose from, those preferred first. */
function heavyMappings(
  rdkit: Rdkit,
  a: Ligand,
  b: Ligand,
  { maxDistance }: MapAtomsOptions,
): readonly [MappedAtoms, ...MappedAtoms[]] {
  const exact = (): MappedHeavy => mapHeavy(rdkit, a, b, { maxDistance, bonds: 'OrderExact' });
  if (maxDistance === null) return [exact()];
  // Where distances tell which atom is which, bonds of any order may match: the two oxygens of a carboxylate or a nitro group may
  // be written either way. An aromatic ring may then match another, which is left out again, and something better overlooked.
  const loose = mapHeavy(rdkit, a, b, { maxDistance, bonds: 'Any' });
  if (loose.isWhole) return [loose];
  return [exact(), loose, { pairs: overlayPairs(a, b, maxDistance), canceled: false }];
}

interface MappedHeavy extends MappedAtoms {
  /** True when all that is common is mapped. */
  readonly isWhole: boolean;
}

function mapHeavy(
  rdkit: Rdkit,
  a: Ligand,
  b: Ligand,
  options: MapAtomsOptions & { readonly bonds: 'Any' | 'OrderExact' },
): MappedHeavy {
  const { maxDistance, bonds } = options;
  const { smarts, atomCount, canceled } = commonSubstructure(rdkit, [a.heavy, b.heavy], {
    AtomCompare: 'AnyHeavy',
    BondCompare: bonds,
    // Broken rings are left out below: asking for whole ones here takes up to 500 times as long.
    RingMatchesRingOnly: true,
    ...(maxDistance === null ? { Timeout: SEARCH_SECONDS } : { MaxDistance: maxDistance }),
  });
  if (atomCount === 0) return { pairs: new Map(), canceled, isWhole: true };
  // The molecules with hydrogens are searched, so that atoms have the numbers they have in the component.
  const matches = {
    inA: findMatches(rdkit, a.full, smarts, { uniquify: true }),
    inB: findMatches(rdkit, b.full, smarts, { uniquify: false }),
  };
  const chosen = choosePairs(a, b, matches, maxDistance) ?? new Map();
  const pairs = sensiblePart(a, b, withinReach(a, b, chosen, maxDistance));
  return { pairs, canceled, isWhole: pairs.size === atomCount };
}

function withinReach(
  a: LigandShape,
  b: LigandShape,
  pairs: AtomPairs,
  maxDistance: number | null,
): AtomPairs {
  if (maxDistance === null) return pairs;
  return new Map([...pairs].filter(([i, j]) => squaredDistance(a, i, b, j) <= maxDistance * maxDistance));
}

/** Hydrogens on mapped atoms, each to one on the atom's image. */
function withHydrogens(
  a: LigandShape,
  b: LigandShape,
  heavy: AtomPairs,
  maxDistance: number | null,
): AtomPairs {
  const pairs = new Map(heavy);
  for (const [i, j] of heavy) {
    const [inA, inB] = [
      freeHydrogens(a, i, new Set(pairs.keys())),
      freeHydrogens(b, j, new Set(pairs.values())),
    ];
    for (const [x, y] of pairHydrogens(a, inA, b, inB, maxDistance)) pairs.set(x, y);
  }
  return new Map([...pairs].sort(([x], [y]) => x - y));
}

function freeHydrogens(ligand: LigandShape, atom: number, taken: ReadonlySet<number>): readonly number[] {
  return (ligand.neighbors[atom] ?? [])
    .filter(next => ligand.molecule.atoms[next]?.atomicNumber === 1 && !taken.has(next))
    .sort((x, y) => x - y);
}

/** As many as there are on the poorer side: in order, or, for molecules that lie on each other, as near as can be. */
function pairHydrogens(
  a: LigandShape,
  inA: readonly number[],
  b: LigandShape,
  inB: readonly number[],
  maxDistance: number | null,
): Pairs {
  if (maxDistance === null) return inA.slice(0, inB.length).map((x, i) => [x, inB[i] as number] as const);
  if (inA.length > inB.length) {
    return pairHydrogens(b, inB, a, inA, maxDistance).map(([y, x]) => [x, y] as const);
  }
  // At most four a side, so all ways are tried.
  let best: { readonly cost: number; readonly pairs: Pairs } = { cost: Number.POSITIVE_INFINITY, pairs: [] };
  for (const pairs of assignments(inA, inB)) {
    const cost = pairs.reduce((sum, [x, y]) => sum + squaredDistance(a, x, b, y), 0);
    if (cost < best.cost - 1e-6) best = { cost, pairs };
  }
  return best.pairs;
}

type Pairs = readonly (readonly [number, number])[];

/** All ways to give each of the few one of the many. */
function assignments(few: readonly number[], many: readonly number[]): readonly Pairs[] {
  const [first, ...rest] = few;
  if (first === undefined) return [[]];
  return many.flatMap(chosen =>
    assignments(
      rest,
      many.filter(other => other !== chosen),
    ).map(others => [[first, chosen] as const, ...others]),
  );
}
