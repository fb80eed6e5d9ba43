// Results: references to what the object store keeps, and what a pushed result does to its task. One transaction: the
// reference, the tracebacks, the status, the failure noted against the service, the restart. A push that is repeated, because
// its answer was lost, finds its reference and changes nothing, whichever server it went to before.
//
// Differs from alchemiscale: there each of these was a transaction of its own, and a push that was repeated left another
// reference.
import { statusAfterPush } from '../../domain/push.ts';
import type { TaskStatus } from '../../domain/task-status.ts';
import type { Key, ListResults, PushedResult, PushResult, ResultStore } from '../state-store.ts';
import { type Database, statement, type Transaction, type Value } from './database.ts';
import { type KeyParts, scopeProperties, splitKey } from './keys.ts';
import { type Attached, isUntried, listAttached, restartOrCancel } from './restarts.ts';
import {
  RESULT,
  type ResultRow,
  refKey,
  refProperties,
  resultRef,
  tracebackProperties,
} from './result-refs.ts';
import { lockTasks, moveTasks } from './statuses.ts';

/** The result slice of a Neo4j store. */
export function createResultStore(database: Database): ResultStore {
  return {
    push: params => database.write(tx => pushResult(tx, params)),
    async list({ of, ok }) {
      return (await database.read(tx => tx.all(listStatement({ of, ok })))).map(({ ref }) => ref);
    },
    async get({ ref }) {
      const row = await database.read(tx => tx.first(GET({ ref })));
      return row === null ? null : resultRef(row.result);
    },
  };
}

// A failure is noted against the service that holds the task: locked before hubs and tasks, as claims and expiry do.
const LOCK_SERVICE = statement<{ readonly service: string }>(
  `MATCH (s:ComputeServiceRegistration {identifier: $service})
  SET s.identifier = s.identifier`,
);

interface PushedTask {
  readonly status: TaskStatus;
  /** The services that hold it: one, unless servers of the original have broken the rule. */
  readonly holders: readonly { readonly service: string; readonly owner: string | null }[];
  /** The reference that an earlier push of the same result left. */
  readonly ref: Key | null;
}

const FIND_PUSHED_TASK = statement<
  { readonly task: Key; readonly objKey: string; readonly ok: boolean },
  PushedTask
>(
  `MATCH (t:GufeTokenizable {_scoped_key: $task})
  WHERE t:Task
  RETURN t.status AS status,
    [(t)<-[:CLAIMS]-(s:ComputeServiceRegistration) | {service: s.identifier, owner: s.owner}] AS holders,
    [(t)-[:RESULTS_IN]->(r:ProtocolDAGResultRef {obj_key: $objKey, ok: $ok}) | r._scoped_key][0] AS ref`,
);

type Properties = { readonly [name: string]: Value };

const ADD_RESULT = statement<{ readonly task: Key; readonly ref: Properties; readonly scope: Properties }>(
  `MATCH (t:GufeTokenizable {_scoped_key: $task})
  CREATE (r:GufeTokenizable:ProtocolDAGResultRef)
  SET r = $ref
  CREATE (t)-[link:RESULTS_IN]->(r)
  SET link = $scope`,
);

// The key of tracebacks is made of what they say: two results that failed in the same way share them.
const ADD_TRACEBACKS = statement<{ readonly ref: Key; readonly tracebacks: Properties }>(
  `MATCH (r:GufeTokenizable {_scoped_key: $ref})
  MERGE (b:GufeTokenizable {_scoped_key: $tracebacks._scoped_key})
  ON CREATE SET b:Tracebacks, b = $tracebacks
  CREATE (b)-[:DETAILS]->(r)`,
);

const ADD_FAILURE = statement<{ readonly service: string; readonly now: Date }>(
  `MATCH (s:ComputeServiceRegistration {identifier: $service})
  SET s.failure_times = [$now] + coalesce(s.failure_times, [])`,
);

async function pushResult(tx: Transaction, params: PushResult): Promise<PushedResult | 'stale' | null> {
  const { task: key, objKey, ok, service, owner, restarts } = params;
  const scope = splitKey(key);
  if (scope === null) return null;
  if (service !== null && !ok) await tx.run(LOCK_SERVICE({ service }));
  await lockTasks(tx, [key]);
  const task = await tx.first(FIND_PUSHED_TASK({ task: key, objKey, ok }));
  if (task === null) return null;
  if (task.ref !== null) return { ref: task.ref, status: task.status };
  const byHolder = task.holders.some(
    holder =>
      holder.service === service && (owner === undefined || holder.owner === null || holder.owner === owner),
  );
  const next = statusAfterPush({ ok, status: task.status, byHolder });
  const attached = next === 'error' ? await listAttached(tx, [key]) : [];
  if (isUntried(attached, restarts)) return 'stale';
  const ref = await writeResult(tx, params, scope);
  if (next === 'complete') await moveTasks(tx, [key], 'complete');
  if (next !== 'error') return { ref, status: next ?? task.status };
  return { ref, status: await fail(tx, attached, params) };
}

async function writeResult(tx: Transaction, params: PushResult, scope: KeyParts): Promise<Key> {
  const properties = refProperties(params, scope);
  const ref = refKey(properties, scope);
  await tx.run(ADD_RESULT({ task: params.task, ref: properties, scope: scopeProperties(scope) }));
  const tracebacks = params.ok ? null : tracebackProperties(params.failures, scope);
  if (tracebacks !== null) await tx.run(ADD_TRACEBACKS({ ref, tracebacks }));
  return ref;
}

/** The holder's failure: counts against it, and restarts the task or takes it off hubs. */
async function fail(
  tx: Transaction,
  attached: readonly Attached[],
  { task, service, restarts, now }: PushResult,
): Promise<TaskStatus> {
  await moveTasks(tx, [task], 'error');
  if (service !== null) await tx.run(ADD_FAILURE({ service, now }));
  const kept = await restartOrCancel(tx, [{ attached, matched: new Set(restarts.matched) }]);
  return kept.has(task) ? 'waiting' : 'error';
}

const GET = statement<{ readonly ref: Key }, { readonly result: ResultRow }>(
  `MATCH (r:GufeTokenizable {_scoped_key: $ref})<-[:RESULTS_IN]-(t:Task)
  WHERE r:ProtocolDAGResultRef
  MATCH (t)-[:PERFORMS]->(n:Transformation|NonTransformation)
  RETURN ${RESULT({ ref: 'r', task: 't', transformation: 'n' })} AS result
  ORDER BY t._scoped_key
  LIMIT 1`,
);

type OfOne = { readonly key: Key; readonly ok: boolean };

const list = (path: string) =>
  statement<OfOne, { readonly ref: Key }>(
    `MATCH ${path}-[:RESULTS_IN]->(r:ProtocolDAGResultRef {ok: $ok})
    WITH DISTINCT r
    RETURN r._scoped_key AS ref
    ORDER BY coalesce(r.datetime_created, ''), ref`,
  );
const LIST_OF_TASK = list('(:GufeTokenizable {_scoped_key: $key})');
const LIST_OF_TRANSFORMATION = list('(:GufeTokenizable {_scoped_key: $key})<-[:PERFORMS]-(:Task)');

function listStatement({ of, ok }: ListResults): ReturnType<typeof LIST_OF_TASK> {
  return 'task' in of
    ? LIST_OF_TASK({ key: of.task, ok })
    : LIST_OF_TRANSFORMATION({ key: of.transformation, ok });
}
