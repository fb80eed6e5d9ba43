// Creating tasks: all or none, in the order asked for. A task may extend one that performs the same transformation and
// has not been given up; it can be claimed once that one is complete.
//
// Differs from alchemiscale: each task lives in the scope of its own transformation, and the answer keeps the order of the
// question also where Transformations and NonTransformations are mixed.
import { randomUUID } from 'node:crypto';
import { AlchemiscaleError, noSuchObject } from '../../domain/errors.ts';
import { DEFAULT_PRIORITY } from '../../domain/task.ts';
import type { CreateTasks, Key } from '../state-store.ts';
import type { Counts } from './counts.ts';
import { type Connection, list, statement, table } from './database.ts';
import { findObjects, findTasks, type ObjectRow, splitKey, type TaskRow } from './keys.ts';

// 100,000 tasks in 0.8 s.
const ADD_TASKS = statement<[priority: bigint, createdMs: number, creator: string | null, rows: string]>(
  `INSERT INTO task (token, scope, transformation, parent, status, priority, created, creator)
  SELECT d.token, d.scope, d.transformation, d.parent, 'waiting', ?, ?, ?
  FROM rows(? AS token TEXT, scope INTEGER, transformation INTEGER, parent INTEGER) d`,
);

const LOCK_PARENTS = statement<[tasks: string], Pick<TaskRow, 'id' | 'status'>>(
  'SELECT id, status FROM task WHERE id IN numbers(?) ORDER BY id FOR SHARE',
);

/** The tasks that will be extended. Nobody ends or completes one of them until those that extend it are there. */
async function findParents(
  connection: Connection,
  items: CreateTasks['items'],
): Promise<ReadonlyMap<Key, TaskRow>> {
  const found = await findTasks(
    connection,
    items.flatMap(item => (item.extends === null ? [] : [item.extends])),
  );
  if (!connection.isShared || found.size === 0) return found;
  const rows = await connection.all(LOCK_PARENTS(list([...found.values()].map(({ id }) => id))));
  const statuses = new Map(rows.map(({ id, status }) => [id, status]));
  return new Map(
    [...found].map(([key, row]) => [key, { ...row, status: statuses.get(row.id) ?? row.status }]),
  );
}

/** See TaskStore.create. */
export async function createTasks(
  connection: Connection,
  counts: Counts,
  params: CreateTasks,
): Promise<readonly Key[]> {
  const transformations = await findObjects(
    connection,
    new Set(params.items.map(item => item.transformation)),
    'transformation',
  );
  const parents = await findParents(connection, params.items);
  const keys: Key[] = [];
  const rows = params.items.map(item => {
    const transformation = transformations.get(item.transformation);
    if (transformation === undefined) throw noSuchObject(item.transformation);
    const parent = parentOf(item, transformation, parents);
    const token = randomUUID().replaceAll('-', '');
    keys.push(taskKeyBeside(item.transformation, token));
    counts.moved(transformation.id, null, 'waiting');
    return [token, transformation.scope, transformation.id, parent];
  });
  await connection.run(ADD_TASKS(DEFAULT_PRIORITY, params.now.getTime(), params.creator, table(rows)));
  return keys;
}

function parentOf(
  item: CreateTasks['items'][number],
  transformation: ObjectRow,
  parents: ReadonlyMap<Key, TaskRow>,
): number | null {
  if (item.extends === null) return null;
  if (splitKey(item.extends)?.qualname !== 'Task') {
    throw new AlchemiscaleError(
      'BAD_REQUEST',
      `\`extends\` ScopedKey (${item.extends}) does not correspond to a \`Task\``,
    );
  }
  const parent = parents.get(item.extends);
  if (parent === undefined) throw noSuchObject(item.extends);
  if (parent.status === 'invalid' || parent.status === 'deleted') {
    throw new AlchemiscaleError(
      'BAD_REQUEST',
      `Cannot extend a \`deleted\` or \`invalid\` Task: ${item.extends}`,
    );
  }
  if (parent.transformation !== transformation.id) {
    throw new AlchemiscaleError(
      'BAD_REQUEST',
      `${item.extends} extends a Transformation other than ${item.transformation}`,
    );
  }
  return parent.id;
}

/** The key of a task in the same scope as its transformation. */
function taskKeyBeside(transformation: Key, token: string): Key {
  const scopeAt = transformation.indexOf('-', transformation.indexOf('-') + 1);
  return `Task-${token}${transformation.slice(scopeAt)}`;
}
