// Which of many molecules to compare with which: trees and stars over a score, as pairs of numbers. Equal scores are decided
// by the order of the molecules, so a plan depends on nothing else.

/** Two molecules by number, the smaller first. */
export type Pair = readonly [number, number];

/** A pair with its score; higher is better, 0 means that the two cannot be compared. */
export interface ScoredPair {
  readonly pair: Pair;
  readonly score: number;
}

/** The tree (or, where not all can be reached, trees) with the largest sum of scores. */
export function spanningTree(count: number, pairs: readonly ScoredPair[]): readonly Pair[] {
  const groups = new Groups(count);
  const usable = pairs.filter(({ score }) => score > 0).toSorted(bestFirst);
  return usable.flatMap(({ pair }) => (groups.join(...pair) ? [pair] : [])).sort(inOrder);
}

/** Several trees in one: each is the best without the pairs of those before it, so each molecule has that many ways to others. */
export function redundantTrees(count: number, pairs: readonly ScoredPair[], trees: number): readonly Pair[] {
  const taken: Pair[] = [];
  let left = pairs;
  for (let i = 0; i < trees; i++) {
    const tree = new Set(spanningTree(count, left).map(String));
    taken.push(...left.filter(({ pair }) => tree.has(String(pair))).map(({ pair }) => pair));
    left = left.filter(({ pair }) => !tree.has(String(pair)));
  }
  return taken.sort(inOrder);
}

/** The molecule that scores best with all others together. */
export function bestHub(count: number, pairs: readonly ScoredPair[]): number {
  const sums = Array.from({ length: count }, () => 0);
  for (const { pair, score } of pairs) for (const i of pair) sums[i] = (sums[i] ?? 0) + score;
  return sums.reduce((best, sum, i) => (sum > (sums[best] ?? 0) + 1e-9 ? i : best), 0);
}

/** The groups that pairs connect, each in order, the largest first. */
export function connectedGroups(count: number, pairs: readonly Pair[]): readonly (readonly number[])[] {
  const groups = new Groups(count);
  for (const pair of pairs) groups.join(...pair);
  return groups.all().toSorted((a, b) => b.length - a.length);
}

/** Every pair of so many. */
export function allPairs(count: number): readonly Pair[] {
  return Array.from({ length: count }, (_, i) => i).flatMap(i =>
    Array.from({ length: count - i - 1 }, (_, k): Pair => [i, i + 1 + k]),
  );
}

function bestFirst(a: ScoredPair, b: ScoredPair): number {
  return b.score - a.score || inOrder(a.pair, b.pair);
}

function inOrder(a: Pair, b: Pair): number {
  return a[0] - b[0] || a[1] - b[1];
}

/** Who can be reached from whom. */
class Groups {
  readonly #leader: number[];

  constructor(count: number) {
    this.#leader = Array.from({ length: count }, (_, i) => i);
  }

  /** False when the two were connected already. */
  join(a: number, b: number): boolean {
    const [x, y] = [this.leaderOf(a), this.leaderOf(b)];
    this.#leader[Math.max(x, y)] = Math.min(x, y);
    return x !== y;
  }

  leaderOf(i: number): number {
    let at = i;
    for (let next = this.#leader[at] ?? at; next !== at; next = this.#leader[at] ?? at) at = next;
    this.#leader[i] = at;
    return at;
  }

  all(): readonly (readonly number[])[] {
    const members = new Map<number, number[]>();
    for (const i of this.#leader.keys()) {
      const leader = this.leaderOf(i);
      members.set(leader, [...(members.get(leader) ?? []), i]);
    }
    return [...members.values()];
  }
}
