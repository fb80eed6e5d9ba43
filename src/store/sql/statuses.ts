// How tasks change status, and what goes with it: the counts kept per transformation, the claim, the places on hubs,
// and the tasks that extend them. domain/task-status.ts says which change is allowed; here is how it is written.
// Statements that lock rows do so in one order everywhere: service, hub and its groups, task, action.
import {
  acceptingStatuses,
  TASK_STATUSES,
  type TaskEvent,
  type TaskStatus,
  TIES,
} from '../../domain/task-status.ts';
import { type Connection, list, type Statement, statement } from './database.ts';
import { enterQueues, leaveQueues, removeActions } from './queues.ts';

const sqlList = (statuses: readonly TaskStatus[]): string => statuses.map(status => `'${status}'`).join(', ');

/** SQL: the statuses in which an event is accepted, for `status IN (…)`. */
export function acceptedIn(event: TaskEvent): string {
  return sqlList(acceptingStatuses(event));
}

/** SQL: the statuses of tasks that may be on a hub: those that have not ended. */
export const ON_HUBS: string = sqlList(TASK_STATUSES.filter(status => TIES[status].onHubs));

const TALLIES = TASK_STATUSES.map(status => `count(*) FILTER (WHERE status = '${status}') AS ${status}`).join(
  ', ',
);

function tally(sign: '+' | '-'): (tasks: string) => Statement<never> {
  const changes = TASK_STATUSES.map(status => `${status} = transformation.${status} ${sign} d.${status}`);
  return statement<[tasks: string]>(
    `UPDATE transformation
    SET ${changes.join(', ')}
    FROM (
      SELECT transformation AS id, ${TALLIES}
      FROM task
      WHERE id IN (SELECT value FROM json_each(?))
      GROUP BY transformation
    ) d
    WHERE transformation.id = d.id`,
  );
}

const COUNT_OUT = tally('-');
const COUNT_IN = tally('+');

/** Adds new tasks to the counts of their transformations. */
export async function countNewTasks(connection: Connection, tasks: readonly number[]): Promise<void> {
  await connection.run(COUNT_IN(list(tasks)));
}

const SET_STATUS = statement<[status: TaskStatus, tasks: string]>(
  `UPDATE task
  SET status = ?, claimed_by = NULL, claimed_at = NULL
  WHERE id IN (SELECT value FROM json_each(?))`,
);

/** Gives tasks a status in which no service holds them. */
async function moveTasks(
  connection: Connection,
  tasks: readonly number[],
  status: Exclude<TaskStatus, 'running'>,
): Promise<void> {
  const ids = list(tasks);
  await connection.run(COUNT_OUT(ids));
  await connection.run(SET_STATUS(status, ids));
  await connection.run(COUNT_IN(ids));
}

/** Back to waiting: claims are dropped, and the tasks can be claimed again. */
export async function returnToWaiting(connection: Connection, tasks: readonly number[]): Promise<void> {
  if (tasks.length === 0) return;
  await moveTasks(connection, tasks, 'waiting');
  await enterQueues(connection, { tasks, hub: null });
}

const NON_TERMINAL_DESCENDANTS = statement<[tasks: string], { readonly id: number }>(
  `WITH RECURSIVE descendant (id) AS (
    SELECT c.id
    FROM task c
    WHERE c.parent IN (SELECT value FROM json_each(?))
    UNION
    SELECT c.id
    FROM descendant d
    JOIN task c ON c.parent = d.id
  )
  SELECT t.id
  FROM descendant d
  JOIN task t ON t.id = d.id
  WHERE t.status IN (${ON_HUBS})`,
);

/**
 * Ends tasks for good, and with them every task that extends them at any depth and has not ended yet.
 *
 * Differs from alchemiscale: there the status of complete, invalid and deleted descendants was overwritten too, and the
 * claims on descendants stayed.
 */
export async function endTasks(
  connection: Connection,
  tasks: readonly number[],
  status: 'invalid' | 'deleted',
): Promise<void> {
  if (tasks.length === 0) return;
  const descendants = await connection.all(NON_TERMINAL_DESCENDANTS(list(tasks)));
  const all = [...new Set([...tasks, ...descendants.map(({ id }) => id)])];
  await removeActions(connection, { tasks: all, hub: null });
  await moveTasks(connection, all, status);
}

// A pushed result moves one task: its own statements, 3 µs each, instead of those for lists.
const SET_ONE_STATUS = statement<[status: TaskStatus, task: number]>(
  'UPDATE task SET status = ?, claimed_by = NULL, claimed_at = NULL WHERE id = ?',
);
const WAITING_CHILDREN = statement<[task: number], { readonly id: number }>(
  "SELECT id FROM task WHERE parent = ? AND status = 'waiting'",
);
const REMOVE_ACTIONS_OF_ONE = statement<[task: number]>('DELETE FROM action WHERE task = ?');

/** A task with its transformation and present status. */
export interface MovingTask {
  readonly id: number;
  readonly transformation: number;
  readonly status: TaskStatus;
}

/** The work is done: the task leaves every hub, and tasks that extend it can be claimed. */
export async function completeTask(connection: Connection, task: MovingTask): Promise<void> {
  if (task.status === 'waiting') await leaveQueues(connection, { tasks: [task.id], hub: null });
  await connection.run(REMOVE_ACTIONS_OF_ONE(task.id));
  await connection.run(SET_ONE_STATUS('complete', task.id));
  await connection.run(countMove(task.status, 'complete')(task.transformation));
  const children = await connection.all(WAITING_CHILDREN(task.id));
  await enterQueues(connection, { tasks: children.map(({ id }) => id), hub: null });
}

/** The work failed: the task stays on its hubs, where it waits for a restart. */
export async function failTask(connection: Connection, task: MovingTask): Promise<void> {
  await connection.run(SET_ONE_STATUS('error', task.id));
  await connection.run(countMove(task.status, 'error')(task.transformation));
}

const COUNT_MOVES = new Map<string, (transformation: number) => Statement<never>>();

/** Counts one task out of one status and into another. */
export function countMove(from: TaskStatus, to: TaskStatus): (transformation: number) => Statement<never> {
  const name = `${from} ${to}`;
  let move = COUNT_MOVES.get(name);
  if (move === undefined) {
    move = statement<[transformation: number]>(
      `UPDATE transformation SET ${from} = ${from} - 1, ${to} = ${to} + 1 WHERE id = ?`,
    );
    COUNT_MOVES.set(name, move);
  }
  return move;
}
