import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepSwept } from './sweeping.ts';

test('sweeps at the start, then again, until it is over; a failure is a warning and nothing more', async () => {
  const said: unknown[][] = [];
  const log = {
    info: (...args: unknown[]) => said.push(['info', ...args]),
    warn: (...args: unknown[]) => said.push(['warn', ...args]),
  };
  const asked: Date[] = [];
  const results = {
    sweep: async (before: Date) => {
      asked.push(before);
      return asked.length === 1 ? 2 : 0;
    },
  };
  const broken = { sweep: () => Promise.reject(new Error('away')) };
  {
    using _ = keepSwept({ results, broken }, log, 5);
    assert.equal(asked.length, 1);
    while (asked.length < 3) await sleep(1);
  }
  const [times, lines] = [asked.length, said.length];
  await sleep(20);
  assert.equal(asked.length, times);
  assert.ok(said.length <= lines + 1);
  assert.deepEqual(said[0], [
    'info',
    { place: 'results', swept: 2 },
    'removed what earlier processes left unfinished',
  ]);
  assert.ok(said.slice(1).every(([level]) => level === 'warn'));
  const ageMs = Date.now() - (asked[0]?.getTime() ?? 0);
  assert.ok(ageMs >= 86_400_000 && ageMs < 86_460_000);
});
