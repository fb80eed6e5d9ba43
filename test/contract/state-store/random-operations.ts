// Random sequences of everything that can happen to tasks, beside a model of what must come of it. After every operation the
// whole store is looked over (`check`), statuses are compared with the model's, and every claim with what could be claimed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NETWORK_STATES, type NetworkState } from '../../../src/domain/network-state.ts';
import { statusAfterPush } from '../../../src/domain/push.ts';
import { judgeRestart } from '../../../src/domain/restart.ts';
import {
  type TaskStatus,
  TIES,
  TRANSITIONS,
  USER_EVENTS,
  type UserSettableStatus,
} from '../../../src/domain/task-status.ts';
import type { Key } from '../../../src/store/state-store.ts';
import { type Stored, sampleNetwork, submit } from './samples.ts';
import { at, describeStore, type Effort, EVERYWHERE, type OpenStore, type World } from './world.ts';

interface ModelTask {
  readonly key: Key;
  readonly transformation: Key;
  readonly parent: ModelTask | null;
  status: TaskStatus;
  priority: bigint;
  holder: string | null;
  /** Network → weight. */
  readonly actions: Map<Key, number>;
  /** Network → pattern → restarts it gave. */
  readonly retries: Map<Key, Map<string, number>>;
}

/** Numbers that choose; each is taken modulo what there is to choose from. */
type Choice = readonly [a: number, b: number, c: number];

/** What the store should hold. */
class Model {
  readonly world: World;
  readonly networks: readonly Stored[];
  readonly tasks: ModelTask[] = [];
  readonly services: string[] = [];
  /** Network → pattern → restarts allowed. */
  readonly patterns: ReadonlyMap<Key, Map<string, number>>;
  readonly states: Map<Key, NetworkState>;
  /** How often the store has been compared. */
  turns = 0;

  constructor(world: World, networks: readonly Stored[]) {
    this.world = world;
    this.networks = networks;
    this.patterns = new Map(networks.map(({ network }) => [network, new Map()]));
    this.states = new Map(networks.map(({ network }) => [network, 'active']));
  }

  get store(): World['store'] {
    return this.world.store;
  }

  network(a: number): Stored {
    return this.networks[a % this.networks.length] as Stored;
  }

  /** A task, or undefined while there is none. */
  task(a: number): ModelTask | undefined {
    return this.tasks[a % Math.max(1, this.tasks.length)];
  }

  service(a: number): string | undefined {
    return this.services[a % Math.max(1, this.services.length)];
  }

  claimable(task: ModelTask, network: Key): boolean {
    return (
      task.status === 'waiting' &&
      (task.actions.get(network) ?? 0) > 0 &&
      (task.parent === null || task.parent.status === 'complete')
    );
  }

  move(task: ModelTask, status: TaskStatus): void {
    task.status = status;
    task.holder = null;
    if (!TIES[status].onHubs) for (const network of [...task.actions.keys()]) this.cancel(task, network);
  }

  cancel(task: ModelTask, network: Key): void {
    task.actions.delete(network);
    task.retries.delete(network);
  }

  patternsOf(network: Key): Map<string, number> {
    return this.patterns.get(network) as Map<string, number>;
  }

  /** Every pattern of every hub the task is on. */
  attached(task: ModelTask): ReadonlySet<string> {
    return new Set([...task.actions.keys()].flatMap(network => [...this.patternsOf(network).keys()]));
  }

  /** Judges a task in error on every hub that has patterns. */
  judge(task: ModelTask, matched: ReadonlySet<string>): void {
    let isKept = false;
    for (const network of [...task.actions.keys()]) {
      const retries = task.retries.get(network) ?? new Map<string, number>();
      const patterns = [...this.patternsOf(network)].map(([pattern, maxRetries]) => {
        return { pattern, maxRetries, retries: retries.get(pattern) ?? 0 };
      });
      if (patterns.length === 0) continue;
      const verdict = judgeRestart(patterns, matched);
      if (verdict.kind === 'cancel') {
        this.cancel(task, network);
        continue;
      }
      isKept = true;
      for (const pattern of verdict.counted) retries.set(pattern, (retries.get(pattern) ?? 0) + 1);
      task.retries.set(network, retries);
    }
    if (isKept) this.move(task, 'waiting');
  }

  /** Whatever else extends a task that is given up is given up too, unless it has ended. */
  end(task: ModelTask, status: 'invalid' | 'deleted'): void {
    this.move(task, status);
    const below = (other: ModelTask): boolean =>
      other.parent !== null && (other.parent === task || below(other.parent));
    for (const other of this.tasks) if (TIES[other.status].onHubs && below(other)) this.move(other, status);
  }

  leave(service: string): void {
    this.services.splice(this.services.indexOf(service), 1);
    for (const task of this.tasks) if (task.holder === service) this.move(task, 'waiting');
  }
}

