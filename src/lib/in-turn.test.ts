import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { inTurn } from './in-turn.ts';

test('so many at a time, in order, whatever fails', async () => {
  const limited = inTurn(2);
  const begun: number[] = [];
  let [now, most] = [0, 0];
  const work = (n: number) => async (): Promise<number> => {
    begun.push(n);
    most = Math.max(most, ++now);
    await turn();
    now--;
    if (n % 3 === 0) throw new Error(`not ${n}`);
    return n;
  };
  const all = [1, 2, 3, 4, 5, 6, 7];
  const done = await Promise.allSettled(all.map(n => limited(work(n))));
  assert.equal(most, 2);
  assert.deepEqual(begun, all);
  assert.deepEqual(
    done.map(each => (each.status === 'fulfilled' ? each.value : String(each.reason))),
    [1, 2, 'Error: not 3', 4, 5, 'Error: not 6', 7],
  );
  assert.equal(await limited(work(8)), 8, 'turns are given back');
});
