import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressLine, remainingSeconds } from './progress.ts';

test('before anything has ended, the expectation counts', () => {
  assert.equal(remainingSeconds({ waiting: 9 }, 2, 30), 28);
  assert.equal(remainingSeconds({ waiting: 7, running: 2 }, 40, 30), 0);
});

test('afterwards the pace counts, running tasks taken as half done', () => {
  assert.equal(remainingSeconds({ complete: 3, running: 2, waiting: 3 }, 20, 30), 20);
  assert.equal(remainingSeconds({ complete: 4, error: 1 }, 20, 30), 0);
});

test('the line names every status', () => {
  assert.equal(
    progressLine({ waiting: 3, running: 2, complete: 4 }, 12, 30),
    '○ 3 waiting  ◐ 2 running  ● 4 complete  ▲ 0 error · 12 s elapsed, about 10 s to go',
  );
});
