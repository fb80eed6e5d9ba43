import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { AlchemiscaleError } from '../../../domain/errors.ts';
import { type Connection, statement } from '../database.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { translateSqliteError } from './sqlite-errors.ts';
import { SqliteQueue } from './sqlite-queue.ts';

const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-queue-'));
after(() => rmSync(folder, { recursive: true }));

const ADD = statement<[name: string]>('INSERT INTO item (name) VALUES (?)');
const FILL = statement<[bytes: number]>('INSERT INTO item (name, filling) VALUES (NULL, zeroblob(?))');
const NAMES = statement<[], { readonly name: string }>('SELECT name FROM item ORDER BY name');

let files = 0;

/** A database with one table. */
function open(): { path: string; db: DatabaseSync; queue: SqliteQueue } {
  const path = join(folder, `${++files}.db`);
  const db = new DatabaseSync(path, { timeout: 50 });
  db.exec('PRAGMA journal_mode = WAL');
  db.exec('CREATE TABLE item (name TEXT UNIQUE, filling BLOB, other TEXT REFERENCES item (name))');
  const queue = new SqliteQueue(db, new SqliteConnection(db), error => translateSqliteError(error, path));
  return { path, db, queue };
}

const add = (queue: SqliteQueue, name: string): Promise<number> =>
  queue.write(connection => connection.run(ADD(name)));
const names = (queue: SqliteQueue): Promise<readonly (string | null)[]> =>
  queue.read(async connection => (await connection.all(NAMES())).map(({ name }) => name));

const codeOf = (outcome: PromiseSettledResult<unknown>): string =>
  outcome.status === 'fulfilled'
    ? 'done'
    : outcome.reason instanceof AlchemiscaleError
      ? outcome.reason.code
      : 'defect';

