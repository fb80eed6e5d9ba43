// Eigenvalues and eigenvectors of a small symmetric matrix by cyclic Jacobi rotations: slow for large matrices, exact
// to rounding, and 20 lines. Free-energy calculations have as many rows as states, some tens at most.

export interface SymmetricEigen {
  /** Ascending. */
  readonly values: readonly number[];
  /** `vectors[k]` is the unit vector that belongs to `values[k]`. */
  readonly vectors: readonly Float64Array[];
}

const MAX_SWEEPS = 100;

/** The eigen-decomposition of a symmetric matrix, given as rows; the rows are not changed. */
export function symmetricEigen(rows: readonly Float64Array[]): SymmetricEigen {
  const n = rows.length;
  const a = rows.map(row => Float64Array.from(row));
  const vectors = rows.map((_, i) => Float64Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < MAX_SWEEPS && offDiagonal(a) > 0; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) rotate(a, vectors, p, q);
    }
  }
  const order = a.map((_, i) => i).sort((i, j) => at(a, i, i) - at(a, j, j));
  return {
    values: order.map(i => at(a, i, i)),
    vectors: order.map(i => vectors[i] as Float64Array),
  };
}

function at(a: readonly Float64Array[], i: number, j: number): number {
  return (a[i] as Float64Array)[j] as number;
}

/** The sum of the off-diagonal squares, zero once they no longer matter beside the diagonal. */
function offDiagonal(a: readonly Float64Array[]): number {
  let off = 0;
  let total = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < a.length; j++) {
      total += at(a, i, j) ** 2;
      if (i !== j) off += at(a, i, j) ** 2;
    }
  }
  return off <= total * 1e-32 ? 0 : off;
}

/** One rotation in the plane of p and q that makes a[p][q] zero; `vectors` collects the rotations, one row an eigenvector. */
function rotate(a: readonly Float64Array[], vectors: readonly Float64Array[], p: number, q: number): void {
  const apq = at(a, p, q);
  if (apq === 0) return;
  const theta = (at(a, q, q) - at(a, p, p)) / (2 * apq);
  const tan = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cos = 1 / Math.hypot(tan, 1);
  const sin = tan * cos;
  for (const row of a) turn(row, row, p, q, cos, sin);
  const [rowP, rowQ] = [a[p] as Float64Array, a[q] as Float64Array];
  const [vectorP, vectorQ] = [vectors[p] as Float64Array, vectors[q] as Float64Array];
  for (let i = 0; i < a.length; i++) {
    turn(rowP, rowQ, i, i, cos, sin);
    turn(vectorP, vectorQ, i, i, cos, sin);
  }
}

function turn(
  first: Float64Array,
  second: Float64Array,
  i: number,
  j: number,
  cos: number,
  sin: number,
): void {
  const [x, y] = [first[i] as number, second[j] as number];
  first[i] = cos * x - sin * y;
  second[j] = sin * x + cos * y;
}
