// Runs of strategies: which are due, who runs one, what came of it. The lease lies on the relationship from the strategy to its
// network; the original does not read it, and whatever it writes there ends it. Kept runs are nodes of a label of ours,
// StrategyRun, which nothing points to and no label of the original's is on. What a run does to tasks is in strategy-tasks.ts.
import type { StrategyMode, StrategyStatus } from '../../domain/strategy.ts';
import { gufeKeyOf, isDue } from '../../domain/strategy-cycle.ts';
import { silentRun } from '../../domain/strategy-lease.ts';
import type { StrategyRun } from '../../domain/strategy-run.ts';
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
import { type Database, statement, type Transaction, type Value } from './database.ts';
import { byKey, isIn, scopeList } from './keys.ts';
import { HAS, holdLease, lockStrategy, type OfNetwork, stateOf } from './strategy-state.ts';

type RunMethods = Pick<StrategyStore, 'listDue' | 'begin' | 'renew' | 'finish' | 'release' | 'listRuns'>;

/** The part of the strategy slice that runs need. */
export function createRunMethods(database: Database): RunMethods {
  return {
    listDue: params => listDue(database, params),
    begin(params) {
      let tries = 0;
      return database.write(tx => begin(tx, params, tries++ > 0));
    },
    renew: ({ network, holder, until }) =>
      database.write(async tx => {
        if ((await holdLease(tx, network, holder)) === null) return false;
        await tx.run(LEASE({ network, holder, until }));
        return true;
      }),
    finish(params) {
      let tries = 0;
      return database.write(tx => finish(tx, params, tries++ > 0));
    },
    release: params => database.write(tx => release(tx, params)),
    listRuns: params => listRuns(database, params),
  };
}

// The original, asked for some scopes, sends a text with two filters in a row, which the database refuses. Both are meant.
const LIST_DUE = statement<
  { readonly scopes: readonly Value[]; readonly now: Date; readonly least: bigint },
  OfNetwork
>(
  `MATCH (n:AlchemicalNetwork)<-[r:PROGRESSES]-()
  WHERE r.mode <> 'disabled'
    AND r.status <> 'error'
    AND (
      r.last_iteration IS NULL
      OR r.last_iteration.epochMillis + 1000 * CASE WHEN r.sleep_interval > $least THEN r.sleep_interval ELSE $least END
        <= $now.epochMillis
    )
    AND ${isIn('n')}
  WITH DISTINCT n
  RETURN n._scoped_key AS network
  ORDER BY ${byKey('n')}`,
);

async function listDue(
  database: Database,
  { scopes, now, minimumSleepSeconds }: ListDue,
): Promise<readonly Key[]> {
  const ask = LIST_DUE({ scopes: scopeList(scopes), now, least: BigInt(minimumSleepSeconds) });
  return (await database.read(tx => tx.all(ask))).map(({ network }) => network);
}

const LEASE = statement<OfNetwork & { readonly holder: string; readonly until: Date }>(`${HAS}
  SET r.lease_holder = $holder, r.lease_until = $until`);
const RELEASE = statement<OfNetwork>(`${HAS}
  REMOVE r.lease_holder, r.lease_until`);
const BEGAN_AT = statement<OfNetwork & { readonly started: Date }, { readonly number: bigint }>(
  `MATCH (x:StrategyRun {network: $network, started: $started})
  RETURN x.number AS number
  LIMIT 1`,
);

/** Whoever took the lease when it ran out has waited for us, or we for it: one of both tells of the run. */
async function release(tx: Transaction, { network, holder, cutShort }: ReleaseRun): Promise<void> {
  if ((await holdLease(tx, network, holder)) !== null) await tx.run(RELEASE({ network }));
  if (cutShort === undefined) return;
  const told = await tx.first(BEGAN_AT({ network, started: cutShort.run.started }));
  if (told === null) await addRun(tx, network, cutShort);
}

async function begin(
  tx: Transaction,
  { network, holder, now, until, minimumSleepSeconds, keep }: BeginRun,
  isAgain: boolean,
): Promise<BegunRun | null> {
  const found = await lockStrategy(tx, network);
  if (found === null) return null;
  const { lease_holder: last, lease_until: lastUntil } = found.state;
  const state = stateOf(found.state);
  // The answer to the commit of an earlier try was lost: a holder is of one run only.
  if (isAgain && last === holder) return { strategy: found.strategy, state };
  if (lastUntil !== undefined && lastUntil > now) return null;
  if (!isDue(state, now, minimumSleepSeconds)) return null;
  if (last !== undefined && lastUntil !== undefined) {
    const strategy = gufeKeyOf(found.strategy);
    await addRun(tx, network, { run: silentRun({ holder: last, until: lastUntil, strategy, state }), keep });
  }
  await tx.run(LEASE({ network, holder, until }));
  return { strategy: found.strategy, state };
}

