// Trees, several trees and hubs over scores.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  allPairs,
  bestHub,
  connectedGroups,
  redundantTrees,
  type ScoredPair,
  spanningTree,
} from './graph.ts';

const scored = (...rows: readonly (readonly [number, number, number])[]): readonly ScoredPair[] =>
  rows.map(([i, j, score]) => ({ pair: [i, j], score }));

/** A score for every pair of two to eight molecules, some of them 0. */
const scores = fc.integer({ min: 2, max: 8 }).chain(count =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), {
      minLength: (count * (count - 1)) / 2,
      maxLength: (count * (count - 1)) / 2,
    })
    .map(values => ({
      count,
      pairs: allPairs(count).map((pair, i) => ({ pair, score: (values[i] ?? 0) / 9 })),
    })),
);

test('the tree with the largest sum; equal scores by order', () => {
  assert.deepEqual(spanningTree(4, scored([0, 1, 0.5], [0, 2, 0.5], [1, 2, 0.5], [2, 3, 0.1], [0, 3, 0.2])), [
    [0, 1],
    [0, 2],
    [0, 3],
  ]);
  assert.deepEqual(spanningTree(3, scored([0, 1, 0.5], [0, 2, 0], [1, 2, 0])), [[0, 1]]);
  assert.deepEqual(spanningTree(1, []), []);
});

test('a tree connects what can be connected, with one pair less than molecules, and no exchange makes it better', () => {
  fc.assert(
    fc.property(scores, ({ count, pairs }) => {
      const usable = pairs.filter(({ score }) => score > 0);
      const tree = spanningTree(count, pairs);
      const groups = connectedGroups(
        count,
        usable.map(({ pair }) => pair),
      );
      assert.equal(tree.length, count - groups.length);
      assert.deepEqual(connectedGroups(count, tree).length, groups.length);
      const scoreOf = new Map(pairs.map(({ pair, score }) => [String(pair), score]));
      for (const { pair, score } of usable) {
        for (const out of tree) {
          const exchanged = [...tree.filter(other => other !== out), pair];
          const isTree = connectedGroups(count, exchanged).length === groups.length;
          if (isTree) assert.ok(score <= (scoreOf.get(String(out)) ?? 0));
        }
      }
    }),
    { seed: 7, numRuns: 100 },
  );
});

test('each of several trees is one without the others', () => {
  fc.assert(
    fc.property(scores, fc.integer({ min: 1, max: 3 }), ({ count, pairs }, trees) => {
      const taken = redundantTrees(count, pairs, trees).map(String);
      assert.equal(new Set(taken).size, taken.length);
      const first = spanningTree(count, pairs).map(String);
      assert.ok(first.every(pair => taken.includes(pair)));
      const rest = pairs.filter(({ pair }) => !first.includes(String(pair)));
      const others = trees === 1 ? [] : redundantTrees(count, rest, trees - 1).map(String);
      assert.deepEqual([...taken].sort(), [...first, ...others].sort());
    }),
    { seed: 7, numRuns: 100 },
  );
});

test('the hub has the largest sum; the first of equal ones', () => {
  assert.equal(bestHub(3, scored([0, 1, 0.1], [0, 2, 0.2], [1, 2, 0.9])), 2);
  assert.equal(bestHub(3, scored([0, 1, 0.5], [0, 2, 0.5], [1, 2, 0.5])), 0);
});

test('groups, the largest first', () => {
  assert.deepEqual(
    connectedGroups(5, [
      [1, 3],
      [3, 4],
    ]),
    [[1, 3, 4], [0], [2]],
  );
});
