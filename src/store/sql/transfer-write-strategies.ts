// Strategies and the history of their runs from transfer records.
import { noSuchObject } from '../../domain/errors.ts';
import type { RunRecord, StrategyRecord } from '../slices/transfer.ts';
import { type Connection, list, statement, type Value } from './database.ts';
import { findObjects } from './keys.ts';
import { ADD_RUN } from './strategy-runs.ts';

const REMOVE = 'DELETE FROM strategy WHERE network = ?';
const ADD = `INSERT INTO strategy (
    network, object, mode, status, iterations, sleep_interval, last_iteration, last_iteration_result_count,
    max_tasks_per_transformation, task_scaling, exception_name, exception_message, traceback
  )
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export async function writeStrategies(
  connection: Connection,
  records: readonly StrategyRecord[],
): Promise<void> {
  const keys = records.flatMap(({ network, strategy }) => [network, strategy]);
  const found = await findObjects(connection, keys);
  const idOf = (key: string): number => {
    const id = found.get(key)?.id;
    if (id === undefined) throw noSuchObject(key);
    return id;
  };
  await connection.runEach(
    REMOVE,
    records.map(({ network }) => [idOf(network)]),
  );
  await connection.runEach(
    ADD,
    records.map((record): Value[] => [
      idOf(record.network),
      idOf(record.strategy),
      record.mode,
      record.status,
      record.iterations,
      record.sleepInterval,
      record.lastIterationMs,
      record.lastIterationResultCount,
      record.maxTasksPerTransformation,
      record.taskScaling,
      record.exception?.[0] ?? null,
      record.exception?.[1] ?? null,
      record.traceback,
    ]),
  );
}

const COUNT_RUNS = statement<[networks: string], { readonly network: number; readonly n: number }>(
  'SELECT network, count(*) AS n FROM strategy_run WHERE network IN numbers(?) GROUP BY network',
);

/** Runs have no key but their place, so those that are there are counted. */
export async function writeRuns(connection: Connection, records: readonly RunRecord[]): Promise<void> {
  const networks = await findObjects(connection, new Set(records.map(({ network }) => network)), 'network');
  const ids = list([...networks.values()].map(({ id }) => id));
  const counts = new Map((await connection.all(COUNT_RUNS(ids))).map(({ network, n }) => [network, n]));
  const rows: Value[][] = [];
  for (const record of records) {
    const network = networks.get(record.network)?.id;
    if (network === undefined) throw noSuchObject(record.network);
    if (record.place < (counts.get(network) ?? 0)) continue;
    rows.push([
      network,
      record.strategy,
      record.mode,
      record.startedMs,
      record.endedMs,
      record.iteration,
      record.statusBefore,
      record.statusAfter,
      record.resultCount,
      record.created,
      record.actioned,
      record.cancelled,
      record.exception?.[0] ?? null,
      record.exception?.[1] ?? null,
      record.bytes,
    ]);
  }
  await connection.runEach(ADD_RUN, rows);
}