type Properties = { readonly [name: string]: Value };

const FINISH = statement<OfNetwork & { readonly owned: Properties }>(`${HAS}
  SET r += $owned, r.iterations = r.iterations + 1`);
const ADD_RUN = statement<OfNetwork & { readonly run: Properties }>(
  `OPTIONAL MATCH (old:StrategyRun {network: $network})
  WITH coalesce(max(old.number), 0) + 1 AS number
  CREATE (x:StrategyRun)
  SET x = $run, x.network = $network, x.number = number`,
);
const FORGET_OLD_RUNS = statement<OfNetwork & { readonly keep: bigint }>(
  `MATCH (x:StrategyRun {network: $network})
  WITH x
  ORDER BY x.number DESC
  SKIP $keep
  DELETE x`,
);

async function finish(
  tx: Transaction,
  { network, holder, outcome, run, keep }: FinishRun,
  isAgain: boolean,
): Promise<boolean> {
  if ((await holdLease(tx, network, holder)) === null) {
    // Unless an earlier try has ended the run, and the answer to its commit was lost.
    return isAgain && (await tx.first(BEGAN_AT({ network, started: run.started }))) !== null;
  }
  const { status, lastIteration, resultCount, exception, traceback } = outcome;
  // A property that is set to null is removed.
  const owned = {
    status,
    last_iteration: lastIteration,
    last_iteration_result_count: BigInt(resultCount),
    exception,
    traceback,
    lease_holder: null,
    lease_until: null,
  };
  await tx.run(FINISH({ network, owned }));
  await addRun(tx, network, { run, keep });
  return true;
}

async function addRun(
  tx: Transaction,
  network: Key,
  { run, keep }: Pick<FinishRun, 'run' | 'keep'>,
): Promise<void> {
  await tx.run(ADD_RUN({ network, run: runProperties(run) }));
  await tx.run(FORGET_OLD_RUNS({ network, keep: BigInt(keep) }));
}

function runProperties(run: StrategyRun): Properties {
  return {
    strategy: run.strategy,
    mode: run.mode,
    started: run.started,
    ended: run.ended,
    iteration: BigInt(run.iteration),
    status_before: run.statusBefore,
    status_after: run.statusAfter,
    result_count: BigInt(run.resultCount),
    created: BigInt(run.created),
    actioned: BigInt(run.actioned),
    cancelled: BigInt(run.cancelled),
    exception: run.exception,
    transformations: Buffer.from(packTransformationRuns(run.transformations)).toString('base64'),
  };
}

/** The properties of a run, but the network it is of. */
export interface RunRow {
  readonly number: bigint;
  readonly strategy: string;
  readonly mode: StrategyMode;
  readonly started: Date;
  readonly ended: Date;
  readonly iteration: bigint;
  readonly status_before: StrategyStatus;
  readonly status_after: StrategyStatus;
  readonly result_count: bigint;
  readonly created: bigint;
  readonly actioned: bigint;
  readonly cancelled: bigint;
  readonly exception?: readonly [string, string];
  readonly transformations: string;
}

const LIST_RUNS = statement<
  OfNetwork & { readonly before: bigint; readonly limit: bigint },
  { readonly run: RunRow }
>(
  `MATCH (x:StrategyRun {network: $network})
  WHERE x.number < $before
  RETURN properties(x) AS run
  ORDER BY x.number DESC
  LIMIT $limit`,
);

async function listRuns(
  database: Database,
  { network, before, limit }: ListRuns,
): Promise<readonly KeptRun[]> {
  const from = BigInt(before ?? Number.MAX_SAFE_INTEGER);
  const rows = await database.read(tx => tx.all(LIST_RUNS({ network, before: from, limit: BigInt(limit) })));
  return rows.map(({ run }) => ({
    number: Number(run.number),
    run: {
      strategy: run.strategy,
      mode: run.mode,
      started: run.started,
      ended: run.ended,
      iteration: Number(run.iteration),
      statusBefore: run.status_before,
      statusAfter: run.status_after,
      resultCount: Number(run.result_count),
      created: Number(run.created),
      actioned: Number(run.actioned),
      cancelled: Number(run.cancelled),
      exception: run.exception ?? null,
      transformations: unpackTransformationRuns(Buffer.from(run.transformations, 'base64')),
    },
  }));
}
