import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StrategyHistoryOptions } from '../../client/user/strategy-runs.ts';
import type { StrategyRun } from '../../domain/strategy-run.ts';
import { fetchHistory, historyLines } from './history.ts';

const RUN: StrategyRun = {
  strategy: 'ConnectivityStrategy-a',
  mode: 'full',
  started: new Date('2026-06-01T12:00:00.250Z'),
  ended: new Date('2026-06-01T12:00:01.500Z'),
  iteration: 12,
  statusBefore: 'awake',
  statusAfter: 'awake',
  resultCount: 30,
  created: 4,
  actioned: 5,
  cancelled: 0,
  exception: null,
  transformations: [],
};

test('a line a run, with what went wrong', () => {
  const failed = { ...RUN, iteration: 3, statusAfter: 'error', exception: ['RangeError', 'no way'] } as const;
  assert.deepEqual(historyLines([RUN, failed]), [
    'run                     began   took  mode         status  results  created  actioned  cancelled  what went wrong',
    ' 12  2026-06-01T12:00:00.250Z  1.3 s  full          awake       30        4         5          0',
    '  3  2026-06-01T12:00:00.250Z  1.3 s  full  awake → error       30        4         5          0  RangeError: no way',
  ]);
});

test('pages are asked for until there are enough, or no more', async () => {
  const asked: StrategyHistoryOptions[] = [];
  const client = {
    async getNetworkStrategyHistory(_network: unknown, options: StrategyHistoryOptions = {}) {
      asked.push(options);
      // A page may hold fewer than were asked for.
      const runs = Array.from({ length: Math.min(2, options.limit ?? 0) }, () => RUN);
      return { runs, next: asked.length < 3 ? `page ${asked.length}` : null };
    },
  };
  assert.equal((await fetchHistory(client, 'net', 3)).length, 3);
  assert.deepEqual(asked, [{ limit: 3 }, { limit: 1, cursor: 'page 1' }]);
  asked.length = 0;
  assert.equal((await fetchHistory(client, 'net', 500)).length, 6);
  assert.deepEqual(
    asked.map(({ limit }) => limit),
    [100, 100, 100],
  );
});
