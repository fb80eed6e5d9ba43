// Runs of strategies: which are due, who runs one, what came of it. A run holds a lease in the row of the strategy; whatever else
// writes that row ends it (strategies.ts). What a run does to tasks is in strategy-tasks.ts.
import type { StrategyMode, StrategyStatus } from '../../domain/strategy.ts';
import { isDue } from '../../domain/strategy-cycle.ts';
import { silentRun } from '../../domain/strategy-lease.ts';
import type {
  BeginRun,
  BegunRun,
  FinishRun,
  KeptRun,
  Key,
  ListDue,
  ListRuns,
  ReleaseRun,
  StrategyStore,
} from '../state-store.ts';
import { packTransformationRuns, unpackTransformationRuns } from '../transformation-runs.ts';
import { type Connection, type Database, statement } from './database.ts';
import { coveredScopes, keyOf, type SpecificScope, scopeList, splitKey } from './keys.ts';
import { exceptionOf, networkId, readState, type ThrownRow } from './strategy-state.ts';

type RunMethods = Pick<StrategyStore, 'listDue' | 'begin' | 'renew' | 'finish' | 'release' | 'listRuns'>;

/** The part of the strategy slice that runs need. */
export function createRunMethods(database: Database): RunMethods {
  return {
    listDue: params => database.read(connection => listDue(connection, params)),
    begin: params => database.write(connection => begin(connection, params)),
    renew: ({ network, holder, until }) =>
      database.write(async connection => {
        const id = await networkId(connection, network);
        return (await connection.run(RENEW(until.getTime(), id, holder))) > 0;
      }),
    finish: params => database.write(connection => finish(connection, params)),
    release: params => database.write(connection => release(connection, params)),
    listRuns: params => database.read(connection => listRuns(connection, params)),
  };
}

const LIST_DUE = statement<
  [minimumSeconds: number, minimumSeconds: number, nowMs: number, scopes: string],
  SpecificScope & { readonly gufe_key: string }
>(
  `SELECT o.gufe_key, s.org, s.campaign, s.project
  FROM strategy y
  JOIN network n ON n.id = y.network
  JOIN object o ON o.id = n.id
  JOIN scope s ON s.id = n.scope
  WHERE y.mode <> 'disabled'
    AND y.status <> 'error'
    AND (
      y.last_iteration IS NULL
      OR y.last_iteration + 1000 * CASE WHEN y.sleep_interval > ? THEN y.sleep_interval ELSE ? END <= ?
    )
    AND n.scope IN (${coveredScopes()})
  ORDER BY s.org, s.campaign, s.project, o.gufe_key`,
);

async function listDue(
  connection: Connection,
  { scopes, now, minimumSleepSeconds: least }: ListDue,
): Promise<readonly Key[]> {
  const rows = await connection.all(LIST_DUE(least, least, now.getTime(), scopeList(scopes)));
  return rows.map(row => keyOf(row.gufe_key, row));
}

interface LeaseRow {
  readonly strategy: string;
  readonly lease_holder: string | null;
  readonly lease_until: number | null;
}

const LOCK = statement<[network: number], LeaseRow>(
  `SELECT lease_holder, lease_until, (SELECT o.gufe_key FROM object o WHERE o.id = strategy.object) AS strategy
  FROM strategy
  WHERE network = ?
  FOR NO KEY UPDATE`,
);
const LEASE = statement<[holder: string, untilMs: number, network: number]>(
  'UPDATE strategy SET lease_holder = ?, lease_until = ? WHERE network = ?',
);

async function begin(
  connection: Connection,
  { network, holder, now, until, minimumSleepSeconds, keep }: BeginRun,
): Promise<BegunRun | null> {
  const scope = splitKey(network);
  const id = await networkId(connection, network);
  const held = await connection.first(LOCK(id));
  const state = await readState(connection, id);
  if (scope === null || held === null || state === null) return null;
  const { strategy, lease_holder: last, lease_until: lastUntil } = held;
  if (lastUntil !== null && lastUntil > now.getTime()) return null;
  if (!isDue(state, now, minimumSleepSeconds)) return null;
  if (last !== null && lastUntil !== null) {
    const run = silentRun({ holder: last, until: new Date(lastUntil), strategy, state });
    await addRun(connection, id, { run, keep });
  }
  await connection.run(LEASE(holder, until.getTime(), id));
  return { strategy: keyOf(strategy, scope), state };
}

const RENEW = statement<[untilMs: number, network: number, holder: string]>(
  'UPDATE strategy SET lease_until = ? WHERE network = ? AND lease_holder = ?',
);
const RELEASE = statement<[network: number, holder: string]>(
  'UPDATE strategy SET lease_holder = NULL, lease_until = NULL WHERE network = ? AND lease_holder = ?',
);
const BEGAN_AT = statement<[network: number, startedMs: number], { readonly id: number }>(
  'SELECT id FROM strategy_run WHERE network = ? AND started = ? LIMIT 1',
);

