// Creating tasks: all or none, in the order asked for. A task may extend one that performs the same transformation and
// has not been given up; it can be claimed once that one is complete.
//
// Differs from alchemiscale: each task lives in the scope of its own transformation, and the answer keeps the order of the
// question also where Transformations and NonTransformations are mixed.
import { randomUUID } from 'node:crypto';
import { AlchemiscaleError, noSuchObject } from '../../domain/errors.ts';
import { DEFAULT_PRIORITY } from '../../domain/task.ts';
import type { CreateTasks, Key } from '../state-store.ts';
import { type Connection, statement } from './database.ts';
import { findObjects, findTasks, type ObjectRow, splitKey, type TaskRow } from './keys.ts';
import { countNewTasks } from './statuses.ts';

// 100,000 tasks in 0.8 s. The rows come as JSON: [token, scope, transformation, parent].
const ADD_TASKS = statement<
  [priority: bigint, createdMs: number, creator: string | null, rows: string],
  { readonly id: number }
>(
  `INSERT INTO task (token, scope, transformation, parent, status, priority, created, creator)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, 'waiting', ?, ?, ?
  FROM json_each(?)
  RETURNING id`,
);

/** See TaskStore.create. */
export async function createTasks(connection: Connection, params: CreateTasks): Promise<readonly Key[]> {
  const transformations = await findObjects(
    connection,
    new Set(params.items.map(item => item.transformation)),
    'transformation',
  );
  const parents = await findTasks(
    connection,
    params.items.flatMap(item => (item.extends === null ? [] : [item.extends])),
  );
  const keys: Key[] = [];
  const rows = params.items.map(item => {
    const transformation = transformations.get(item.transformation);
    if (transformation === undefined) throw noSuchObject(item.transformation);
    const parent = parentOf(item, transformation, parents);
    const token = randomUUID().replaceAll('-', '');
    keys.push(taskKeyBeside(item.transformation, token));
    return [token, transformation.scope, transformation.id, parent];
  });
  const added = await connection.all(
    ADD_TASKS(DEFAULT_PRIORITY, params.now.getTime(), params.creator, JSON.stringify(rows)),
  );
  await countNewTasks(
    connection,
    added.map(({ id }) => id),
  );
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
