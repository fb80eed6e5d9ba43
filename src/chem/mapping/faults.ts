// When a mapping of atoms makes sense. What is mapped is simulated as one set of atoms whose parameters change; so bonds must
// be the same on both sides, rings must be whole (a ring that opens, or of which a part appears, has no defined free energy in
// a single topology), the handedness of centers must not change, and hydrogens stay hydrogens.
import type { LigandShape, Point } from './ligand.ts';

/** Atom numbers in A to those in B. */
export type AtomPairs = ReadonlyMap<number, number>;

/** One thing that is wrong with a mapping. */
export interface MappingFault {
  readonly kind:
    | 'no such atom'
    | 'mapped twice'
    | 'hydrogen'
    | 'bond'
    | 'ring'
    | 'apart'
    | 'handedness'
    | 'double bond';
  /** A sentence with the names of the molecules and the numbers of atoms. */
  readonly text: string;
  /** Atoms of A that would have to be left out. */
  readonly atoms: readonly number[];
}

/** Everything that is wrong with a mapping; empty for a sane one. */
export function mappingFaults(a: LigandShape, b: LigandShape, pairs: AtomPairs): readonly MappingFault[] {
  const numbers = numberFaults(a, b, pairs);
  if (numbers.length > 0) return numbers;
  return [
    ...hydrogenFaults(a, b, pairs),
    ...bondFaults(a, b, pairs),
    ...ringFaults(a, b, pairs),
    ...handednessFaults(a, b, pairs),
    ...doubleBondFaults(a, b, pairs),
    ...apartFaults(a, pairs),
  ];
}

function numberFaults(a: LigandShape, b: LigandShape, pairs: AtomPairs): readonly MappingFault[] {
  const faults: MappingFault[] = [];
  const images = new Map<number, number>();
  for (const [i, j] of pairs) {
    for (const [atom, { molecule }] of [
      [i, a],
      [j, b],
    ] as const) {
      if (molecule.atoms[atom] === undefined) {
        const text = `'${molecule.name}' has no atom ${atom}, it has ${molecule.atoms.length}`;
        faults.push({ kind: 'no such atom', text, atoms: [i] });
      }
    }
    const other = images.get(j);
    if (other !== undefined) {
      const text = `atoms ${other} and ${i} of '${a.molecule.name}' are both mapped to atom ${j} of '${b.molecule.name}'`;
      faults.push({ kind: 'mapped twice', text, atoms: [i] });
    }
    images.set(j, i);
  }
  return faults;
}

const HYDROGEN = 1;

function hydrogenFaults(a: LigandShape, b: LigandShape, pairs: AtomPairs): readonly MappingFault[] {
  const isHydrogen = (ligand: LigandShape, atom: number): boolean =>
    ligand.molecule.atoms[atom]?.atomicNumber === HYDROGEN;
  return [...pairs]
    .filter(([i, j]) => isHydrogen(a, i) !== isHydrogen(b, j))
    .map(([i, j]) => ({
      kind: 'hydrogen',
      text: `${atomName(a, i)} is mapped to ${atomName(b, j)}: hydrogens must stay hydrogens`,
      atoms: [i],
    }));
}

/** `atom 7 (C) of 'benzene'` */
function atomName({ molecule }: LigandShape, atom: number): string {
  return `atom ${atom} (${molecule.elements[atom]}) of '${molecule.name}'`;
}

function bondFaults(a: LigandShape, b: LigandShape, pairs: AtomPairs): readonly MappingFault[] {
  const back = new Map([...pairs].map(([i, j]) => [j, i]));
  const lost = (from: LigandShape, to: LigandShape, map: AtomPairs): readonly (readonly [number, number])[] =>
    [...map].flatMap(([i, image]) =>
      (from.neighbors[i] ?? []).flatMap(next => {
        const nextImage = map.get(next);
        const isLost = next > i && nextImage !== undefined && !to.neighbors[image]?.includes(nextImage);
        return isLost ? [[i, next] as const] : [];
      }),
    );
  const text = (ligand: LigandShape, i: number, next: number, other: LigandShape): string =>
    `atoms ${i} and ${next} of '${ligand.molecule.name}' are bonded, those they are mapped to in '${other.molecule.name}' are not`;
  return [
    ...lost(a, b, pairs).map(([i, next]) => ({
      kind: 'bond' as const,
      text: text(a, i, next, b),
      atoms: [next],
    })),
    ...lost(b, a, back).map(([j, next]) => ({
      kind: 'bond' as const,
      text: text(b, j, next, a),
      atoms: [back.get(next) as number],
    })),
  ];
}

