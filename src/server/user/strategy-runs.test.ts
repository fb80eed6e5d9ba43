import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StrategyRun, TransformationRun } from '../../domain/strategy-run.ts';
import type { ListRuns } from '../../store/state-store.ts';
import { strategyRunHandlers } from './strategy-runs.ts';

const ROW: TransformationRun = {
  transformation: 'Transformation-1',
  results: 0,
  weight: 1,
  share: 1,
  target: 1,
  actionedBefore: 0,
  created: 1,
  actioned: 1,
  cancelled: 0,
  reason: 'no result',
};

/** Runs with numbers from 100 down to 1, each of so many transformations. */
function historyOf(transformations: number) {
  const run: StrategyRun = {
    strategy: 'ConnectivityStrategy-1',
    mode: 'partial',
    started: new Date(0),
    ended: new Date(0),
    iteration: 1,
    statusBefore: 'awake',
    statusAfter: 'awake',
    resultCount: 0,
    created: 0,
    actioned: 0,
    cancelled: 0,
    exception: null,
    transformations: Array.from({ length: transformations }, () => ROW),
  };
  const read: number[] = [];
  const store = {
    networks: { getStates: async () => ['active'] },
    strategies: {
      async listRuns({ before, limit }: ListRuns) {
        const newest = (before ?? 101) - 1;
        const numbers = Array.from({ length: Math.min(limit, newest) }, (_, place) => newest - place);
        read.push(...numbers);
        return numbers.map(number => ({ number, run }));
      },
    },
  };
  const { getNetworkStrategyHistory } = strategyRunHandlers({ store } as never);
  return async (limit: number, cursor?: string) => {
    read.length = 0;
    const given = { params: { network: 'AlchemicalNetwork-1-o-c-p' }, query: { limit, cursor } };
    const body = await getNetworkStrategyHistory(given as never);
    const { runs, next } = JSON.parse(Buffer.from(body as Uint8Array).toString()) as {
      runs: readonly unknown[];
      next: string | null;
    };
    return { runs: runs.length, next, read: read.length };
  };
}

test('a page of large runs reads little more than it shows', async () => {
  const ask = historyOf(8000);
  assert.deepEqual(await ask(100), { runs: 2, next: '99', read: 4 });
  assert.deepEqual(await ask(1), { runs: 1, next: '100', read: 2 });
});

test('small runs fill their page, and the last page says so', async () => {
  const ask = historyOf(1);
  assert.deepEqual(await ask(10), { runs: 10, next: '91', read: 11 });
  assert.deepEqual(await ask(100), { runs: 100, next: null, read: 100 });
  assert.deepEqual(await ask(10, '11'), { runs: 10, next: null, read: 10 });
  assert.deepEqual(await ask(10, '1'), { runs: 0, next: null, read: 0 });
});
