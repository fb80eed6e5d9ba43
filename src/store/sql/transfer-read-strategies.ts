// Strategies of networks and the history of their runs as transfer records. A lease is nobody's who reads the copy.
import type { StrategyMode, StrategyStatus, TaskScaling } from '../../domain/strategy.ts';
import type { RunRecord, StrategyRecord } from '../slices/transfer.ts';
import { statement } from './database.ts';
import { keyOf, type SpecificScope } from './keys.ts';
import type { RunRow } from './strategy-runs.ts';
import { exceptionOf, type ThrownRow } from './strategy-state.ts';
import { FIRST, pageOf, type ReadKind } from './transfer-paging.ts';

interface OfNetwork extends SpecificScope {
  readonly gufe_key: string;
}

interface StrategyRow extends OfNetwork, ThrownRow {
  readonly id: number;
  readonly mode: StrategyMode;
  readonly strategy: string;
  readonly status: StrategyStatus;
  readonly iterations: number;
  readonly sleep_interval: number;
  readonly last_iteration: number | null;
  readonly last_iteration_result_count: number;
  readonly max_tasks_per_transformation: number;
  readonly task_scaling: TaskScaling;
  readonly traceback: string | null;
}

const STRATEGIES = statement<[after: number, limit: number], StrategyRow>(
  `SELECT y.network AS id, o.gufe_key, z.gufe_key AS strategy, y.mode, y.status, y.iterations, y.sleep_interval,
    y.last_iteration, y.last_iteration_result_count, y.max_tasks_per_transformation, y.task_scaling,
    y.exception_name, y.exception_message, y.traceback, s.org, s.campaign, s.project
  FROM strategy y
  JOIN object o ON o.id = y.network
  JOIN object z ON z.id = y.object
  JOIN scope s ON s.id = o.scope
  WHERE y.network > ?
  ORDER BY y.network
  LIMIT ?`,
);

const ROWS = 500;

export const readStrategies: ReadKind = async (connection, after) => {
  const rows = await connection.all(STRATEGIES(Number(after ?? FIRST), ROWS));
  const records = rows.map(
    (row): StrategyRecord => ({
      kind: 'strategy',
      network: keyOf(row.gufe_key, row),
      strategy: keyOf(row.strategy, row),
      mode: row.mode,
      status: row.status,
      iterations: row.iterations,
      sleepInterval: row.sleep_interval,
      lastIterationMs: row.last_iteration,
      lastIterationResultCount: row.last_iteration_result_count,
      maxTasksPerTransformation: row.max_tasks_per_transformation,
      taskScaling: row.task_scaling,
      exception: exceptionOf(row),
      traceback: row.traceback,
    }),
  );
  return pageOf(records, rows, ROWS);
};

const RUNS = statement<[after: number, limit: number], RunRow & OfNetwork & { readonly place: number }>(
  `SELECT r.id, o.gufe_key, r.strategy, r.mode, r.started, r.ended, r.iteration, r.status_before, r.status_after,
    r.result_count, r.created, r.actioned, r.cancelled, r.exception_name, r.exception_message, r.transformations,
    (SELECT count(*) FROM strategy_run b WHERE b.network = r.network AND b.id < r.id) AS place,
    s.org, s.campaign, s.project
  FROM strategy_run r
  JOIN object o ON o.id = r.network
  JOIN scope s ON s.id = o.scope
  WHERE r.id > ?
  ORDER BY r.id
  LIMIT ?`,
);

/** Each may say something of ten thousand transformations. */
const RUNS_AT_ONCE = 20;

export const readRuns: ReadKind = async (connection, after) => {
  const rows = await connection.all(RUNS(Number(after ?? FIRST), RUNS_AT_ONCE));
  const records = rows.map(
    (row): RunRecord => ({
      kind: 'run',
      network: keyOf(row.gufe_key, row),
      place: row.place,
      strategy: row.strategy,
      mode: row.mode,
      startedMs: row.started,
      endedMs: row.ended,
      iteration: row.iteration,
      statusBefore: row.status_before,
      statusAfter: row.status_after,
      resultCount: row.result_count,
      created: row.created,
      actioned: row.actioned,
      cancelled: row.cancelled,
      exception: exceptionOf(row),
      bytes: row.transformations,
    }),
  );
  return pageOf(records, rows, RUNS_AT_ONCE);
};
