import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectivityStrategy, encodeKeyedChain } from '../gufe/index.ts';
import { DEFAULT_STRATEGY_STATE } from './strategy.ts';
import { countCancelled } from './strategy-cycle.ts';
import { previewStrategy } from './strategy-preview.ts';
import { explainHere } from './strategy-proposal.ts';

test('of a dormant strategy that sleeps on nothing is taken off, as a run takes nothing off', async () => {
  const surveys = [
    {
      transformation: 'Transformation-1-org-campaign-project',
      name: null,
      stateA: 'ChemicalSystem-1',
      stateB: 'ChemicalSystem-2',
      results: 3,
      errors: 0,
      actioned: { waiting: 2, running: 0, error: 0 },
      idle: { waiting: 0, running: 0 },
    },
  ];
  const chain = encodeKeyedChain(new ConnectivityStrategy());
  const cancelled: [number, string, string][] = [];
  for (const lastIterationResultCount of [3, 2]) {
    const state = {
      ...DEFAULT_STRATEGY_STATE,
      mode: 'full',
      status: 'dormant',
      lastIterationResultCount,
    } as const;
    const preview = await previewStrategy({ chain, state, surveys }, async job => explainHere(job));
    const taken = preview.transformations.reduce((sum, { change }) => sum + countCancelled(change), 0);
    cancelled.push([taken, preview.status, preview.statusAfter]);
  }
  assert.deepEqual(cancelled, [
    [0, 'dormant', 'dormant'],
    [2, 'dormant', 'dormant'],
  ]);
});
