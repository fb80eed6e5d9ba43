// Databases of every schema that was ever released are brought up to date with all they hold. An older one is made by the
// migrations of its time and filled with what of a rich instance it had room for.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openStateStore } from '../../src/store/open.ts';
import { TRANSFER_KINDS } from '../../src/store/slices/transfer.ts';
import type { Connection, Database, Value } from '../../src/store/sql/database.ts';
import { openPostgresDatabase } from '../../src/store/sql/dialects/postgres.ts';
import { readPostgresUrl } from '../../src/store/sql/dialects/postgres-url.ts';
import { openSqliteDatabase } from '../../src/store/sql/dialects/sqlite.ts';
import { migrate, readMigrations } from '../../src/store/sql/migrate.ts';
import type { StateStore, TransferRecord } from '../../src/store/state-store.ts';
import { fillRichly } from '../moving/rich-instance.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { findPostgres } from '../support/services.ts';

const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-schemas-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const NEWEST = readMigrations(new URL('../../src/store/sql/migrations/sqlite/', import.meta.url)).length;
const OLDER = Array.from({ length: NEWEST - 1 }, (_, place) => place + 1);

/** What a schema had no room for yet. */
const LATER: Readonly<Record<string, number>> = { pattern: 2, manager: 2, strategy: 2, run: 3 };

/** The migrations up to a version. */
function migrationsUpTo(all: URL, version: number): URL {
  const path = mkdtempSync(join(folder, `${version}-`));
  for (const { name } of readMigrations(all).slice(0, version)) {
    copyFileSync(fileURLToPath(new URL(name, all)), join(path, name));
  }
  return pathToFileURL(`${path}/`);
}

type Row = Readonly<Record<string, Value>>;

const ask = <R>(
  sql: string,
  parameters: readonly Value[] = [],
): { sql: string; parameters: readonly Value[]; row?: R } => ({
  sql,
  parameters,
});

/** The tables so that what a row refers to comes before it. */
const TABLES = [
  ...[
    'scope',
    'document',
    'object',
    'dependency',
    'network',
    'transformation',
    'edge',
    'service',
    'service_failure',
  ],
  ...['task', 'claim_group', 'action', 'result', 'traceback', 'identity', 'identity_scope'],
  ...['manager', 'restart_pattern', 'restart', 'strategy', 'strategy_run'],
];

