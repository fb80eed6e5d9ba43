// Structures of small alkanes in closed form: every staggered conformer with tetrahedral angles lies on the diamond lattice,
// where each carbon of one sublattice has neighbors along four directions and each of the other along their negatives.
// Bond lengths are OPLS-AA's; energy minimization does the rest.

/** A molecule with all its hydrogens: carbons first, then the hydrogens of each carbon in turn. */
export interface AlkaneStructure {
  readonly elements: readonly ('C' | 'H')[];
  readonly bonds: readonly (readonly [number, number])[];
  /** In ångström. */
  readonly coordinates: readonly (readonly [number, number, number])[];
}

type Vector = readonly [number, number, number];

const DIRECTIONS: readonly Vector[] = [
  [1, 1, 1],
  [-1, -1, 1],
  [-1, 1, -1],
  [1, -1, -1],
];
const CARBON_CARBON_ANGSTROM = 1.529;
const CARBON_HYDROGEN_ANGSTROM = 1.09;

interface Site {
  readonly position: Vector;
  /** +1 on the first sublattice, −1 on the other. */
  readonly side: 1 | -1;
  /** Which of the four directions are taken by carbons; the first is that toward the parent, if there is one. */
  readonly taken: number[];
}

/**
 * Builds the alkane whose carbons hang together as `parents` says: the parent of each carbon by index, −1 for the first.
 * Chains come out fully extended. Meant for molecules of a few carbons: crowded branches may need gauche bonds that
 * this does not look for.
 */
export function buildAlkane(parents: readonly number[]): AlkaneStructure {
  const sites: Site[] = [];
  const bonds: [number, number][] = [];
  for (const [index, parentIndex] of parents.entries()) {
    const parent = sites[parentIndex];
    if (parent === undefined) {
      sites.push({ position: [0, 0, 0], side: 1, taken: [] });
      continue;
    }
    const direction = freeDirection(parent, sites[parents[parentIndex] ?? -1]);
    parent.taken.push(direction);
    sites.push({
      position: step(parent, direction, CARBON_CARBON_ANGSTROM),
      side: parent.side === 1 ? -1 : 1,
      taken: [direction],
    });
    bonds.push([parentIndex, index]);
  }
  const elements: ('C' | 'H')[] = sites.map(() => 'C');
  const coordinates: Vector[] = sites.map(site => site.position);
  for (const [index, site] of sites.entries()) {
    for (const direction of DIRECTIONS.keys()) {
      if (site.taken.includes(direction)) continue;
      bonds.push([index, elements.length]);
      elements.push('H');
      coordinates.push(step(site, direction, CARBON_HYDROGEN_ANGSTROM));
    }
  }
  return { elements, bonds, coordinates };
}

/** A bond parallel to the one before the last makes the chain go on straight (anti); otherwise any free direction. */
function freeDirection(site: Site, parent: Site | undefined): number {
  const straight = parent?.taken[0];
  const free = [...DIRECTIONS.keys()].filter(direction => !site.taken.includes(direction));
  if (straight !== undefined && free.includes(straight)) return straight;
  const direction = free[0];
  if (direction === undefined) throw new RangeError('a carbon has four neighbors at most');
  return direction;
}

function step(site: Site, direction: number, length: number): Vector {
  const scale = (site.side * length) / Math.sqrt(3);
  const [x, y, z] = DIRECTIONS[direction] as Vector;
  return [site.position[0] + scale * x, site.position[1] + scale * y, site.position[2] + scale * z];
}
