// What is PostgreSQL's own: the schema, how it comes about, the plans of the statements, and text that it cannot hold.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, mock, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openStateStore } from '../../src/store/open.ts';
import type { Database } from '../../src/store/sql/database.ts';
import { openPostgresDatabase } from '../../src/store/sql/dialects/postgres.ts';
import { PostgresConnection } from '../../src/store/sql/dialects/postgres-connection.ts';
import { postgresText } from '../../src/store/sql/dialects/postgres-text.ts';
import { readPostgresUrl } from '../../src/store/sql/dialects/postgres-url.ts';
import { migrate } from '../../src/store/sql/migrate.ts';
import { dumpPostgresSchema, POSTGRES_SCHEMA_FILE } from '../../tools/dump-schema.ts';
import { at, refusal, World } from '../contract/state-store/world.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { findPostgres } from '../support/services.ts';
import { dayOfWork, GROWING } from './day-of-work.ts';

const found = await findPostgres();
const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-postgres-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function fresh(): Promise<TestDatabase> {
  if ('skip' in found) throw new Error(found.skip);
  return createTestDatabase(found.service);
}

const open = ({ url }: TestDatabase): Promise<Database> =>
  openPostgresDatabase(readPostgresUrl(url), {
    connections: 2,
    lockMs: 1000,
    statementMs: 10_000,
    random: Math.random,
  });

