// The small statistics that estimators and protocols share. Every function refuses an empty sample and numbers that
// are not finite: a NaN that slips in would come out as a free energy of NaN, a result nobody can act on.

const ESTIMATOR_ERROR_CODES = ['EMPTY_SAMPLE', 'NOT_FINITE', 'BAD_SHAPE', 'NOT_CONVERGED'] as const;

export type EstimatorErrorCode = (typeof ESTIMATOR_ERROR_CODES)[number];

/** The one error of the estimators; `code` says what kind, the message which number of which sample. */
export class EstimatorError extends Error {
  override readonly name = 'EstimatorError';
  readonly code: EstimatorErrorCode;

  constructor(code: EstimatorErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Throws an EstimatorError unless `values` holds at least one number and only finite ones; `what` names it in the message. */
export function requireFinite(values: ArrayLike<number>, what: string): void {
  if (values.length === 0) throw new EstimatorError('EMPTY_SAMPLE', `${what}: there is no sample`);
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new EstimatorError('NOT_FINITE', `${what}: value ${i} of ${values.length} is ${values[i]}`);
    }
  }
}

/** ln Σ exp(xᵢ), exact to rounding however large or small the exponents; −Infinity for no terms. */
export function logSumExp(values: ArrayLike<number>): number {
  let largest = -Infinity;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, values[i] as number);
  if (largest === -Infinity) return -Infinity;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.exp((values[i] as number) - largest);
  return largest + Math.log(sum);
}

/** Arithmetic mean, in the unit of the values. */
export function mean(values: ArrayLike<number>): number {
  requireFinite(values, 'mean');
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/**
 * Sample standard deviation (denominator n − 1), in the unit of the values; 0 for a single value, as openfe's
 * protocols report for a single repeat.
 */
export function sampleStandardDeviation(values: ArrayLike<number>): number {
  const center = mean(values);
  if (values.length === 1) return 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += ((values[i] as number) - center) ** 2;
  return Math.sqrt(sum / (values.length - 1));
}

/**
 * How many consecutive values of a time series carry the information of one independent value, g = 1 + 2τ ≥ 1
 * (Chodera et al., J. Chem. Theory Comput. 3, 26 (2007), eq. 20): the autocorrelation is summed until it first
 * falls to zero, where noise begins. A constant series has g = 1.
 */
export function statisticalInefficiency(series: ArrayLike<number>): number {
  requireFinite(series, 'statistical inefficiency');
  const n = series.length;
  const center = mean(series);
  const deviations = Float64Array.from({ length: n }, (_, i) => (series[i] as number) - center);
  const variance = deviations.reduce((sum, d) => sum + d * d, 0) / n;
  if (variance === 0) return 1;
  let g = 1;
  // The last lags average too few pairs to tell a correlation from noise.
  for (let lag = 1; lag < n - 1; lag++) {
    let product = 0;
    for (let i = 0; i + lag < n; i++) product += (deviations[i] as number) * (deviations[i + lag] as number);
    const correlation = product / (variance * (n - lag));
    if (correlation <= 0 && lag > MIN_LAG) break;
    g += 2 * correlation * (1 - lag / n);
  }
  return Math.max(1, g);
}

/** A single negative value at the very first lags is more often noise than the end of the correlation. */
const MIN_LAG = 3;
