// Reads the energy differences a simulation wrote (dhdl.xvg): at each sample, the energy in every other state less the energy
// in the state that was simulated, in kJ/mol. Estimators want energies of a sample in all states up to a constant, and
// the energy in the simulated state may be that constant.
import type { WindowEnergies } from '../estimators/path.ts';
import { GromacsError } from './gromacs-error.ts';

/**
 * Reads one dhdl.xvg as reduced energies (kT, with kT in kJ/mol as given): U_k − U_own for every state k. Throws ENERGIES_UNREADABLE when it holds no samples, too few columns, or text for
 * numbers.
 */
export function readEnergyDifferences(
  xvg: string,
  window: { readonly state: number; readonly states: number; readonly kTKjPerMol: number },
): WindowEnergies {
  const { state, states, kTKjPerMol } = window;
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
  const differences = columns.map(column =>
    Float64Array.from(rows, row => (row[column] ?? Number.NaN) / kTKjPerMol),
  );
  const bad = differences.findIndex(values => !values.every(Number.isFinite));
  if (bad !== -1) fail(`a difference to state ${bad} is not a number`);
  return differences;
}