describe('PostgreSQL', { skip: 'skip' in found ? found.skip : false }, () => {
  test('the schema file is what the migrations make (else: node tools/dump-schema.ts URL)', async () => {
    await using database = await fresh();
    assert.equal(readFileSync(POSTGRES_SCHEMA_FILE, 'utf8'), await dumpPostgresSchema(database.url));
  });

  test('a database of the first version is brought up to date, with what is in it', async () => {
    const old = join(folder, 'first');
    mkdirSync(old);
    const first = '0001_initial.sql';
    copyFileSync(
      new URL(`../../src/store/sql/migrations/postgres/${first}`, import.meta.url),
      join(old, first),
    );
    await using database = await fresh();
    const raw = await open(database);
    await migrate({ ...raw, migrations: pathToFileURL(`${old}/`) });
    await raw.close();
    await database.query(
      "INSERT INTO service (identifier, owner, registered, heartbeat) VALUES ('old-1', 'grace', 1000, 2000)",
    );
    await using store = await openStateStore(database.url);
    await Promise.all([store.initialize(), store.initialize()]);
    const [service] = await store.compute.list();
    assert.deepEqual(service?.registered, new Date(1000));
    await dayOfWork(store);
    assert.deepEqual(await store.check(), []);
  });

  test('a newer schema is refused, and so are other tables', async () => {
    await using database = await fresh();
    await using store = await openStateStore(database.url);
    await store.initialize();
    await database.query("INSERT INTO schema_migration VALUES (99, '0099_later.sql', 'x')");
    await assert.rejects(
      openStateStore(database.url),
      refusal('STORE_UNAVAILABLE', /newer than this program/),
    );
    await using other = await fresh();
    await other.query('CREATE TABLE customers (id INTEGER)');
    await assert.rejects(openStateStore(other.url), refusal('STORE_UNAVAILABLE', /other tables/));
  });

  test('a database in another encoding is refused', async () => {
    if ('skip' in found) return;
    await using database = await fresh();
    const name = `${new URL(database.url).pathname.slice(1)}_latin`;
    await database.query(
      `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
    try {
      const url = new URL(database.url);
      url.pathname = `/${name}`;
      await assert.rejects(
        openStateStore(url.href),
        refusal('STORE_UNAVAILABLE', /LATIN1: make one with UTF8/),
      );
    } finally {
      await database.query(`DROP DATABASE ${name} WITH (FORCE)`);
    }
  });

  test('text with the character that it cannot hold, and very long text', async () => {
    await using database = await fresh();
    await using store = await openStateStore(database.url);
    await store.initialize();
    const world = new World(store);
    const { network } = await world.network();
    const patterns = ['a\0b', '\uE0000', '\uE000', 'x'.repeat(4096), `${'x'.repeat(4095)}y`];
    for (const maxRetries of [1, 2]) await store.restarts.add({ network, patterns, maxRetries });
    const [listed = []] = await store.restarts.list({ networks: [network] });
    assert.deepEqual(new Set(listed.map(({ pattern }) => pattern)), new Set(patterns));
    assert.deepEqual(new Set(listed.map(({ maxRetries }) => maxRetries)), new Set([2]));
    await store.restarts.remove({ network, patterns: patterns.slice(1) });
    assert.deepEqual(await store.restarts.list({ networks: [network] }), [
      [{ pattern: 'a\0b', maxRetries: 2 }],
    ]);
    assert.equal(await store.identities.get({ type: 'user', identifier: '\0' }), null);
    assert.deepEqual(await store.tasks.getStatuses({ tasks: ['Task-\0-a-b-c', 'Task-x-\0-b-c'] }), [
      null,
      null,
    ]);
    const tooLong = {
      type: 'user',
      identifier: crypto.getRandomValues(new Uint8Array(9000)).join(''),
      hashedKey: 'x',
    } as const;
    await assert.rejects(store.identities.put(tooLong), refusal('BAD_REQUEST', /too long/));
  });

  test('a write that waits too long for another is refused', async () => {
    await using database = await fresh();
    await using store = await openStateStore(database.url, { busyMs: 200 });
    await store.initialize();
    const world = new World(store);
    const network = await world.network();
    const tasks = await world.actioned(network, 1);
    {
      await using _held = await database.hold('SELECT * FROM task FOR UPDATE');
      const deleting = store.tasks.setStatuses({ tasks, status: 'deleted' });
      await assert.rejects(deleting, refusal('STORE_UNAVAILABLE', /locked by another program; try again/));
    }
    assert.deepEqual(await world.statuses(tasks), ['waiting']);
  });

  test('no statement of the daily work walks a table that grows', { timeout: 60_000 }, async () => {
    const seen = new Set<string>();
    const { prototype } = PostgresConnection;
    const { all, first, run, runEach, finish } = prototype;
    const note = <Args extends [unknown, ...unknown[]], T>(method: (...args: Args) => T) =>
      function (this: PostgresConnection, ...args: Args): T {
        const [asked] = args as unknown as [string | { sql: string }];
        seen.add(typeof asked === 'string' ? asked : asked.sql);
        return method.apply(this, args);
      };
    const mocks = [
      mock.method(prototype, 'all', note(all) as typeof all),
      mock.method(prototype, 'first', note(first) as typeof first),
      mock.method(prototype, 'run', note(run)),
      mock.method(prototype, 'runEach', note(runEach)),
      mock.method(prototype, 'finish', note(finish)),
    ];
    await using database = await fresh();
    await using store = await openStateStore(database.url);
    await store.initialize();
    await dayOfWork(store);
    await store.sweep(at(0));
    for (const mocked of mocks) mocked.mock.restore();
    for (const sql of [...seen].filter(text => /^BEGIN\b/.test(text))) seen.delete(sql);
    assert.ok(seen.size > 100, `${seen.size} statements`);
    const raw = await open(database);
    try {
      const walking: string[] = [];
      for (const sql of seen) {
        const tables = await walked(raw, sql);
        if (tables.length > 0) walking.push(`${sql}\n=> ${tables.join(', ')}`);
      }
      assert.equal(walking.join('\n\n'), '');
      // Those that hold what everybody writes to are not even to walk a table that is known to be small: such a plan would stay.
      await database.query('ANALYZE');
      const counts = [...seen].filter(sql => /^UPDATE (claim_group|transformation)\b/.test(sql));
      assert.ok(counts.length >= 3, `${counts.length} statements`);
      for (const sql of counts) assert.deepEqual(await walked(raw, sql), [], sql);
    } finally {
      await raw.close();
    }
  });
});

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

/**
 * The growing tables that a statement would walk from end to end, planned as the store has it planned, while the tables are
 * small; and those of which it would read a whole scope to find what it knows the name of.
 */
async function walked(database: Database, sql: string): Promise<readonly string[]> {
  const { text } = postgresText(sql);
  const parameters = new Set(text.match(/\$\d+/g) ?? []).size;
  const nulls = parameters === 0 ? '' : `(${Array.from({ length: parameters }, () => 'NULL').join(', ')})`;
  return database.ask(async connection => {
    await connection.runScript(`PREPARE asked AS ${text}`);
    try {
      const explain = `EXPLAIN (FORMAT JSON) EXECUTE asked${nulls}`;
      const [row] = await connection.all<{ 'QUERY PLAN': string }>({ sql: explain, parameters: [] });
      const [{ Plan }] = JSON.parse(row?.['QUERY PLAN'] ?? '[]') as [{ Plan: PlanNode }];
      return [...walks(Plan), ...(/\b(token|gufe_key) = /.test(sql) ? readsOfScopes(Plan) : [])];
    } finally {
      await connection.runScript('DEALLOCATE asked');
    }
  });
}

function walks(node: PlanNode): readonly string[] {
  const table = node['Relation Name'];
  const isWalk =
    /Scan$/.test(node['Node Type']) &&
    node['Index Cond'] === undefined &&
    node['Node Type'] !== 'Bitmap Heap Scan';
  const own =
    isWalk && table !== undefined && GROWING.includes(table) ? [`${node['Node Type']} of ${table}`] : [];
  return [...own, ...(node.Plans ?? []).flatMap(walks)];
}

const NAMES = { task_scope_token_key: 'token', object_scope_gufe_key_key: 'gufe_key' } as const;

function readsOfScopes(node: PlanNode): readonly string[] {
  const { 'Index Name': index = '', 'Index Cond': condition = '' } = node;
  const name = Object.entries(NAMES).find(([key]) => key === index)?.[1];
  const own = name === undefined || condition.includes(name) ? [] : [`all of a scope in ${index}`];
  return [...own, ...(node.Plans ?? []).flatMap(readsOfScopes)];
}
