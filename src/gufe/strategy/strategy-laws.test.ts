// What holds for every strategy here on every network, tried on random ones: parts that do not hang together, edges in
// parallel, in circles and from a system to itself.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  CONNECTIVITY_STRATEGY_SETTINGS,
  ConnectivityStrategy,
  RADIAL_GROWTH_STRATEGY_SETTINGS,
  RadialGrowthStrategy,
  type Strategy,
  type StrategyEdge,
  type Weight,
} from '../index.ts';

const rate = fc.constantFrom(0.1, 0.25, 0.5, 0.9);
const maxRuns = fc.integer({ min: 1, max: 4 });
const strategies: readonly (readonly [string, fc.Arbitrary<{ strategy: Strategy; maxRuns: number }>])[] = [
  [
    'ConnectivityStrategy',
    fc.tuple(maxRuns, rate).map(([runs, decay]) => ({
      strategy: new ConnectivityStrategy(
        CONNECTIVITY_STRATEGY_SETTINGS.make({ max_runs: runs, decay_rate: decay }),
      ),
      maxRuns: runs,
    })),
  ],
  [
    'RadialGrowthStrategy',
    fc.tuple(maxRuns, rate, rate, fc.integer({ min: 1, max: 3 })).map(([runs, repeat, distance, far]) => ({
      strategy: new RadialGrowthStrategy(
        RADIAL_GROWTH_STRATEGY_SETTINGS.make({
          max_runs: runs,
          decay_repeat_rate: repeat,
          decay_distance_rate: distance,
          candidacy_max_distance: far,
        }),
      ),
      maxRuns: runs,
    })),
  ],
];

const networks = fc
  .array(fc.tuple(fc.nat(9), fc.nat(9), fc.nat(4)), { minLength: 1, maxLength: 20 })
  .map(edges => ({
    edges: edges.map(
      ([a, b], i): StrategyEdge => ({
        key: `T-${String(i).padStart(2, '0')}`,
        stateA: `S-${a}`,
        stateB: `S-${b}`,
      }),
    ),
    counts: new Map(edges.map(([, , count], i) => [`T-${String(i).padStart(2, '0')}`, count] as const)),
  }));

const progressOf = (counts: ReadonlyMap<string, number>) =>
  new Map([...counts].map(([key, count]) => [key, count === 0 ? null : { count }] as const));

const sorted = (weights: ReadonlyMap<string, Weight>): readonly (readonly [string, Weight])[] =>
  [...weights].sort(([a], [b]) => (a < b ? -1 : 1));

for (const [name, settings] of strategies) {
  describe(name, () => {
    const check = (law: (given: Given) => void, numRuns = 150): void =>
      fc.assert(
        fc.property(networks, settings, (network, made) => law({ ...network, ...made })),
        { numRuns, seed: 11 },
      );

    test('weighs every transformation: never again from max_runs on, 0 or more before', () => {
      check(({ strategy, edges, counts, maxRuns }) => {
        const { weights } = strategy.propose(edges, progressOf(counts));
        assert.equal(weights.size, edges.length);
        for (const [key, weight] of weights) {
          assert.equal(weight === null, (counts.get(key) ?? 0) >= maxRuns, key);
          if (weight !== null) assert.ok(Number.isFinite(Number(weight)) && Number(weight) >= 0);
        }
      });
    });

    test('does not depend on the order of edges, on directions, or on the names of systems', () => {
      check(({ strategy, edges, counts }) => {
        const progress = progressOf(counts);
        const expected = sorted(strategy.propose(edges, progress).weights);
        const turned = edges.map(({ key, stateA, stateB }) => ({ key, stateA: stateB, stateB: stateA }));
        const renamed = edges.map(({ key, stateA, stateB }) => ({
          key,
          stateA: `${9 - Number(stateA.slice(2))}`,
          stateB: `${9 - Number(stateB.slice(2))}`,
        }));
        for (const other of [edges.toReversed(), turned, renamed]) {
          assert.deepEqual(sorted(strategy.propose(other, progress).weights), expected);
        }
      });
    });

    test('parts that do not hang together do not matter to each other', () => {
      check(({ strategy, edges, counts }) => {
        const more = edges.map(({ key, stateA, stateB }) => ({
          key: `Other${key}`,
          stateA: `Other${stateA}`,
          stateB: `Other${stateB}`,
        }));
        const alone = strategy.propose(edges, progressOf(counts));
        const others = strategy.propose(more, new Map());
        const together = strategy.propose([...edges, ...more], progressOf(counts));
        assert.deepEqual(sorted(together.weights), sorted(alone.merge(others).weights));
      });
    });

    test('while there is something to run, something is urgent; the shares sum to 1', () => {
      check(({ strategy, edges, counts }) => {
        const result = strategy.propose(edges, progressOf(counts));
        if ([...result.weights.values()].every(weight => weight === null)) return;
        const shares = [...result.resolve().values()].reduce((sum: number, share) => sum + (share ?? 0), 0);
        assert.ok(Math.abs(shares - 1) < 1e-12);
      });
    });

    test('ends: when what is most urgent is run again and again, each has max_runs results', () => {
      check(({ strategy, edges, maxRuns }) => {
        const counts = new Map<string, number>(edges.map(({ key }) => [key, 0] as const));
        for (let steps = 0; ; steps++) {
          assert.ok(steps <= edges.length * maxRuns);
          const { weights } = strategy.propose(edges, progressOf(counts));
          const open = sorted(weights).filter(([, weight]) => weight !== null);
          const [next] = open.sort(([, a], [, b]) => Number(b) - Number(a));
          if (next === undefined) break;
          assert.ok(Number(next[1]) > 0);
          counts.set(next[0], (counts.get(next[0]) ?? 0) + 1);
        }
        assert.deepEqual(new Set(counts.values()), new Set([maxRuns]));
      }, 60);
    });
  });
}

interface Given {
  readonly edges: readonly StrategyEdge[];
  readonly counts: ReadonlyMap<string, number>;
  readonly strategy: Strategy;
  readonly maxRuns: number;
}
