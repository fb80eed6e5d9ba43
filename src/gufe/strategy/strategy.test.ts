// Strategies against stratocaster's answers, and what holds for every network.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fixtures, GOLDEN, NO_GOLDEN, readGolden } from '../../../test/support/golden.ts';
import { type JsonObject, type JsonValue, parseJson } from '../../lib/json-value.ts';
import { writeJson } from '../../lib/json-write.ts';
import {
  AlchemicalNetwork,
  CONNECTIVITY_STRATEGY_SETTINGS,
  ConnectivityStrategy,
  decodeKeyedChainAs,
  RADIAL_GROWTH_STRATEGY_SETTINGS,
  RadialGrowthStrategy,
  Strategy,
  type StrategyEdge,
  StrategyResult,
} from '../index.ts';
import { eccentricitiesOf } from './eccentricity.ts';

type Counts = ReadonlyMap<string, { readonly count: number } | null>;

/** Weights as text, which tells Python's integers from floats. */
function weightsText(weights: ReadonlyMap<string, JsonValue>): string {
  return writeJson(weights, { sortKeys: true });
}

function countsOf(counts: JsonObject): Counts {
  return new Map(
    [...counts].map(([key, count]) => [key, count === null ? null : { count: Number(count) }] as const),
  );
}

const path = (length: number): readonly StrategyEdge[] =>
  Array.from({ length: length - 1 }, (_, i) => ({ key: `T-${i}`, stateA: `S-${i}`, stateB: `S-${i + 1}` }));

const proposed = (
  strategy: Strategy,
  edges: readonly StrategyEdge[],
  counts: readonly (number | null)[] = [],
) => {
  const progress = new Map(counts.map((count, i) => [`T-${i}`, count === null ? null : { count }] as const));
  return [...strategy.propose(edges, progress).weights.values()].map(weight =>
    weight === null ? null : Number(weight),
  );
};

