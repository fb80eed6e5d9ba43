import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { batches, iterateBounded, mapBounded } from './concurrency.ts';

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

describe('iterateBounded', () => {
  const items = Array.from({ length: 20 }, (_, i) => i);

  test('hands on what is there first, each once, with progress', async () => {
    const progress: string[] = [];
    const onDone = (done: number, total: number): number => progress.push(`${done}/${total}`);
    const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
    const results = iterateBounded([0, 1, 2, 3], { concurrency: 4, onDone }, async item => {
      await ends[item]?.promise;
      return item;
    });
    for (const item of [2, 0, 3, 1]) {
      ends[item]?.resolve();
      assert.deepEqual(await results.next(), { done: false, value: item });
    }
    assert.equal((await results.next()).done, true);
    assert.deepEqual(progress, ['1/4', '2/4', '3/4', '4/4']);
  });

  test('begins nothing while the loop is busy', async () => {
    let begun = 0;
    let taken = 0;
    for await (const item of iterateBounded(items, { concurrency: 3 }, async i => {
      begun += 1;
      return i;
    })) {
      taken += 1;
      for (let i = 0; i < 5; i++) await turn();
      assert.ok(begun - taken <= 2, `${begun} begun, ${taken} taken`);
      assert.ok(items.includes(item));
    }
    assert.equal(begun, 20);
    assert.equal(taken, 20);
  });

  test('leaving the loop stops what is under way', async () => {
    let stopped = 0;
    const results = iterateBounded(items, { concurrency: 4 }, async (i, signal) => {
      if (i === 0) return i;
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          stopped += 1;
          reject(signal.reason);
        });
      });
      return i;
    });
    for await (const item of results) {
      assert.equal(item, 0);
      break;
    }
    assert.equal(stopped, 3);
  });

  test('the first failure ends it, and the others under way are told', async () => {
    const aborted: number[] = [];
    const results = iterateBounded(items, { concurrency: 2 }, async (i, signal) => {
      if (i === 1) throw new Error('no');
      await new Promise(resolve => signal.addEventListener('abort', resolve));
      aborted.push(i);
      return i;
    });
    await assert.rejects(results.next(), /^Error: no$/);
    assert.deepEqual(aborted, [0]);
    assert.deepEqual(await results.next(), { done: true, value: undefined });
  });

  test('an aborted signal ends it with its reason', async () => {
    const abort = new AbortController();
    const results = iterateBounded(items, { concurrency: 2, signal: abort.signal }, async i => i);
    assert.equal((await results.next()).done, false);
    abort.abort(new Error('enough'));
    await assert.rejects(results.next(), /^Error: enough$/);
  });

  test('of nothing is nothing', async () => {
    for await (const _ of iterateBounded([], { concurrency: 1 }, async () => 1)) assert.fail();
  });
});