type Operation = (model: Model, choice: Choice) => Promise<void>;

const OPERATIONS: Record<string, Operation> = {
  async create(model, [a, b, c]) {
    const { transformations } = model.network(a);
    const parent = c % 2 === 0 ? undefined : model.task(b);
    const transformation = parent?.transformation ?? (transformations[b % transformations.length] as Key);
    const items = Array.from({ length: 1 + (c % 3) }, () => ({
      transformation,
      extends: parent?.key ?? null,
    }));
    const creating = model.store.tasks.create({ items, creator: null, now: at(0) });
    if (parent?.status === 'invalid' || parent?.status === 'deleted') return assert.rejects(creating);
    for (const key of await creating) {
      model.tasks.push({
        key,
        transformation,
        parent: parent ?? null,
        status: 'waiting',
        priority: 10n,
        holder: null,
        actions: new Map(),
        retries: new Map(),
      });
    }
  },

  async action(model, [a, b, c]) {
    const { network, transformations } = model.network(a);
    const tasks = model.tasks.filter((_, i) => (i + b) % 3 !== 0);
    const weights = c % 2 === 0 ? null : ([0, 0.25, 0.5, 1][c % 4] ?? 1);
    const allowed = (task: ModelTask): boolean =>
      TIES[task.status].onHubs && transformations.includes(task.transformation);
    const expected = tasks.map(task => (allowed(task) && !task.actions.has(network) ? task.key : null));
    assert.deepEqual(
      await model.store.hubs.action({ network, tasks: tasks.map(({ key }) => key), weights }),
      expected,
    );
    for (const task of tasks.filter(allowed))
      task.actions.set(network, weights ?? task.actions.get(network) ?? 0.5);
  },

  async cancel(model, [a, b]) {
    const { network } = model.network(a);
    const tasks = model.tasks.filter((_, i) => (i + b) % 4 === 0);
    const expected = tasks.map(task => (task.actions.has(network) ? task.key : null));
    assert.deepEqual(
      await model.store.hubs.cancel({ network, tasks: tasks.map(({ key }) => key) }),
      expected,
    );
    for (const task of tasks) model.cancel(task, network);
  },

  async register(model) {
    model.services.push(await model.world.service());
  },

  async deregister(model, [a]) {
    const service = model.service(a);
    if (service === undefined) return;
    assert.equal(await model.store.compute.deregister({ service, owner: 'grace' }), true);
    model.leave(service);
  },

  async claim(model, [a, b, c]) {
    const service = model.service(a);
    if (service === undefined) return;
    const { hub, network } = model.network(b);
    const count = 1 + (c % 4);
    const protocols = c % 3 === 0 ? ['B'] : null;
    const claimed = await model.store.hubs.claimFromHub({ hub, service, count, protocols, now: at(1) });
    const transformations = model.network(b).transformations;
    for (const key of claimed) {
      const claimable = model.tasks.filter(
        task =>
          model.claimable(task, network) &&
          (protocols === null || task.transformation === transformations[1]),
      );
      const task = claimable.find(other => other.key === key);
      assert.ok(task, `${key} was claimed and could not be`);
      assert.ok(
        claimable.every(other => other.priority >= task.priority),
        'a better priority was passed over',
      );
      task.status = 'running';
      task.holder = service;
    }
    const left = model.tasks.some(
      task =>
        model.claimable(task, network) && (protocols === null || task.transformation === transformations[1]),
    );
    assert.ok(claimed.length === count || !left, 'a claimable task was left behind');
  },

  async claimAnywhere(model, [a, , c]) {
    const service = model.service(a);
    if (service === undefined) return;
    const scopes = model.networks.map(({ scope }) => scope);
    const params = model.world.claimParams(scopes[0] ?? ({} as never), service, {
      scopes,
      count: 1 + (c % 4),
      maxFailures: 1000,
    });
    const answer = await model.store.hubs.claim(params);
    assert.ok(!answer.denied);
    for (const key of answer.tasks) {
      const task = model.tasks.find(other => other.key === key);
      assert.ok(
        task && model.networks.some(({ network }) => model.claimable(task, network)),
        `${key} was claimed`,
      );
      task.status = 'running';
      task.holder = service;
    }
    const left = model.tasks.some(task =>
      model.networks.some(({ network }) => model.claimable(task, network)),
    );
    assert.ok(answer.tasks.length === params.count || !left, 'a claimable task was left behind');
  },

  async push(model, [a, b, c]) {
    const task = model.task(a);
    if (task === undefined) return;
    const ok = b % 3 !== 0;
    const service = c % 4 === 0 ? (model.service(c) ?? null) : task.holder;
    await push(model, task, { ok, service, choice: c });
  },

  /** Whatever runs fails: what restart patterns are for. */
  async fail(model, [a, , c]) {
    const running = model.tasks.filter(({ holder }) => holder !== null);
    const task = running[a % Math.max(1, running.length)];
    if (task !== undefined) await push(model, task, { ok: false, service: task.holder, choice: c });
  },

  async addPatterns(model, [a, b, c]) {
    const { network } = model.network(a);
    const patterns = PATTERNS.filter((_, i) => (i + b) % 2 === 0);
    const maxRetries = 2 + (c % 2);
    assert.equal(await model.store.restarts.add({ network, patterns, maxRetries }), true);
    for (const pattern of patterns) model.patternsOf(network).set(pattern, maxRetries);
  },

  async removePatterns(model, [a, b]) {
    const { network } = model.network(a);
    const patterns = b % 3 === 0 ? PATTERNS : [PATTERNS[b % PATTERNS.length] ?? ''];
    if (b % 3 === 0) await model.store.restarts.clear({ network });
    else await model.store.restarts.remove({ network, patterns });
    for (const pattern of patterns) {
      model.patternsOf(network).delete(pattern);
      for (const task of model.tasks) task.retries.get(network)?.delete(pattern);
    }
  },

  async setMaxRetries(model, [a, b, c]) {
    const { network } = model.network(a);
    const patterns = [PATTERNS[b % PATTERNS.length] ?? '', 'unknown'];
    const maxRetries = 1 + (c % 3);
    await model.store.restarts.setMaxRetries({ network, patterns, maxRetries });
    for (const pattern of patterns) {
      if (model.patternsOf(network).has(pattern)) model.patternsOf(network).set(pattern, maxRetries);
    }
  },

  async resolve(model, [a, b, c]) {
    const { network } = model.network(a);
    const errors = await model.store.restarts.listErrors({ network });
    const expected = model.tasks.filter(task => task.status === 'error' && task.actions.has(network));
    assert.deepEqual(errors.map(({ task }) => task).sort(), expected.map(({ key }) => key).sort());
    const tried = c % 3 === 0 ? PATTERNS.slice(1) : PATTERNS;
    const matched = PATTERNS.filter((_, i) => ((b >> i) & 1) === 1);
    await model.store.restarts.resolve({ judgements: errors.map(({ task }) => ({ task, tried, matched })) });
    for (const task of expected) {
      if ([...model.attached(task)].every(pattern => tried.includes(pattern))) {
        model.judge(task, new Set(matched));
      }
    }
  },

  async setState(model, [a, b]) {
    const { network } = model.network(a);
    const state = NETWORK_STATES[b % NETWORK_STATES.length] ?? 'active';
    assert.deepEqual(await model.store.networks.setStates({ networks: [network], states: [state] }), [
      network,
    ]);
    model.states.set(network, state);
  },

  async setStatus(model, [a, b]) {
    const task = model.task(a);
    if (task === undefined) return;
    const status = (['waiting', 'waiting', 'invalid', 'deleted'] as const)[b % 4] as UserSettableStatus;
    const next = TRANSITIONS[task.status][USER_EVENTS[status]];
    const answer = await model.store.tasks.setStatuses({ tasks: [task.key], status });
    assert.deepEqual(answer, [next === null ? null : task.key]);
    if (next === null || next === task.status) return;
    if (status === 'waiting') model.move(task, 'waiting');
    else model.end(task, status);
  },

  async setPriority(model, [a, b]) {
    const tasks = model.tasks.filter((_, i) => (i + a) % 3 === 0);
    const priority = BigInt(1 + (b % 3));
    await model.store.tasks.setPriorities({ tasks: tasks.map(({ key }) => key), priority });
    for (const task of tasks) task.priority = priority;
  },

  async expire(model) {
    if (model.services.length < 2) return;
    const [silent = '', ...others] = model.services;
    for (const service of others)
      await model.store.compute.heartbeat({ service, owner: 'grace', now: at(50) });
    assert.ok((await model.store.compute.expire({ before: at(50) })).includes(silent));
    for (const service of others)
      await model.store.compute.heartbeat({ service, owner: 'grace', now: at(0) });
    model.leave(silent);
  },
};

