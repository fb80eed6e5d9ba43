// A rich instance goes through every pair of stores that this machine has, SQLite → PostgreSQL → Neo4j → SQLite and the other way
// round: users get the same answers at every stop, and every store finds itself consistent.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Moved, transfer } from '../../src/moving/transfer.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { openObjectStore } from '../../src/objects/open.ts';
import { openStateStore } from '../../src/store/open.ts';
import type { StateStore } from '../../src/store/state-store.ts';
import { openEmptyStore } from '../support/neo4j-graph.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { findNeo4j, findPostgres, neo4jLock } from '../support/services.ts';
import { answersOf } from './answers.ts';
import { fillRichly } from './rich-instance.ts';

interface Instance extends AsyncDisposable {
  readonly store: StateStore;
  readonly objects: ObjectStore;
}

type Open = () => Promise<Instance>;

async function instance(undo: AsyncDisposableStack, store: StateStore): Promise<Instance> {
  undo.use(store);
  const objects = undo.use(await openObjectStore('memory:'));
  return { store, objects, [Symbol.asyncDispose]: () => undo.disposeAsync() };
}

const openSqlite: Open = async () => {
  const store = await openStateStore('sqlite::memory:', { seed: 1 });
  await store.initialize();
  return instance(new AsyncDisposableStack(), store);
};

const postgres = await findPostgres();
const openPostgres: Open = async () => {
  assert.ok('service' in postgres);
  const undo = new AsyncDisposableStack();
  const database = undo.use(await createTestDatabase(postgres.service));
  const store = await openStateStore(database.url, { seed: 1 });
  await store.initialize();
  return instance(undo, store);
};

const neo4j = await findNeo4j();
const openNeo4j: Open = async () => {
  assert.ok('service' in neo4j);
  return instance(new AsyncDisposableStack(), await openEmptyStore(neo4j.service));
};

async function move(from: Instance, to: Instance): Promise<Moved> {
  const objects = { from: from.objects, to: to.objects };
  const signal = new AbortController().signal;
  const options = { objects, noticeMs: 0, name: 'before', now: new Date(), signal, onProgress: () => {} };
  const moved = await transfer({ from: from.store, to: to.store, ...options });
  assert.deepEqual(moved.differences, []);
  assert.deepEqual(moved.notes.first, []);
  assert.deepEqual(moved.bodies?.problems, []);
  assert.deepEqual(await to.store.check(), []);
  assert.equal(await to.store.transfer.findUnfinished(), null);
  return moved;
}

/** Moves through stores; what users are answered at each. */
async function travel(stops: readonly Open[]): Promise<void> {
  const [first, ...others] = stops as [Open, ...Open[]];
  let here = await first();
  try {
    await fillRichly(here.store, here.objects);
    assert.deepEqual(await here.store.check(), []);
    const expected = await answersOf(here.store, here.objects);
    assert.ok(expected.size > 100, `${expected.size} answers`);
    for (const open of others) {
      const there = await open();
      const moved = await move(here, there);
      for (const kind of ['identity', 'pattern', 'run', 'service', 'strategy'] as const) {
        assert.ok(moved.totals.counts[kind] > 0, kind);
      }
      assert.ok((moved.bodies?.copied ?? 0) > 3);
      await here[Symbol.asyncDispose]();
      here = there;
      const answers = await answersOf(here.store, here.objects);
      for (const [asked, answer] of expected) assert.deepEqual(answers.get(asked), answer, asked);
      assert.equal(answers.size, expected.size);
    }
  } finally {
    await here[Symbol.asyncDispose]();
  }
}

test('SQLite to SQLite, where claims go on by the law', async () => {
  await travel([openSqlite, openSqlite]);
});

const skipPostgres = 'skip' in postgres ? postgres.skip : false;
test('SQLite to PostgreSQL to PostgreSQL to SQLite', { skip: skipPostgres }, () =>
  travel([openSqlite, openPostgres, openPostgres, openSqlite]),
);

describe('through the graph of the original', { skip: 'skip' in neo4j ? neo4j.skip : false }, () => {
  let lock: AsyncDisposable | undefined;
  before(async () => {
    lock = await neo4jLock();
  });
  after(() => lock?.[Symbol.asyncDispose]());

  test('SQLite to Neo4j to SQLite', () => travel([openSqlite, openNeo4j, openSqlite]));
  test('Neo4j to PostgreSQL to Neo4j', { skip: skipPostgres }, () =>
    travel([openNeo4j, openPostgres, openNeo4j]),
  );
});
