// How tasks change status, and what goes with it: the claim, the places on hubs, the patterns, and the tasks that extend
// them. domain/task-status.ts says which change is allowed; here is how it is written. Only what changes is set: the
// original's servers change other properties of the same nodes at the same time.
//
// A task is locked together with every hub that actions it, hubs first. The original's claims decide under the lock of a hub,
// and write to the task only afterwards, without looking at it again: who holds its hubs knows that none is under way. They
// lock tasks in the order drawn, so that who locks several tasks without their hubs gets in their way, and a deadlock is an
// error that they report to whoever asked.
import { type TaskStatus, TIES } from '../../domain/task-status.ts';
import type { Key } from '../state-store.ts';
import { type Statement, statement, type Transaction } from './database.ts';
import { lockNodes } from './locks.ts';

type OfTasks = { readonly tasks: readonly Key[] };

const LOCK_HUBS = statement<OfTasks & { readonly hubs: readonly Key[] }, { readonly hub: Key }>(
  `CALL {
    UNWIND $tasks AS task
    MATCH (:GufeTokenizable {_scoped_key: task})<-[:ACTIONS]-(h:TaskHub)
    RETURN h
    UNION
    UNWIND $hubs AS hub
    MATCH (h:GufeTokenizable {_scoped_key: hub})
    RETURN h
  }
  WITH DISTINCT h
  ORDER BY h._scoped_key
  SET h._gufe_key = h._gufe_key
  RETURN h._scoped_key AS hub`,
);

const LOCK_TASKS = statement<
  OfTasks & { readonly hubs: readonly Key[] },
  { readonly task: Key; readonly status: TaskStatus; readonly lateHubs: readonly Key[] }
>(
  `UNWIND $tasks AS task
  MATCH (t:GufeTokenizable {_scoped_key: task})
  WHERE t:Task
  SET t._gufe_key = t._gufe_key
  WITH t, task
  RETURN task, t.status AS status,
    [(t)<-[:ACTIONS]-(h:TaskHub) WHERE NOT h._scoped_key IN $hubs | h._scoped_key] AS lateHubs`,
);

/** Locks every hub that actions one of the tasks, and `more` hubs, then the tasks; says what status those have that there are. */
export async function lockTasks(
  tx: Transaction,
  tasks: Iterable<Key>,
  more: readonly Key[] = [],
): Promise<ReadonlyMap<Key, TaskStatus>> {
  // In the order in which locks are taken.
  const sorted = [...new Set(tasks)].sort();
  const hubs = (await tx.all(LOCK_HUBS({ tasks: sorted, hubs: more }))).map(({ hub }) => hub);
  const rows = await tx.all(LOCK_TASKS({ tasks: sorted, hubs }));
  // None of our own servers puts a locked task on a hub; one may have done so just before.
  const late = rows.flatMap(({ lateHubs }) => lateHubs);
  if (late.length > 0) await lockNodes(tx, late);
  return new Map(rows.map(({ task, status }) => [task, status]));
}

const DESCENDANTS = statement<OfTasks, { readonly task: Key; readonly status: TaskStatus }>(
  `UNWIND $tasks AS task
  MATCH (:GufeTokenizable {_scoped_key: task})<-[:EXTENDS*]-(d:Task)
  RETURN DISTINCT d._scoped_key AS task, d.status AS status`,
);

/** Locks tasks and whatever extends them at any depth, as `lockTasks` does. Nothing can be made to extend a locked task. */
export async function lockFamilies(
  tx: Transaction,
  tasks: readonly Key[],
): Promise<ReadonlyMap<Key, TaskStatus>> {
  const statuses = new Map<Key, TaskStatus>();
  for (;;) {
    const descendants = (await tx.all(DESCENDANTS({ tasks }))).map(({ task }) => task);
    const fresh = (statuses.size === 0 ? [...tasks, ...descendants] : descendants).filter(
      task => !statuses.has(task),
    );
    if (fresh.length === 0) return statuses;
    const locked = await lockTasks(tx, fresh);
    if (locked.size === 0) return statuses;
    for (const [task, status] of locked) statuses.set(task, status);
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
