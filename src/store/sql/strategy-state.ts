// The row of a strategy as its state.
import type { StrategyMode, StrategyState, StrategyStatus, TaskScaling } from '../../domain/strategy.ts';
import type { Key } from '../state-store.ts';
import { type Connection, statement } from './database.ts';
import { findObjects } from './keys.ts';

/** An id that no network has. */
const NO_NETWORK = -1;

/** The id of a network; of none, one that there is not. */
export async function networkId(connection: Connection, network: Key): Promise<number> {
  return (await findObjects(connection, [network], 'network')).get(network)?.id ?? NO_NETWORK;
}

/** What was thrown, as rows have it. */
export interface ThrownRow {
  readonly exception_name: string | null;
  readonly exception_message: string | null;
}

/** Class name and message of what was thrown. */
export function exceptionOf({
  exception_name: name,
  exception_message: message,
}: ThrownRow): readonly [name: string, message: string] | null {
  return name === null || message === null ? null : [name, message];
}

interface StateRow extends ThrownRow {
  readonly mode: StrategyMode;
  readonly status: StrategyStatus;
  readonly iterations: number;
  readonly sleep_interval: number;
  readonly last_iteration: number | null;
  readonly last_iteration_result_count: number;
  readonly max_tasks_per_transformation: number;
  readonly task_scaling: TaskScaling;
  readonly traceback: string | null;
}

const GET_STATE = statement<[network: number], StateRow>(
  `SELECT
    mode, status, iterations, sleep_interval, last_iteration, last_iteration_result_count,
    max_tasks_per_transformation, task_scaling, exception_name, exception_message, traceback
  FROM strategy
  WHERE network = ?`,
);

/** The state of a network's strategy; null when it has none. */
export async function readState(connection: Connection, network: number): Promise<StrategyState | null> {
  const row = await connection.first(GET_STATE(network));
  if (row === null) return null;
  return {
    mode: row.mode,
    status: row.status,
    iterations: row.iterations,
    sleepInterval: row.sleep_interval,
    lastIteration: row.last_iteration === null ? null : new Date(row.last_iteration),
    lastIterationResultCount: row.last_iteration_result_count,
    maxTasksPerTransformation: row.max_tasks_per_transformation,
    taskScaling: row.task_scaling,
    exception: exceptionOf(row),
    traceback: row.traceback,
  };
}
