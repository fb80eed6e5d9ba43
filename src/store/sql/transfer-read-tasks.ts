// Tasks as transfer records: each with its claim, the hubs it is on, the restarts it was given, its results and tracebacks.
import type { TaskStatus } from '../../domain/task-status.ts';
import type { ActionRecord, ResultRecord, TaskRecord } from '../slices/transfer.ts';
import { type Connection, list, statement } from './database.ts';
import { keyOf, type SpecificScope, taskKey } from './keys.ts';
import { FIRST, pageOf, type ReadKind } from './transfer-paging.ts';

interface TaskRow extends SpecificScope {
  readonly id: number;
  readonly token: string;
  readonly transformation: string;
  readonly parent: string | null;
  readonly status: TaskStatus;
  readonly priority: string;
  readonly created: number;
  readonly creator: string | null;
  readonly service: string | null;
  readonly claimed_at: number | null;
}

// A parent has a smaller id than what extends it.
const TASKS = statement<[after: number, limit: number], TaskRow>(
  `SELECT t.id, t.token, o.gufe_key AS transformation, p.token AS parent, t.status,
    CAST(t.priority AS TEXT) AS priority, t.created, t.creator, v.identifier AS service, t.claimed_at,
    s.org, s.campaign, s.project
  FROM task t
  JOIN scope s ON s.id = t.scope
  JOIN object o ON o.id = t.transformation
  LEFT JOIN task p ON p.id = t.parent
  LEFT JOIN service v ON v.id = t.claimed_by
  WHERE t.id > ?
  ORDER BY t.id
  LIMIT ?`,
);

const TASKS_AT_ONCE = 500;

export const readTasks: ReadKind = async (connection, after) => {
  const rows = await connection.all(TASKS(Number(after ?? FIRST), TASKS_AT_ONCE));
  const tasks = list(rows.map(({ id }) => id));
  const [actions, results] = await Promise.all([
    readActions(connection, tasks, rows),
    readResults(connection, tasks, rows),
  ]);
  const records = rows.map((row): TaskRecord => {
    const { service, claimed_at: claimedMs } = row;
    return {
      kind: 'task',
      key: taskKey(row),
      transformation: keyOf(row.transformation, row),
      extends: row.parent === null ? null : taskKey({ ...row, token: row.parent }),
      status: row.status,
      priority: row.priority,
      createdMs: row.created,
      creator: row.creator,
      claim: service === null || claimedMs === null ? null : { service, claimedMs },
      actions: actions.get(row.id) ?? [],
      results: results.get(row.id) ?? [],
    };
  });
  return pageOf(records, rows, TASKS_AT_ONCE);
};

interface ActionRow {
  readonly task: number;
  readonly hub: number;
  readonly network: string;
  readonly weight: number;
}

const ACTIONS = statement<[tasks: string], ActionRow>(
  `SELECT a.task, a.hub, o.gufe_key AS network, a.weight
  FROM action a
  JOIN object o ON o.id = a.hub
  WHERE a.task IN numbers(?)
  ORDER BY a.task, a.hub`,
);

interface RestartRow {
  readonly task: number;
  readonly hub: number;
  readonly pattern: string;
  readonly retries: number;
}

const RESTARTS = statement<[tasks: string], RestartRow>(
  `SELECT r.task, r.hub, p.pattern, r.retries
  FROM restart r
  JOIN restart_pattern p ON p.id = r.pattern
  WHERE r.task IN numbers(?)
  ORDER BY r.task, r.hub, r.pattern`,
);

/** By the id of the task. */
async function readActions(
  connection: Connection,
  tasks: string,
  rows: readonly TaskRow[],
): Promise<ReadonlyMap<number, readonly ActionRecord[]>> {
  const scopes = new Map(rows.map(row => [row.id, row]));
  const [found, restarts] = await Promise.all([
    connection.all(ACTIONS(tasks)),
    connection.all(RESTARTS(tasks)),
  ]);
  const used = Map.groupBy(restarts, ({ task, hub }) => `${task} ${hub}`);
  const actions = new Map<number, ActionRecord[]>();
  for (const { task, hub, network, weight } of found) {
    const record = {
      // A network's tasks are in its scope.
      network: keyOf(network, scopes.get(task) as TaskRow),
      weight,
      restarts: (used.get(`${task} ${hub}`) ?? []).map(({ pattern, retries }) => ({ pattern, retries })),
    };
    const others = actions.get(task);
    if (others === undefined) actions.set(task, [record]);
    else others.push(record);
  }
  return actions;
}

interface ResultRow {
  readonly id: number;
  readonly task: number;
  readonly token: string;
  readonly obj_key: string;
  readonly ok: number;
  readonly location: string;
  readonly created: number;
  readonly creator: string | null;
}

const RESULTS = statement<[tasks: string], ResultRow>(
  `SELECT id, task, token, obj_key, ok, location, created, creator
  FROM result
  WHERE task IN numbers(?)
  ORDER BY task, created, id`,
);

interface TracebackRow {
  readonly result: number;
  readonly text: string;
  readonly sourceKey: string;
  readonly failureKey: string;
}

const TRACEBACKS = statement<[results: string], TracebackRow>(
  `SELECT result, text, source_key AS "sourceKey", failure_key AS "failureKey"
  FROM traceback
  WHERE result IN numbers(?)
  ORDER BY result, position`,
);

/** By the id of the task. */
async function readResults(
  connection: Connection,
  tasks: string,
  rows: readonly TaskRow[],
): Promise<ReadonlyMap<number, readonly ResultRecord[]>> {
  const scopes = new Map(rows.map(row => [row.id, row]));
  const found = await connection.all(RESULTS(tasks));
  const failed = list(found.filter(({ ok }) => ok === 0).map(({ id }) => id));
  const tracebacks = Map.groupBy(await connection.all(TRACEBACKS(failed)), ({ result }) => result);
  const results = new Map<number, ResultRecord[]>();
  for (const row of found) {
    const record: ResultRecord = {
      key: keyOf(`ProtocolDAGResultRef-${row.token}`, scopes.get(row.task) as TaskRow),
      objKey: row.obj_key,
      ok: row.ok === 1,
      location: row.location,
      createdMs: row.created,
      creator: row.creator,
      tracebacks: (tracebacks.get(row.id) ?? []).map(({ text, sourceKey, failureKey }) => {
        return { text, sourceKey, failureKey };
      }),
    };
    const others = results.get(row.task);
    if (others === undefined) results.set(row.task, [record]);
    else others.push(record);
  }
  return results;
}
