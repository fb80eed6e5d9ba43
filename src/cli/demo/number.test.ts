import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration, formatEstimate, formatNumber } from './number.ts';

test('an estimate shows the second digit of its uncertainty', () => {
  assert.equal(formatEstimate(-5.3211, 0.142), '−5.32 ± 0.14');
  assert.equal(formatEstimate(1.98766, 0.00512), '1.9877 ± 0.0051');
  assert.equal(formatEstimate(12.7, 3.4), '12.7 ± 3.4');
  assert.equal(formatEstimate(127.2, 34), '127 ± 34');
});

test('without a usable uncertainty two digits are shown', () => {
  assert.equal(formatEstimate(-1, null), '−1.00');
  assert.equal(formatEstimate(1, 0), '1.00 ± 0.00');
  assert.equal(formatNumber(-2), '−2.00');
});

test('durations', () => {
  assert.equal(formatDuration(0.4), '0 s');
  assert.equal(formatDuration(83), '1 min 23 s');
  assert.equal(formatDuration(7500), '2 h 5 min');
});
