// The law of the draw, over many draws: at every draw, whatever has happened before, the next task is one of the
// best priority among those admitted, each in proportion to its weight. Tasks come late and return, weights and priorities
// change, and claimers admit different protocols; a draw that favored what came late, or what was passed over, would show.
//
// How it is tested: the chance of every task is known at every draw, so the place of the drawn one on the line of
// cumulated chances is uniform in [0, 1), and independent from draw to draw. Lining the tasks up by different properties
// (when they came, weight, protocol) makes a bias along that property visible. Chi-square over 40 bins; the limit of
// 85 at 39 degrees of freedom is passed by chance about three times in 100,000.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key } from '../../../src/store/state-store.ts';
import { describeStore, type Effort, type OpenStore, type World } from './world.ts';

const STREAMS = 8;
const BINS = 40;
const LIMIT = 85;
const PROTOCOLS = ['A', 'B', 'C'] as const;

/** A task as the law sees it. */
interface Candidate {
  readonly key: Key;
  readonly protocol: string;
  weight: number;
  priority: number;
  waiting: boolean;
  /** Counts up with every entry into the queue. */
  entered: number;
}

/** Uniform in [0, 1), repeatable. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ORDERS: Record<string, (task: Candidate) => number> = {
  'when it came': task => task.entered,
  weight: task => task.weight,
  protocol: task => PROTOCOLS.indexOf(task.protocol as 'A'),
};

/** Counts where on the line of chances the drawn tasks were. */
class Tally {
  readonly bins: Record<string, number[]>;
  draws = 0;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
    this.bins = Object.fromEntries(
      Object.keys(ORDERS).map(order => [order, new Array<number>(BINS).fill(0)]),
    );
  }

  count(drawn: Candidate, candidates: readonly Candidate[]): void {
    this.draws++;
    const total = candidates.reduce((sum, task) => sum + task.weight, 0);
    for (const [order, by] of Object.entries(ORDERS)) {
      const before = candidates
        .filter(task => by(task) < by(drawn))
        .reduce((sum, task) => sum + task.weight, 0);
      const ties = candidates
        .filter(task => by(task) === by(drawn))
        .reduce((sum, task) => sum + task.weight, 0);
      const place = (before + this.#random() * ties) / total;
      const bins = this.bins[order] as number[];
      const bin = Math.min(BINS - 1, Math.floor(place * BINS));
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
  }

  chiSquare(order: string): number {
    const expected = this.draws / BINS;
    return (this.bins[order] as number[]).reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  }
}

/** One hub whose tasks are claimed, returned and changed, by chance but repeatable. */
async function runStream(world: World, seed: number, tally: Tally, draws: number): Promise<void> {
  const random = seeded(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const { store } = world;
  const network = await world.network(PROTOCOLS);
  const tasks: Candidate[] = [];
  const byKey = new Map<Key, Candidate>();
  let clock = 0;
  const enter = async (some: readonly Candidate[]): Promise<void> => {
    const weights = some.map(() => [0.1, 0.3, 1, random() || 1][below(4)] as number);
    await store.hubs.action({ network: network.network, tasks: some.map(({ key }) => key), weights });
    for (const [i, task] of some.entries()) Object.assign(task, { weight: weights[i], entered: ++clock });
  };
  for (const [i, transformation] of network.transformations.entries()) {
    for (const key of await world.tasks(transformation, 20)) {
      const task = {
        key,
        protocol: PROTOCOLS[i] as string,
        weight: 0.5,
        priority: 10,
        waiting: true,
        entered: 0,
      };
      tasks.push(task);
      byKey.set(key, task);
    }
  }
  await enter(tasks);
  const service = await world.service();
  const some = (n: number): Candidate[] => [
    ...new Set(Array.from({ length: n }, () => tasks[below(tasks.length)] as Candidate)),
  ];
  while (tally.draws < draws) {
    const admitted = [[...PROTOCOLS], ['A', 'B'], ['C'], ['B', 'C']][below(4)] as string[];
    const protocols = below(3) === 0 ? null : admitted;
    const keys = await store.hubs.claimFromHub({
      hub: network.hub,
      service,
      count: 1 + below(30),
      protocols,
      now: new Date(0),
    });
    for (const key of keys) {
      const drawn = byKey.get(key) as Candidate;
      const all = tasks.filter(task => task.waiting && (protocols?.includes(task.protocol) ?? true));
      const best = Math.min(...all.map(({ priority }) => priority));
      const candidates = all.filter(task => task.priority === best);
      assert.ok(candidates.includes(drawn), 'a task was drawn that must not be');
      tally.count(drawn, candidates);
      drawn.waiting = false;
    }
    const change = below(4);
    if (change === 0) await enter(some(5));
    if (change === 1) {
      const moved = some(4);
      const priority = 10 + below(2);
      await store.tasks.setPriorities({ tasks: moved.map(({ key }) => key), priority: BigInt(priority) });
      for (const task of moved) Object.assign(task, { priority, entered: ++clock });
    }
    const back = tasks.filter(task => !task.waiting && below(3) > 0);
    await store.tasks.setStatuses({ tasks: back.map(({ key }) => key), status: 'waiting' });
    for (const task of back) Object.assign(task, { waiting: true, entered: ++clock });
  }
}

export function claimLawContract(open: OpenStore, { draws }: Effort): void {
  describeStore('the law of claims', open, world => {
    test(`${draws.toLocaleString('en')} draws with late arrivals, changed weights and filters`, {
      timeout: 120_000,
    }, async t => {
      const tally = new Tally(seeded(99));
      await Promise.all(Array.from({ length: STREAMS }, (_, i) => runStream(world(), i + 1, tally, draws)));
      for (const order of Object.keys(ORDERS)) {
        const chi = tally.chiSquare(order);
        t.diagnostic(`by ${order}: chi-square ${chi.toFixed(1)} over ${tally.draws} draws`);
        assert.ok(chi < LIMIT, `by ${order}: chi-square ${chi}`);
      }
    });

    test('hubs are drawn by weight', async () => {
      const { store } = world();
      const scope = world().scope();
      const hubs = [];
      for (const protocol of ['A', 'B', 'C']) hubs.push(await world().network([protocol], scope));
      const weights = [0.1, 0.3, 0.6];
      await store.hubs.setWeights({ networks: hubs.map(({ network }) => network), weights });
      const owner = new Map<Key, number>();
      for (const [i, hub] of hubs.entries())
        for (const task of await world().actioned(hub, 60)) owner.set(task, i);
      const service = await world().service();
      const seen = [0, 0, 0];
      const rounds = draws / 1000;
      for (let round = 0; round < rounds; round++) {
        const claims = Array.from({ length: 30 }, () => world().claim(scope, service));
        const claimed = (await Promise.all(claims)).flat();
        for (const task of claimed) seen[owner.get(task) ?? 0] = (seen[owner.get(task) ?? 0] ?? 0) + 1;
        await store.tasks.setStatuses({ tasks: claimed, status: 'waiting' });
      }
      const expected = weights.map(weight => weight * 30 * rounds);
      const chi = seen.reduce((sum, n, i) => sum + (n - (expected[i] ?? 0)) ** 2 / (expected[i] ?? 1), 0);
      // 2 degrees of freedom: 18.4 is passed by chance once in 10,000.
      assert.ok(chi < 18.4, `chi-square ${chi}: ${seen}`);
    });

    test('tiny weights are drawn too, and leave the clocks usable', async () => {
      const { store } = world();
      const network = await world().network();
      const [tiny = '', small = ''] = await world().actioned(network, 2, [Number.MIN_VALUE, 1e-12]);
      const service = await world().service();
      const drawn = (count: number): Promise<readonly Key[]> =>
        world().claim(network.scope, service, { count });
      assert.deepEqual(await drawn(1), [small]);
      const late = await world().actioned(network, 20, 0.5);
      assert.deepEqual(new Set(await drawn(20)), new Set(late));
      assert.deepEqual(await drawn(2), [tiny]);
      await store.tasks.setStatuses({ tasks: [tiny, small, ...late], status: 'waiting' });
      assert.equal((await drawn(22)).length, 22);
    });
  });
}
