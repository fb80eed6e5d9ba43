import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_RETRY_POLICY, isPassing, mayRetry, retryDelaySeconds, sleep } from './retry.ts';

test('waits double, with jitter, up to a limit', () => {
  const waits = (u: number) => [1, 2, 3, 4, 5, 6, 7].map(n => retryDelaySeconds(DEFAULT_RETRY_POLICY, n, u));
  assert.deepEqual(waits(0), [2, 4, 8, 16, 32, 60, 60]);
  assert.deepEqual(waits(0.75), [3.5, 5.5, 9.5, 17.5, 33.5, 61.5, 61.5]);
  assert.equal(retryDelaySeconds(DEFAULT_RETRY_POLICY, 5000, 0.5), 61);
});

test('five repeats by default, -1 without end, 0 none', () => {
  assert.deepEqual(
    [1, 5, 6].map(n => mayRetry(DEFAULT_RETRY_POLICY, n)),
    [true, true, false],
  );
  assert.ok(mayRetry({ ...DEFAULT_RETRY_POLICY, maxRetries: -1 }, 1_000_000));
  assert.ok(!mayRetry({ ...DEFAULT_RETRY_POLICY, maxRetries: 0 }, 1));
});

test('only what passes by itself is repeated', () => {
  const statuses = [400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 501, 502, 503, 504, 507];
  assert.deepEqual(statuses.filter(isPassing), [404, 502, 503, 504]);
});

test('a wait can be cut short, also before it began', async () => {
  const controller = new AbortController();
  const long = sleep(60_000, controller.signal);
  controller.abort(new Error('stop'));
  await assert.rejects(long, /stop/);
  await assert.rejects(sleep(60_000, controller.signal), /stop/);
  await sleep(1);
});
