// The periodic box of a structure, as three vectors in the form that OpenMM and gufe ask for ("reduced"): the first along x,
// the second in the x-y plane, and none sheared by more than half of the ones before it.
import { GufeError } from '../../error.ts';
import { NdArray } from '../../numpy.ts';
import { Quantity } from '../../units.ts';
import { cosine, sine } from './trigonometry.ts';

/** Three vectors as rows, in nanometers unless it is said otherwise. */
export type BoxVectors = readonly [BoxVector, BoxVector, BoxVector];
export type BoxVector = readonly [x: number, y: number, z: number];

/** A unit cell as files have it: lengths in nanometers, angles in degrees. */
export interface UnitCell {
  readonly lengthsNm: readonly [a: number, b: number, c: number];
  readonly anglesDegrees: readonly [alpha: number, beta: number, gamma: number];
}

/** Below this a component is taken for 0. */
const NEGLIGIBLE_NM = 1e-6;

/** The vectors of a unit cell, operation by operation as OpenMM computes them. Throws GufeError where it is no cell. */
export function boxOfCell({ lengthsNm, anglesDegrees }: UnitCell): BoxVectors {
  const [aLength, bLength, cLength] = lengthsNm;
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const [alpha, beta, gamma] = anglesDegrees.map(radians) as [number, number, number];
  const cx = cLength * cosine(beta);
  const cy = (cLength * (cosine(alpha) - cosine(beta) * cosine(gamma))) / sine(gamma);
  const cz = Math.sqrt(cLength * cLength - cx * cx - cy * cy);
  const clean = (value: number): number => (Math.abs(value) < NEGLIGIBLE_NM ? 0 : value);
  const a = [aLength, 0, 0].map(clean);
  const b = [bLength * cosine(gamma), bLength * sine(gamma), 0].map(clean);
  const c = [cx, cy, cz].map(clean);
  const box = reduced(a, b, c);
  if (!box.flat().every(Number.isFinite) || !isReduced(box)) {
    const cell = `${lengthsNm.map(length => length * 10).join(', ')} Å; ${anglesDegrees.join(', ')}°`;
    throw new GufeError(`no periodic box has the unit cell ${cell}`);
  }
  return box;
}

function reduced(a: readonly number[], b: readonly number[], c: readonly number[]): BoxVectors {
  const less = (vector: readonly number[], other: readonly number[], axis: number): readonly number[] => {
    const times = roundHalfEven((vector[axis] ?? 0) / (other[axis] ?? 0));
    return vector.map((value, i) => value - (other[i] ?? 0) * times);
  };
  const third = less(less(c, b, 1), a, 0);
  return [a, less(b, a, 0), third] as unknown as BoxVectors;
}

/** Python's round. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** Whether vectors are in the reduced form. */
export function isReduced([[ax, ay, az], [bx, by, bz], [cx, cy, cz]]: BoxVectors): boolean {
  return (
    ay === 0 &&
    az === 0 &&
    bz === 0 &&
    ax > 0 &&
    by > 0 &&
    cz > 0 &&
    ax >= 2 * Math.abs(bx) &&
    ax >= 2 * Math.abs(cx) &&
    by >= 2 * Math.abs(cy)
  );
}

/** Box vectors as gufe keeps them. */
export function boxQuantity(box: BoxVectors): Quantity {
  return new Quantity(NdArray.float64(box.flat(), [3, 3]), 'nanometer');
}

/** The three vectors of a quantity, in its own unit. Throws GufeError unless it is a 3 by 3 array. */
export function boxOfQuantity({ magnitude }: Quantity): BoxVectors {
  const isBox = magnitude instanceof NdArray && magnitude.shape.join() === '3,3';
  if (!isBox) throw new GufeError("'box_vectors' must be a 3 by 3 array with a unit of length");
  const values = magnitude.toNumbers();
  return [0, 3, 6].map(row => [...values.subarray(row, row + 3)]) as unknown as BoxVectors;
}
