import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { AlchemiscaleError } from '../domain/errors.ts';
import { openStateStore } from './open.ts';

const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-open-'));
after(() => rmSync(folder, { recursive: true }));

async function refusalOf(url: string): Promise<AlchemiscaleError> {
  try {
    const store = await openStateStore(url);
    await store[Symbol.asyncDispose]();
  } catch (error) {
    assert.ok(error instanceof AlchemiscaleError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: `${url} was opened` });
}

describe('openStateStore', () => {
  test('a file, made when there is none, kept when the store is closed', async () => {
    const url = `sqlite://${folder}/with%20space.db`;
    {
      await using store = await openStateStore(url);
      await store.initialize();
      await store.identities.put({ type: 'user', identifier: 'ada', hashedKey: '$2b$12$x' });
    }
    assert.deepEqual(readdirSync(folder), ['with space.db'], 'the log is folded in');
    await using store = await openStateStore(url);
    assert.deepEqual(await store.identities.list({ type: 'user' }), ['ada']);
  });

  test('a private database leaves nothing behind', async () => {
    const before = readdirSync(tmpdir()).filter(name => name.startsWith('alchemiscale-'));
    {
      await using store = await openStateStore('sqlite::memory:');
      await store.initialize();
      await store.ping();
    }
    const left = readdirSync(tmpdir()).filter(
      name => name.startsWith('alchemiscale-') && !before.includes(name),
    );
    // Other tests run beside this one; what is gone is what counts.
    for (const name of left) assert.ok(!readdirSync(join(tmpdir(), name)).includes('state.db'));
  });

  test('URLs of other stores, and of none', async () => {
    assert.match((await refusalOf('postgres://ada@db/x?sslmode=no')).message, /PostgreSQL.* sslmode 'no'/);
    assert.match((await refusalOf('bolt://db:7687')).message, /Neo4j database has no user: write bolt:/);
    assert.match((await refusalOf('neo4j+s://')).message, /Neo4j database names no server/);
    assert.match((await refusalOf('bolt://u:p@db/a/b')).message, /Neo4j database names no database/);
    assert.match(
      (await refusalOf('mysql://ada:secret@db/x')).message,
      /mysql:\/\/ada:\*\*\*@db.* is no URL of a state store/,
    );
    assert.match((await refusalOf('state.db')).message, /'state.db' is no URL/);
    assert.match(
      (await refusalOf('sqlite://state.db')).message,
      /names no file: write sqlite:\/\/\/absolute/,
    );
    assert.match((await refusalOf('sqlite:///a%2')).message, /'%'/);
  });

  test('a folder that is not there', async () => {
    const error = await refusalOf(`sqlite://${folder}/missing/state.db`);
    assert.equal(error.code, 'STORE_UNAVAILABLE');
    assert.match(error.message, /missing\/state\.db cannot be opened/);
  });

  test('a folder instead of a file, and a file that is no database', async () => {
    mkdirSync(join(folder, 'dir'));
    assert.equal((await refusalOf(`sqlite://${folder}/dir`)).code, 'STORE_UNAVAILABLE');
    writeFileSync(join(folder, 'text.db'), 'x'.repeat(5000));
    const error = await refusalOf(`sqlite://${folder}/text.db`);
    assert.equal(error.code, 'STORE_UNAVAILABLE');
    assert.match(error.message, /no SQLite database/);
  });
});
