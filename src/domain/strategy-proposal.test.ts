import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ConnectivityStrategy,
  encodeKeyedChain,
  RadialGrowthStrategy,
  SolventComponent,
} from '../gufe/index.ts';
import {
  countedProgress,
  edgesOfSurvey,
  explainHere,
  readStrategy,
  sharesOf,
  UnknownStrategyError,
} from './strategy-proposal.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a strategy is read, asked by keys and counts, and its weights are brought into relation', () => {
  const strategy = readStrategy(encodeKeyedChain(new ConnectivityStrategy()));
  assert.ok(strategy instanceof ConnectivityStrategy);
  const surveys = [3, 0].map((results, place) => ({
    transformation: `Transformation-${place}-org-campaign-project`,
    name: null,
    stateA: `ChemicalSystem-${place}`,
    stateB: `ChemicalSystem-${place + 1}`,
    results,
    errors: 0,
    actioned: { waiting: 0, running: 0, error: 0 },
    idle: { waiting: 0, running: 0 },
  }));
  const progress = countedProgress(surveys);
  assert.deepEqual([...progress.values()], [{ count: 3 }, null], 'without results: as if it had never run');
  const { weights, shares, reasons } = sharesOf(
    explainHere({ strategy, edges: edgesOfSurvey(surveys), progress }),
  );
  assert.deepEqual(
    [...weights],
    [
      ['Transformation-0', null],
      ['Transformation-1', 1.5],
    ],
  );
  assert.deepEqual([...shares.values()], [null, 1]);
  assert.match(reasons.get('Transformation-0') ?? '', /^3 results/);
});

test('a weight beyond all numbers is an error, not a share', () => {
  const edges = Array.from({ length: 3000 }, (_, n) => ({
    key: `T-${n}`,
    stateA: `S-${n}`,
    stateB: `S-${n + 1}`,
  }));
  const progress = new Map(edges.map(({ key }) => [key, { count: 1 }]));
  assert.throws(
    () => explainHere({ strategy: new RadialGrowthStrategy(), edges, progress }),
    /^WeightOverflowError: the weight of T-\d+ is Infinity/,
  );
  const explained = ['T-1', 'T-2'].map(key => [key, 1e308, 'large'] as const);
  assert.throws(() => sharesOf(explained), /^WeightOverflowError: the weights sum to more/);
});

test('a strategy of another class is named, and so is what is none', () => {
  const unknown =
    '[["Thompson-1", {"n": 1, "__qualname__": "Thompson", "__module__": "my.strategies", ":version:": 1}]]';
  assert.throws(
    () => readStrategy(bytes(unknown)),
    (error: unknown) => {
      assert.ok(error instanceof UnknownStrategyError);
      assert.match(
        error.message,
        /^my\.strategies\.Thompson cannot be run here .* its network is left alone/,
      );
      return true;
    },
  );
  assert.throws(() => readStrategy(encodeKeyedChain(new SolventComponent())), /it is no strategy/);
});