/** Copies the rows of every table that both have, in the columns that both have. */
async function copyRows(
  from: Connection,
  to: Connection,
  there: readonly string[],
  columnsOf: ColumnsOf,
): Promise<void> {
  for (const table of TABLES.filter(name => there.includes(name))) {
    const columns = await columnsOf(to, table);
    // As text, since the largest priority is beyond what numbers hold.
    const picked = columns.map(name => (name === 'priority' ? 'CAST(priority AS TEXT) AS priority' : name));
    const rows = await from.all(ask<Row>(`SELECT ${picked.join(', ')} FROM ${table}`));
    const places = columns.map(name => (name === 'priority' ? 'CAST(? AS BIGINT)' : '?')).join(', ');
    await to.runEach(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`,
      rows.map(row => columns.map(name => row[name] as Value)),
    );
  }
}

type ColumnsOf = (connection: Connection, table: string) => Promise<readonly string[]>;

const sqliteColumns: ColumnsOf = async (connection, table) => {
  const rows = await connection.all(ask<{ name: string }>('SELECT name FROM pragma_table_info(?)', [table]));
  return rows.map(({ name }) => name);
};
const postgresColumns: ColumnsOf = async (connection, table) => {
  const sql =
    'SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped';
  return (await connection.all(ask<{ name: string }>(sql, [table]))).map(({ name }) => name);
};

/** Makes the schema of a version and fills it. */
async function makeOld(
  database: Database,
  version: number,
  from: Database,
  columnsOf: ColumnsOf,
): Promise<void> {
  await migrate({ ...database, migrations: migrationsUpTo(database.migrations, version) });
  const there = await database.read(connection => database.listTables(connection));
  await from.read(source => database.changeSchema(target => copyRows(source, target, there, columnsOf)));
}

/** Everything in a store that a schema of a version could hold, as texts. */
async function contentOf({ transfer }: StateStore, version: number): Promise<readonly string[]> {
  const view = await transfer.openView();
  const texts: string[] = [];
  for (const kind of TRANSFER_KINDS) {
    if ((LATER[kind] ?? 1) > version) continue;
    for (let after: string | null = null; ; ) {
      const page: Awaited<ReturnType<typeof transfer.readPage>> = await transfer.readPage({
        view,
        kind,
        after,
      });
      texts.push(...page.records.map(record => textOf(record, version)));
      after = page.next;
      if (after === null) break;
    }
  }
  await transfer.closeView({ view });
  return texts.sort();
}

function textOf(record: TransferRecord, version: number): string {
  return JSON.stringify(record, (name, value) => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
    // Services had no manager, and tasks no restarts, in the first schema.
    return version === 1 && (name === 'manager' || name === 'restarts') ? undefined : value;
  });
}

async function assertUpToDate(old: StateStore, rich: StateStore, version: number): Promise<void> {
  await old.initialize();
  assert.deepEqual(await old.check(), []);
  assert.deepEqual(await old.audit.checkFiles(), []);
  assert.deepEqual(await contentOf(old, version), await contentOf(rich, version));
  // It goes on from there.
  const scopes = [{ org: null, campaign: null, project: null }];
  const [network] = await old.networks.list({ scopes });
  const [transformation = ''] = await old.networks.listTransformations({ network: network?.network ?? '' });
  const now = new Date(0);
  const tasks = await old.tasks.create({ items: [{ transformation, extends: null }], creator: null, now });
  await old.hubs.action({ network: network?.network ?? '', tasks, weights: 1 });
  assert.deepEqual(await old.check(), []);
}

const SQLITE = { readOnly: false, busyMs: 1000, random: Math.random };

/** A store full of things, in a file. */
async function openRich(): Promise<{ readonly store: StateStore; readonly path: string }> {
  const path = join(mkdtempSync(join(folder, 'rich-')), 'state.db');
  const store = await openStateStore(`sqlite://${path}`, { seed: 1 });
  await store.initialize();
  await fillRichly(store, null);
  return { store, path };
}

describe('a database of an older schema', () => {
  for (const version of OLDER) {
    test(`SQLite, schema ${version}`, async () => {
      const rich = await openRich();
      await using richStore = rich.store;
      const path = join(folder, `old-${version}.db`);
      const [from, database] = [
        openSqliteDatabase({ ...SQLITE, path: rich.path }),
        openSqliteDatabase({ ...SQLITE, path }),
      ];
      await makeOld(database, version, from, sqliteColumns);
      await Promise.all([from.close(), database.close()]);
      await using old = await openStateStore(`sqlite://${path}`, { seed: 1 });
      await assertUpToDate(old, richStore, version);
    });
  }
});

const found = await findPostgres();

describe('a PostgreSQL database of an older schema', { skip: 'skip' in found ? found.skip : false }, () => {
  for (const version of OLDER) {
    test(`schema ${version}`, async () => {
      assert.ok('service' in found);
      await using place = await createTestDatabase(found.service);
      await using richPlace = await createTestDatabase(found.service);
      await using rich = await openStateStore(richPlace.url, { seed: 1 });
      await rich.initialize();
      await fillRichly(rich, null);
      const settings = { connections: 2, lockMs: 5000, statementMs: 60_000, random: Math.random };
      const [from, database] = (await Promise.all(
        [richPlace, place].map(({ url }) => openPostgresDatabase(readPostgresUrl(url), settings)),
      )) as [Database, Database];
      await makeOld(database, version, from, postgresColumns);
      // What counts ids goes on behind those that are there.
      for (const table of TABLES) {
        const there = await place.query<{ sequence: string | null }>(
          `SELECT pg_get_serial_sequence(c.table_name, 'id') AS sequence FROM information_schema.columns c
          WHERE c.table_schema = 'public' AND c.table_name = '${table}' AND c.column_name = 'id'`,
        );
        const sequence = there[0]?.sequence ?? null;
        if (sequence !== null)
          await place.query(`SELECT setval('${sequence}', (SELECT max(id) FROM ${table}) + 1)`);
      }
      await Promise.all([from.close(), database.close()]);
      await using old = await openStateStore(place.url, { seed: 1 });
      await assertUpToDate(old, rich, version);
    });
  }
});
