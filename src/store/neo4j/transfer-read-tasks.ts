// Tasks and strategies of the graph as transfer records. A task that extends nothing comes with the whole tree of what extends it,
// parents first.
import type { TaskStatus } from '../../domain/task-status.ts';
import type { ActionRecord, ResultRecord, TaskRecord, TransferRecord } from '../slices/transfer.ts';
import { type Database, statement } from './database.ts';
import { stateOf } from './strategy-state.ts';
import type { ReadKind } from './transfer-read.ts';
import { handOutObjects } from './transfer-read-objects.ts';
import type { GraphView } from './transfer-view.ts';

interface TaskRow {
  readonly root: string;
  readonly depth: bigint;
  readonly task: {
    readonly _scoped_key: string;
    readonly status: TaskStatus;
    readonly priority: bigint;
    readonly datetime_created?: Date;
    readonly creator?: string;
  };
  readonly transformation: string | null;
  readonly parent: string | null;
  readonly claims: readonly { readonly service: string; readonly claimed: Date | null }[];
  readonly actions: readonly {
    readonly network: string;
    readonly weight: number;
    readonly performs: boolean;
  }[];
  readonly restarts: readonly {
    readonly network: string;
    readonly pattern: string;
    readonly retries: bigint;
  }[];
  readonly results: readonly ResultRow[];
}

interface ResultRow {
  readonly key: string;
  readonly objKey: string;
  readonly ok: boolean;
  readonly location: string | null;
  readonly created: string | null;
  readonly creator: string | null;
  readonly tracebacks: readonly {
    readonly texts: readonly string[];
    readonly sources: readonly string[];
    readonly failures: readonly string[];
  }[];
}

const TASKS = statement<{ readonly after: string; readonly limit: bigint }, TaskRow>(
  `MATCH (root:GufeTokenizable)
  WHERE root._scoped_key > $after AND root._scoped_key < 'Task.' AND root:Task AND NOT (root)-[:EXTENDS]->(:Task)
  WITH root ORDER BY root._scoped_key LIMIT $limit
  MATCH path = (root)<-[:EXTENDS*0..]-(t:Task)
  WITH root, t, length(path) AS depth
  RETURN root._scoped_key AS root, depth, t {.*} AS task,
    [(t)-[:PERFORMS]->(f:Transformation|NonTransformation) | f._scoped_key][0] AS transformation,
    [(t)-[:EXTENDS]->(p:Task) | p._scoped_key][0] AS parent,
    [(t)<-[c:CLAIMS]-(s:ComputeServiceRegistration) | {service: s.identifier, claimed: c.claimed}] AS claims,
    [(t)<-[a:ACTIONS]-(h:TaskHub) | {
      network: h.network, weight: a.weight,
      performs: EXISTS { (h)-[:PERFORMS]->(:AlchemicalNetwork)-[:DEPENDS_ON]->(:Transformation|NonTransformation)<-[:PERFORMS]-(t) }
    }] AS actions,
    [(t)<-[r:APPLIES]-(p:TaskRestartPattern)-[:ENFORCES]->(h:TaskHub) WHERE r.num_retries > 0 |
      {network: h.network, pattern: p.pattern, retries: r.num_retries}] AS restarts,
    [(t)-[:RESULTS_IN]->(r:ProtocolDAGResultRef) | {
      key: r._scoped_key, objKey: r.obj_key, ok: r.ok, location: r.location, created: r.datetime_created,
      creator: r.creator,
      tracebacks: [(b:Tracebacks)-[:DETAILS]->(r) |
        {texts: b.tracebacks, sources: b.source_keys, failures: b.failure_keys}]
    }] AS results`,
);

const ROOTS_AT_ONCE = 200;

export const readTasks: ReadKind = async (database, view, after) => {
  const rows = [...(await readRows(database, after ?? 'Task-'))];
  rows.sort((a, b) => (a.root < b.root ? -1 : a.root > b.root ? 1 : Number(a.depth - b.depth)));
  const notes: string[] = [];
  const given = new Set<string>();
  const records: TaskRecord[] = [];
  for (const row of rows) {
    const record = recordOf(row, view, given, notes);
    if (record === null) continue;
    given.add(record.key);
    records.push(record);
  }
  const roots = new Set(rows.map(({ root }) => root));
  const next = roots.size < ROOTS_AT_ONCE ? null : (rows.at(-1)?.root ?? null);
  return { records, next, notes };
};

/**
 * A statement may see a task's status as a push has left it, and its results as they were before. So what is complete without a
 * success is looked at again: what is found so twice is so.
 */
async function readRows(database: Database, after: string): Promise<readonly TaskRow[]> {
  let found: ReadonlySet<string> = new Set();
  for (;;) {
    const rows = await database.read(tx => tx.all(TASKS({ after, limit: BigInt(ROOTS_AT_ONCE) })));
    const torn = rows.filter(
      ({ task, results }) => task.status === 'complete' && !results.some(({ ok }) => ok),
    );
    if (torn.every(({ task }) => found.has(task._scoped_key))) return rows;
    found = new Set(torn.map(({ task }) => task._scoped_key));
  }
}

