import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Database, statement } from './database.ts';
import { openSqliteDatabase } from './dialects/sqlite.ts';
import { dropSchema, migrate, readMigrations, refuseForeignSchema } from './migrate.ts';

const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-migrate-'));
after(() => rmSync(folder, { recursive: true }));

let folders = 0;

/** A folder of migrations. */
function migrations(files: Record<string, string>): URL {
  const path = mkdtempSync(join(folder, `${++folders}-`));
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(path, name), sql);
  return pathToFileURL(`${path}/`);
}

function open(path = ':memory:'): Database {
  return openSqliteDatabase({ path, readOnly: false, busyMs: 1000, random: Math.random });
}

const with_ = (database: Database, files: Record<string, string>): Database => ({
  ...database,
  migrations: migrations(files),
});

const ONE = { '0001_one.sql': 'CREATE TABLE one (id INTEGER PRIMARY KEY);' };
const TWO = {
  ...ONE,
  '0002_two.sql': 'CREATE TABLE two (id INTEGER PRIMARY KEY); INSERT INTO two VALUES (7);',
};

const tablesOf = (database: Database): Promise<readonly string[]> =>
  database.read(connection => database.listTables(connection));

describe('migrate', () => {
  test('files are taken in the order of their numbers; others are not', () => {
    const found = readMigrations(
      migrations({ ...TWO, 'README.md': '', '3_three.sql': '', '0010_ten.sql': '' }),
    );
    assert.deepEqual(
      found.map(({ version }) => version),
      [1, 2, 10],
    );
    assert.match(found[0]?.sha256 ?? '', /^[0-9a-f]{64}$/);
  });

  test('line ends do not make another migration', () => {
    const [unix] = readMigrations(migrations({ '0001_one.sql': 'a\nb\n' }));
    const [windows] = readMigrations(migrations({ '0001_one.sql': 'a\r\nb\r\n' }));
    assert.equal(unix?.sha256, windows?.sha256);
  });

  test('an old schema is brought up to date, once', async () => {
    const database = open();
    await migrate(with_(database, ONE));
    assert.deepEqual(await tablesOf(database), ['one', 'schema_migration']);
    await migrate(with_(database, TWO));
    await migrate(with_(database, TWO));
    const rows = await database.read(connection =>
      connection.all(statement<[], { readonly id: number }>('SELECT id FROM two')()),
    );
    assert.deepEqual(
      rows.map(({ id }) => id),
      [7],
    );
  });

  test('a newer schema is refused, by a sentence that says what to do', async () => {
    const database = open();
    await migrate(with_(database, TWO));
    for (const look of [migrate, refuseForeignSchema]) {
      await assert.rejects(
        look(with_(database, ONE)),
        /schema 2, newer than this program, which knows 1: update/,
      );
    }
    await refuseForeignSchema(with_(database, { ...TWO, '0003_three.sql': '' }));
  });

  test('a migration that was edited after its release is refused', async () => {
    const database = open();
    await migrate(with_(database, ONE));
    await assert.rejects(
      migrate(with_(database, { '0001_one.sql': 'CREATE TABLE other (id);' })),
      /0001_one\.sql/,
    );
    await assert.rejects(
      migrate(with_(database, { '0001_other.sql': ONE['0001_one.sql'] })),
      /0001_one\.sql/,
    );
  });

  test('a migration that fails changes nothing', async () => {
    const database = open();
    const bad = { ...ONE, '0002_bad.sql': 'CREATE TABLE two (id INTEGER); CREATE TABLE two (id INTEGER);' };
    await assert.rejects(migrate(with_(database, bad)), /already exists/);
    assert.deepEqual(await tablesOf(database), []);
  });

  test("somebody else's tables are refused, and not dropped", async () => {
    const database = open();
    await database.changeSchema(connection => connection.runScript('CREATE TABLE customers (id INTEGER)'));
    for (const look of [migrate, refuseForeignSchema, dropSchema]) {
      await assert.rejects(look(database), /other tables than alchemiscale's \(customers\)/);
    }
    assert.deepEqual(await tablesOf(database), ['customers']);
  });

  test('dropping leaves nothing', async () => {
    const database = open();
    await migrate(database);
    await dropSchema(database);
    assert.deepEqual(await tablesOf(database), []);
    await dropSchema(database);
  });
});
