// The free energy along a path of states, from samples of every state: by MBAR on all of them at once, or by BAR from each
// state to the next, added up.
import { bar } from './bar.ts';
import { mbar } from './mbar.ts';
import { EstimatorError, mean, statisticalInefficiency } from './statistics.ts';

/** What the windows together say about the free energy from the first state to the last. */
export interface PathEstimate {
  /** kT. */
  readonly difference: number;
  /** Standard error in kT, widened for the correlation of successive samples. */
  readonly error: number;
  /** Of the worst-connected states (MBAR) or neighbors (BAR), 0 to 1; below 0.03 the error cannot be trusted. */
  readonly overlap: number;
  /** From the first state to each, kT. */
  readonly freeEnergies: readonly number[];
}

/** `window[k][n]`: reduced energy (kT) in state k of sample n, up to a constant for each sample that all states share. */
export type WindowEnergies = readonly Float64Array[];

/**
 * Free energy (kT) of the last state less that of the first, from one window for each state, in order; the samples of a
 * window are taken for a time series.
 */
export function estimatePath(windows: readonly WindowEnergies[], estimator: 'BAR' | 'MBAR'): PathEstimate {
  if (windows.length < 2) throw new EstimatorError('EMPTY_SAMPLE', 'a path has two states at least');
  for (const [k, rows] of windows.entries()) {
    if (rows.length === windows.length) continue;
    throw new EstimatorError(
      'BAD_SHAPE',
      `window ${k} has energies in ${rows.length} of ${windows.length} states`,
    );
  }
  const path = estimator === 'BAR' ? barPath(windows) : mbarPath(windows);
  // Samples a few steps apart say the same thing twice: n samples are worth n/g independent ones.
  const inefficiency = mean(windows.map((rows, k) => statisticalInefficiency(workToNeighbor(rows, k))));
  return { ...path, error: path.error * Math.sqrt(inefficiency) };
}

/** u_to − u_from of every sample. */
function work(rows: WindowEnergies, from: number, to: number): Float64Array {
  const start = rows[from] as Float64Array;
  return (rows[to] as Float64Array).map((energy, n) => energy - (start[n] as number));
}

function workToNeighbor(rows: WindowEnergies, state: number): Float64Array {
  return work(rows, state, state + 1 < rows.length ? state + 1 : state - 1);
}

function barPath(windows: readonly WindowEnergies[]): PathEstimate {
  const freeEnergies = [0];
  let [variance, overlap] = [0, 1];
  for (let k = 0; k + 1 < windows.length; k++) {
    const forward = work(windows[k] as WindowEnergies, k, k + 1);
    const reverse = work(windows[k + 1] as WindowEnergies, k + 1, k);
    const step = bar(forward, reverse);
    freeEnergies.push((freeEnergies[k] as number) + step.difference);
    variance += step.error ** 2;
    overlap = Math.min(overlap, step.overlap);
  }
  return { difference: freeEnergies.at(-1) as number, error: Math.sqrt(variance), overlap, freeEnergies };
}

function mbarPath(windows: readonly WindowEnergies[]): PathEstimate {
  const energies = windows.map((_, k) =>
    Float64Array.from(windows.flatMap(rows => [...(rows[k] as Float64Array)])),
  );
  const counts = windows.map(rows => rows[0]?.length ?? 0);
  const { freeEnergies, errors, overlap } = mbar(energies, counts);
  const last = freeEnergies.length - 1;
  return {
    difference: freeEnergies[last] as number,
    error: errors[0]?.[last] as number,
    overlap,
    freeEnergies,
  };
}
