import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { batches, mapBounded } from './concurrency.ts';

test('keeps order and the bound, and reports progress', async () => {
  let underWay = 0;
  let most = 0;
  const seen: number[] = [];
  const items = Array.from({ length: 20 }, (_, i) => i);
  const onDone = (done: number, total: number): void => {
    assert.equal(total, 20);
    seen.push(done);
  };
  const squares = await mapBounded(items, { concurrency: 3, onDone }, async item => {
    most = Math.max(most, (underWay += 1));
    for (let i = 0; i < (item * 7) % 5; i++) await turn();
    underWay -= 1;
    return item * item;
  });
  assert.deepEqual(
    squares,
    items.map(item => item * item),
  );
  assert.equal(most, 3);
  assert.deepEqual(
    seen,
    items.map(item => item + 1),
  );
});

test('the first failure is thrown, stops what is under way and begins nothing more', async () => {
  const begun: number[] = [];
  const stopped: unknown[] = [];
  const failing = mapBounded([0, 1, 2, 3, 4], { concurrency: 2 }, async (item, signal) => {
    begun.push(item);
    if (item === 1) throw new Error('one');
    await new Promise<void>((_, reject) =>
      signal.addEventListener('abort', () => {
        stopped.push(item);
        reject(signal.reason);
      }),
    );
  });
  await assert.rejects(failing, /^Error: one$/);
  assert.deepEqual(begun, [0, 1]);
  assert.deepEqual(stopped, [0]);
});

test('an abort from outside reaches the work', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const work = mapBounded([1, 2, 3], { concurrency: 1, signal }, async item => {
    if (item === 2) controller.abort(new Error('outside'));
    return item;
  });
  await assert.rejects(work, /outside/);
});

test('an empty list is an empty answer', async () => {
  assert.deepEqual(await mapBounded([], { concurrency: 4 }, async () => assert.fail()), []);
});

test('batches cut in order', () => {
  assert.deepEqual(batches([1, 2, 3, 4, 5], 2), [[1, 2], [3, 4], [5]]);
  assert.deepEqual(batches([], 2), []);
});
