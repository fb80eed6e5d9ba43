// Who waits for whom, where many write at once. SQLite has one writer, who needs no locks; there the functions below do
// nothing. Elsewhere a transaction locks rows before it believes what it read, in one order, so that no two wait for each
// other:
//
//     scope → service → hub → task → action → claim group → transformation            within a kind, by id
//
// scope           held while objects of a submission become visible in it (object-write.ts)
// service         kept (KEY SHARE) by who claims or fails in its name; taken whole by who ends its registration
// hub             the row of its network. Held by who puts a task into one of its queues, moves one of its clocks, or
//                 changes its restart patterns. To take a task out of a queue it need not be held.
// task            its status, its holder, and its actions on every hub. A task that extends another is made under a share
//                 of its parent, so that whoever holds a task knows its children.
// claim group,    counts, written last (counts-write.ts)
// transformation
//
// A claim does not wait for tasks: what somebody else holds is passed over (take.ts).
//
// Which hubs a task is on is known for certain only once the task is locked, after the hubs. So they are looked up, locked,
// and looked up again; should there be another one by then, everything is undone and done again (LocksMissed).
import type { TaskStatus } from '../../domain/task-status.ts';
import { type Connection, LocksMissed, list, statement } from './database.ts';

/** A task about to change its status. */
export interface MovingTask {
  readonly id: number;
  readonly transformation: number;
  readonly status: TaskStatus;
}

const LOCK_HUBS = statement<[hubs: string], { readonly id: number }>(
  'SELECT id FROM network WHERE id IN numbers(?) ORDER BY id FOR NO KEY UPDATE',
);

/** Holds hubs. */
export async function lockHubs(connection: Connection, hubs: Iterable<number>): Promise<void> {
  const ids = [...hubs];
  if (connection.isShared && ids.length > 0) await connection.all(LOCK_HUBS(list(ids)));
}

const LOCK_TASKS = statement<[tasks: string], MovingTask>(
  'SELECT id, transformation, status FROM task WHERE id IN numbers(?) ORDER BY id FOR NO KEY UPDATE',
);

/** Holds tasks, and says how they are now. */
export async function lockTasks(
  connection: Connection,
  tasks: readonly MovingTask[],
): Promise<readonly MovingTask[]> {
  if (!connection.isShared || tasks.length === 0) return tasks;
  return connection.all(LOCK_TASKS(list(tasks.map(({ id }) => id))));
}

const HUBS_OF = statement<[tasks: string], { readonly hub: number }>(
  'SELECT DISTINCT hub FROM action WHERE task IN numbers(?)',
);

async function hubsOf(connection: Connection, tasks: readonly MovingTask[]): Promise<ReadonlySet<number>> {
  if (!connection.isShared || tasks.length === 0) return new Set();
  const rows = await connection.all(HUBS_OF(list(tasks.map(({ id }) => id))));
  return new Set(rows.map(({ hub }) => hub));
}

/** Holds tasks and every hub they are on, and with them `others` without their hubs; says how they are now. */
export async function lockTasksOnHubs(
  connection: Connection,
  tasks: readonly MovingTask[],
  others: readonly MovingTask[] = [],
): Promise<readonly MovingTask[]> {
  if (!connection.isShared) return [...tasks, ...others];
  const hubs = await hubsOf(connection, tasks);
  await lockHubs(connection, hubs);
  const locked = await lockTasks(connection, [...tasks, ...others]);
  for (const hub of await hubsOf(connection, tasks)) if (!hubs.has(hub)) throw new LocksMissed();
  return locked;
}
