// Bennett's acceptance ratio: the free energy difference of two states from work values sampled in both, with the
// least variance any estimator of that data can have (C. H. Bennett, J. Comput. Phys. 22, 245 (1976); in terms of work:
// M. R. Shirts et al., Phys. Rev. Lett. 91, 140601 (2003)).
//
// Everything is reduced (energies over kT, no unit). With forward work wF = u_B − u_A on samples of A, reverse work
// wR = u_A − u_B on samples of B, M = ln(nF/nR) and the Fermi function f(x) = 1/(1 + eˣ), ΔF solves
//     Σ_F f(M + wF − ΔF) = Σ_R f(−M + wR + ΔF).
// The logarithm of left over right rises with ΔF all the way, with a slope in (0, 2]; logarithms keep it usable where
// the sums themselves underflow, so states without overlap give a number with a large error and not a failure.
import { EstimatorError, logSumExp, requireFinite } from './statistics.ts';

export interface BarEstimate {
  /** F_B − F_A in kT. */
  readonly difference: number;
  /** Asymptotic standard error in kT, for independent samples (Bennett, eq. 10a). Optimistic when overlap is poor. */
  readonly error: number;
  /** Overlap of the two sampled distributions, 0 (none) to 1 (the same); under 0.03 the error cannot be trusted. */
  readonly overlap: number;
}

const TOLERANCE = 1e-12;
const MAX_ITERATIONS = 500;

/**
 * F_B − F_A in kT from reduced work: `forward` = u_B − u_A (kT) on samples of A, `reverse` = u_A − u_B (kT) on samples of B.
 * Throws an EstimatorError when a list is empty or holds a number that is not finite.
 */
export function bar(forward: ArrayLike<number>, reverse: ArrayLike<number>): BarEstimate {
  requireFinite(forward, 'BAR forward work');
  requireFinite(reverse, 'BAR reverse work');
  const difference = findRoot(forward, reverse);
  const shift = Math.log(forward.length / reverse.length);
  const inForward = fermiMoments(forward, shift - difference);
  const inReverse = fermiMoments(reverse, -shift + difference);
  const variance =
    (inForward.squareRatio - 1) / forward.length + (inReverse.squareRatio - 1) / reverse.length;
  return {
    difference,
    error: Math.sqrt(Math.max(0, variance)),
    overlap: overlapOf(inForward, inReverse, forward.length, reverse.length),
  };
}

/** The imbalance ln(left/right) of Bennett's equation at ΔF and its slope. */
function imbalance(
  forward: ArrayLike<number>,
  reverse: ArrayLike<number>,
  shift: number,
  difference: number,
): { value: number; slope: number } {
  const left = fermiMoments(forward, shift - difference);
  const right = fermiMoments(reverse, -shift + difference);
  return {
    value: left.logSum - right.logSum,
    // d ln Σf /dΔF = 1 − Σf²/Σf on the left; the right side has the opposite sign.
    slope: 2 - left.meanWeightedByItself - right.meanWeightedByItself,
  };
}

/** Newton's method inside a bracket that bisection keeps shrinking, so it always ends. */
function findRoot(forward: ArrayLike<number>, reverse: ArrayLike<number>): number {
  const shift = Math.log(forward.length / reverse.length);
  let [low, high] = bracket(forward, reverse, shift);
  let guess = (low + high) / 2;
  for (let i = 0; i < MAX_ITERATIONS; i++) {
    const { value, slope } = imbalance(forward, reverse, shift, guess);
    if (value === 0) return guess;
    if (value < 0) low = guess;
    else high = guess;
    const newton = guess - value / slope;
    const next = slope > 0 && newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - guess) <= TOLERANCE * (1 + Math.abs(next))) return next;
    guess = next;
  }
  throw new EstimatorError('NOT_CONVERGED', `BAR: no solution after ${MAX_ITERATIONS} steps`);
}

/**
 * Bounds of ΔF. Where ΔF lies d below every forward work and below every −reverse work, both sides are dominated by
 * one exponential, and the imbalance is negative once d exceeds ln of the ratio of sample counts; likewise above.
 */
function bracket(forward: ArrayLike<number>, reverse: ArrayLike<number>, shift: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < forward.length; i++) {
    low = Math.min(low, forward[i] as number);
    high = Math.max(high, forward[i] as number);
  }
  for (let i = 0; i < reverse.length; i++) {
    low = Math.min(low, -(reverse[i] as number));
    high = Math.max(high, -(reverse[i] as number));
  }
  let margin = 1 + Math.abs(shift);
  while (imbalance(forward, reverse, shift, low - margin).value > 0) margin *= 2;
  low -= margin;
  margin = 1 + Math.abs(shift);
  while (imbalance(forward, reverse, shift, high + margin).value < 0) margin *= 2;
  return [low, high + margin];
}

interface FermiMoments {
  /** ln Σ f. */
  readonly logSum: number;
  /** ⟨f²⟩/⟨f⟩², at least 1. */
  readonly squareRatio: number;
  /** Σf²/Σf, in (0, 1]. */
  readonly meanWeightedByItself: number;
}

/** Sums of f(work + offset) through logarithms, so that none underflows. */
function fermiMoments(work: ArrayLike<number>, offset: number): FermiMoments {
  const logs = new Float64Array(work.length);
  for (let i = 0; i < work.length; i++) {
    const x = (work[i] as number) + offset;
    // ln f(x) = −ln(1 + eˣ), written so that neither sign of x overflows.
    logs[i] = x > 0 ? -x - Math.log1p(Math.exp(-x)) : -Math.log1p(Math.exp(x));
  }
  const logSum = logSumExp(logs);
  const logSquares = logSumExp(logs.map(value => 2 * value));
  return {
    logSum,
    squareRatio: Math.max(1, work.length * Math.exp(logSquares - 2 * logSum)),
    meanWeightedByItself: Math.exp(logSquares - logSum),
  };
}

/**
 * The scalar overlap of MBAR for two states, 1 − λ₂ of their overlap matrix (Klimovich, Shirts & Mobley, J. Comput.-Aided
 * Mol. Des. 29, 397 (2015)). With g the probability that a sample belongs to B, it is N/(nF nR) · Σ g (1 − g) over all
 * N = nF + nR samples; g is f(M + w − ΔF) on a forward sample and 1 − f(−M + w + ΔF) on a reverse one.
 */
function overlapOf(inForward: FermiMoments, inReverse: FermiMoments, nF: number, nR: number): number {
  const product =
    Math.exp(inForward.logSum) * (1 - inForward.meanWeightedByItself) +
    Math.exp(inReverse.logSum) * (1 - inReverse.meanWeightedByItself);
  return Math.min(1, Math.max(0, (product * (nF + nR)) / (nF * nR)));
}
