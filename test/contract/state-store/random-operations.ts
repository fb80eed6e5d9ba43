// Random sequences of everything that can happen to tasks, beside a model of what must come of it. After every operation the
// whole store is looked over (`check`), statuses are compared with the model's, and every claim with what could be claimed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { statusAfterPush } from '../../../src/domain/push.ts';
import {
  type TaskStatus,
  TIES,
  TRANSITIONS,
  USER_EVENTS,
  type UserSettableStatus,
} from '../../../src/domain/task-status.ts';
import type { Key } from '../../../src/store/state-store.ts';
import { type Stored, sampleNetwork, submit } from './samples.ts';
import { at, describeStore, EVERYWHERE, type OpenStore, type World } from './world.ts';

interface ModelTask {
  readonly key: Key;
  readonly transformation: Key;
  readonly parent: ModelTask | null;
  status: TaskStatus;
  priority: bigint;
  holder: string | null;
  /** Network → weight. */
  readonly actions: Map<Key, number>;
}

/** Numbers that choose; each is taken modulo what there is to choose from. */
type Choice = readonly [a: number, b: number, c: number];

/** What the store should hold. */
class Model {
  readonly world: World;
  readonly networks: readonly Stored[];
  readonly tasks: ModelTask[] = [];
  readonly services: string[] = [];

  constructor(world: World, networks: readonly Stored[]) {
    this.world = world;
    this.networks = networks;
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
    if (!TIES[status].onHubs) task.actions.clear();
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
    for (const task of tasks) task.actions.delete(network);
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
    const byHolder = service !== null && service === task.holder;
    const next = statusAfterPush({ ok, status: task.status, byHolder });
    assert.equal((await model.world.push(task.key, ok, service))?.status, next ?? task.status);
    if (next !== null) model.move(task, next);
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
}

export function randomOperationsContract(open: OpenStore): void {
  describeStore('random operations', open, world => {
    test('the store holds what the model says, and finds nothing wrong with itself', {
      timeout: 120_000,
    }, async () => {
      const choice = fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000));
      // Claims and pushes more often than the rest, so that tasks get far.
      const names = [
        ...Object.keys(OPERATIONS),
        'create',
        'action',
        'claim',
        'claimAnywhere',
        'push',
        'push',
      ];
      const step = fc.tuple(fc.constantFrom(...names), choice);
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async steps => {
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
          for (const start of ['create', 'register', 'action']) await OPERATIONS[start]?.(model, [0, 1, 2]);
          for (const [name, numbers] of steps) {
            await OPERATIONS[name]?.(model, numbers);
            await compare(model);
          }
          for (const service of [...model.services])
            await world().store.compute.deregister({ service, owner: 'grace' });
        }),
        { numRuns: 12, seed: 20_260_101, endOnFailure: true },
      );
      assert.ok((await world().store.hubs.list({ scopes: EVERYWHERE })).length > 0);
    });
  });
}
