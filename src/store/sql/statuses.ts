// How tasks change status, and what goes with it: the counts kept per transformation, the claim, the places on hubs,
// and the tasks that extend them. domain/task-status.ts says which change is allowed; here is how it is written. The
// caller holds the tasks, and where they may enter a queue their hubs (locks.ts).
import {
  acceptingStatuses,
  TASK_STATUSES,
  type TaskEvent,
  type TaskStatus,
  TIES,
} from '../../domain/task-status.ts';
import type { Counts } from './counts.ts';
import { type Connection, list, statement } from './database.ts';
import { lockTasks, type MovingTask } from './locks.ts';
import { enterQueues, leaveQueues, removeActions } from './queues.ts';

const sqlList = (statuses: readonly TaskStatus[]): string => statuses.map(status => `'${status}'`).join(', ');

/** SQL: the statuses in which an event is accepted, for `status IN (…)`. */
export function acceptedIn(event: TaskEvent): string {
  return sqlList(acceptingStatuses(event));
}

/** SQL: the statuses of tasks that may be on a hub: those that have not ended. */
export const ON_HUBS: string = sqlList(TASK_STATUSES.filter(status => TIES[status].onHubs));

const SET_STATUS = statement<[status: TaskStatus, tasks: string]>(
  `UPDATE task
  SET status = ?, claimed_by = NULL, claimed_at = NULL
  WHERE id IN numbers(?)`,
);

/** Gives tasks a status in which no service holds them. */
async function moveTasks(
  connection: Connection,
  counts: Counts,
  tasks: readonly MovingTask[],
  status: Exclude<TaskStatus, 'running'>,
): Promise<void> {
  for (const task of tasks) counts.moved(task.transformation, task.status, status);
  await connection.run(SET_STATUS(status, list(tasks.map(({ id }) => id))));
}

/** Back to waiting: claims are dropped, and the tasks can be claimed again. */
export async function returnToWaiting(
  connection: Connection,
  counts: Counts,
  tasks: readonly MovingTask[],
): Promise<void> {
  if (tasks.length === 0) return;
  await moveTasks(connection, counts, tasks, 'waiting');
  await enterQueues(connection, counts, { tasks: tasks.map(({ id }) => id), hub: null });
}

const NON_TERMINAL_DESCENDANTS = statement<[tasks: string], MovingTask>(
  `WITH RECURSIVE descendant (id, transformation, status) AS (
    SELECT c.id, c.transformation, c.status
    FROM task c
    WHERE c.parent IN numbers(?)
    UNION
    SELECT c.id, c.transformation, c.status
    FROM descendant d
    JOIN task c ON c.parent = d.id
  )
  SELECT id, transformation, status
  FROM descendant
  WHERE status IN (${ON_HUBS})`,
);

/**
 * Ends tasks for good, and with them every task that extends them at any depth and has not ended yet.
 *
 * Differs from alchemiscale: there the status of complete, invalid and deleted descendants was overwritten too, and the
 * claims on descendants stayed.
 */
export async function endTasks(
  connection: Connection,
  counts: Counts,
  tasks: readonly MovingTask[],
  status: 'invalid' | 'deleted',
): Promise<void> {
  if (tasks.length === 0) return;
  const all = await withDescendants(connection, tasks);
  await removeActions(connection, counts, { tasks: all.map(({ id }) => id), hub: null });
  await moveTasks(connection, counts, all, status);
}

/** Tasks with everything that extends them and has not ended. */
async function withDescendants(
  connection: Connection,
  tasks: readonly MovingTask[],
): Promise<readonly MovingTask[]> {
  const family = new Map(tasks.map(task => [task.id, task]));
  for (;;) {
    const found = await connection.all(NON_TERMINAL_DESCENDANTS(list([...family.keys()])));
    const others = found.filter(({ id }) => !family.has(id));
    for (const task of await lockTasks(connection, others)) family.set(task.id, task);
    // While one waited for the lock of a task, another that extends it may have been made.
    if (!connection.isShared || others.length === 0) break;
  }
  const given = new Set(tasks.map(({ id }) => id));
  return [...family.values()].filter(({ id, status }) => given.has(id) || TIES[status].onHubs);
}

// A pushed result moves one task: its own statements, 3 µs each, instead of those for lists.
const SET_ONE_STATUS = statement<[status: TaskStatus, task: number]>(
  'UPDATE task SET status = ?, claimed_by = NULL, claimed_at = NULL WHERE id = ?',
);
const REMOVE_ACTIONS_OF_ONE = statement<[task: number]>('DELETE FROM action WHERE task = ?');

/** The work is done: the task leaves every hub, and the waiting tasks that extend it can be claimed. */
export async function completeTask(
  connection: Connection,
  counts: Counts,
  task: MovingTask,
  children: readonly MovingTask[],
): Promise<void> {
  if (task.status === 'waiting') await leaveQueues(connection, counts, { tasks: [task.id], hub: null });
  counts.moved(task.transformation, task.status, 'complete');
  await Promise.all([
    connection.run(REMOVE_ACTIONS_OF_ONE(task.id)),
    connection.run(SET_ONE_STATUS('complete', task.id)),
    enterQueues(connection, counts, { tasks: children.map(({ id }) => id), hub: null }),
  ]);
}

/** The work failed: the task stays on its hubs, where it waits for a restart. */
export async function failTask(connection: Connection, counts: Counts, task: MovingTask): Promise<void> {
  counts.moved(task.transformation, task.status, 'error');
  await connection.run(SET_ONE_STATUS('error', task.id));
}
