// Reads the energy differences a simulation wrote (dhdl.xvg): at each sample, the energy in every other state less the energy
// in the state that was simulated, in kJ/mol. From the differences of all windows come the inputs of BAR and MBAR.
import { thermalEnergyKjPerMol } from '../energy-units.ts';
import { bar } from '../estimators/bar.ts';
import { mbar } from '../estimators/mbar.ts';
import { mean, statisticalInefficiency } from '../estimators/statistics.ts';
import { GromacsError } from './gromacs-error.ts';

/** One window's samples: `differences[k][n]` = U_k − U_own of sample n, in kJ/mol, for every state k. */
export interface WindowEnergies {
  readonly state: number;
  readonly differences: readonly Float64Array[];
}

/** Reads one dhdl.xvg. Throws ENERGIES_UNREADABLE when it holds no samples, too few columns, or text for numbers. */
export function readEnergyDifferences(xvg: string, state: number, states: number): WindowEnergies {
  const fail = (why: string): never => {
    throw new GromacsError('ENERGIES_UNREADABLE', `energy differences of window ${state}: ${why}`);
  };
  const columns: number[] = [];
  const rows: number[][] = [];
  for (const line of xvg.split('\n')) {
    const legend = /^@ s(\d+) legend "(.*)"/.exec(line);
    // `\xD\f{}H \xl\f{} to (0.0000, 0.1500)`: the differences, in order of states; the first column of a row is the time.
    if (legend?.[2]?.includes(' to ')) columns.push(Number(legend[1]) + 1);
    if (line.trim() === '' || line.startsWith('#') || line.startsWith('@')) continue;
    rows.push(line.trim().split(/\s+/).map(Number));
  }
  if (columns.length !== states) fail(`${columns.length} columns for ${states} states`);
  if (rows.length === 0) fail('no samples');
  const differences = columns.map(column => Float64Array.from(rows, row => row[column] ?? Number.NaN));
  const bad = differences.findIndex(values => !values.every(Number.isFinite));
  if (bad !== -1) fail(`a difference to state ${bad} is not a number`);
  return { state, differences };
}

/** What the windows together say about the free energy from the first to the last state. */
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

/** Free energy of the last state less that of the first, from windows in order of state (each state exactly once). */
export function estimatePath(
  windows: readonly WindowEnergies[],
  temperatureK: number,
  estimator: 'BAR' | 'MBAR',
): PathEstimate {
  const kT = thermalEnergyKjPerMol(temperatureK);
  const reduced = windows.map(({ differences }) => differences.map(row => row.map(value => value / kT)));
  const path = estimator === 'BAR' ? barPath(reduced) : mbarPath(reduced);
  // Samples a few steps apart say the same thing twice: n samples are worth n/g independent ones.
  const inefficiency = mean(reduced.map((rows, k) => statisticalInefficiency(workToNeighbor(rows, k))));
  return { ...path, error: path.error * Math.sqrt(inefficiency) };
}

type ReducedWindow = readonly Float64Array[];

function workToNeighbor(rows: ReducedWindow, state: number): Float64Array {
  return rows[state + 1 < rows.length ? state + 1 : state - 1] as Float64Array;
}

function barPath(windows: readonly ReducedWindow[]): PathEstimate {
  const freeEnergies = [0];
  let [variance, overlap] = [0, 1];
  for (let k = 0; k + 1 < windows.length; k++) {
    const forward = windows[k]?.[k + 1] as Float64Array;
    const reverse = windows[k + 1]?.[k] as Float64Array;
    const step = bar(forward, reverse);
    freeEnergies.push((freeEnergies[k] as number) + step.difference);
    variance += step.error ** 2;
    overlap = Math.min(overlap, step.overlap);
  }
  return { difference: freeEnergies.at(-1) as number, error: Math.sqrt(variance), overlap, freeEnergies };
}

function mbarPath(windows: readonly ReducedWindow[]): PathEstimate {
  // Differences to the sampled state serve as energies: what is added to one sample in all states alike cancels.
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