/** Whoever took the lease when it ran out has waited for us, or we for it: one of both tells of the run. */
async function release(connection: Connection, { network, holder, cutShort }: ReleaseRun): Promise<void> {
  const id = await networkId(connection, network);
  await connection.run(RELEASE(id, holder));
  if (cutShort === undefined) return;
  const told = await connection.first(BEGAN_AT(id, cutShort.run.started.getTime()));
  if (told === null) await addRun(connection, id, cutShort);
}

const FINISH = statement<
  [
    status: StrategyStatus,
    lastIterationMs: number,
    resultCount: number,
    exceptionName: string | null,
    exceptionMessage: string | null,
    traceback: string | null,
    network: number,
    holder: string,
  ]
>(
  `UPDATE strategy
  SET status = ?, iterations = iterations + 1, last_iteration = ?, last_iteration_result_count = ?,
    exception_name = ?, exception_message = ?, traceback = ?, lease_holder = NULL, lease_until = NULL
  WHERE network = ? AND lease_holder = ?`,
);
/** One run; its parameters are the columns in this order. */
export const ADD_RUN = `INSERT INTO strategy_run (
    network, strategy, mode, started, ended, iteration, status_before, status_after,
    result_count, created, actioned, cancelled, exception_name, exception_message, transformations
  )
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const FORGET_OLD_RUNS = statement<[network: number, network: number, keep: number]>(
  `DELETE FROM strategy_run
  WHERE network = ?
    AND id <= (SELECT r.id FROM strategy_run r WHERE r.network = ? ORDER BY r.id DESC LIMIT 1 OFFSET ?)`,
);

async function finish(
  connection: Connection,
  { network, holder, outcome, run, keep }: FinishRun,
): Promise<boolean> {
  const id = await networkId(connection, network);
  const written = await connection.run(
    FINISH(
      outcome.status,
      outcome.lastIteration.getTime(),
      outcome.resultCount,
      outcome.exception?.[0] ?? null,
      outcome.exception?.[1] ?? null,
      outcome.traceback,
      id,
      holder,
    ),
  );
  if (written === 0) return false;
  await addRun(connection, id, { run, keep });
  return true;
}

async function addRun(
  connection: Connection,
  network: number,
  { run, keep }: Pick<FinishRun, 'run' | 'keep'>,
): Promise<void> {
  await connection.run({
    sql: ADD_RUN,
    parameters: [
      network,
      run.strategy,
      run.mode,
      run.started.getTime(),
      run.ended.getTime(),
      run.iteration,
      run.statusBefore,
      run.statusAfter,
      run.resultCount,
      run.created,
      run.actioned,
      run.cancelled,
      run.exception?.[0] ?? null,
      run.exception?.[1] ?? null,
      packTransformationRuns(run.transformations),
    ],
  });
  await connection.run(FORGET_OLD_RUNS(network, network, keep));
}

/** A run that is kept. */
export interface RunRow extends ThrownRow {
  readonly id: number;
  readonly strategy: string;
  readonly mode: StrategyMode;
  readonly started: number;
  readonly ended: number;
  readonly iteration: number;
  readonly status_before: StrategyStatus;
  readonly status_after: StrategyStatus;
  readonly result_count: number;
  readonly created: number;
  readonly actioned: number;
  readonly cancelled: number;
  readonly transformations: Uint8Array;
}

const LIST_RUNS = statement<[network: number, before: number, limit: number], RunRow>(
  `SELECT
    id, strategy, mode, started, ended, iteration, status_before, status_after, result_count,
    created, actioned, cancelled, exception_name, exception_message, transformations
  FROM strategy_run
  WHERE network = ? AND id < ?
  ORDER BY id DESC
  LIMIT ?`,
);

async function listRuns(
  connection: Connection,
  { network, before, limit }: ListRuns,
): Promise<readonly KeptRun[]> {
  const id = await networkId(connection, network);
  const rows = await connection.all(LIST_RUNS(id, before ?? Number.MAX_SAFE_INTEGER, limit));
  return rows.map(row => ({
    number: row.id,
    run: {
      strategy: row.strategy,
      mode: row.mode,
      started: new Date(row.started),
      ended: new Date(row.ended),
      iteration: row.iteration,
      statusBefore: row.status_before,
      statusAfter: row.status_after,
      resultCount: row.result_count,
      created: row.created,
      actioned: row.actioned,
      cancelled: row.cancelled,
      exception: exceptionOf(row),
      transformations: unpackTransformationRuns(row.transformations),
    },
  }));
}
