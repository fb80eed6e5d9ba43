// The multistate Bennett acceptance ratio: free energies of K states from samples of all of them, each sample weighed by
// its energy in every state (M. R. Shirts & J. D. Chodera, J. Chem. Phys. 129, 124105 (2008)).
//
// With reduced energies u_k(x) (in kT), N_k samples of state k and N in all, the free energies solve
//     Σ_n W_nk = 1,   W_nk = exp(f_k − u_k(x_n)) / Σ_l N_l exp(f_l − u_l(x_n)).
// They are the minimum of a convex function, so each iteration may take whichever is better of a Newton step (quadratic
// near the solution) and the self-consistent step (never diverges). Errors come from the eigenvalues of the symmetric
// form of the overlap matrix, S = N^½ WᵀW N^½: λ = 1 belongs to the free constant, and a second λ near 1 means that the
// states fall into two groups without overlap, where the variance λ/(1 − λ) grows beyond bounds, as it should.
import { EstimatorError, logSumExp, requireFinite } from './statistics.ts';
import { type SymmetricEigen, symmetricEigen } from './symmetric-eigen.ts';

export interface MbarEstimate {
  /** f_k − f_0 in kT, one for each state; the first is 0. */
  readonly freeEnergies: readonly number[];
  /** `errors[i][j]`: asymptotic standard error of f_j − f_i in kT, for independent samples. */
  readonly errors: readonly (readonly number[])[];
  /** `overlapMatrix[i][j]`: probability that a sample of state i is found in state j; each row sums to 1. */
  readonly overlapMatrix: readonly (readonly number[])[];
  /** 1 − λ₂ of the overlap matrix: 0, some states share no samples with the others; 1, all are the same. */
  readonly overlap: number;
}

const TOLERANCE = 1e-10;
const MAX_ITERATIONS = 10_000;

/**
 * Free energies of K states in kT. `reducedEnergies[k][n]` is the energy (kT) in state k of sample n; `counts[k]` says how
 * many of the samples were drawn from state k (their order does not matter), every one at least 1 and N in all.
 * Throws an EstimatorError on empty, ragged or non-finite input.
 */
export function mbar(reducedEnergies: readonly ArrayLike<number>[], counts: readonly number[]): MbarEstimate {
  checkShape(reducedEnergies, counts);
  let freeEnergies = counts.map(() => 0);
  let weights = weigh(reducedEnergies, counts, freeEnergies);
  for (let i = 0; residual(weights) > TOLERANCE; i++) {
    if (i === MAX_ITERATIONS) {
      throw new EstimatorError('NOT_CONVERGED', `MBAR: no solution after ${MAX_ITERATIONS} steps`);
    }
    // f_k → f_k − ln Σ_n W_nk is the self-consistent equation, solved for f_k on its left.
    const selfConsistent = freeEnergies.map(
      (f, k) => f - Math.log((weights.sums[k] as number) || Number.MIN_VALUE),
    );
    const plain = weigh(reducedEnergies, counts, selfConsistent);
    const step = newtonStep(weights, counts);
    const newton = freeEnergies.map((f, k) => f + (step[k] as number));
    const fast = newton.every(Number.isFinite) ? weigh(reducedEnergies, counts, newton) : plain;
    const useNewton = fast !== plain && residual(fast) < residual(plain);
    freeEnergies = useNewton ? newton : selfConsistent;
    weights = useNewton ? fast : plain;
  }
  return summarize(weights, counts, freeEnergies);
}

