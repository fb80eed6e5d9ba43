import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inBatches } from './batches.ts';

const upTo = (most: number) => ({ most, sizeOf: () => 1 });

test('the first is served at once, those that come meanwhile together, each gets its own answer', async () => {
  const served: (readonly number[])[] = [];
  const ask = inBatches<number, number>(upTo(10), async requests => {
    served.push(requests);
    await sleep(5);
    return requests.map(request => request * 2);
  });
  assert.deepEqual(await Promise.all([1, 2, 3, 4].map(n => ask('a', n))), [2, 4, 6, 8]);
  assert.deepEqual(served, [[1], [2, 3, 4]]);
  assert.equal(await ask('a', 5), 10);
});

test('names do not wait for each other, and a batch has its limit', async () => {
  const served: (readonly string[])[] = [];
  const ask = inBatches<string, null>(upTo(2), async requests => {
    served.push(requests);
    await sleep(5);
    return requests.map(() => null);
  });
  await Promise.all(['a 1', 'b 2', 'a 3', 'a 4', 'a 5'].map(request => ask(request.slice(0, 1), request)));
  assert.deepEqual(served, [['a 1'], ['b 2'], ['a 3', 'a 4'], ['a 5']]);
});

test('requests count as much as they are; a very large one is served alone', async () => {
  const served: (readonly number[])[] = [];
  const ask = inBatches<number, null>({ most: 10, sizeOf: size => size }, async requests => {
    served.push(requests);
    await sleep(5);
    return requests.map(() => null);
  });
  await Promise.all([1, 4, 6, 5, 100, 3].map(size => ask('a', size)));
  assert.deepEqual(served, [[1], [4, 6], [5], [100], [3]]);
});

test('an error is that of its batch alone', async () => {
  const ask = inBatches<number, number>(upTo(10), async requests => {
    await sleep(1);
    if (requests.includes(2)) throw new Error('two');
    return requests;
  });
  const outcomes = await Promise.allSettled([ask('a', 1), ask('a', 2), ask('a', 3)]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected'],
  );
  assert.equal(await ask('a', 4), 4);
});