describe('proposals are stratocaster’s', () => {
  test('on random networks: weights, and the keys of strategies and results', () => {
    const lines = readFileSync(join(fixtures('strategies'), 'cases.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    assert.ok(lines.length > 50);
    for (const line of lines) {
      const network = parseJson(line) as JsonObject;
      const edges = (network.get('edges') as string[][]).map(([key = '', stateA = '', stateB = '']) => ({
        key,
        stateA,
        stateB,
      }));
      const counts = countsOf(network.get('counts') as JsonObject);
      for (const golden of network.get('cases') as JsonObject[]) {
        const key = golden.get('key') as string;
        const dict = new Map<string, JsonValue>([
          ['settings', golden.get('settings') as JsonValue],
          ['__qualname__', golden.get('qualname') as string],
          ['__module__', (golden.get('settings') as JsonObject).get('__module__') as string],
        ]);
        const strategy = decodeKeyedChainAs(Strategy, writeJson([[key, dict]]));
        assert.equal(strategy.key, key);
        const result = strategy.propose(edges.toReversed(), counts);
        assert.equal(weightsText(result.weights), weightsText(golden.get('weights') as JsonObject));
        assert.equal(result.key, golden.get('result'));
      }
    }
  });

  test('on all of the golden networks', { skip: NO_GOLDEN }, () => {
    const folder = join(GOLDEN as string, 'strategies');
    let count = 0;
    for (const file of readdirSync(folder).filter(name => name.endsWith('.json.gz'))) {
      const bytes = readGolden(join(folder, file.slice(0, -'.gz'.length)));
      const golden = parseJson(new TextDecoder().decode(bytes)) as JsonObject;
      const network = decodeKeyedChainAs(AlchemicalNetwork, writeJson(golden.get('network') as JsonValue));
      const counts = countsOf(golden.get('n_results') as JsonObject);
      for (const item of golden.get('cases') as JsonObject[]) {
        const strategy = decodeKeyedChainAs(Strategy, writeJson(item.get('strategy') as JsonValue));
        const result = strategy.propose(network, counts);
        assert.equal(
          weightsText(result.weights),
          weightsText(item.get('weights') as JsonObject),
          `${file} ${strategy.key}`,
        );
        for (const [key, share] of item.get('resolved') as JsonObject) {
          const own = result.resolve().get(key) ?? null;
          if (share === null) assert.equal(own, null);
          else assert.ok(Math.abs((own ?? Number.NaN) - Number(share)) < 1e-15, `${file} ${key}`);
        }
        count++;
      }
    }
    assert.equal(count, 32);
  });
});

describe('ConnectivityStrategy', () => {
  test('weighs by connections and results', () => {
    const strategy = new ConnectivityStrategy();
    assert.deepEqual(proposed(strategy, path(7)), [1.5, 2, 2, 2, 2, 1.5]);
    assert.deepEqual(proposed(strategy, path(7), [2, 3]), [0.375, null, 2, 2, 2, 1.5]);
    const shares = [...strategy.propose(path(7), new Map()).resolve().values()];
    assert.equal(shares[0], 0.13636363636363635);
  });

  test('counts a loop twice, and weighs parallel edges all', () => {
    const between = (key: string, stateA: string, stateB: string): StrategyEdge => ({ key, stateA, stateB });
    const loop = [between('T-0', 'A', 'B'), between('T-1', 'A', 'A')];
    assert.deepEqual(proposed(new ConnectivityStrategy(), loop), [2, 3]);
    const parallel = [between('T-0', 'A', 'B'), between('T-1', 'A', 'B'), between('T-2', 'B', 'A')];
    assert.deepEqual(proposed(new ConnectivityStrategy(), parallel), [3, 3, 3]);
    assert.deepEqual(proposed(new ConnectivityStrategy(), [...loop, ...loop]), [2, 3]);
  });

  test('ends at a cutoff, below it', () => {
    const strategy = new ConnectivityStrategy(CONNECTIVITY_STRATEGY_SETTINGS.make({ cutoff: 0.5 }));
    assert.deepEqual(proposed(strategy, path(2), [1]), [0.5]);
    assert.deepEqual(proposed(strategy, path(2), [2]), [null]);
  });
});

describe('RadialGrowthStrategy', () => {
  test('grows from the middle', () => {
    const strategy = new RadialGrowthStrategy();
    const byKey = (counts: readonly (number | null)[]): unknown => {
      const progress = new Map(
        counts.flatMap((count, i) => (count === null ? [] : [[`T-${i}`, { count }] as const])),
      );
      const { weights } = strategy.propose(path(7), progress);
      return path(7).map(({ key }) => (weights.get(key) === null ? null : Number(weights.get(key))));
    };
    // stratocaster gives this or 0, 1, 1, 1, 1, 0, as chance has it.
    assert.deepEqual(byKey([]), [0, 0, 1, 1, 0, 0]);
    assert.deepEqual(byKey([null, null, 1, 1]), [0, 1, 0.5, 0.5, 1, 0]);
    assert.deepEqual(byKey([1, 1, 1, 1, 1, 1]), [0.5, 2, 4, 4, 2, 0.5]);
    assert.deepEqual(byKey([3, 3, 3, 3, 3, 3]), [null, null, null, null, null, null]);
    assert.deepEqual(
      byKey([0, 0, 0, 0, 0, 0]),
      [1, 4, 8, 8, 4, 1].map(weight => weight),
    );
  });

  test('10,000 transformations take no search from every system', () => {
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    const edges = Array.from({ length: 10_000 }, (_, i) => ({
      key: `T-${i}`,
      stateA: `S-${i < 5000 ? random(i + 1) : random(5000)}`,
      stateB: `S-${i < 5000 ? i + 1 : random(5000)}`,
    }));
    const start = process.cpuUsage();
    const { weights } = new RadialGrowthStrategy().propose(edges, new Map());
    assert.equal(weights.size, 10_000);
    assert.ok(
      process.cpuUsage(start).user < 5_000_000,
      'half a second; a search from every system takes ten times that',
    );
  });
});

describe('results', () => {
  test('resolve to shares of one', () => {
    const resolved = (...weights: readonly (number | bigint | null)[]): unknown => [
      ...new StrategyResult(new Map(weights.map((weight, i) => [`T-${i}`, weight] as const)))
        .resolve()
        .values(),
    ];
    assert.deepEqual(resolved(), []);
    assert.deepEqual(resolved(null, null), [null, null]);
    assert.deepEqual(resolved(1n, null, 3, 0n), [0.25, null, 0.75, 0]);
    assert.throws(() => resolved(0, null, 0n), { name: 'ZeroWeightsError' });
  });

  test('merge when they share no transformation', () => {
    const of = (key: string): StrategyResult => new StrategyResult(new Map([[key, 1]]));
    assert.deepEqual([...of('a').merge(of('b')).weights.keys()], ['a', 'b']);
    assert.throws(() => of('a').merge(of('a')), { name: 'GufeError' });
  });
});

describe('reasons', () => {
  const reasons = (strategy: Strategy, counts: readonly number[]): readonly string[] => {
    const progress = new Map(counts.map((count, i) => [`T-${i}`, count === 0 ? null : { count }] as const));
    const explained = strategy.explain(path(7), progress);
    assert.deepEqual(
      [...explained].map(([key, { weight }]) => [key, weight]),
      [...strategy.propose(path(7), progress).weights],
    );
    return [...explained].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { reason }]) => reason);
  };

  test('of connectivity: results, edges, and what ended it', () => {
    const strategy = new ConnectivityStrategy(
      CONNECTIVITY_STRATEGY_SETTINGS.make({ max_runs: 3, cutoff: 0.4 }),
    );
    assert.deepEqual(reasons(strategy, [2, 3, 1]), [
      '2 results: its weight of 0.375 is below the cutoff of 0.4',
      '3 results, and at most 3 are wanted',
      '1 result; its states have 2 and 2 edges',
      'no result; its states have 2 and 2 edges',
      'no result; its states have 2 and 2 edges',
      'no result; its states have 2 and 1 edges',
    ]);
  });

  test('of radial growth: results and place', () => {
    assert.deepEqual(reasons(new RadialGrowthStrategy(), [0, 0, 3, 0, 0, 1]), [
      'no result; 3 steps beyond what has been run, and at most 1 is allowed',
      'no result; 2 steps beyond what has been run, and at most 1 is allowed',
      '3 results, and at most 3 are wanted',
      'no result; 1 step beyond what has been run',
      'no result; 2 steps beyond what has been run, and at most 1 is allowed',
      '1 result; 3 steps beyond what has been run, and at most 1 is allowed',
    ]);
    const inward = reasons(new RadialGrowthStrategy(), [1, 1, 1, 1, 1, 1]);
    assert.deepEqual(inward.slice(0, 3), [
      '1 result; at the rim of what has been run',
      '1 result; 1 step within what has been run',
      '1 result; 2 steps within what has been run',
    ]);
  });
});

