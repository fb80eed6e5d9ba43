import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepBeating } from './heartbeat.ts';

test('beats at once and every interval, goes on after a failure, ends with the signal', async () => {
  const stop = new AbortController();
  const events: string[] = [];
  let beats = 0;
  await keepBeating({
    intervalMs: 300_000,
    signal: stop.signal,
    beat: async () => {
      beats += 1;
      events.push(`beat ${beats}`);
      if (beats === 2) throw new Error('no answer');
    },
    clock: {
      nowMs: () => 0,
      sleep: async ms => {
        events.push(`sleep ${ms}`);
        if (beats === 3) stop.abort();
      },
    },
    log: { debug: () => undefined, warn: () => events.push('warned') },
  });
  assert.deepEqual(events, [
    'beat 1',
    'sleep 300000',
    'beat 2',
    'warned',
    'sleep 300000',
    'beat 3',
    'sleep 300000',
  ]);
});

test('a beat cut off by the end is no failure', async () => {
  const stop = new AbortController();
  const warnings: unknown[] = [];
  await keepBeating({
    intervalMs: 1,
    signal: stop.signal,
    beat: async signal => {
      stop.abort(new Error('stopped'));
      signal.throwIfAborted();
    },
    clock: { nowMs: () => 0, sleep: async () => undefined },
    log: { debug: () => undefined, warn: (warning: unknown) => warnings.push(warning) },
  });
  assert.deepEqual(warnings, []);
});
