// Tasks: listing, status, priority, and what a compute service needs to run one. Creating them is in task-create.ts;
// what a change of status entails is in statuses.ts.
import { checkPriority } from '../../domain/task.ts';
import { TASK_STATUSES, type TaskStatus, TRANSITIONS, USER_EVENTS } from '../../domain/task-status.ts';
import type {
  Key,
  ListTransformationTasks,
  SetStatuses,
  StatusCounts,
  TaskLink,
  TaskStore,
  TaskWork,
} from '../state-store.ts';
import type { Counts } from './counts.ts';
import { writeCounted } from './counts-write.ts';
import { type Connection, compiled, type Database, list, type Statement, statement } from './database.ts';
import { findObjects, findTasks, keyOf, orderedScopes, scopeList, splitKey, taskKey } from './keys.ts';
import { lockTasks, lockTasksOnHubs, type MovingTask } from './locks.ts';
import { enterQueues, leaveQueues } from './queues.ts';
import { RESULT_OF_TASK, type ResultRow, resultRef } from './results.ts';
import type { Tally } from './schema.ts';
import { endTasks, returnToWaiting } from './statuses.ts';
import { createTasks } from './task-create.ts';

/** The task slice of a SQL store. */
export function createTaskStore(database: Database): TaskStore {
  return {
    create: params => writeCounted(database, (connection, counts) => createTasks(connection, counts, params)),
    query: ({ scopes, status }) =>
      database.read(connection => queryTasks(connection, scopeList(scopes), status)),
    listForNetwork: ({ network, status }) => listForNetwork(database, network, status),
    listForTransformation: params => listForTransformation(database, params),
    getStatuses: ({ tasks }) =>
      database.read(async connection => {
        const rows = await findTasks(connection, tasks);
        return tasks.map(task => rows.get(task)?.status ?? null);
      }),
    setStatuses: params =>
      writeCounted(database, (connection, counts) => setStatuses(connection, counts, params)),
    getPriorities: ({ tasks }) => database.read(connection => getPriorities(connection, tasks)),
    async setPriorities({ tasks, priority }) {
      checkPriority(priority);
      return writeCounted(database, (connection, counts) =>
        setPriorities(connection, counts, tasks, priority),
      );
    },
    getWork: ({ task }) => database.read(connection => getWork(connection, task)),
    countForTransformation: ({ transformation }) =>
      database.read(connection => countForTransformation(connection, transformation)),
  };
}

const TOKENS_IN_SCOPE = statement<[scope: number], { readonly token: string }>(
  'SELECT token FROM task WHERE scope = ? ORDER BY token',
);
// No index on the status, which every claim would have to keep: the counts of the transformations lead to the tasks.
const TOKENS_BY_STATUS = Object.fromEntries(
  TASK_STATUSES.map(status => [
    status,
    statement<[scope: number], { readonly token: string }>(
      `SELECT t.token
      FROM transformation f
      JOIN task t ON t.transformation = f.id
      WHERE f.id IN (SELECT e.transformation FROM network n JOIN edge e ON e.network = n.id WHERE n.scope = ?)
        AND f.${status} > 0
        AND t.status = '${status}'
      ORDER BY t.token`,
    ),
  ]),
) as Record<TaskStatus, (scope: number) => Statement<{ readonly token: string }>>;

async function queryTasks(
  connection: Connection,
  scopes: string,
  status: TaskStatus | null,
): Promise<readonly Key[]> {
  const keys: Key[] = [];
  for (const scope of await orderedScopes(connection, scopes)) {
    const ask = status === null ? TOKENS_IN_SCOPE(scope.id) : TOKENS_BY_STATUS[status](scope.id);
    for (const { token } of await connection.all(ask)) keys.push(keyOf(`Task-${token}`, scope));
  }
  return keys;
}

async function listForNetwork(
  database: Database,
  network: Key,
  status: TaskStatus | null,
): Promise<readonly Key[]> {
  const build = await database.builder();
  return database.read(async connection => {
    const found = (await findObjects(connection, [network], 'network')).get(network);
    if (found === undefined) return [];
    let query = build
      .selectFrom('edge')
      .innerJoin('task', 'task.transformation', 'edge.transformation')
      .innerJoin('scope', 'scope.id', 'task.scope')
      .where('edge.network', '=', found.id)
      .select(['task.token', 'scope.org', 'scope.campaign', 'scope.project'])
      .orderBy('task.id');
    if (status !== null) query = query.where('task.status', '=', status);
    return (await connection.all(compiled(query))).map(taskKey);
  });
}

