// Results: references to what the object store keeps, and what a pushed result does to its task. One transaction: the
// reference, the tracebacks, the status, the failure noted against the service, the restart. A push that is repeated, because its
// answer was lost, finds its reference and changes nothing.
//
// Differs from alchemiscale: a reference's key follows from task, result and outcome alone, not from the time, so the same
// push gives the same key.
import { statusAfterPush } from '../../domain/push.ts';
import type { TaskStatus } from '../../domain/task-status.ts';
import type { Key, ListResults, PushedResult, PushResult, ResultRef, ResultStore } from '../state-store.ts';
import { completeTogether } from './completions.ts';
import type { Counts } from './counts.ts';
import { writeCounted } from './counts-write.ts';
import {
  type Connection,
  compiled,
  type Database,
  LocksMissed,
  type Statement,
  statement,
} from './database.ts';
import { findObjects, findTasks, keyOf, type SpecificScope, splitKey, taskKey } from './keys.ts';
import { lockTasksOnHubs, type MovingTask } from './locks.ts';
import { type Attached, isUntried, listAttached, restartOrCancel } from './restarts.ts';
import { refToken } from './result-refs.ts';
import { completeTask, failTask, returnToWaiting } from './statuses.ts';

/** The result slice of a SQL store. */
export function createResultStore(database: Database): ResultStore {
  return {
    push: database.gather<PushResult, PushedResult | 'stale' | null>(completeTogether, params =>
      writeCounted(database, (connection, counts) => pushResult(connection, counts, params)),
    ),
    list: params => listResults(database, params),
    get: ({ ref }) => database.read(connection => getResult(connection, ref)),
  };
}

interface PushedTask extends MovingTask {
  readonly service: number | null;
  /** The identifier of that service: the one that holds the task. */
  readonly holder: string | null;
  readonly owner: string | null;
}

const FIND_PUSHED_TASK = statement<
  [token: string, org: string, campaign: string, project: string],
  PushedTask
>(
  `SELECT t.id, t.transformation, t.status, v.id AS service, v.identifier AS holder, v.owner
  FROM scope s
  JOIN task t ON t.scope = s.id
  LEFT JOIN service v ON v.id = t.claimed_by
  WHERE t.token = ? AND s.org = ? AND s.campaign = ? AND s.project = ?`,
);

const ADD_RESULT = statement<
  [
    task: number,
    token: string,
    objKey: string,
    ok: number,
    location: string,
    createdMs: number,
    creator: string | null,
  ]
>(
  `INSERT INTO result (task, token, obj_key, ok, location, created, creator)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO NOTHING`,
);

const FIND_RESULT = statement<[task: number, objKey: string], { readonly id: number }>(
  'SELECT id FROM result WHERE task = ? AND obj_key = ? AND ok = 0',
);

const ADD_TRACEBACK = `INSERT INTO traceback (result, position, text, source_key, failure_key)
  VALUES (?, ?, ?, ?, ?)`;

const ADD_FAILURE = statement<[service: number, timeMs: number]>(
  'INSERT INTO service_failure (service, time) VALUES (?, ?)',
);

const RESULT_EXISTS = statement<[task: number, objKey: string, ok: number], { readonly id: number }>(
  'SELECT id FROM result WHERE task = ? AND obj_key = ? AND ok = ?',
);

// About ten statements, 50 µs, before the commit.
async function pushResult(
  connection: Connection,
  counts: Counts,
  params: PushResult,
): Promise<PushedResult | 'stale' | null> {
  const parts = splitKey(params.task);
  if (parts === null || parts.qualname !== 'Task') return null;
  const ask = FIND_PUSHED_TASK(parts.token, parts.org, parts.campaign, parts.project);
  const held = await hold(connection, ask, params);
  if (held === null) return null;
  const { task, children } = held;
  const { objKey, ok, location, service, now, restarts } = params;
  const isOwn = params.owner === undefined || params.owner === task.owner;
  const byHolder = service !== null && service === task.holder && isOwn;
  const next = statusAfterPush({ ok, status: task.status, byHolder });
  const attached = next === 'error' ? await listAttached(connection, [task.id]) : [];
  if (isUntried(attached, restarts)) {
    const known = await connection.first(RESULT_EXISTS(task.id, objKey, ok ? 1 : 0));
    if (known === null) return 'stale';
  }
  const token = refToken(params);
  const ref = keyOf(`ProtocolDAGResultRef-${token}`, parts);
  const added = await connection.run(
    ADD_RESULT(task.id, token, objKey, ok ? 1 : 0, location, now.getTime(), service),
  );
  if (added === 0) return { ref, status: task.status };
  if (!ok) await addTracebacks(connection, task.id, params);
  if (next === 'complete') await completeTask(connection, counts, task, children);
  if (next !== 'error') return { ref, status: next ?? task.status };
  return { ref, status: await fail(connection, counts, task, attached, params) };
}

const WAITING_CHILDREN = statement<[task: number], MovingTask>(
  "SELECT id, transformation, status FROM task WHERE parent = ? AND status = 'waiting'",
);
const LOCK_SERVICE = statement<[service: string], { readonly id: number }>(
  'SELECT id FROM service WHERE identifier = ? FOR KEY SHARE',
);

/**
 * Holds the task that is pushed to, and where this one result may put others into queues: after a success the tasks that
 * extend it, after a failure the task itself.
 */
