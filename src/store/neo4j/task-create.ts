// Creating tasks: all or none, in the order asked for. A task may extend one that performs the same transformation and
// has not been given up; it can be claimed once that one is complete.
//
// Differs from alchemiscale: each task lives in the scope of its own transformation, and the answer keeps the order of the
// question also where Transformations and NonTransformations are mixed.
import { randomUUID } from 'node:crypto';
import { AlchemiscaleError, noSuchObject } from '../../domain/errors.ts';
import { DEFAULT_PRIORITY } from '../../domain/task.ts';
import type { TaskStatus } from '../../domain/task-status.ts';
import type { CreateTasks, Key } from '../state-store.ts';
import { type Database, statement, type Transaction, type Value } from './database.ts';
import { keyOf, MODELS_MODULE, objectProperties, scopeProperties, splitKey } from './keys.ts';
import { retryOverlaps } from './object-write.ts';
import { lockTasks } from './statuses.ts';

type Item = CreateTasks['items'][number];

/** A task to be. */
interface NewTask extends Item {
  readonly key: Key;
}

/** See TaskStore.create. */
export async function createTasks(database: Database, params: CreateTasks): Promise<readonly Key[]> {
  if (params.items.length === 0) return [];
  const tasks = params.items.map((item): NewTask => ({ ...item, key: newTaskKey(item.transformation) }));
  let tries = 0;
  await retryOverlaps(database, async tx => {
    // The answer to the commit of an earlier try may have been lost: all of them are there, or none. While that commit is still
    // being made they are not, and these overlap with it.
    if (tries++ > 0 && (await isThere(tx, tasks))) return;
    const parents = new Set(tasks.flatMap(task => (task.extends === null ? [] : [task.extends])));
    // A parent that is given up takes along what extends it then.
    if (parents.size > 0) await lockTasks(tx, parents);
    await checkItems(tx, tasks, [...parents]);
    await writeTasks(tx, tasks, params);
  });
  return tasks.map(({ key }) => key);
}

const FIND_TASK = statement<{ readonly key: Key }, { readonly key: Key }>(
  'MATCH (t:GufeTokenizable {_scoped_key: $key}) RETURN t._scoped_key AS key',
);

/** Whether tasks whose keys were made up here have been written. */
export async function isThere(tx: Transaction, [first]: readonly { readonly key: Key }[]): Promise<boolean> {
  return first !== undefined && (await tx.first(FIND_TASK({ key: first.key }))) !== null;
}

/** The key of a new task in the same scope as its transformation. */
export function newTaskKey(transformation: Key): Key {
  const scope = splitKey(transformation);
  if (scope === null) throw noSuchObject(transformation);
  return keyOf(`Task-${randomUUID().replaceAll('-', '')}`, scope);
}

const FIND_TRANSFORMATIONS = statement<{ readonly keys: readonly Key[] }, { readonly key: Key }>(
  `UNWIND $keys AS key
  MATCH (n:GufeTokenizable {_scoped_key: key})
  WHERE n:Transformation OR n:NonTransformation
  RETURN key`,
);

interface Parent {
  readonly key: Key;
  readonly status: TaskStatus;
  readonly transformation: Key;
}

const FIND_PARENTS = statement<{ readonly keys: readonly Key[] }, Parent>(
  `UNWIND $keys AS key
  MATCH (p:GufeTokenizable {_scoped_key: key})-[:PERFORMS]->(n:Transformation|NonTransformation)
  WHERE p:Task
  RETURN key, p.status AS status, n._scoped_key AS transformation`,
);

async function checkItems(
  tx: Transaction,
  items: readonly Item[],
  parentKeys: readonly Key[],
): Promise<void> {
  const keys = [...new Set(items.map(({ transformation }) => transformation))];
  const known = new Set((await tx.all(FIND_TRANSFORMATIONS({ keys }))).map(({ key }) => key));
  const rows = parentKeys.length === 0 ? [] : await tx.all(FIND_PARENTS({ keys: parentKeys }));
  const parents = new Map(rows.map(parent => [parent.key, parent]));
  for (const item of items) {
    if (!known.has(item.transformation)) throw noSuchObject(item.transformation);
    if (item.extends !== null) checkParent(item.transformation, item.extends, parents.get(item.extends));
  }
}

function checkParent(transformation: Key, key: Key, parent: Parent | undefined): void {
  if (splitKey(key)?.qualname !== 'Task') {
    throw refused(`\`extends\` ScopedKey (${key}) does not correspond to a \`Task\``);
  }
  if (parent === undefined) throw noSuchObject(key);
  if (parent.status === 'invalid' || parent.status === 'deleted') {
    throw refused(`Cannot extend a \`deleted\` or \`invalid\` Task: ${key}`);
  }
  if (parent.transformation !== transformation) {
    throw refused(`${key} extends a Transformation other than ${transformation}`);
  }
}

function refused(sentence: string): AlchemiscaleError {
  return new AlchemiscaleError('BAD_REQUEST', sentence);
}

/** Rows of one message. */
const TASKS_AT_ONCE = 5000;

type Rows = { readonly rows: readonly { readonly [name: string]: Value }[] };

const ADD_TASKS = statement<Rows>(
  `UNWIND $rows AS row
  MATCH (n:GufeTokenizable {_scoped_key: row.transformation})
  CREATE (t:GufeTokenizable:Task)
  SET t = row.properties
  CREATE (t)-[p:PERFORMS]->(n)
  SET p = row.scope`,
);

const ADD_EXTENDING_TASKS = statement<Rows>(
  `UNWIND $rows AS row
  MATCH (n:GufeTokenizable {_scoped_key: row.transformation})
  MATCH (parent:GufeTokenizable {_scoped_key: row.properties.extends})
  CREATE (t:GufeTokenizable:Task)
  SET t = row.properties
  CREATE (t)-[p:PERFORMS]->(n)
  SET p = row.scope
  CREATE (t)-[e:EXTENDS]->(parent)
  SET e = row.scope`,
);

/** Writes tasks whose transformations, and tasks to extend, are there. */
export async function writeTasks(
  tx: Transaction,
  tasks: readonly NewTask[],
  by: Pick<CreateTasks, 'creator' | 'now'>,
): Promise<void> {
  for (let start = 0; start < tasks.length; start += TASKS_AT_ONCE) {
    await writeSome(tx, tasks.slice(start, start + TASKS_AT_ONCE), by);
  }
}

async function writeSome(
  tx: Transaction,
  tasks: readonly NewTask[],
  { creator, now }: Pick<CreateTasks, 'creator' | 'now'>,
): Promise<void> {
  const rowOf = (task: NewTask): Rows['rows'][number] => {
    const parts = splitKey(task.key);
    if (parts === null) throw noSuchObject(task.transformation);
    const gufeKey = `${parts.qualname}-${parts.token}`;
    const own = {
      _key: gufeKey,
      status: 'waiting',
      priority: DEFAULT_PRIORITY,
      datetime_created: now,
      creator,
      extends: task.extends,
    };
    const properties = { ...objectProperties(gufeKey, parts, MODELS_MODULE), ...own };
    return { properties, transformation: task.transformation, scope: scopeProperties(parts) };
  };
  for (const [add, some] of [
    [ADD_TASKS, tasks.filter(task => task.extends === null)],
    [ADD_EXTENDING_TASKS, tasks.filter(task => task.extends !== null)],
  ] as const) {
    if (some.length > 0) await tx.run(add({ rows: some.map(rowOf) }));
  }
}