/** The texts of restart patterns. */
const PATTERNS = ['a', 'b', 'c'];

interface Pushing {
  readonly ok: boolean;
  readonly service: string | null;
  /** Chooses what matched, and sometimes forgets to try a pattern. */
  readonly choice: number;
}

async function push(model: Model, task: ModelTask, { ok, service, choice }: Pushing): Promise<void> {
  const byHolder = service !== null && service === task.holder;
  const next = statusAfterPush({ ok, status: task.status, byHolder });
  const matched = PATTERNS.filter((_, i) => ((choice >> i) & 1) === 1);
  const attached = model.attached(task);
  if (next === 'error' && attached.size > 0 && choice % 5 === 0) {
    const [, ...tried] = attached;
    const stale = { task: task.key, objKey: 'stale', ok, location: 'x', service, failures: [], now: at(2) };
    assert.equal(await model.store.results.push({ ...stale, restarts: { tried, matched } }), 'stale');
    return;
  }
  const pushed = await model.world.push(task.key, ok, service, at(2), { tried: [...attached], matched });
  if (next !== null) model.move(task, next);
  if (next === 'error') model.judge(task, new Set(matched));
  assert.equal(pushed?.status, task.status);
}

async function compare(model: Model): Promise<void> {
  const { store } = model;
  assert.deepEqual(await store.check(), []);
  const keys = model.tasks.map(({ key }) => key);
  assert.deepEqual(
    await store.tasks.getStatuses({ tasks: keys }),
    model.tasks.map(({ status }) => status),
  );
  const networks = model.networks.map(({ network }) => network);
  const actioned = await store.hubs.listActioned({ networks });
  for (const [i, network] of networks.entries()) {
    const expected = model.tasks.flatMap(({ key, actions }) =>
      actions.has(network) ? [[key, actions.get(network)] as const] : [],
    );
    assert.deepEqual(new Map(actioned[i]?.map(({ task, weight }) => [task, weight])), new Map(expected));
  }
  assert.deepEqual(
    await store.restarts.list({ networks }),
    networks.map(network =>
      [...model.patternsOf(network)]
        .map(([pattern, maxRetries]) => ({ pattern, maxRetries }))
        .sort((a, b) => (a.pattern < b.pattern ? -1 : 1)),
    ),
  );
  // One task is enough to look at closely; over the run every one has its turn.
  const looked = model.task(model.turns++);
  if (looked !== undefined) {
    assert.deepEqual(
      await store.restarts.listForTask({ task: looked.key }),
      [...model.attached(looked)].sort(),
    );
    const on = await store.hubs.listActionedNetworks({ task: looked.key });
    assert.deepEqual(new Map(on.map(({ network, weight }) => [network, weight])), looked.actions);
  }
  await compareCounts(model);
}

