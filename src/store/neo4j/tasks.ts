// Tasks: listing, status, priority, and what a compute service needs to run one. Creating them is in task-create.ts;
// what a change of status entails is in statuses.ts.
import { checkPriority } from '../../domain/task.ts';
import { type TaskStatus, TRANSITIONS, USER_EVENTS } from '../../domain/task-status.ts';
import type {
  Key,
  ListTransformationTasks,
  SetStatuses,
  StatusCounts,
  TaskLink,
  TaskStore,
  TaskWork,
} from '../state-store.ts';
import { type Database, statement, type Transaction, type Value } from './database.ts';
import { byKey, isIn, scopeList } from './keys.ts';
import { statusCounts } from './networks.ts';
import { RESULT, type ResultRow, resultRef } from './result-refs.ts';
import { endTasks, lockFamilies, lockTasks, moveTasks, readStatuses } from './statuses.ts';
import { createTasks } from './task-create.ts';

/** The task slice of a Neo4j store. */
export function createTaskStore(database: Database): TaskStore {
  return {
    create: params => createTasks(database, params),
    async query({ scopes, status }) {
      const asked = { scopes: scopeList(scopes) };
      const ask = status === null ? QUERY(asked) : QUERY_BY_STATUS({ ...asked, status });
      return (await database.read(tx => tx.all(ask))).map(({ task }) => task);
    },
    async listForNetwork({ network, status }) {
      const rows = await database.read(tx => tx.all(LIST_FOR_NETWORK({ network, status })));
      return rows.map(({ task }) => task);
    },
    listForTransformation: params => listForTransformation(database, params),
    async getStatuses({ tasks }) {
      const statuses = await database.read(tx => readStatuses(tx, tasks));
      return tasks.map(task => statuses.get(task) ?? null);
    },
    setStatuses(params) {
      const memory: Memory = { holds: null };
      return database.write(tx => setStatuses(tx, params, memory));
    },
    getPriorities: ({ tasks }) => getPriorities(database, tasks),
    async setPriorities({ tasks, priority }) {
      checkPriority(priority);
      return database.write(tx => setPriorities(tx, tasks, priority));
    },
    getWork: ({ task }) => database.read(tx => getWork(tx, task)),
    countForTransformation: ({ transformation }) => countForTransformation(database, transformation),
  };
}

interface TaskRow {
  readonly task: Key;
}
type InScopes = { readonly scopes: readonly Value[] };

const query = <P extends InScopes>(condition: string) =>
  statement<P, TaskRow>(
    `MATCH (t:Task)
    WHERE ${condition}${isIn('t')}
    RETURN t._scoped_key AS task
    ORDER BY ${byKey('t')}`,
  );
const QUERY = query<InScopes>('');
const QUERY_BY_STATUS = query<InScopes & { readonly status: TaskStatus }>('t.status = $status AND ');

const LIST_FOR_NETWORK = statement<{ readonly network: Key; readonly status: TaskStatus | null }, TaskRow>(
  `MATCH (n:GufeTokenizable {_scoped_key: $network})
  WHERE n:AlchemicalNetwork
  MATCH (n)-[:DEPENDS_ON]->(:Transformation|NonTransformation)<-[:PERFORMS]-(t:Task)
  WHERE $status IS NULL OR t.status = $status
  RETURN t._scoped_key AS task
  ORDER BY t.datetime_created, t._gufe_key`,
);

const PARENT = '[(t)-[:EXTENDS]->(p:Task) | p._scoped_key][0]';

const LIST_FOR_TRANSFORMATION = statement<
  { readonly transformation: Key; readonly status: TaskStatus | null },
  TaskLink
>(
  `MATCH (n:GufeTokenizable {_scoped_key: $transformation})<-[:PERFORMS]-(t:Task)
  WHERE $status IS NULL OR t.status = $status
  RETURN t._scoped_key AS task, ${PARENT} AS extends
  ORDER BY t.datetime_created, t._gufe_key`,
);

const LIST_DESCENDANTS = statement<
  { readonly transformation: Key; readonly root: Key; readonly status: TaskStatus | null },
  TaskLink
>(
  `MATCH (n:GufeTokenizable {_scoped_key: $transformation})
  MATCH (root:GufeTokenizable {_scoped_key: $root})
  WHERE root:Task
  MATCH (root)<-[:EXTENDS*]-(t:Task)
  WHERE ($status IS NULL OR t.status = $status) AND EXISTS { (t)-[:PERFORMS]->(n) }
  RETURN DISTINCT t._scoped_key AS task, ${PARENT} AS extends, t.datetime_created AS created
  ORDER BY created, task`,
);

async function listForTransformation(
  database: Database,
  { transformation, extends: root, status }: ListTransformationTasks,
): Promise<readonly TaskLink[]> {
  const ask =
    root === null
      ? LIST_FOR_TRANSFORMATION({ transformation, status })
      : LIST_DESCENDANTS({ transformation, root, status });
  const rows = await database.read(tx => tx.all(ask));
  return rows.map(row => ({ task: row.task, extends: row.extends }));
}

const LIST_HOLDS = statement<
  { readonly tasks: readonly Key[] },
  { readonly task: Key; readonly hold: string }
