import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inSeconds } from './clock.ts';

test('seconds for people have three digits after the point at most', () => {
  assert.deepEqual([1234.5678901, 30_000, 0.4].map(inSeconds), [1.235, 30, 0]);
});