/** The counts of a scope: each task once, if a network of its transformation has the state. */
async function compareCounts(model: Model): Promise<void> {
  const { networks } = model.store;
  const states = [NETWORK_STATES[model.turns % NETWORK_STATES.length] ?? 'active'];
  const shown = model.networks.filter(({ network }) =>
    states.includes(model.states.get(network) as 'active'),
  );
  const expected: Partial<Record<TaskStatus, number>> = {};
  for (const task of model.tasks) {
    if (!shown.some(({ transformations }) => transformations.includes(task.transformation))) continue;
    expected[task.status] = (expected[task.status] ?? 0) + 1;
  }
  const scopes = model.networks.slice(0, 1).map(({ scope }) => scope);
  assert.deepEqual(await networks.countScopeStatuses({ scopes, states }), expected);
  const keys = model.networks.map(({ network }) => network);
  assert.deepEqual(await networks.getStates({ networks: keys }), [...model.states.values()]);
}

export function randomOperationsContract(open: OpenStore, { sequences }: Effort): void {
  describeStore('random operations', open, world => {
    test('the store holds what the model says, and finds nothing wrong with itself', {
      timeout: 120_000,
    }, async () => {
      const choice = fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000));
      // Claims and pushes more often than the rest, so that tasks get far.
      const often = ['action', 'claim', 'claim', 'claimAnywhere', 'push', 'push', 'fail', 'fail', 'fail'];
      const names = [...Object.keys(OPERATIONS), ...often];
      const step = fc.tuple(fc.constantFrom(...names), choice);
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 100 }), async steps => {
          const scope = world().scope();
          const shared = [
            { name: 'a', protocol: 'A' },
            { name: 'b', protocol: 'B' },
          ];
          const networks = [
            await submit(world().store, scope, sampleNetwork('one', shared)),
            await submit(
              world().store,
              scope,
              sampleNetwork('two', [...shared, { name: 'c', protocol: 'A' }]),
            ),
          ];
          const model = new Model(world(), networks);
          for (const start of ['create', 'register', 'action', 'addPatterns'])
            await OPERATIONS[start]?.(model, [0, 1, 2]);
          for (const [name, numbers] of steps) {
            await OPERATIONS[name]?.(model, numbers);
            await compare(model);
          }
          for (const service of [...model.services])
            await world().store.compute.deregister({ service, owner: 'grace' });
        }),
        { numRuns: sequences, seed: 20_260_101, endOnFailure: true },
      );
      assert.ok((await world().store.hubs.list({ scopes: EVERYWHERE })).length > 0);
    });
  });
}
