// Backups: written while the store is worked on, restored whole; refused when anything about the file is not as it was written.
import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { AlchemiscaleError } from '../../src/domain/errors.ts';
import { openBackup } from '../../src/moving/backup-read.ts';
import { type BackedUp, backup } from '../../src/moving/backup-write.ts';
import { restore } from '../../src/moving/restore.ts';
import type { Moved } from '../../src/moving/transfer.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { openObjectStore } from '../../src/objects/open.ts';
import { openStateStore } from '../../src/store/open.ts';
import type { StateStore } from '../../src/store/state-store.ts';
import { World } from '../contract/state-store/world.ts';
import { openEmptyStore } from '../support/neo4j-graph.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { findNeo4j, findPostgres, neo4jLock } from '../support/services.ts';
import { answersOf } from './answers.ts';
import { fillRichly } from './rich-instance.ts';

const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-backup-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const quiet = { onProgress: () => {}, noticeMs: 0, now: new Date('2026-12-01T00:00:00Z') };
let files = 0;
const newPath = (): string => join(folder, `backup-${++files}`);

async function openSqlite(): Promise<StateStore> {
  const store = await openStateStore('sqlite::memory:', { seed: 1 });
  await store.initialize();
  return store;
}

function save(store: StateStore, objects: ObjectStore | null, path: string): Promise<BackedUp> {
  return backup({ store, objects, path, signal: new AbortController().signal, ...quiet });
}

async function load(store: StateStore, objects: ObjectStore | null, path: string): Promise<Moved> {
  const copying = { signal: new AbortController().signal, ...quiet };
  return restore({ store, objects, file: await openBackup(path, copying), ...copying });
}

/** A small backup with bodies, made once. */
const sample = (async (): Promise<string> => {
  await using store = await openSqlite();
  await using objects = await openObjectStore('memory:');
  await fillRichly(store, objects);
  const path = newPath();
  const done = await save(store, objects, path);
  assert.equal(done.bodies?.problemCount, 0);
  assert.equal(done.size, readFileSync(path).length);
  return path;
})();

const isRefused = (error: unknown): boolean =>
  error instanceof AlchemiscaleError && error.code === 'BAD_REQUEST';

test('a backup restores what it was made of, and nothing else may be there', async () => {
  await using store = await openSqlite();
  await using objects = await openObjectStore('memory:');
  await fillRichly(store, objects);
  const path = newPath();
  await save(store, objects, path);
  await using copy = await openSqlite();
  await using bodies = await openObjectStore('memory:');
  const moved = await load(copy, bodies, path);
  assert.deepEqual([moved.differences, moved.notes.first, moved.bodies?.problems], [[], [], []]);
  assert.deepEqual(await copy.check(), []);
  const [expected, answers] = [await answersOf(store, objects), await answersOf(copy, bodies)];
  for (const [asked, answer] of expected) assert.deepEqual(answers.get(asked), answer, asked);
  await assert.rejects(load(copy, bodies, path), /holds an instance already/);
  await assert.rejects(save(store, objects, path), /is there already/);
  const lines = zstdDecompressSync(readFileSync(path)).toString('latin1').split('\n');
  assert.equal((JSON.parse(lines[0] ?? '') as { format: string }).format, 'alchemiscale backup');
  assert.deepEqual(
    readdirSync(folder).filter(name => name.endsWith('.part')),
    [],
  );
});

test('a restore that was cut off goes on, but not with another file', async () => {
  await using store = await openSqlite();
  await using bodies = await openObjectStore('memory:');
  const stop = new AbortController();
  const path = await sample;
  const onProgress = ({ stage, done }: { readonly stage: string; readonly done: number }): void => {
    if (stage === 'restoring results' && done > 1) stop.abort(new Error('stopped'));
  };
  const file = await openBackup(path, { ...quiet, signal: stop.signal });
  await assert.rejects(
    restore({ store, objects: bodies, file, ...quiet, onProgress, signal: stop.signal }),
    /stopped/,
  );
  assert.match((await store.transfer.findUnfinished())?.source ?? '', /^backup [0-9a-f-]{36}$/);
  await using other = await openSqlite();
  const otherPath = newPath();
  await save(other, null, otherPath);
  await assert.rejects(load(store, bodies, otherPath), /holds the beginning of a copy of backup/);
  const moved = await load(store, bodies, path);
  assert.deepEqual(moved.differences, []);
  assert.ok((moved.bodies?.there ?? 0) > 0 && (moved.bodies?.copied ?? 0) > 0);
  assert.deepEqual(await store.check(), []);
});

test('a restore says what the backup lacks', async () => {
  await using store = await openSqlite();
  await using none = await openObjectStore('memory:');
  await fillRichly(store, null);
  const [lacking, without] = [newPath(), newPath()];
  const { bodies } = await save(store, none, lacking);
  assert.ok(bodies !== null && bodies.problemCount > 0);
  await save(store, null, without);
  await using copy = await openSqlite();
  assert.deepEqual((await load(copy, none, lacking)).bodies?.problems, [
    `the bodies of ${bodies.problemCount} results could not be had when the backup was made`,
  ]);
  await using other = await openSqlite();
  const { notes, bodies: restored } = await load(other, none, without);
  assert.deepEqual([notes.count, restored], [1, null]);
  assert.match(notes.first.join(), /^the backup was made without the bodies of results: none were restored$/);
});