describe('group commit', () => {
  test('writes that arrive together share one commit', async () => {
    const { queue, db } = open();
    let commits = 0;
    const prepare = db.prepare.bind(db);
    db.prepare = sql => {
      const prepared = prepare(sql);
      if (sql !== 'COMMIT') return prepared;
      const run = prepared.run.bind(prepared);
      prepared.run = () => {
        commits++;
        return run();
      };
      return prepared;
    };
    await Promise.all(Array.from({ length: 20 }, (_, i) => add(queue, `n${i}`)));
    // One, unless the machine is so slow that the first group's time was up.
    assert.ok(commits < 10, `${commits} commits`);
    assert.equal((await names(queue)).length, 20);
  });

  test('each succeeds or fails alone, and a failed one leaves nothing', async () => {
    const { queue } = open();
    await add(queue, 'taken');
    const outcomes = await Promise.allSettled([
      add(queue, 'a'),
      queue.write(async connection => {
        await connection.run(ADD('half'));
        await connection.run(ADD('taken'));
      }),
      queue.write(async connection => {
        await connection.run(ADD('other half'));
        throw new AlchemiscaleError('CONFLICT', 'no');
      }),
      add(queue, 'b'),
    ]);
    assert.deepEqual(outcomes.map(codeOf), ['done', 'defect', 'CONFLICT', 'done']);
    assert.deepEqual(await names(queue), ['a', 'b', 'taken']);
  });

  test('members run strictly one after another, also when they wait in between', async () => {
    const { queue } = open();
    const log: string[] = [];
    const member = (name: string) => async (connection: Connection) => {
      log.push(`${name} begins`);
      await connection.run(ADD(name));
      await new Promise(resolve => setTimeout(resolve, 2));
      log.push(`${name} ends`);
    };
    await Promise.all(['a', 'b', 'c'].map(name => queue.write(member(name))));
    assert.deepEqual(
      log,
      ['a', 'b', 'c'].flatMap(name => [`${name} begins`, `${name} ends`]),
    );
  });

  test('nobody is answered before the commit', async () => {
    const { queue, path } = open();
    const seen: number[] = [];
    const other = new DatabaseSync(path);
    await Promise.all(
      ['a', 'b', 'c'].map(async name => {
        await add(queue, name);
        seen.push(Number(other.prepare('SELECT count(*) AS n FROM item').get()?.n));
      }),
    );
    assert.deepEqual(seen, [3, 3, 3]);
    other.close();
  });

  test('when an error rolls back everything, each is tried again alone', async () => {
    const { queue } = open();
    const tries = { a: 0, bad: 0, b: 0 };
    const counted = (name: 'a' | 'b') =>
      queue.write(connection => {
        tries[name]++;
        return connection.run(ADD(name));
      });
    const first = counted('a');
    const bad = queue.write(async connection => {
      tries.bad++;
      // What a full disk or an I/O error does to a transaction.
      await connection.runScript('ROLLBACK');
      throw new Error('all is lost');
    });
    const outcomes = await Promise.allSettled([first, bad, counted('b')]);
    assert.deepEqual(outcomes.map(codeOf), ['done', 'defect', 'done']);
    assert.deepEqual(tries, { a: 2, bad: 2, b: 1 });
    assert.deepEqual(await names(queue), ['a', 'b']);
  });

  test('when the commit fails, nobody has succeeded and each is tried again alone', async () => {
    const { queue } = open();
    const dangling = queue.write(async connection => {
      await connection.runScript('PRAGMA defer_foreign_keys = ON');
      await connection.runScript("INSERT INTO item (name, other) VALUES ('x', 'nobody')");
    });
    const outcomes = await Promise.allSettled([add(queue, 'a'), dangling, add(queue, 'b')]);
    assert.deepEqual(outcomes.map(codeOf), ['done', 'defect', 'done']);
    assert.deepEqual(await names(queue), ['a', 'b']);
  });

  test('a full disk refuses what does not fit, and nothing else', async () => {
    const { queue, db } = open();
    db.exec('PRAGMA max_page_count = 10');
    const fill = queue.write(connection => connection.run(FILL(100_000)));
    const outcomes = await Promise.allSettled([add(queue, 'a'), fill, add(queue, 'b')]);
    assert.deepEqual(outcomes.map(codeOf), ['done', 'STORAGE_FULL', 'done']);
    assert.deepEqual(await names(queue), ['a', 'b']);
    await assert.rejects(
      queue.write(connection => connection.run(FILL(100_000))),
      /no room left/,
    );
  });

  test('a database that stays locked refuses the whole group, and works again afterwards', async () => {
    const { queue, path } = open();
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const outcomes = await Promise.allSettled([add(queue, 'a'), add(queue, 'b')]);
    assert.deepEqual(outcomes.map(codeOf), ['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE']);
    assert.deepEqual(await names(queue), [], 'reading needs no lock');
    other.exec('ROLLBACK');
    await add(queue, 'c');
    assert.deepEqual(await names(queue), ['c']);
    other.close();
  });

  test('a read sees one state, and what it finds may be written at once', async () => {
    const { queue, path } = open();
    await add(queue, 'a');
    const other = new DatabaseSync(path);
    const counts = await queue.read(async connection => {
      const before = (await connection.all(NAMES())).length;
      other.exec("INSERT INTO item (name) VALUES ('b')");
      return [before, (await connection.all(NAMES())).length];
    });
    assert.deepEqual(counts, [1, 1]);
    assert.deepEqual(await names(queue), ['a', 'b']);
    other.close();
  });

  test('changes of schema run alone, in their turn, and keep foreign keys whole', async () => {
    const { queue } = open();
    await Promise.all([
      add(queue, 'a'),
      queue.changeSchema(connection => connection.runScript('ALTER TABLE item ADD COLUMN size INTEGER')),
      queue.write(connection => connection.runScript("UPDATE item SET size = 3 WHERE name = 'a'")),
    ]);
    const broken = queue.changeSchema(connection =>
      connection.runScript("INSERT INTO item (name, other) VALUES ('b', 'nobody')"),
    );
    await assert.rejects(broken, /foreign keys/);
    assert.deepEqual(await names(queue), ['a']);
    const dangling = queue.write(connection =>
      connection.runScript("INSERT INTO item (name, other) VALUES ('b', 'nobody')"),
    );
    await assert.rejects(dangling, /FOREIGN KEY/);
  });
});
