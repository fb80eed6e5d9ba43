// The simulation behind bench/strategist: without noise it finds the truth, and every way of choosing spends what it may.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { byKnownNoise, byStrategy, equalAllocation } from '../../bench/strategist/allocations.ts';
import { knownNetwork, repeatOf, TRUE_SPREAD } from '../../bench/strategist/network.ts';
import { qualityOf } from '../../bench/strategist/node-estimates.ts';
import { simulate, valueAt } from '../../bench/strategist/simulation.ts';
import {
  CONNECTIVITY_STRATEGY_SETTINGS,
  ConnectivityStrategy,
  RADIAL_GROWTH_STRATEGY_SETTINGS,
  RadialGrowthStrategy,
} from '../../src/gufe/index.ts';

const NETWORK = knownNetwork(20, 35, 3);
const MAX_RUNS = 2;
const settings = { max_runs: MAX_RUNS };

test('a network hangs together, and follows from its seed', () => {
  const reached = new Set([0]);
  for (let before = 0; before < reached.size; ) {
    before = reached.size;
    for (const { a, b } of NETWORK.edges) if (reached.has(a) || reached.has(b)) reached.add(a).add(b);
  }
  assert.deepEqual([reached.size, NETWORK.edges.length], [20, 35]);
  assert.deepEqual(knownNetwork(20, 35, 3), NETWORK);
  assert.notDeepEqual(knownNetwork(20, 35, 4).truth, NETWORK.truth);
});

test('repeats scatter around the true difference as the edge says', () => {
  const { a, b, noise } = NETWORK.edges[5] as (typeof NETWORK.edges)[number];
  const truth = (NETWORK.truth[b] as number) - (NETWORK.truth[a] as number);
  const values = Array.from({ length: 2000 }, (_, repeat) => repeatOf(NETWORK, 5, repeat) - truth);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
  assert.ok(Math.abs(mean) < (4 * noise) / Math.sqrt(2000));
  assert.ok(Math.abs(spread / noise - 1) < 0.1);
});

test('estimates: of nothing the spread of the truth, of exact results the truth', () => {
  const counts = new Int32Array(35);
  const nothing = qualityOf(NETWORK, { counts, sums: new Float64Array(35) });
  assert.ok(nothing.error > 0.5 * TRUE_SPREAD && nothing.error < 1.5 * TRUE_SPREAD);
  assert.equal(nothing.reached, 0);
  const many = 1e8;
  const sums = Float64Array.from(
    NETWORK.edges,
    ({ a, b }) => many * ((NETWORK.truth[b] as number) - (NETWORK.truth[a] as number)),
  );
  const exact = qualityOf(NETWORK, { counts: counts.fill(many), sums });
  assert.ok(exact.error < 1e-4);
  assert.equal(exact.reached, 1);
});

describe('ways of choosing', () => {
  const choosers = [
    equalAllocation(MAX_RUNS),
    byStrategy(new ConnectivityStrategy(CONNECTIVITY_STRATEGY_SETTINGS.make(settings))),
    byStrategy(new RadialGrowthStrategy(RADIAL_GROWTH_STRATEGY_SETTINGS.make(settings))),
  ];
  const curves = choosers.map(chooser => simulate(NETWORK, chooser, 5));

  test('end with as many results for each edge, and so with one error', () => {
    for (const curve of curves) {
      const end = curve.at(-1);
      assert.equal(end?.reached, 1);
      assert.ok((end?.tasks ?? 0) >= 35 * MAX_RUNS);
    }
    const [equal] = curves;
    assert.equal(equal?.at(-1)?.tasks, 35 * MAX_RUNS);
    assert.ok((equal?.at(-1)?.error ?? 9) < (equal?.[0]?.error ?? 0));
  });

  test('who knows the noise is better with as many tasks, on average over draws', () => {
    let gain = 0;
    for (let seed = 1; seed <= 8; seed++) {
      const network = knownNetwork(20, 35, seed);
      const [equal, knowing] = [equalAllocation(MAX_RUNS), byKnownNoise(70)].map(chooser =>
        simulate(network, chooser, 5),
      );
      assert.equal(knowing?.at(-1)?.tasks, 70);
      gain += (equal?.at(-1)?.error ?? 0) - (knowing?.at(-1)?.error ?? 0);
    }
    assert.ok(gain > 0);
  });
});

test('between cycles values are in proportion', () => {
  const point = (tasks: number, error: number) => ({ tasks, error, errorOfReached: 0, reached: 0 });
  const curve = [point(0, 2), point(10, 1), point(20, 0.5)];
  const at = (tasks: number): number => valueAt(curve, tasks, 'error');
  assert.deepEqual([at(0), at(5), at(10), at(20), at(99)], [2, 1.5, 1, 0.5, 0.5]);
});
