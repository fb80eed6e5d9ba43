// Restart patterns. A pattern is a node that enforces a hub; it is attached to every task on that hub, and the relationship
// to the task counts the restarts it gave. What counts for a task is being on the hub: where that relationship is missing
// (the original's servers can add a pattern and action a task at the same time) nothing has been counted yet.
// domain/restart.ts judges; here is how a judgement is written down. Regular expressions are the caller's affair.
//
// Differs from alchemiscale: adding a pattern again keeps the counts.
import { hash } from 'node:crypto';
import { type AppliedPattern, judgeRestart } from '../../domain/restart.ts';
import type {
  ChangePatterns,
  ErroredTask,
  Judgement,
  Key,
  RestartPattern,
  RestartStore,
} from '../state-store.ts';
import { type Database, statement, type Transaction, type Value } from './database.ts';
import { lockHub, takeOffHub } from './hubs.ts';
import { MODELS_MODULE, objectProperties, type SpecificScope, scopeProperties, splitKey } from './keys.ts';
import { lockTasks, moveTasks } from './statuses.ts';

/** Judgements that are written in one transaction. Others may come in between. */
const JUDGEMENTS_AT_ONCE = 250;

/** The restart slice of a Neo4j store. */
export function createRestartStore(database: Database): RestartStore {
  return {
    add: params => database.write(tx => addPatterns(tx, params)),
    remove: ({ network, patterns }) =>
      database.write(async tx => {
        const hub = await lockHub(tx, network);
        if (hub !== null) await tx.run(REMOVE({ keys: patterns.map(pattern => patternKey(pattern, hub)) }));
      }),
    clear: ({ network }) =>
      database.write(async tx => {
        const hub = await lockHub(tx, network);
        if (hub !== null) await tx.run(CLEAR({ hub }));
      }),
    setMaxRetries: params => database.write(tx => setMaxRetries(tx, params)),
    list: ({ networks }) => listPatterns(database, networks),
    async listForTask({ task }) {
      const rows = await database.read(tx => tx.all(LIST_FOR_TASK({ task })));
      return rows.map(({ pattern }) => pattern);
    },
    async listErrors({ network }) {
      return database.read(tx => tx.all(LIST_ERRORS({ network })));
    },
    async resolve({ judgements }) {
      for (let start = 0; start < judgements.length; start += JUDGEMENTS_AT_ONCE) {
        const some = judgements.slice(start, start + JUDGEMENTS_AT_ONCE);
        await database.write(tx => resolve(tx, some));
      }
    },
  };
}

/** The key of a pattern on a hub: one a text, whatever it allows. */
function patternKey(pattern: string, hub: Key): Key {
  return `${gufeKeyOf(pattern, hub)}${hub.slice(hub.indexOf('-', hub.indexOf('-') + 1))}`;
}

function gufeKeyOf(pattern: string, hub: Key): string {
  return `TaskRestartPattern-${hash('md5', `${pattern}${hub}`, 'hex')}`;
}

const ADD = statement<{
  readonly hub: Key;
  readonly rows: readonly { readonly [name: string]: Value }[];
  readonly scope: { readonly [name: string]: Value };
}>(
  `MATCH (h:GufeTokenizable {_scoped_key: $hub})
  UNWIND $rows AS row
  MERGE (p:GufeTokenizable {_scoped_key: row._scoped_key})
  ON CREATE SET p:TaskRestartPattern, p = row
  SET p.max_retries = row.max_retries
  MERGE (p)-[e:ENFORCES]->(h)
  ON CREATE SET e = $scope
  WITH h, p
  MATCH (h)-[:ACTIONS]->(t:Task)
  WHERE NOT EXISTS { (p)-[:APPLIES]->(t) }
  WITH DISTINCT p, t
  CREATE (p)-[:APPLIES {num_retries: 0}]->(t)`,
);

async function addPatterns(
  tx: Transaction,
  { network, patterns, maxRetries }: ChangePatterns,
): Promise<boolean> {
  const hub = await lockHub(tx, network);
  const scope = hub === null ? null : splitKey(hub);
  if (hub === null || scope === null) return false;
  const rows = [...new Set(patterns)].map(pattern => rowOf({ pattern, maxRetries }, hub, scope));
  await tx.run(ADD({ hub, rows, scope: scopeProperties(scope) }));
  return true;
}