/** Null for what cannot be had: a task of a network that came later, and what extends it. */
function recordOf(
  row: TaskRow,
  view: GraphView,
  given: ReadonlySet<string>,
  notes: string[],
): TaskRecord | null {
  const { task, transformation, parent } = row;
  const key = task._scoped_key;
  if (given.has(key)) return null;
  if (transformation === null) {
    notes.push(`${key} performs no transformation and is left out`);
    return null;
  }
  if (!view.objects.has(transformation) || (parent !== null && !given.has(parent))) return null;
  const claim = claimOf(row, view);
  // Its service came later: when that is never heard of again, the task goes back too.
  const isLost = row.claims.length > 0 && claim === null && task.status === 'running';
  if (row.claims.length > 0 && task.status !== 'running') {
    notes.push(`${key} is ${task.status} and was still held by a service: the claim is left out`);
  }
  return {
    kind: 'task',
    key,
    transformation,
    extends: parent,
    status: isLost ? 'waiting' : task.status,
    priority: String(task.priority),
    createdMs: task.datetime_created?.getTime() ?? 0,
    creator: task.creator ?? null,
    claim,
    actions: actionsOf(row, view, notes),
    results: resultsOf(row, notes),
  };
}

/** Of several claims, which the original's servers can make, the latest. */
function claimOf({ task, claims }: TaskRow, view: GraphView): TaskRecord['claim'] {
  if (task.status !== 'running') return null;
  const known = claims
    .filter(({ service }) => view.services.has(service))
    .map(({ service, claimed }) => ({ service, claimedMs: claimed?.getTime() ?? 0 }))
    .sort((a, b) => b.claimedMs - a.claimedMs || (a.service < b.service ? -1 : 1));
  return known[0] ?? null;
}

const ON_HUBS: readonly string[] = ['waiting', 'running', 'error'] satisfies TaskStatus[];

function actionsOf(
  { task, actions, restarts }: TaskRow,
  view: GraphView,
  notes: string[],
): readonly ActionRecord[] {
  const records = new Map<string, ActionRecord>();
  for (const { network, weight, performs } of actions) {
    if (!view.networks.has(network) || records.has(network)) continue;
    if (!performs || !ON_HUBS.includes(task.status)) {
      notes.push(`${task._scoped_key} was on the hub of ${network}, where it has no place: that is left out`);
      continue;
    }
    const used = restarts
      .filter(one => one.network === network && view.hasPattern(network, one.pattern))
      .map(({ pattern, retries }) => ({ pattern, retries: Number(retries) }));
    records.set(network, { network, weight, restarts: used });
  }
  return [...records.values()];
}

function resultsOf({ task, results }: TaskRow, notes: string[]): readonly ResultRecord[] {
  const oldestFirst = results.toSorted(
    (a, b) => compare(a.created ?? '', b.created ?? '') || compare(a.key, b.key),
  );
  const kept = new Map<string, ResultRecord>();
  for (const row of oldestFirst) {
    const name = `${row.objKey} ${row.ok}`;
    if (kept.has(name)) {
      notes.push(
        `${row.key} names the same result of ${task._scoped_key} as an earlier reference and is left out`,
      );
      continue;
    }
    const [tracebacks] = row.ok ? [] : row.tracebacks;
    kept.set(name, {
      key: row.key,
      objKey: row.objKey,
      ok: row.ok,
      location: row.location ?? '',
      createdMs: row.created === null ? 0 : Date.parse(row.created),
      creator: row.creator,
      tracebacks: (tracebacks?.texts ?? []).map((text, place) => ({
        text,
        sourceKey: tracebacks?.sources[place] ?? '',
        failureKey: tracebacks?.failures[place] ?? '',
      })),
    });
  }
  return [...kept.values()];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface StrategyRow {
  readonly network: string;
  readonly strategy: string;
  readonly state: Parameters<typeof stateOf>[0];
}

const STRATEGIES = statement<Record<never, never>, StrategyRow>(
  `MATCH (s:GufeTokenizable)-[r:PROGRESSES]->(n:AlchemicalNetwork)
  RETURN n._scoped_key AS network, s._scoped_key AS strategy, properties(r) AS state
  ORDER BY network, strategy`,
);

// One a network at most.
export const readStrategies: ReadKind = async (database, view) => {
  const all = await database.read(tx => tx.all(STRATEGIES({})));
  const rows = all.filter(
    ({ network }, place) => view.networks.has(network) && all[place - 1]?.network !== network,
  );
  const late = await handOutObjects(
    database,
    view,
    rows.map(({ strategy }) => strategy),
  );
  const records = rows.map(({ network, strategy, state }): TransferRecord => {
    const { lastIteration, ...rest } = stateOf(state);
    return {
      kind: 'strategy',
      network,
      strategy,
      ...rest,
      lastIterationMs: lastIteration?.getTime() ?? null,
    };
  });
  return { records: [...late, ...records], next: null, notes: [] };
};
