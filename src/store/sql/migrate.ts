// The schema's history: numbered files, `0001_initial.sql`, never edited once released, applied in order and written down
// with their checksum. Two processes that start at once are expected: the whole of it happens under one lock. A schema
// that a newer program has made is refused, and so is a database that holds somebody else's tables.
import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { AlchemiscaleError } from '../../domain/errors.ts';
import { type Connection, type Database, statement } from './database.ts';

/** One numbered file. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

/** The migrations in a folder, in order. */
export function readMigrations(folder: URL): readonly Migration[] {
  return readdirSync(folder)
    .sort()
    .flatMap(name => {
      const version = FILE_NAME.exec(name)?.[1];
      if (version === undefined) return [];
      // A checkout may turn line ends around; that is no other migration.
      const sql = readFileSync(new URL(name, folder), 'utf8').replaceAll('\r\n', '\n');
      return [{ version: Number(version), name, sql, sha256: hash('sha256', sql, 'hex') }];
    });
}

const CREATE_HISTORY = `CREATE TABLE schema_migration (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL
)`;
const HISTORY = statement<[], Omit<Migration, 'sql'>>(
  'SELECT version, name, sha256 FROM schema_migration ORDER BY version',
);
const ADD_TO_HISTORY = statement<[version: number, name: string, sha256: string]>(
  'INSERT INTO schema_migration (version, name, sha256) VALUES (?, ?, ?)',
);

/** Brings the schema up to date; harmless when it is. */
export function migrate(database: Database): Promise<void> {
  const migrations = readMigrations(database.migrations);
  return database.changeSchema(async connection => {
    const applied = await readHistory(database, connection);
    if (applied === null) await connection.runScript(CREATE_HISTORY);
    checkHistory(applied ?? [], migrations);
    for (const { version, name, sql, sha256 } of migrations.slice(applied?.length ?? 0)) {
      await connection.runScript(sql);
      await connection.run(ADD_TO_HISTORY(version, name, sha256));
    }
  });
}

/** Throws when the schema was made by a newer program, or is not ours; a missing or older one may be migrated. */
export async function refuseForeignSchema(database: Database): Promise<void> {
  const migrations = readMigrations(database.migrations);
  await database.read(async connection => {
    checkHistory((await readHistory(database, connection)) ?? [], migrations);
  });
}

async function readHistory(
  database: Database,
  connection: Connection,
): Promise<readonly Omit<Migration, 'sql'>[] | null> {
  const tables = await database.listTables(connection);
  if (tables.includes('schema_migration')) return connection.all(HISTORY());
  if (tables.length === 0) return null;
  throw new AlchemiscaleError(
    'STORE_UNAVAILABLE',
    `the database holds other tables than alchemiscale's (${tables.slice(0, 3).join(', ')}): give it one of its own`,
  );
}

function checkHistory(applied: readonly Omit<Migration, 'sql'>[], migrations: readonly Migration[]): void {
  const newest = applied.at(-1)?.version ?? 0;
  const known = migrations.at(-1)?.version ?? 0;
  if (newest > known) {
    throw new AlchemiscaleError(
      'STORE_UNAVAILABLE',
      `the database has schema ${newest}, newer than this program, which knows ${known}: update alchemiscale`,
    );
  }
  for (const [place, { name, sha256 }] of applied.entries()) {
    if (migrations[place]?.name === name && migrations[place].sha256 === sha256) continue;
    throw new AlchemiscaleError(
      'STORE_UNAVAILABLE',
      `the database's schema has migration ${name}, which is not the one this program has`,
    );
  }
}

/** Drops every table. */
export function dropSchema(database: Database): Promise<void> {
  return database.changeSchema(async connection => {
    await readHistory(database, connection);
    await database.dropTables(connection, await database.listTables(connection));
  });
}