function rowOf(
  { pattern, maxRetries }: RestartPattern,
  hub: Key,
  scope: SpecificScope,
): { readonly [name: string]: Value } {
  return {
    ...objectProperties(gufeKeyOf(pattern, hub), scope, MODELS_MODULE),
    pattern,
    max_retries: BigInt(maxRetries),
    taskhub_scoped_key: hub,
  };
}

type Keys = { readonly keys: readonly Key[] };

const REMOVE = statement<Keys>(
  `UNWIND $keys AS key
  MATCH (p:GufeTokenizable {_scoped_key: key})
  WHERE p:TaskRestartPattern
  DETACH DELETE p`,
);
const CLEAR = statement<{ readonly hub: Key }>(
  `MATCH (:GufeTokenizable {_scoped_key: $hub})<-[:ENFORCES]-(p:TaskRestartPattern)
  DETACH DELETE p`,
);
const SET_MAX_RETRIES = statement<Keys & { readonly maxRetries: bigint }>(
  `UNWIND $keys AS key
  MATCH (p:GufeTokenizable {_scoped_key: key})
  WHERE p:TaskRestartPattern
  SET p.max_retries = $maxRetries`,
);

async function setMaxRetries(
  tx: Transaction,
  { network, patterns, maxRetries }: ChangePatterns,
): Promise<void> {
  const hub = await lockHub(tx, network);
  if (hub === null) return;
  const keys = patterns.map(pattern => patternKey(pattern, hub));
  await tx.run(SET_MAX_RETRIES({ keys, maxRetries: BigInt(maxRetries) }));
}

const LIST_PATTERNS = statement<
  { readonly networks: readonly Key[] },
  { readonly network: Key; readonly pattern: string; readonly maxRetries: bigint }
>(
  `UNWIND $networks AS network
  MATCH (n:GufeTokenizable {_scoped_key: network})<-[:PERFORMS]-(h:TaskHub)<-[:ENFORCES]-(p:TaskRestartPattern)
  WHERE n:AlchemicalNetwork
  RETURN network, p.pattern AS pattern, p.max_retries AS maxRetries
  ORDER BY network, pattern`,
);

async function listPatterns(
  database: Database,
  networks: readonly Key[],
): Promise<readonly (readonly RestartPattern[])[]> {
  const rows = await database.read(tx => tx.all(LIST_PATTERNS({ networks: [...new Set(networks)] })));
  const patterns = Map.groupBy(rows, ({ network }) => network);
  return networks.map(network =>
    (patterns.get(network) ?? []).map(({ pattern, maxRetries }) => ({
      pattern,
      maxRetries: Number(maxRetries),
    })),
  );
}

const LIST_FOR_TASK = statement<{ readonly task: Key }, { readonly pattern: string }>(
  `MATCH (t:GufeTokenizable {_scoped_key: $task})<-[:ACTIONS]-(:TaskHub)<-[:ENFORCES]-(p:TaskRestartPattern)
  WHERE t:Task
  RETURN DISTINCT p.pattern AS pattern
  ORDER BY pattern`,
);

const LIST_ERRORS = statement<{ readonly network: Key }, ErroredTask>(
  `MATCH (n:GufeTokenizable {_scoped_key: $network})<-[:PERFORMS]-(h:TaskHub)
  WHERE n:AlchemicalNetwork
  MATCH (h)-[:ACTIONS]->(t:Task)
  WHERE t.status = 'error'
  WITH DISTINCT t
  CALL {
    WITH t
    OPTIONAL MATCH (t)-[:RESULTS_IN]->(r:ProtocolDAGResultRef {ok: false})
    WITH r
    ORDER BY coalesce(r.datetime_created, '') DESC
    LIMIT 1
    OPTIONAL MATCH (r)<-[:DETAILS]-(b:Tracebacks)
    RETURN b
    LIMIT 1
  }
  RETURN t._scoped_key AS task, coalesce(b.tracebacks, []) AS tracebacks
  ORDER BY t.datetime_created, task`,
);

