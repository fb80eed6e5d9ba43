import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { drawGroup, drawIndex, drawKey } from './claim.ts';

/** Uniform in [0, 1), repeatable (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Sum of (seen - expected)² / expected. */
function chiSquare(seen: readonly number[], expected: readonly number[]): number {
  return seen.reduce((sum, n, place) => {
    const e = expected[place] as number;
    return sum + (n - e) ** 2 / e;
  }, 0);
}

describe('drawKey', () => {
  test('is never before the clock', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-9, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (clock, weight, u) => drawKey(clock, weight, u) >= clock,
      ),
    );
  });

  test('is finite for every weight and every u below 1', () => {
    assert.ok(Number.isFinite(drawKey(0, Number.MIN_VALUE, 1 - 2 ** -53)));
  });

  test('has the mean 1 / weight', () => {
    const random = seeded(1);
    const n = 200_000;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += drawKey(3, 0.25, random()) - 3;
    // Standard deviation of the mean: 4 / √n = 0.009.
    assert.ok(Math.abs(sum / n - 4) < 0.045, `mean ${sum / n}`);
  });
});

describe('drawGroup', () => {
  test('nothing to draw from', () => assert.equal(drawGroup([]), null));

  test('the smallest residual wins, not the smallest key', () => {
    const heads = [
      { clock: 0, drawKey: 2 },
      { clock: 9, drawKey: 10 },
    ];
    assert.deepEqual(drawGroup(heads), { index: 1, advance: 1 });
  });

  test('groups with their own clocks follow the weights exactly, with changing filters and a late arrival', () => {
    // Three groups with one task of weight 1, 2, 3. Draw 1 admits only groups 0 and 1; then a task of weight 4 joins
    // group 0; draw 2 admits all. Expected by hand: P(first = 0) = 1/3, and then in proportion to what is left.
    const random = seeded(7);
    const n = 60_000;
    const seen = new Map<string, number>();
    for (let run = 0; run < n; run++) {
      const groups = [1, 2, 3].map((weight, id) => ({
        clock: 0,
        tasks: [{ id: String(id), key: drawKey(0, weight, random()) }],
      }));
      const draw = (admitted: readonly number[]): string => {
        const considered = admitted.map(i => groups[i] as (typeof groups)[0]).filter(g => g.tasks.length > 0);
        for (const group of considered) group.tasks.sort((a, b) => a.key - b.key);
        const drawn = drawGroup(considered.map(g => ({ clock: g.clock, drawKey: g.tasks[0]?.key ?? 0 })));
        assert.ok(drawn);
        for (const group of considered) group.clock += drawn.advance;
        return considered[drawn.index]?.tasks.shift()?.id ?? '';
      };
      const first = draw([0, 1]);
      const group = groups[0] as (typeof groups)[0];
      group.tasks.push({ id: 'late', key: drawKey(group.clock, 4, random()) });
      const order = `${first} ${draw([0, 1, 2])}`;
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    const expected: Record<string, number> = {
      '0 1': (1 / 3) * (2 / 9),
      '0 2': (1 / 3) * (3 / 9),
      '0 late': (1 / 3) * (4 / 9),
      '1 0': (2 / 3) * (1 / 8),
      '1 2': (2 / 3) * (3 / 8),
      '1 late': (2 / 3) * (4 / 8),
    };
    const orders = Object.keys(expected);
    assert.deepEqual([...seen.keys()].sort(), [...orders].sort());
    const chi = chiSquare(
      orders.map(order => seen.get(order) ?? 0),
      orders.map(order => (expected[order] ?? 0) * n),
    );
    // 5 degrees of freedom: 25.7 is passed by chance once in 10,000.
    assert.ok(chi < 25.7, `chi-square ${chi}`);
  });
});

describe('drawIndex', () => {
  test('null when nothing has weight', () => {
    assert.equal(drawIndex([], 0.5), null);
    assert.equal(drawIndex([0, 0], 0.5), null);
  });

  test('never draws weight 0, whatever u is', () => {
    const weights = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-12, max: 1, noNaN: true })), {
      minLength: 1,
    });
    const u = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(weights, u, (all, random) => {
        const drawn = drawIndex(all, random);
        return all.some(weight => weight > 0) ? (all[drawn ?? -1] ?? 0) > 0 : drawn === null;
      }),
    );
  });

  test('in proportion to the weights', () => {
    const random = seeded(3);
    const weights = [0.1, 0, 0.4, 0.5];
    const n = 50_000;
    const seen = weights.map(() => 0);
    for (let i = 0; i < n; i++) {
      const drawn = drawIndex(weights, random()) ?? 0;
      seen[drawn] = (seen[drawn] ?? 0) + 1;
    }
    const present = [0, 2, 3];
    const chi = chiSquare(
      present.map(i => seen[i] ?? 0),
      present.map(i => (weights[i] ?? 0) * n),
    );
    // 2 degrees of freedom: 18.4 is passed by chance once in 10,000.
    assert.ok(chi < 18.4, `chi-square ${chi}`);
  });
});