test('a backup that is stopped leaves no file', async () => {
  await using store = await openSqlite();
  await fillRichly(store, null);
  const stop = new AbortController();
  stop.abort(new Error('stopped'));
  const path = newPath();
  await assert.rejects(backup({ store, objects: null, path, ...quiet, signal: stop.signal }), /stopped/);
  assert.deepEqual(
    readdirSync(folder).filter(name => name.includes(`backup-${files}`)),
    [],
  );
});

describe('a file that is not as it was written', () => {
  const refuses = async (path: string): Promise<void> => {
    await assert.rejects(openBackup(path, { ...quiet, signal: new AbortController().signal }), isRefused);
  };

  test('any bit of it', async () => {
    const bytes = readFileSync(await sample);
    const path = newPath();
    const flip = async (at: number, bit: number): Promise<void> => {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ (1 << bit);
      writeFileSync(path, damaged);
      await refuses(path);
    };
    // The heads of both frames, and what lies between.
    for (let at = 0; at < 20; at++) await flip(at, at % 8);
    for (let at = bytes.length - 48; at < bytes.length; at++) await flip(at, at % 8);
    const place = fc.tuple(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 0, max: 7 }));
    await fc.assert(
      fc.asyncProperty(place, ([at, bit]) => flip(at, bit)),
      { numRuns: 100, seed: 1 },
    );
  });

  test('its length', async () => {
    const source = await sample;
    const { length } = readFileSync(source);
    const path = newPath();
    for (const size of [0, 1, 39, 40, 41, length >> 1, length - 41, length - 40, length - 1]) {
      copyFileSync(source, path);
      truncateSync(path, size);
      await refuses(path);
    }
    writeFileSync(path, Buffer.concat([readFileSync(source), Buffer.from('x')]));
    await refuses(path);
    writeFileSync(path, Buffer.concat([readFileSync(source), readFileSync(source)]));
    await refuses(path);
  });

  test('nothing of it is used', async () => {
    const bytes = readFileSync(await sample);
    const path = newPath();
    writeFileSync(path, bytes.subarray(0, -100));
    await using store = await openSqlite();
    await assert.rejects(load(store, null, path), /is damaged or cut off: nothing of it was used/);
    assert.equal(await store.transfer.findUnfinished(), null);
    assert.deepEqual(await store.identities.list({ type: 'user' }), []);
    await assert.rejects(load(store, null, join(folder, 'none')), /cannot be read: there is no such file/);
  });
});

/** Works on a store until it is told to stop: submits, creates, claims, fails and completes. */
async function work(store: StateStore, objects: ObjectStore, signal: AbortSignal): Promise<number> {
  const world = new World(store);
  let turns = 0;
  for (; !signal.aborted; turns++) {
    const network = await world.network([`Protocol${turns}`], {
      org: 'busy',
      campaign: 'c',
      project: `p${turns % 7}`,
    });
    const [first = '', second = ''] = await world.actioned(network, 2);
    await world.tasks(network.transformations[0] ?? '', 1, first);
    for (const [task, ok] of [
      [first, true],
      [second, false],
    ] as const) {
      const objKey = `ProtocolDAGResult-busy${turns}${ok}`;
      const upload = await objects.createUpload();
      await upload.write(Buffer.from(objKey));
      await upload.commit(`at/${objKey}`);
      const service = await world.claimOnly(task);
      const failures = ok ? [] : [{ traceback: 'boom', sourceKey: 'Unit-1', failureKey: 'Failure-1' }];
      await world.pushExactly({
        task,
        objKey,
        ok,
        location: `at/${objKey}`,
        service,
        failures,
        now: new Date(0),
      });
    }
  }
  return turns;
}

/** Backs up while others work; the restored copy must be whole in itself, with a body for every result. */
async function backUpUnderLoad(store: StateStore): Promise<void> {
  await using objects = await openObjectStore('memory:');
  await fillRichly(store, objects);
  const stop = new AbortController();
  const working = work(store, objects, stop.signal);
  const path = newPath();
  try {
    for (let turn = 0; turn < 3; turn++) {
      await new Promise(resolve => setTimeout(resolve, 100));
      rmSync(path, { force: true });
      const done = await save(store, objects, path);
      assert.deepEqual(done.bodies?.problems, []);
      await using copy = await openSqlite();
      await using bodies = await openObjectStore('memory:');
      const moved = await load(copy, bodies, path);
      assert.deepEqual([moved.differences, moved.bodies?.problems], [[], []]);
      assert.deepEqual(moved.totals.counts, done.totals.counts);
      assert.deepEqual(await copy.check(), []);
      assert.deepEqual(await copy.audit.checkFiles(), []);
    }
  } finally {
    stop.abort();
    assert.ok((await working) > 0);
  }
}

const [postgres, neo4j] = [await findPostgres(), await findNeo4j()];

describe('a backup while the store is worked on', () => {
  test('of SQLite', async () => {
    await using store = await openSqlite();
    await backUpUnderLoad(store);
  });

  test('of PostgreSQL', { skip: 'skip' in postgres ? postgres.skip : false }, async () => {
    assert.ok('service' in postgres);
    await using database = await createTestDatabase(postgres.service);
    await using store = await openStateStore(database.url, { seed: 1 });
    await store.initialize();
    await backUpUnderLoad(store);
  });

  test('of Neo4j, which has no snapshots', { skip: 'skip' in neo4j ? neo4j.skip : false }, async () => {
    assert.ok('service' in neo4j);
    await using _lock = await neo4jLock();
    await using store = await openEmptyStore(neo4j.service);
    await backUpUnderLoad(store);
  });
});