function checkShape(reducedEnergies: readonly ArrayLike<number>[], counts: readonly number[]): void {
  if (counts.length === 0) throw new EstimatorError('EMPTY_SAMPLE', 'MBAR: there are no states');
  if (reducedEnergies.length !== counts.length) {
    throw new EstimatorError(
      'BAD_SHAPE',
      `MBAR: energies in ${reducedEnergies.length} states, counts of ${counts.length}`,
    );
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  reducedEnergies.forEach((row, k) => {
    const count = counts[k] as number;
    if (!(Number.isInteger(count) && count > 0)) {
      throw new EstimatorError('EMPTY_SAMPLE', `MBAR: state ${k} has ${count} samples`);
    }
    if (row.length !== total) {
      throw new EstimatorError(
        'BAD_SHAPE',
        `MBAR: state ${k} has ${row.length} energies for ${total} samples`,
      );
    }
    requireFinite(row, `MBAR energies in state ${k}`);
  });
}

interface Weights {
  /** Σ_n W_nk for each state; all 1 at the solution. */
  readonly sums: readonly number[];
  /** (WᵀW)_kl. */
  readonly products: readonly Float64Array[];
}

/** The two sums over samples that the equations need; W itself (K×N) is never kept. */
function weigh(
  reducedEnergies: readonly ArrayLike<number>[],
  counts: readonly number[],
  freeEnergies: readonly number[],
): Weights {
  const states = counts.length;
  const sums = new Float64Array(states);
  const products = counts.map(() => new Float64Array(states));
  const logCounts = counts.map(Math.log);
  const exponents = new Float64Array(states);
  const samples = reducedEnergies[0]?.length ?? 0;
  for (let n = 0; n < samples; n++) {
    for (let k = 0; k < states; k++) {
      const energy = (reducedEnergies[k] as ArrayLike<number>)[n] as number;
      exponents[k] = (freeEnergies[k] as number) - energy + (logCounts[k] as number);
    }
    const denominator = logSumExp(exponents);
    for (let k = 0; k < states; k++) {
      exponents[k] = Math.exp((exponents[k] as number) - denominator) / (counts[k] as number);
    }
    for (let k = 0; k < states; k++) {
      const weight = exponents[k] as number;
      sums[k] = (sums[k] as number) + weight;
      const row = products[k] as Float64Array;
      for (let l = 0; l < states; l++) row[l] = (row[l] as number) + weight * (exponents[l] as number);
    }
  }
  return { sums: [...sums], products };
}

/** How far from the solution: the largest |Σ_n W_nk − 1|. */
function residual(weights: Weights): number {
  return weights.sums.reduce((worst, sum) => Math.max(worst, Math.abs(sum - 1)), 0);
}

/**
 * −H⁺g for the gradient g_k = N_k (Σ W_nk − 1) and Hessian H_kl = δ_kl N_k Σ W_nk − N_k N_l (WᵀW)_kl, scaled by N^−½ from
 * both sides. The pseudo-inverse leaves out the free constant.
 */
function newtonStep(weights: Weights, counts: readonly number[]): number[] {
  const roots = counts.map(Math.sqrt);
  const hessian = weights.products.map((row, k) =>
    row.map((product, l) => {
      const diagonal = k === l ? (weights.sums[k] as number) : 0;
      return diagonal - product * (roots[k] as number) * (roots[l] as number);
    }),
  );
  const gradient = roots.map((root, k) => root * ((weights.sums[k] as number) - 1));
  const { values, vectors } = symmetricEigen(hessian);
  const step = counts.map(() => 0);
  for (const [m, vector] of vectors.entries()) {
    const value = values[m] as number;
    if (value < 1e-12) continue;
    const along = gradient.reduce((sum, g, k) => sum + g * (vector[k] as number), 0) / value;
    for (let k = 0; k < step.length; k++) {
      step[k] = (step[k] as number) - (along * (vector[k] as number)) / (roots[k] as number);
    }
  }
  return step;
}

function summarize(
  weights: Weights,
  counts: readonly number[],
  freeEnergies: readonly number[],
): MbarEstimate {
  const scaled = weights.products.map((row, k) =>
    row.map((product, l) => product * Math.sqrt((counts[k] as number) * (counts[l] as number))),
  );
  const eigen = symmetricEigen(scaled);
  return {
    freeEnergies: freeEnergies.map(f => f - (freeEnergies[0] as number)),
    errors: counts.map((_, i) => counts.map((_, j) => errorOfDifference(eigen, counts, i, j))),
    overlapMatrix: weights.products.map(row => [...row].map((p, j) => p * (counts[j] as number))),
    overlap: counts.length === 1 ? 1 : Math.min(1, Math.max(0, 1 - (eigen.values.at(-2) as number))),
  };
}

/** From the covariance N^−½ S (1 − S)⁺ N^−½ of the free energies; the largest eigenvalue, 1, is the free constant. */
function errorOfDifference(eigen: SymmetricEigen, counts: readonly number[], i: number, j: number): number {
  let variance = 0;
  for (const [m, value] of eigen.values.slice(0, -1).entries()) {
    const vector = eigen.vectors[m] as Float64Array;
    const difference =
      (vector[i] as number) / Math.sqrt(counts[i] as number) -
      (vector[j] as number) / Math.sqrt(counts[j] as number);
    variance += (difference ** 2 * Math.max(0, value)) / Math.max(1 - value, Number.EPSILON);
  }
  return Math.sqrt(variance);
}