async function listForTransformation(
  database: Database,
  params: ListTransformationTasks,
): Promise<readonly TaskLink[]> {
  const build = await database.builder();
  return database.read(async connection => {
    const { transformation, status } = params;
    const found = (await findObjects(connection, [transformation], 'transformation')).get(transformation);
    const root =
      params.extends === null ? null : (await findTasks(connection, [params.extends])).get(params.extends);
    if (found === undefined || root === undefined) return [];
    // Parents perform the same transformation, hence lie in the same scope.
    let query = build
      .selectFrom('task')
      .leftJoin('task as parent', 'parent.id', 'task.parent')
      .innerJoin('scope', 'scope.id', 'task.scope')
      .where('task.transformation', '=', found.id)
      .select(['task.token', 'parent.token as parent_token', 'scope.org', 'scope.campaign', 'scope.project'])
      .orderBy('task.id');
    if (status !== null) query = query.where('task.status', '=', status);
    if (root !== null) {
      const descendants = build
        .withRecursive('descendant', recursive =>
          recursive
            .selectFrom('task')
            .where('task.parent', '=', root.id)
            .select('task.id')
            .union(
              recursive
                .selectFrom('descendant')
                .innerJoin('task', 'task.parent', 'descendant.id')
                .select('task.id'),
            ),
        )
        .selectFrom('descendant')
        .select('descendant.id');
      query = query.where('task.id', 'in', descendants);
    }
    return (await connection.all(compiled(query))).map(row => ({
      task: taskKey(row),
      extends: row.parent_token === null ? null : keyOf(`Task-${row.parent_token}`, row),
    }));
  });
}

async function setStatuses(
  connection: Connection,
  counts: Counts,
  { tasks, status }: SetStatuses,
): Promise<readonly (Key | null)[]> {
  const rows = await findTasks(connection, tasks);
  const hold = status === 'waiting' ? lockTasksOnHubs : lockTasks;
  const held = await hold(connection, [...rows.values()]);
  const event = USER_EVENTS[status];
  const accepted = new Set<number>();
  const changed: MovingTask[] = [];
  for (const task of held) {
    const next = TRANSITIONS[task.status][event];
    if (next === null) continue;
    accepted.add(task.id);
    if (next !== task.status) changed.push(task);
  }
  if (status === 'waiting') await returnToWaiting(connection, counts, changed);
  else await endTasks(connection, counts, changed, status);
  return tasks.map(task => (accepted.has(rows.get(task)?.id ?? -1) ? task : null));
}

// A priority may be up to 2^63 - 1, which only text or a bigint holds.
const GET_PRIORITIES = statement<[tasks: string], { readonly id: number; readonly priority: string }>(
  'SELECT id, CAST(priority AS TEXT) AS priority FROM task WHERE id IN numbers(?)',
);

async function getPriorities(
  connection: Connection,
  tasks: readonly Key[],
): Promise<readonly (bigint | null)[]> {
  const rows = await findTasks(connection, tasks);
  const priorities = new Map<number, bigint>();
  const ids = list([...rows.values()].map(({ id }) => id));
  for (const { id, priority } of await connection.all(GET_PRIORITIES(ids))) {
    priorities.set(id, BigInt(priority));
  }
  return tasks.map(task => priorities.get(rows.get(task)?.id ?? -1) ?? null);
}

const SET_PRIORITIES = statement<[priority: bigint, tasks: string]>(
  'UPDATE task SET priority = ? WHERE id IN numbers(?)',
);

async function setPriorities(
  connection: Connection,
  counts: Counts,
  tasks: readonly Key[],
  priority: bigint,
): Promise<readonly (Key | null)[]> {
  const rows = await findTasks(connection, tasks);
  await lockTasksOnHubs(connection, [...rows.values()]);
  const moved = { tasks: [...rows.values()].map(({ id }) => id), hub: null };
  await leaveQueues(connection, counts, moved);
  await connection.run(SET_PRIORITIES(priority, list(moved.tasks)));
  await enterQueues(connection, counts, moved);
  return tasks.map(task => (rows.has(task) ? task : null));
}

interface WorkRow {
  readonly transformation: string;
  readonly parent: number | null;
}

const GET_WORK = statement<[token: string, org: string, campaign: string, project: string], WorkRow>(
  `SELECT o.gufe_key AS transformation, t.parent
  FROM scope s
  JOIN task t ON t.scope = s.id
  JOIN object o ON o.id = t.transformation
  WHERE t.token = ? AND s.org = ? AND s.campaign = ? AND s.project = ?`,
);

async function getWork(connection: Connection, task: Key): Promise<TaskWork | null> {
  const parts = splitKey(task);
  if (parts === null || parts.qualname !== 'Task') return null;
  const row = await connection.first(GET_WORK(parts.token, parts.org, parts.campaign, parts.project));
  if (row === null) return null;
  const result: ResultRow | null =
    row.parent === null ? null : await connection.first(RESULT_OF_TASK(row.parent));
  return {
    transformation: keyOf(row.transformation, parts),
    extendsResult: result === null ? null : resultRef(result),
  };
}

const COUNT_STATUSES = statement<[transformation: number], Tally>(
  `SELECT ${TASK_STATUSES.join(', ')} FROM transformation WHERE id = ?`,
);

async function countForTransformation(connection: Connection, transformation: Key): Promise<StatusCounts> {
  const found = (await findObjects(connection, [transformation], 'transformation')).get(transformation);
  const tally = found === undefined ? null : await connection.first(COUNT_STATUSES(found.id));
  return tally === null ? {} : statusCounts(tally);
}

/** Drops the statuses without tasks. */
export function statusCounts(tally: Tally): StatusCounts {
  const present = TASK_STATUSES.filter(status => tally[status] > 0);
  return Object.fromEntries(present.map(status => [status, tally[status]]));
}
