// A store to copy into is looked at first: what holds something is left as it was, also when its schema is an older one.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { AlchemiscaleError } from '../../src/domain/errors.ts';
import { openStateStore } from '../../src/store/open.ts';
import type { Database } from '../../src/store/sql/database.ts';
import { openPostgresDatabase } from '../../src/store/sql/dialects/postgres.ts';
import { readPostgresUrl } from '../../src/store/sql/dialects/postgres-url.ts';
import { openSqliteDatabase } from '../../src/store/sql/dialects/sqlite.ts';
import { migrate, readMigrations } from '../../src/store/sql/migrate.ts';
import type { StateStore } from '../../src/store/state-store.ts';
import { emptyGraph, neo4jUrl, openGraph } from '../support/neo4j-graph.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { runProgram } from '../support/program.ts';
import { findNeo4j, findPostgres, neo4jLock } from '../support/services.ts';

const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-targets-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const SOURCE = { source: 'elsewhere', started: new Date(0) };
const OLDER = [1, 2, 3];
const ADA =
  "INSERT INTO identity (type, identifier, hashed_key, disabled) VALUES ('user', 'ada', '$2b$x', 0)";

const isConflict = (error: unknown): boolean =>
  error instanceof AlchemiscaleError && error.code === 'CONFLICT';

/** Makes the schema that a program of its time made. */
async function makeSchema(database: Database, version: number): Promise<void> {
  const path = mkdtempSync(join(folder, 'migrations-'));
  for (const { name } of readMigrations(database.migrations).slice(0, version)) {
    copyFileSync(fileURLToPath(new URL(name, database.migrations)), join(path, name));
  }
  await migrate({ ...database, migrations: pathToFileURL(`${path}/`) });
}

async function assertFilled(store: StateStore): Promise<void> {
  assert.deepEqual(await store.transfer.inspect(), { hasSchema: true, isEmpty: true, unfinished: null });
  const run = await store.transfer.begin(SOURCE);
  await store.transfer.end({ run });
  assert.deepEqual(await store.check(), []);
}

const [postgres, neo4j] = [await findPostgres(), await findNeo4j()];

describe('a target of an older schema', () => {
  const SQLITE = { readOnly: false, busyMs: 1000, random: Math.random };

  async function makeSqlite(version: number): Promise<string> {
    const path = join(mkdtempSync(join(folder, 'sqlite-')), 'other.db');
    const database = openSqliteDatabase({ ...SQLITE, path });
    await makeSchema(database, version);
    await database.close();
    return path;
  }

  for (const version of OLDER) {
    test(`SQLite, schema ${version}: filled when it is empty, else left as it was`, async () => {
      const [empty, full] = [await makeSqlite(version), await makeSqlite(version)];
      await using store = await openStateStore(`sqlite://${empty}`);
      await assertFilled(store);
      const before = new DatabaseSync(full);
      before.exec(ADA);
      before.close();
      const bytes = readFileSync(full);
      const occupied = await openStateStore(`sqlite://${full}`);
      await assert.rejects(occupied.transfer.begin(SOURCE), isConflict);
      assert.deepEqual(await occupied.transfer.inspect(), {
        hasSchema: true,
        isEmpty: false,
        unfinished: null,
      });
      await occupied[Symbol.asyncDispose]();
      assert.deepEqual(readFileSync(full), bytes);
    });
  }

  test('the command leaves it as it was', async () => {
    const from = await makeSqlite(4);
    const full = await makeSqlite(2);
    const before = new DatabaseSync(full);
    before.exec(ADA);
    before.close();
    const bytes = readFileSync(full);
    const args = ['transfer', '--from', `sqlite://${from}`, '--to', `sqlite://${full}`, '--without-objects'];
    const { exitCode, stderr } = await runProgram(args, {});
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /holds an instance already: give an empty one/);
    assert.deepEqual(readFileSync(full), bytes);
  });

  for (const version of OLDER) {
    const skip = 'skip' in postgres ? postgres.skip : false;
    test(`PostgreSQL, schema ${version}: the same`, { skip }, async () => {
      assert.ok('service' in postgres);
      for (const isFull of [false, true]) {
        await using place = await createTestDatabase(postgres.service);
        const settings = { connections: 2, lockMs: 5000, statementMs: 60_000, random: Math.random };
        const database = await openPostgresDatabase(readPostgresUrl(place.url), settings);
        await makeSchema(database, version);
        await database.close();
        await using store = await openStateStore(place.url);
        if (isFull) {
          await place.query(ADA);
          await assert.rejects(store.transfer.begin(SOURCE), isConflict);
          const [row] = await place.query<{ n: number }>('SELECT count(*)::int AS n FROM schema_migration');
          assert.equal(row?.n, version);
        } else await assertFilled(store);
      }
    });
  }
});

test('a graph of the original that holds something gets no indexes of ours', {
  skip: 'skip' in neo4j ? neo4j.skip : false,
}, async () => {
  assert.ok('service' in neo4j);
  await using _lock = await neo4jLock();
  await emptyGraph(neo4j.service);
  const graph = openGraph(neo4j.service);
  const ask = <R>(cypher: string): Promise<readonly R[]> =>
    graph.changeSchema(tx => tx.all<R>({ cypher, parameters: {} }));
  await ask('DROP INDEX ts_Task_status IF EXISTS');
  await ask('CREATE (:GufeTokenizable {_scoped_key: "x-1-a-b-c"})');
  await using store = await openStateStore(neo4jUrl(neo4j.service));
  await assert.rejects(store.transfer.begin(SOURCE), isConflict);
  const indexes = await ask<{ name: string }>('SHOW INDEXES YIELD name');
  assert.ok(indexes.every(({ name }) => name !== 'ts_Task_status'));
  assert.deepEqual(await ask('MATCH (x:TransferUnderWay) RETURN x.source AS source'), []);
  await emptyGraph(neo4j.service);
  await assertFilled(store);
  assert.ok(
    (await ask<{ name: string }>('SHOW INDEXES YIELD name')).some(({ name }) => name === 'ts_Task_status'),
  );
  await graph.close();
});