describe('settings', () => {
  test('have stratocaster’s defaults and checks', () => {
    assert.equal(new ConnectivityStrategy().key, 'ConnectivityStrategy-ec471a54bb5e2932da7c0fb13fa69699');
    assert.equal(new RadialGrowthStrategy().key, 'RadialGrowthStrategy-d2f8191061f14152d7d7f8bd4ad24ed9');
    const refused = (make: () => unknown, message: RegExp): void =>
      assert.throws(make, { name: 'SettingsError', message });
    refused(() => CONNECTIVITY_STRATEGY_SETTINGS.make(), /at least one of 'max_runs' and 'cutoff'/);
    refused(() => CONNECTIVITY_STRATEGY_SETTINGS.make({ max_runs: 0 }), /'max_runs' must be at least 1/);
    refused(() => CONNECTIVITY_STRATEGY_SETTINGS.make({ cutoff: 0 }), /'cutoff' must be above 0/);
    refused(() => RADIAL_GROWTH_STRATEGY_SETTINGS.make({ decay_repeat_rate: 1 }), /must be below 1/);
    refused(
      () => new RadialGrowthStrategy(CONNECTIVITY_STRATEGY_SETTINGS.make({ max_runs: 1 })),
      /RadialGrowthStrategySettings/,
    );
  });
});

test('eccentricities are those of a search from every node', () => {
  const graphs = fc.tuple(
    fc.integer({ min: 1, max: 14 }),
    fc.array(fc.tuple(fc.nat(13), fc.nat(13)), { maxLength: 16 }),
    fc.array(fc.nat(1000), { maxLength: 13 }),
  );
  fc.assert(
    fc.property(graphs, ([count, extra, tree]) => {
      // A tree keeps it connected; the rest makes circles.
      const edges = Array.from({ length: count - 1 }, (_, i) => ({ a: (tree[i] ?? 0) % (i + 1), b: i + 1 }));
      edges.push(...extra.map(([a, b]) => ({ a: a % count, b: b % count })));
      const expected = Array.from({ length: count }, (_, source) => farthest(source, count, edges));
      assert.deepEqual([...eccentricitiesOf(count, edges)], expected);
    }),
    { numRuns: 400, seed: 5 },
  );
});

test('eccentricities where many systems are searched from at once', () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  for (const [count, circles, hairs] of [
    [150, 150, 0],
    [160, 120, 40],
    [131, 200, 1],
  ] as const) {
    const core = count - hairs;
    const edges = Array.from({ length: core }, (_, i) => ({ a: i, b: (i + 1) % core }));
    for (let i = 0; i < circles; i++) edges.push({ a: random(core), b: random(core) });
    for (let i = core; i < count; i++) edges.push({ a: random(i), b: i });
    const expected = Array.from({ length: count }, (_, source) => farthest(source, count, edges));
    assert.deepEqual([...eccentricitiesOf(count, edges)], expected);
  }
});

function farthest(
  source: number,
  count: number,
  edges: readonly { readonly a: number; readonly b: number }[],
): number {
  const distances = new Map([[source, 0]]);
  for (const [node, distance] of distances) {
    for (const { a, b } of edges) {
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        if (from === node && !distances.has(to)) distances.set(to, distance + 1);
      }
    }
  }
  assert.equal(distances.size, count);
  return Math.max(...distances.values());
}
