// What is SQLite's own: the schema as a file shows it, the plans of the statements, threads that die, processes that share.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, mock, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { openStateStore } from '../../src/store/open.ts';
import { openSqliteDatabase } from '../../src/store/sql/dialects/sqlite.ts';
import { SqliteConnection } from '../../src/store/sql/dialects/sqlite-connection.ts';
import { sqliteText } from '../../src/store/sql/dialects/sqlite-text.ts';
import { createSqlStateStore } from '../../src/store/sql/index.ts';
import { migrate } from '../../src/store/sql/migrate.ts';
import type { Key } from '../../src/store/state-store.ts';
import { dumpSqliteSchema, SCHEMA_FILE } from '../../tools/dump-schema.ts';
import { sampleNetwork, submit } from '../contract/state-store/samples.ts';
import { EVERYWHERE, refusal, World } from '../contract/state-store/world.ts';
import { dayOfWork, GROWING } from './day-of-work.ts';

const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-sqlite-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('the schema file is what the migrations make (else: node tools/dump-schema.ts)', async () => {
  assert.equal(readFileSync(SCHEMA_FILE, 'utf8'), await dumpSqliteSchema());
});

test('a database of the first version is brought up to date, with what is in it', async () => {
  const path = join(folder, 'first.db');
  const old = join(folder, 'first-migrations');
  mkdirSync(old);
  const first = '0001_initial.sql';
  copyFileSync(new URL(`../../src/store/sql/migrations/sqlite/${first}`, import.meta.url), join(old, first));
  const database = openSqliteDatabase({ path, readOnly: false, busyMs: 1000, random: Math.random });
  await migrate({ ...database, migrations: pathToFileURL(`${old}/`) });
  await database.write(connection =>
    connection.runScript("INSERT INTO service VALUES (1, 'old-1', 'grace', 1000, 2000)"),
  );
  await database.close();
  await using store = await openStateStore(`sqlite://${path}`);
  await store.initialize();
  assert.deepEqual(await store.compute.list(), [
    {
      service: 'old-1',
      owner: 'grace',
      registered: new Date(1000),
      heartbeat: new Date(2000),
      manager: null,
    },
  ]);
  await dayOfWork(store);
  assert.deepEqual(await store.check(), []);
});

/** True when a statement calls a table by this name, or by its own. */
function isNameOf(name: string, table: string, sql: string): boolean {
  return name === table || new RegExp(`\\b"?${table}"?\\s+(as\\s+)?"?${name}"?(?!\\w)`, 'i').test(sql);
}

test('no statement of the daily work walks a table that grows', async () => {
  const seen = new Set<string>();
  const { prototype } = SqliteConnection;
  const { all, first, run, runEach } = prototype;
  const note = <Args extends [unknown, ...unknown[]], T>(method: (...args: Args) => T) =>
    function (this: SqliteConnection, ...args: Args): T {
      const [asked] = args as unknown as [string | { sql: string }];
      seen.add(typeof asked === 'string' ? asked : asked.sql);
      return method.apply(this, args);
    };
  const mocks = [
    mock.method(prototype, 'all', note(all) as typeof all),
    mock.method(prototype, 'first', note(first) as typeof first),
    mock.method(prototype, 'run', note(run)),
    mock.method(prototype, 'runEach', note(runEach)),
  ];
  const path = join(folder, 'plans.db');
  const database = openSqliteDatabase({ path, readOnly: false, busyMs: 1000, random: Math.random });
  await using store = createSqlStateStore(database);
  await store.initialize();
  await dayOfWork(store);
  for (const mocked of mocks) mocked.mock.restore();
  const db = new DatabaseSync(path);
  db.function('new_draw_key', { varargs: true }, () => 0);
  assert.ok(seen.size > 100, `${seen.size} statements`);
  for (const sql of seen) {
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${sqliteText(sql)}`).all();
    const walked = plan.flatMap(({ detail }) => /^SCAN (\w+)(?! VIRTUAL)/.exec(String(detail))?.[1] ?? []);
    const growing = walked.filter(name => GROWING.some(table => isNameOf(name, table, sql)));
    assert.deepEqual(growing, [], `${sql}\n${plan.map(({ detail }) => detail).join('\n')}`);
  }
  db.close();
});

describe('a thread that dies', () => {
  test('refuses the calls under way, and the next call starts another', async () => {
    const workers = new Set<Worker>();
    const { postMessage } = Worker.prototype;
    const spy = mock.method(
      Worker.prototype,
      'postMessage',
      function (this: Worker, ...args: Parameters<typeof postMessage>) {
        workers.add(this);
        return postMessage.apply(this, args);
      },
    );
    await using store = await openStateStore(`sqlite://${folder}/dying.db`);
    await store.initialize();
    await store.ping();
    spy.mock.restore();
    assert.equal(workers.size, 2);
    await store.identities.put({ type: 'user', identifier: 'ada', hashedKey: '$2b$12$x' });
    const put = store.identities.put({ type: 'user', identifier: 'eve', hashedKey: '$2b$12$x' });
    const get = store.identities.list({ type: 'user' });
    const dead = Promise.all([...workers].map(worker => worker.terminate()));
    const outcomes = await Promise.allSettled([put, get]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') refusal('STORE_UNAVAILABLE', /stopped/)(outcome.reason);
    }
    await dead;
    assert.ok(
      (await store.identities.list({ type: 'user' })).includes('ada'),
      'what was acknowledged is there',
    );
    await store.identities.put({ type: 'user', identifier: 'bob', hashedKey: '$2b$12$x' });
    assert.deepEqual(await store.check(), []);
  });
});

describe('processes that share a file', () => {
  const start = (path: string): ChildProcess =>
    fork(new URL('./claiming-process.ts', import.meta.url), [`sqlite://${path}`], {
      execArgv: ['--conditions=@alchemiscale/source'],
    });
  const answer = async (child: ChildProcess): Promise<unknown> => (await once(child, 'message'))[0];

  test('three that start at once on a new file, and claim at once, never get a task twice', {
    timeout: 60_000,
  }, async () => {
    const path = join(folder, 'shared.db');
    const children = [start(path), start(path), start(path)];
    const exits = children.map(child => once(child, 'exit'));
    assert.deepEqual(await Promise.all(children.map(answer)), ['ready', 'ready', 'ready']);
    await using store = await openStateStore(`sqlite://${path}`);
    const world = new World(store);
    const network = await submit(store, world.scope(), sampleNetwork('n', [{ name: 'a', protocol: 'P' }]));
    const tasks = await world.actioned(network, 300);
    const answers = Promise.all(children.map(answer));
    for (const child of children) child.send('claim');
    const claimed = (await answers) as Key[][];
    await Promise.all(exits);
    const all = claimed.flat();
    assert.equal(new Set(all).size, all.length, 'a task was given out twice');
    assert.deepEqual(all.sort(), [...tasks].sort());
    assert.deepEqual(await store.check(), []);
    assert.deepEqual(await store.networks.countScopeStatuses({ scopes: EVERYWHERE, states: ['active'] }), {
      running: 300,
    });
  });
});