/** A ring is whole when all its atoms are mapped, and to a ring of the other molecule, of the same size and aromaticity. */
function ringFaults(a: LigandShape, b: LigandShape, pairs: AtomPairs): readonly MappingFault[] {
  const back = new Map([...pairs].map(([i, j]) => [j, i]));
  const broken = (
    from: LigandShape,
    to: LigandShape,
    map: AtomPairs,
  ): readonly { ring: readonly number[]; text: string }[] => {
    const others = new Set(to.rings.map(setName));
    return from.rings.flatMap(ring => {
      const images = ring.flatMap(atom => map.get(atom) ?? []);
      const named = `ring ${ring.join('-')} of '${from.molecule.name}'`;
      if (images.length === 0) return [];
      if (images.length < ring.length) {
        return [
          {
            ring,
            text: `${images.length} of ${ring.length} atoms of ${named} are mapped: all must be, or none`,
          },
        ];
      }
      if (!others.has(setName(images))) {
        return [{ ring, text: `${named} is mapped to atoms that are no such ring` }];
      }
      if (isAromatic(from, ring) === isAromatic(to, images)) return [];
      return [{ ring, text: `${named} is mapped to a ring that differs in being aromatic` }];
    });
  };
  const mapped = (atoms: readonly number[]): readonly number[] => atoms.filter(atom => pairs.has(atom));
  return [
    ...broken(a, b, pairs).map(({ ring, text }) => ({ kind: 'ring' as const, text, atoms: mapped(ring) })),
    ...broken(b, a, back).map(({ ring, text }) => ({
      kind: 'ring' as const,
      text,
      atoms: ring.flatMap(atom => back.get(atom) ?? []),
    })),
  ];
}

function isAromatic({ molecule }: LigandShape, ring: readonly number[]): boolean {
  return ring.every(atom => molecule.atoms[atom]?.aromatic);
}

function setName(atoms: readonly number[]): string {
  return atoms.toSorted((x, y) => x - y).join();
}

/** The pyramid over three neighbors, as a part of the largest there can be; flat centers have no handedness. */
const LEAST_VOLUME = 0.15;

function handednessFaults(a: LigandShape, b: LigandShape, pairs: AtomPairs): readonly MappingFault[] {
  return [...pairs].flatMap(([i, j]) => {
    if (a.neighbors[i]?.length !== 4 || b.neighbors[j]?.length !== 4) return [];
    // Two hydrogens on one atom are alike: which is which says nothing.
    const mapped = (a.neighbors[i] ?? []).filter(
      next => pairs.has(next) && a.molecule.atoms[next]?.atomicNumber !== HYDROGEN,
    );
    const [x, y, z] = mapped;
    if (x === undefined || y === undefined || z === undefined) return [];
    const [inA, inB] = [
      volume(a.coordinates, i, [x, y, z]),
      volume(b.coordinates, j, [pairs.get(x) ?? 0, pairs.get(y) ?? 0, pairs.get(z) ?? 0]),
    ];
    const isFlipped = inA * inB < 0 && Math.min(Math.abs(inA), Math.abs(inB)) > LEAST_VOLUME;
    if (!isFlipped) return [];
    const text = `${atomName(a, i)} and ${atomName(b, j)} are of opposite handedness`;
    return [{ kind: 'handedness' as const, text, atoms: [i] }];
  });
}

function volume(points: readonly Point[], center: number, around: readonly [number, number, number]): number {
  const [u, v, w] = around.map(atom => direction(points, center, atom)) as [Point, Point, Point];
  return dot(cross(u, v), w);
}

