import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeRestart } from './restart.ts';

const applied = (pattern: string, retries: number, maxRetries: number) => ({ pattern, retries, maxRetries });

test('a matching pattern with restarts left keeps the task and counts', () => {
  const verdict = judgeRestart([applied('a', 0, 1), applied('b', 0, 1)], new Set(['a']));
  assert.deepEqual(verdict, { kind: 'keep', counted: ['a'] });
});

test('all matching patterns count', () => {
  const verdict = judgeRestart([applied('a', 0, 2), applied('b', 1, 2)], new Set(['a', 'b']));
  assert.deepEqual(verdict, { kind: 'keep', counted: ['a', 'b'] });
});

test('a used-up pattern wins over one with restarts left', () => {
  assert.deepEqual(judgeRestart([applied('a', 1, 1), applied('b', 0, 5)], new Set(['a', 'b'])), {
    kind: 'cancel',
  });
});

test('a used-up pattern that does not match says nothing', () => {
  const verdict = judgeRestart([applied('a', 1, 1), applied('b', 0, 5)], new Set(['b']));
  assert.deepEqual(verdict, { kind: 'keep', counted: ['b'] });
});

test('no match cancels', () => {
  assert.deepEqual(judgeRestart([applied('a', 0, 3)], new Set()), { kind: 'cancel' });
});
