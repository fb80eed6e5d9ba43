// How tasks change status, and what goes with it: the claim, the places on hubs, the patterns, and the tasks that extend
// them. domain/task-status.ts says which change is allowed; here is how it is written. Only what changes is set: the
// original's servers change other properties of the same nodes at the same time.
//
// A task is locked together with every hub that actions it, hubs first. The original's claims decide under the lock of a hub,
// and write to the task only afterwards, without looking at it again: who holds its hubs knows that none is under way.
import { type TaskStatus, TIES } from '../../domain/task-status.ts';
import type { Key } from '../state-store.ts';
import { type Statement, statement, type Transaction } from './database.ts';
import { lockNodes } from './locks.ts';

type OfTasks = { readonly tasks: readonly Key[] };

const HUBS_OF = statement<OfTasks, { readonly hub: Key }>(
  `UNWIND $tasks AS task
  MATCH (:GufeTokenizable {_scoped_key: task})<-[:ACTIONS]-(h:TaskHub)
  RETURN DISTINCT h._scoped_key AS hub`,
);

/** Locks every hub that actions one of the tasks, then the tasks. */
export async function lockTasks(tx: Transaction, tasks: readonly Key[]): Promise<void> {
  const hubs = await hubsOf(tx, tasks);
  await lockNodes(tx, hubs);
  await lockNodes(tx, tasks);
  // None of our own servers puts a locked task on a hub; one may have done so before.
  const late = (await hubsOf(tx, tasks)).filter(hub => !hubs.includes(hub));
  if (late.length > 0) await lockNodes(tx, late);
}

async function hubsOf(tx: Transaction, tasks: readonly Key[]): Promise<readonly Key[]> {
  return (await tx.all(HUBS_OF({ tasks }))).map(({ hub }) => hub);
}

const DESCENDANTS = statement<OfTasks, { readonly task: Key; readonly status: TaskStatus }>(
  `UNWIND $tasks AS task
  MATCH (:GufeTokenizable {_scoped_key: task})<-[:EXTENDS*]-(d:Task)
  RETURN DISTINCT d._scoped_key AS task, d.status AS status`,
);

/** Locks tasks and whatever extends them at any depth. Nothing can be made to extend a locked task. */
export async function lockFamilies(tx: Transaction, tasks: readonly Key[]): Promise<void> {
  const locked = new Set<Key>();
  for (;;) {
    const family = [...tasks, ...(await tx.all(DESCENDANTS({ tasks }))).map(({ task }) => task)];
    const fresh = family.filter(task => !locked.has(task));
    if (fresh.length === 0) return;
    await lockTasks(tx, fresh);
    for (const task of fresh) locked.add(task);
  }
}

const STATUSES = statement<OfTasks, { readonly task: Key; readonly status: TaskStatus }>(
  `UNWIND $tasks AS task
  MATCH (t:GufeTokenizable {_scoped_key: task})
  WHERE t:Task
  RETURN task, t.status AS status`,
);

/** The statuses of those of the tasks that there are. */
export async function readStatuses(
  tx: Transaction,
  tasks: Iterable<Key>,
): Promise<ReadonlyMap<Key, TaskStatus>> {
  const rows = await tx.all(STATUSES({ tasks: [...new Set(tasks)] }));
  return new Map(rows.map(({ task, status }) => [task, status]));
}

const moveTo = (ties: string): ((p: OfTasks & { readonly status: TaskStatus }) => Statement<never>) =>
  statement(
    `UNWIND $tasks AS task
    MATCH (t:GufeTokenizable {_scoped_key: task})
    SET t.status = $status
    WITH t
    MATCH (t)<-[r:${ties}]-()
    DELETE r`,
  );
const MOVE_FREE = moveTo('CLAIMS');
const MOVE_OFF = moveTo('CLAIMS|ACTIONS|APPLIES');

/** Gives locked tasks a status in which no service holds them, and takes them off hubs where the status wants it. */
export async function moveTasks(
  tx: Transaction,
  tasks: readonly Key[],
  status: Exclude<TaskStatus, 'running'>,
): Promise<void> {
  if (tasks.length === 0) return;
  await tx.run((TIES[status].onHubs ? MOVE_FREE : MOVE_OFF)({ tasks, status }));
}

/**
 * Ends tasks for good, and with them every task that extends them at any depth and has not ended yet. Their families are
 * locked (lockFamilies).
 *
 * Differs from alchemiscale: there the status of complete, invalid and deleted descendants was overwritten too, and the
 * claims on descendants stayed.
 */
export async function endTasks(
  tx: Transaction,
  tasks: readonly Key[],
  status: 'invalid' | 'deleted',
): Promise<void> {
  if (tasks.length === 0) return;
  const descendants = (await tx.all(DESCENDANTS({ tasks }))).filter(row => TIES[row.status].onHubs);
  await moveTasks(tx, [...new Set([...tasks, ...descendants.map(({ task }) => task)])], status);
}
