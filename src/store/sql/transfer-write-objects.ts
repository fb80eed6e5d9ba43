// Objects from transfer records. They come dependencies first, so each is whole when it is written: no staging is needed, and
// what is there already is left as it is.
import { hash } from 'node:crypto';
import { AlchemiscaleError } from '../../domain/errors.ts';
import { readStoredObject } from '../../domain/stored-object.ts';
import type { SubmittedObject } from '../../domain/submission.ts';
import type { ObjectRecord } from '../slices/transfer.ts';
import { type Connection, type Database, list, type NewDependency, statement } from './database.ts';
import { ensureScope, type SpecificScope, splitKey } from './keys.ts';

/** Writes objects of any scopes. */
export async function writeObjectRecords(
  database: Database,
  connection: Connection,
  records: readonly ObjectRecord[],
): Promise<void> {
  const byScope = Map.groupBy(records, ({ key }) => scopeText(key));
  for (const group of byScope.values()) {
    const scope = splitKey(group[0]?.key ?? '');
    if (scope === null) throw notAKey(group[0]?.key ?? '');
    await writeObjects(database, connection, scope, group);
  }
}

function scopeText(key: string): string {
  const parts = splitKey(key);
  if (parts === null) throw notAKey(key);
  return `${parts.org}-${parts.campaign}-${parts.project}`;
}

function notAKey(key: string): AlchemiscaleError {
  return new AlchemiscaleError('INVALID_BODY', `'${key}' is no key of an object in a scope`);
}

const FIND = statement<
  [scope: number, keys: string],
  { readonly id: number; readonly gufe_key: string; readonly depth: number }
>('SELECT id, gufe_key, depth FROM object WHERE scope = ? AND gufe_key IN texts(?)');
const GIVE_SCOPE = statement<[scope: number, objects: string]>(
  'UPDATE object SET scope = ? WHERE id IN numbers(?)',
);

const ROWS_AT_ONCE = 5000;

async function writeObjects(
  database: Database,
  connection: Connection,
  scope: SpecificScope,
  records: readonly ObjectRecord[],
): Promise<void> {
  const scopeId = await ensureScope(connection, scope);
  const known = new Map<string, { readonly id: number; readonly depth: number }>();
  const find = async (keys: readonly string[]): Promise<void> => {
    for (let start = 0; start < keys.length; start += ROWS_AT_ONCE) {
      const rows = await connection.all(FIND(scopeId, list(keys.slice(start, start + ROWS_AT_ONCE))));
      for (const row of rows) known.set(row.gufe_key, row);
    }
  };
  await find(records.map(({ key }) => gufeKeyOf(key)));
  const read = records
    .filter(({ key }) => !known.has(gufeKeyOf(key)))
    .map(({ key, bytes }) => readStoredObject(gufeKeyOf(key), bytes));
  const children = new Set(read.flatMap(({ references }) => references.map(({ gufeKey }) => gufeKey)));
  await find([...children].filter(key => !known.has(key)));
  const depths = new Map([...known].map(([key, { depth }]) => [key, depth]));
  const objects = read.map((object): SubmittedObject => {
    const depth = depthOf(object, depths);
    depths.set(object.gufeKey, depth);
    return { ...object, depth };
  });
  const hashed = objects.map(object => ({ ...object, sha256: hash('sha256', object.bytes, 'hex') }));
  await database.byHand.addDocuments(connection, hashed);
  const added = await database.byHand.addObjects(connection, hashed);
  await connection.run(GIVE_SCOPE(scopeId, list(added)));
  const ids = new Map([...known].map(([key, { id }]) => [key, id]));
  for (const [place, { gufeKey }] of objects.entries()) ids.set(gufeKey, added[place] as number);
  const dependencies = objects.flatMap(({ gufeKey, references }) =>
    references.map(({ attribute, gufeKey: to }): NewDependency => {
      return [ids.get(gufeKey) as number, attribute, ids.get(to) as number];
    }),
  );
  for (let start = 0; start < dependencies.length; start += ROWS_AT_ONCE) {
    await database.byHand.addDependencies(connection, dependencies.slice(start, start + ROWS_AT_ONCE));
  }
}

function depthOf(
  { gufeKey, references }: Omit<SubmittedObject, 'depth'>,
  depths: ReadonlyMap<string, number>,
): number {
  let depth = 0;
  for (const { gufeKey: to } of references) {
    const below = depths.get(to);
    if (below === undefined) {
      throw new AlchemiscaleError(
        'INVALID_BODY',
        `the object ${gufeKey} refers to ${to}, which is not there`,
        {
          facts: { key: gufeKey },
        },
      );
    }
    depth = Math.max(depth, below + 1);
  }
  return depth;
}

/** The key without its scope. */
function gufeKeyOf(key: string): string {
  return key.slice(0, key.indexOf('-', key.indexOf('-') + 1));
}
