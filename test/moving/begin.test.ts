// A copy into a store with a schema waits until servers must have noticed; what they wrote until then is left to them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { beginCopy, whileLast } from '../../src/moving/begin.ts';
import { copyRecords } from '../../src/moving/copy-records.ts';
import type { Progress } from '../../src/moving/progress.ts';
import { openStoreSource } from '../../src/moving/source.ts';
import { openStateStore } from '../../src/store/open.ts';

const SOURCE = { source: 'elsewhere', started: new Date(0) };
const ADA = { type: 'user', identifier: 'ada', hashedKey: '$2b$x' } as const;
const GRACE = {
  kind: 'identity',
  type: 'user',
  identifier: 'grace',
  hashedKey: '$2b$x',
  scopes: [],
  expiresMs: null,
  email: null,
  fullName: null,
  disabled: false,
} as const;
const signal = new AbortController().signal;

test('what a server wrote meanwhile is an instance, and no mark is left on it', async () => {
  await using store = await openStateStore('sqlite::memory:');
  await store.initialize();
  const write = Promise.withResolvers<void>();
  const onProgress = ({ stage }: Progress): void => {
    assert.match(stage, /waiting until servers have noticed/);
    store.identities.put(ADA).then(write.resolve, write.reject);
  };
  await assert.rejects(beginCopy(store, SOURCE, { onProgress, signal, noticeMs: 300 }), {
    code: 'CONFLICT',
    message: /^a server that runs on the store to copy to has just written to it/,
  });
  await write.promise;
  assert.equal(await store.transfer.findUnfinished(), null);
  assert.equal((await store.identities.list({ type: 'user' })).length, 1);
});

test('who stops it while it waits leaves the store as it was', async () => {
  await using store = await openStateStore('sqlite::memory:');
  await store.initialize();
  const stop = new AbortController();
  const onProgress = (): void => stop.abort(new Error('stopped'));
  await assert.rejects(beginCopy(store, SOURCE, { onProgress, signal: stop.signal }), /stopped/);
  assert.equal(await store.transfer.findUnfinished(), null);
});

test('nobody waits for servers of a store without a schema, nor when a copy goes on that has something', async () => {
  await using store = await openStateStore('sqlite::memory:');
  const onProgress = (): void => assert.fail('it waited');
  const { run } = await beginCopy(store, SOURCE, { onProgress, signal });
  assert.equal((await store.transfer.inspect()).hasSchema, true);
  await store.transfer.write({ run, records: [GRACE] });
  assert.ok((await beginCopy(store, SOURCE, { onProgress, signal })).run > run);
});

test('a run waits as well after one that was killed while it waited', async () => {
  await using store = await openStateStore('sqlite::memory:');
  await store.initialize();
  await store.transfer.begin(SOURCE);
  const write = Promise.withResolvers<void>();
  const onProgress = (): void => void store.identities.put(ADA).then(write.resolve, write.reject);
  await assert.rejects(beginCopy(store, SOURCE, { onProgress, signal, noticeMs: 300 }), {
    code: 'CONFLICT',
    message: /^a server that runs on the store to copy to has just written to it/,
  });
  await write.promise;
  assert.equal((await store.identities.list({ type: 'user' })).length, 1);
});

test('a run that copies bodies hears of the next', async () => {
  await using store = await openStateStore('sqlite::memory:');
  const copying = { onProgress: () => {}, signal, noticeMs: 0 };
  const first = await beginCopy(store, SOURCE, copying);
  using last = whileLast(first, signal, 20);
  await sleep(100);
  assert.equal(last.signal.aborted, false);
  const stopped = once(last.signal, 'abort');
  await beginCopy(store, SOURCE, copying);
  await stopped;
  assert.match(String(last.signal.reason), /another one into the same store has begun since/);
});

test('while a look does not come back no other is begun', async () => {
  await using store = await openStateStore('sqlite::memory:');
  const { run } = await beginCopy(store, SOURCE, { onProgress: () => {}, signal });
  let looks = 0;
  const write = (): Promise<never> => {
    looks += 1;
    return new Promise(() => {});
  };
  const hanging = { ...store, transfer: { ...store.transfer, write } };
  using _last = whileLast({ store: hanging, run }, signal, 5);
  await sleep(100);
  assert.equal(looks, 1);
});

test('a run that was overtaken says so, and names no differences', async () => {
  await using from = await openStateStore('sqlite::memory:');
  await from.initialize();
  await from.identities.put(ADA);
  await using store = await openStateStore('sqlite::memory:');
  const target = await beginCopy(store, SOURCE, { onProgress: () => {}, signal });
  const openView = async (): Promise<number> => {
    // Takes identities away.
    await store.transfer.begin(SOURCE);
    return await store.transfer.openView();
  };
  const overtaken = { store: { ...store, transfer: { ...store.transfer, openView } }, run: target.run };
  await using source = await openStoreSource(from, 'elsewhere');
  await assert.rejects(copyRecords(source, overtaken, { onProgress: () => {}, signal }), {
    code: 'CONFLICT',
    message: /another one into the same store has begun since/,
  });
});
