import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextPauseMs } from './workers.ts';

test('the pause before a worker is started again grows, to half a minute, until one lives', () => {
  const pauses: number[] = [];
  for (let times = 0, pause: number | null = null; times < 12; times++) {
    pause = nextPauseMs(pause, 500);
    pauses.push(pause);
  }
  assert.deepEqual(pauses.slice(0, 4), [100, 200, 400, 800]);
  assert.equal(pauses.at(-1), 30_000);
  assert.equal(nextPauseMs(30_000, 60_000), 100);
});