async function hold(
  connection: Connection,
  ask: Statement<PushedTask>,
  { ok, service }: PushResult,
): Promise<{ readonly task: PushedTask; readonly children: readonly MovingTask[] } | null> {
  const found = await connection.first(ask);
  if (found === null) return null;
  const listChildren = async (): Promise<readonly MovingTask[]> =>
    ok ? connection.all(WAITING_CHILDREN(found.id)) : [];
  const children = await listChildren();
  if (!connection.isShared) return { task: found, children };
  if (!ok && service !== null) await connection.all(LOCK_SERVICE(service));
  const entering = ok ? children : [found];
  await lockTasksOnHubs(connection, entering, [found]);
  const [task, left] = await Promise.all([connection.first(ask), listChildren()]);
  const held = new Set(children.map(({ id }) => id));
  if (left.some(({ id }) => !held.has(id))) throw new LocksMissed();
  return task === null ? null : { task, children: left };
}

/** The holder's failure: counts against it, and restarts the task or takes it off hubs. */
async function fail(
  connection: Connection,
  counts: Counts,
  task: PushedTask,
  attached: readonly Attached[],
  { restarts, now }: PushResult,
): Promise<TaskStatus> {
  await failTask(connection, counts, task);
  if (task.service !== null) await connection.run(ADD_FAILURE(task.service, now.getTime()));
  if (!(await restartOrCancel(connection, counts, attached, new Set(restarts.matched)))) return 'error';
  await returnToWaiting(connection, counts, [{ ...task, status: 'error' }]);
  return 'waiting';
}

async function addTracebacks(
  connection: Connection,
  task: number,
  { objKey, failures }: PushResult,
): Promise<void> {
  const result = await connection.first(FIND_RESULT(task, objKey));
  if (result === null) return;
  await connection.runEach(
    ADD_TRACEBACK,
    failures.map(({ traceback, sourceKey, failureKey }, position) => [
      result.id,
      position,
      traceback,
      sourceKey,
      failureKey,
    ]),
  );
}

/** What a reference is made of. */
export interface ResultRow extends SpecificScope {
  readonly token: string;
  readonly obj_key: string;
  readonly ok: number;
  readonly location: string;
  readonly created: number;
  readonly creator: string | null;
  readonly task: string;
  readonly transformation: string;
}

/** The reference as callers see it. */
export function resultRef(row: ResultRow): ResultRef {
  return {
    ref: keyOf(`ProtocolDAGResultRef-${row.token}`, row),
    objKey: row.obj_key,
    ok: row.ok === 1,
    location: row.location,
    task: taskKey({ ...row, token: row.task }),
    transformation: keyOf(row.transformation, row),
    created: new Date(row.created),
    creator: row.creator,
  };
}

/** All references; a condition may follow. The scope is asked of each: it is no way to results. */
export const SELECT_RESULT = `SELECT
    r.token, r.obj_key, r.ok, r.location, r.created, r.creator,
    t.token AS task, o.gufe_key AS transformation, s.org, s.campaign, s.project
  FROM result r
  JOIN task t ON t.id = r.task
  JOIN object o ON o.id = t.transformation
  JOIN scope s ON s.id = (SELECT x.scope FROM task x WHERE x.id = r.task)`;

/**
 * The newest successful result of a task.
 *
 * Differs from alchemiscale: there a parent that had failed once, and succeeded later, broke the tasks that extend it.
 */
export const RESULT_OF_TASK: (task: number) => Statement<ResultRow> = statement<[task: number], ResultRow>(
  `${SELECT_RESULT}
    WHERE r.task = ? AND r.ok = 1
    ORDER BY r.created DESC, r.id DESC
    LIMIT 1`,
);

const GET_RESULT = statement<[token: string, org: string, campaign: string, project: string], ResultRow>(
  `${SELECT_RESULT}
  WHERE r.token = ? AND s.org = ? AND s.campaign = ? AND s.project = ?
  ORDER BY r.id
  LIMIT 1`,
);

async function getResult(connection: Connection, ref: Key): Promise<ResultRef | null> {
  const parts = splitKey(ref);
  if (parts === null || parts.qualname !== 'ProtocolDAGResultRef') return null;
  const row = await connection.first(GET_RESULT(parts.token, parts.org, parts.campaign, parts.project));
  return row === null ? null : resultRef(row);
}

async function listResults(database: Database, { of, ok }: ListResults): Promise<readonly Key[]> {
  const build = await database.builder();
  return database.read(async connection => {
    let query = build
      .selectFrom('result')
      .innerJoin('task', 'task.id', 'result.task')
      .innerJoin('scope', 'scope.id', 'task.scope')
      .where('result.ok', '=', ok ? 1 : 0)
      .select(['result.token', 'scope.org', 'scope.campaign', 'scope.project'])
      .orderBy('result.created')
      .orderBy('result.id');
    if ('task' in of) {
      const task = (await findTasks(connection, [of.task])).get(of.task);
      if (task === undefined) return [];
      query = query.where('result.task', '=', task.id);
    } else {
      const key = of.transformation;
      const transformation = (await findObjects(connection, [key], 'transformation')).get(key);
      if (transformation === undefined) return [];
      query = query.where('task.transformation', '=', transformation.id);
    }
    const rows = await connection.all(compiled(query));
    return [...new Set(rows.map(row => keyOf(`ProtocolDAGResultRef-${row.token}`, row)))];
  });
}