>(
  `UNWIND $tasks AS task
  MATCH (:GufeTokenizable {_scoped_key: task})<-[c:CLAIMS]-(s:ComputeServiceRegistration)
  RETURN task, s.identifier + ' ' + coalesce(toString(c.claimed), '') AS hold`,
);

/** Who holds each of the tasks, and since when. */
type Holds = ReadonlyMap<Key, string>;

async function listHolds(tx: Transaction, tasks: readonly Key[]): Promise<Holds> {
  const rows = await tx.all(LIST_HOLDS({ tasks }));
  return new Map(rows.map(({ task, hold }) => [task, hold]));
}

/** What is remembered from one try to the next. */
interface Memory {
  /** As the first try found them. It may have come to its commit, the answer to which was lost. */
  holds: Holds | null;
}

/**
 * The tasks that somebody has claimed since the first try. They were free by then, maybe by its commit: to set them waiting again
 * would take them from whoever has just got them.
 */
async function claimedSince(
  tx: Transaction,
  tasks: readonly Key[],
  memory: Memory,
): Promise<ReadonlySet<Key>> {
  const holds = await listHolds(tx, tasks);
  const before = (memory.holds ??= holds);
  return new Set([...holds].flatMap(([task, hold]) => (before.get(task) === hold ? [] : [task])));
}

async function setStatuses(
  tx: Transaction,
  { tasks, status }: SetStatuses,
  memory: Memory,
): Promise<readonly (Key | null)[]> {
  const statuses = await (status === 'waiting' ? lockTasks : lockFamilies)(tx, tasks);
  const claimed = status === 'waiting' ? await claimedSince(tx, tasks, memory) : new Set();
  const event = USER_EVENTS[status];
  const accepted = new Set<Key>();
  const changed: Key[] = [];
  for (const task of new Set(tasks)) {
    const before = statuses.get(task);
    const next = before === undefined ? null : TRANSITIONS[before][event];
    if (next === null) continue;
    accepted.add(task);
    if (next !== before && !claimed.has(task)) changed.push(task);
  }
  if (status === 'waiting') await moveTasks(tx, changed, 'waiting');
  else if (changed.length === statuses.size) await moveTasks(tx, changed, status);
  else await endTasks(tx, changed, status);
  return tasks.map(task => (accepted.has(task) ? task : null));
}

const GET_PRIORITIES = statement<{ readonly tasks: readonly Key[] }, TaskRow & { readonly priority: bigint }>(
  `UNWIND $tasks AS task
  MATCH (t:GufeTokenizable {_scoped_key: task})
  WHERE t:Task
  RETURN task, t.priority AS priority`,
);

async function getPriorities(database: Database, tasks: readonly Key[]): Promise<readonly (bigint | null)[]> {
  const rows = await database.read(tx => tx.all(GET_PRIORITIES({ tasks: [...new Set(tasks)] })));
  const priorities = new Map(rows.map(({ task, priority }) => [task, priority]));
  return tasks.map(task => priorities.get(task) ?? null);
}

const SET_PRIORITIES = statement<{ readonly tasks: readonly Key[]; readonly priority: bigint }>(
  `UNWIND $tasks AS task
  MATCH (t:GufeTokenizable {_scoped_key: task})
  SET t.priority = $priority`,
);

async function setPriorities(
  tx: Transaction,
  tasks: readonly Key[],
  priority: bigint,
): Promise<readonly (Key | null)[]> {
  const known = await lockTasks(tx, tasks);
  await tx.run(SET_PRIORITIES({ tasks: [...known.keys()], priority }));
  return tasks.map(task => (known.has(task) ? task : null));
}

interface WorkRow {
  readonly transformation: Key;
  readonly result: ResultRow | null;
}

// The newest success of the parent.
const GET_WORK = statement<{ readonly task: Key }, WorkRow>(
  `MATCH (t:GufeTokenizable {_scoped_key: $task})-[:PERFORMS]->(n:Transformation|NonTransformation)
  WHERE t:Task
  CALL {
    WITH t
    OPTIONAL MATCH (t)-[:EXTENDS]->(p:Task)-[:RESULTS_IN]->(r:ProtocolDAGResultRef {ok: true})
    RETURN p, r
    ORDER BY coalesce(r.datetime_created, '') DESC
    LIMIT 1
  }
  RETURN n._scoped_key AS transformation,
    CASE WHEN r IS NULL THEN null ELSE ${RESULT({ ref: 'r', task: 'p', transformation: 'n' })} END AS result`,
);

async function getWork(tx: Transaction, task: Key): Promise<TaskWork | null> {
  const row = await tx.first(GET_WORK({ task }));
  if (row === null) return null;
  return {
    transformation: row.transformation,
    extendsResult: row.result === null ? null : resultRef(row.result),
  };
}

const COUNT_STATUSES = statement<
  { readonly transformation: Key },
  { readonly status: TaskStatus; readonly n: bigint }
>(
  `MATCH (:GufeTokenizable {_scoped_key: $transformation})<-[:PERFORMS]-(t:Task)
  RETURN t.status AS status, count(t) AS n`,
);

async function countForTransformation(database: Database, transformation: Key): Promise<StatusCounts> {
  return statusCounts(await database.read(tx => tx.all(COUNT_STATUSES({ transformation }))));
}
