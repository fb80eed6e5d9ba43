// A common substructure lies in each of two molecules in one way or in many: rings flip, groups turn. Which of the pairings is
// meant is decided by coordinates where the molecules lie on each other, as the ligands of a series do, and else by likeness
// of atoms; the order of atoms decides last, so the same molecules always give the same mapping.
import { type AtomPairs, mappingFaults } from './faults.ts';
import type { LigandShape } from './ligand.ts';

/** For each atom of the pattern, the atom of the molecule. */
type Match = readonly number[];

export interface Matches {
  /** Ways in which the pattern lies in A; one for each set of atoms is enough. */
  readonly inA: readonly Match[];
  /** All ways in which it lies in B. */
  readonly inB: readonly Match[];
}

/** The best pairing of a match in A with one in B, or null where one of them has none. */
export function choosePairs(
  a: LigandShape,
  b: LigandShape,
  matches: Matches,
  maxDistance: number | null,
): AtomPairs | null {
  const cost = maxDistance === null ? likeness(a, b) : distances(a, b, maxDistance);
  let best: { readonly costs: readonly number[]; readonly inA: Match; readonly inB: Match } | null = null;
  for (const inA of matches.inA) {
    for (const inB of matches.inB) {
      const costs = cost(inA, inB);
      if (best === null || isLess(costs, best.costs)) best = { costs, inA, inB };
    }
  }
  return best === null ? null : paired(best.inA, best.inB);
}

function paired(inA: Match, inB: Match): AtomPairs {
  return new Map(inA.map((atom, i) => [atom, inB[i] ?? 0] as const).sort(([x], [y]) => x - y));
}

/** What a pairing costs: the first number that differs decides. */
type Cost = (inA: Match, inB: Match) => readonly number[];

function isLess(costs: readonly number[], than: readonly number[]): boolean {
  const at = costs.findIndex((value, i) => value !== than[i]);
  return at !== -1 && (costs[at] ?? 0) < (than[at] ?? 0);
}

/** Atoms too far apart, then the sum of squared distances, to 0.001 Å², which is about what files are written to. */
function distances(a: LigandShape, b: LigandShape, maxDistance: number): Cost {
  return (inA, inB) => {
    let far = 0;
    let sum = 0;
    for (const [i, atom] of inA.entries()) {
      const squared = squaredDistance(a, atom, b, inB[i] ?? 0);
      if (squared > maxDistance * maxDistance) far++;
      sum += squared;
    }
    return [far, Math.round(1000 * sum)];
  };
}

/** Å², by the coordinates as they stand. */
export function squaredDistance(a: LigandShape, i: number, b: LigandShape, j: number): number {
  const [p, q] = [a.coordinates[i], b.coordinates[j]];
  if (p === undefined || q === undefined) return Number.POSITIVE_INFINITY;
  return (p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 + (p[2] - q[2]) ** 2;
}

/** Changes of element, of charge, of the number of hydrogens; then what else would make no sense, such as handedness. */
function likeness(a: LigandShape, b: LigandShape): Cost {
  const [hydrogensOfA, hydrogensOfB] = [hydrogenCounts(a), hydrogenCounts(b)];
  return (inA, inB) => {
    let elements = 0;
    let charges = 0;
    let hydrogens = 0;
    for (const [i, atom] of inA.entries()) {
      const image = inB[i] ?? 0;
      const [from, to] = [a.molecule.atoms[atom], b.molecule.atoms[image]];
      if (from?.atomicNumber !== to?.atomicNumber) elements++;
      charges += Math.abs((from?.charge ?? 0) - (to?.charge ?? 0));
      hydrogens += Math.abs((hydrogensOfA[atom] ?? 0) - (hydrogensOfB[image] ?? 0));
    }
    return [elements, charges, hydrogens, mappingFaults(a, b, paired(inA, inB)).length];
  };
}

/** Hydrogens on each atom. */
function hydrogenCounts({ molecule, neighbors }: LigandShape): readonly number[] {
  return neighbors.map(next => next.filter(atom => molecule.atoms[atom]?.atomicNumber === 1).length);
}
