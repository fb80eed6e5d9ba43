// When a server looks whether a copy into its store has begun, and who waits for that.
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { pino } from 'pino';
import { openStateStore } from '../store/open.ts';
import type { StateStore, UnfinishedTransfer } from '../store/state-store.ts';
import { refuseDuringCopies } from './copy-guard.ts';

const COPY = { source: 'elsewhere', started: new Date(0) };
const refused = { code: 'STORE_UNAVAILABLE', message: /being filled with the copy/ };

describe('a server on a store into which a copy may begin', () => {
  const log = pino({ level: 'silent' });
  let nowMs: number;
  let looks: PromiseWithResolvers<UnfinishedTransfer | null>[];

  beforeEach(() => {
    nowMs = 0;
    looks = [];
  });

  /** Looks come back when the test says so. */
  function guard(store: StateStore): () => Promise<unknown> {
    const findUnfinished = (): Promise<UnfinishedTransfer | null> => {
      const look = Promise.withResolvers<UnfinishedTransfer | null>();
      looks.push(look);
      return look.promise;
    };
    const watched = { ...store, transfer: { ...store.transfer, findUnfinished } };
    const guarded = refuseDuringCopies(watched, { log, lookEveryMs: 1000, steadyMs: () => nowMs });
    return () => guarded.identities.list({ type: 'user' });
  }

  async function open(): Promise<StateStore> {
    const store = await openStateStore('sqlite::memory:');
    await store.initialize();
    return store;
  }

  test('the first call waits for a look: it was not looked at when the server started', async () => {
    await using store = await open();
    const call = guard(store);
    const first = assert.rejects(call(), refused);
    assert.equal(looks.length, 1);
    looks[0]?.resolve(COPY);
    await first;
  });

  test('a look that hangs for half of the time between two holds nobody up', async () => {
    await using store = await open();
    const call = guard(store);
    const first = call();
    looks[0]?.resolve(null);
    await first;
    for (nowMs = 500; nowMs < 1000; nowMs += 100) assert.deepEqual(await call(), []);
    assert.equal(looks.length, 2, 'one look at a time');
    const waiting = call();
    looks[1]?.resolve(null);
    await waiting;
    nowMs = 1400;
    assert.deepEqual(await call(), [], 'it counts from when the look ahead began');
    assert.equal(looks.length, 3);
  });

  test('a look ahead that fails is made again by whoever has to know', async () => {
    await using store = await open();
    const call = guard(store);
    const first = call();
    looks[0]?.resolve(null);
    await first;
    nowMs = 600;
    await call();
    looks[1]?.reject(new Error('down'));
    await new Promise(setImmediate);
    nowMs = 1000;
    const due = assert.rejects(call(), refused);
    looks[2]?.resolve(COPY);
    await due;
  });

  test('a look that began too long ago is made again, once', async () => {
    await using store = await open();
    const call = guard(store);
    const first = assert.rejects(call(), refused);
    nowMs = 1500;
    looks[0]?.resolve(null);
    await new Promise(setImmediate);
    assert.equal(looks.length, 2);
    nowMs = 3000;
    looks[1]?.resolve(COPY);
    await first;
    assert.equal(looks.length, 2);
  });
});