/** A pattern as it is attached to a task. */
export interface Attached extends AppliedPattern {
  readonly task: Key;
  readonly hub: Key;
  /** The pattern's node. */
  readonly key: Key;
}

const LIST_ATTACHED = statement<
  { readonly tasks: readonly Key[] },
  Omit<Attached, 'maxRetries' | 'retries'> & { readonly maxRetries: bigint; readonly retries: bigint }
>(
  `UNWIND $tasks AS task
  MATCH (t:GufeTokenizable {_scoped_key: task})<-[:ACTIONS]-(h:TaskHub)
  WITH DISTINCT task, t, h
  MATCH (h)<-[:ENFORCES]-(p:TaskRestartPattern)
  RETURN task, h._scoped_key AS hub, p._scoped_key AS key, p.pattern AS pattern, p.max_retries AS maxRetries,
    coalesce([(p)-[a:APPLIES]->(t) | a.num_retries][0], 0) AS retries
  ORDER BY task, hub, key`,
);

/** Every pattern of every hub the tasks are on. */
export async function listAttached(tx: Transaction, tasks: readonly Key[]): Promise<readonly Attached[]> {
  const rows = await tx.all(LIST_ATTACHED({ tasks }));
  return rows.map(row => ({
    ...row,
    maxRetries: Number(row.maxRetries),
    retries: Number(row.retries),
  }));
}

/** True when a pattern is attached that nobody has tried on the tracebacks. */
export function isUntried(attached: readonly AppliedPattern[], { tried }: Pick<Judgement, 'tried'>): boolean {
  const known = new Set(tried);
  return attached.some(({ pattern }) => !known.has(pattern));
}

const COUNT_RESTARTS = statement<{ readonly rows: readonly (readonly Key[])[] }>(
  `UNWIND $rows AS row
  MATCH (p:GufeTokenizable {_scoped_key: row[0]})
  MATCH (t:GufeTokenizable {_scoped_key: row[1]})
  MERGE (p)-[a:APPLIES]->(t)
  ON CREATE SET a.num_retries = 0
  SET a.num_retries = a.num_retries + 1`,
);

/** What is known of a task in error that is judged. */
export interface JudgedTask {
  readonly attached: readonly Attached[];
  readonly matched: ReadonlySet<string>;
}

/** Judges locked tasks in error on every hub, and restarts those that a hub keeps; says which. */
export async function restartOrCancel(
  tx: Transaction,
  judged: readonly JudgedTask[],
): Promise<ReadonlySet<Key>> {
  const kept = new Set<Key>();
  const counted: (readonly Key[])[] = [];
  const cancelled = new Map<Key, Key[]>();
  for (const { attached, matched } of judged) {
    for (const [hub, patterns] of Map.groupBy(attached, pattern => pattern.hub)) {
      const { task } = patterns[0] as Attached;
      const verdict = judgeRestart(patterns, matched);
      if (verdict.kind === 'cancel') {
        cancelled.set(hub, [...(cancelled.get(hub) ?? []), task]);
      } else {
        kept.add(task);
        const counting = patterns.filter(({ pattern }) => verdict.counted.includes(pattern));
        counted.push(...counting.map(({ key }) => [key, task]));
      }
    }
  }
  if (counted.length > 0) await tx.run(COUNT_RESTARTS({ rows: counted }));
  for (const [hub, tasks] of cancelled) await takeOffHub(tx, hub, tasks);
  await moveTasks(tx, [...kept], 'waiting');
  return kept;
}

async function resolve(tx: Transaction, judgements: readonly Judgement[]): Promise<void> {
  const byTask = new Map(judgements.map(judgement => [judgement.task, judgement]));
  const statuses = await lockTasks(tx, byTask.keys());
  const errored = [...statuses].filter(([, status]) => status === 'error').map(([task]) => task);
  const attached = Map.groupBy(await listAttached(tx, errored), ({ task }) => task);
  const judged: JudgedTask[] = [];
  for (const task of errored) {
    const { tried, matched } = byTask.get(task) as Judgement;
    const patterns = attached.get(task) ?? [];
    if (!isUntried(patterns, { tried })) judged.push({ attached: patterns, matched: new Set(matched) });
  }
  await restartOrCancel(tx, judged);
}