function direction(points: readonly Point[], from: number, to: number): Point {
  const [p, q] = [points[from] ?? ORIGIN, points[to] ?? ORIGIN];
  const d = [q[0] - p[0], q[1] - p[1], q[2] - p[2]] as const;
  const length = Math.hypot(...d) || 1;
  return [d[0] / length, d[1] / length, d[2] / length];
}

const ORIGIN: Point = [0, 0, 0];

function cross(u: Point, v: Point): Point {
  return [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
}

function dot(u: Point, v: Point): number {
  return u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
}

const DOUBLE = 2;

/** Cis on one side and trans on the other. Double bonds in rings have no choice. */
function doubleBondFaults(a: LigandShape, b: LigandShape, pairs: AtomPairs): readonly MappingFault[] {
  return a.molecule.bonds.flatMap(({ begin, end, type }) => {
    const isFree = !a.rings.some(ring => ring.includes(begin) && ring.includes(end));
    const [j, k] = [pairs.get(begin), pairs.get(end)];
    if (type !== DOUBLE || !isFree || j === undefined || k === undefined) return [];
    const side = (atom: number, other: number): number | undefined =>
      (a.neighbors[atom] ?? []).find(next => next !== other && pairs.has(next));
    const [x, y] = [side(begin, end), side(end, begin)];
    if (x === undefined || y === undefined) return [];
    const inA = dihedralCosine(a.coordinates, [x, begin, end, y]);
    const inB = dihedralCosine(b.coordinates, [pairs.get(x) ?? 0, j, k, pairs.get(y) ?? 0]);
    if (inA * inB >= 0 || Math.min(Math.abs(inA), Math.abs(inB)) < 0.5) return [];
    const text = `the double bond of atoms ${begin} and ${end} of '${a.molecule.name}' is cis on one side, trans on the other`;
    return [{ kind: 'double bond' as const, text, atoms: [end] }];
  });
}

function dihedralCosine(
  points: readonly Point[],
  [p, q, r, s]: readonly [number, number, number, number],
): number {
  const axis = direction(points, q, r);
  const [u, v] = [cross(direction(points, q, p), axis), cross(direction(points, r, s), axis)];
  return dot(u, v) / (Math.hypot(...u) * Math.hypot(...v) || 1);
}

function apartFaults(a: LigandShape, pairs: AtomPairs): readonly MappingFault[] {
  const parts = connectedParts(a, pairs);
  if (parts.length < 2) return [];
  const sizes = parts.map(part => part.size).join(', ');
  const text = `the mapped atoms of '${a.molecule.name}' are not connected: they lie in ${parts.length} parts (of ${sizes} atoms)`;
  return [{ kind: 'apart', text, atoms: parts.slice(1).flatMap(part => [...part]) }];
}

/** The mapped atoms of A in connected parts, the largest first; of equal ones that with the smallest number. */
export function connectedParts(a: LigandShape, pairs: AtomPairs): readonly ReadonlySet<number>[] {
  const left = new Set([...pairs.keys()].sort((x, y) => x - y));
  const parts: Set<number>[] = [];
  for (const start of left) {
    const part = new Set([start]);
    // A Set hands out what is added while it is walked.
    for (const atom of part) {
      for (const next of a.neighbors[atom] ?? []) if (left.has(next)) part.add(next);
      left.delete(atom);
    }
    parts.push(part);
  }
  return parts.sort((x, y) => y.size - x.size);
}

/** Leaves out what is wrong, then whatever that makes wrong, until nothing is; of several parts the largest stays. */
export function sensiblePart(a: LigandShape, b: LigandShape, pairs: AtomPairs): AtomPairs {
  let kept = pairs;
  for (;;) {
    const [part] = connectedParts(a, kept);
    kept = new Map([...kept].filter(([i]) => part?.has(i)));
    const wrong = new Set(mappingFaults(a, b, kept).flatMap(fault => fault.atoms));
    if (wrong.size === 0) return kept;
    kept = new Map([...kept].filter(([i]) => !wrong.has(i)));
  }
}
