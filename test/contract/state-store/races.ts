// Many users, services and processes at once on the same tasks. Nobody can say beforehand who comes first, so there is no model;
// what must hold whatever the order is: every answer has its form, nothing fails but what may, a claimed task is the
// claimer's, and at the end the store finds nothing wrong with itself, and hands out each task that is left exactly once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key, StateStore } from '../../../src/store/state-store.ts';
import { type Stored, sampleNetwork, submit } from './samples.ts';
import { at, describeStore, type Effort, type OpenStore, type World } from './world.ts';

/** What everybody works on; plain, so that it can be told to another process. */
export interface Ground {
  readonly networks: readonly Stored[];
  readonly tasks: readonly Key[];
}

/** Networks that share transformations, with tasks on their hubs. */
export async function prepareGround(world: World, count: number): Promise<Ground> {
  const { store } = world;
  const scope = world.scope();
  const shared = [
    { name: 'a', protocol: 'A' },
    { name: 'b', protocol: 'B' },
  ];
  const names = ['one', 'two', 'three'];
  const networks = await Promise.all(
    names.map(name =>
      submit(store, scope, sampleNetwork(name, [...shared, { name: `of ${name}`, protocol: 'A' }])),
    ),
  );
  const transformations = networks[0]?.transformations ?? [];
  const tasks: Key[] = [];
  for (const transformation of transformations.slice(0, 2)) {
    tasks.push(...(await world.tasks(transformation, count)));
  }
  tasks.push(...(await world.tasks(transformations[0] ?? '', count, tasks[0])));
  for (const { network } of networks) await store.hubs.action({ network, tasks, weights: null });
  return { networks, tasks };
}

const PATTERNS = ['a', 'b', 'c'];

/** One of many who use the store at once. */
class Actor {
  readonly #store: StateStore;
  readonly #ground: Ground;
  readonly #random: () => number;
  readonly #name: string;
  readonly #own: Key[] = [];
  readonly #held = new Set<Key>();
  #service = '';
  #count = 0;

  constructor(store: StateStore, ground: Ground, name: string, random: () => number) {
    this.#store = store;
    this.#ground = ground;
    this.#name = name;
    this.#random = random;
  }

  async run(steps: number): Promise<void> {
    await this.#register();
    for (let step = 0; step < steps; step++) await this.#pick(this.#operations)();
  }

  readonly #operations: readonly (() => Promise<void>)[] = [
    () => this.#claim(),
    () => this.#claim(),
    () => this.#claimFromHub(),
    () => this.#claimFromHub(),
    () => this.#push(true),
    () => this.#push(true),
    () => this.#push(false),
    () => this.#push(false),
    () => this.#pushAsStranger(),
    () => this.#action(),
    () => this.#action(),
    () => this.#cancel(),
    () => this.#create(),
    () => this.#setStatuses('waiting'),
    () => this.#setStatuses('waiting'),
    () => this.#setStatuses('invalid'),
    () => this.#setPriorities(),
    () => this.#setWeight(),
    () => this.#changePatterns(),
    () => this.#resolve(),
    () => this.#leave(),
    () => this.#expire(),
    () => this.#look(),
  ];

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#below(items.length)] as T;
  }

  #network(): Stored {
    return this.#pick(this.#ground.networks);
  }

  /** A few tasks in any order, some of them twice. */
  #some(n: number): readonly Key[] {
    const all = [...this.#ground.tasks, ...this.#own];
    return Array.from({ length: 1 + this.#below(n) }, () => this.#pick(all));
  }

  async #register(): Promise<void> {
    this.#held.clear();
    this.#service = `${this.#name}-${(++this.#count).toString(16).padStart(32, '0')}`;
    // Some have been silent for long when they begin.
    const now = at(this.#below(4) === 0 ? -9000 : 0);
    assert.ok(
      await this.#store.compute.register({ service: this.#service, owner: this.#name, manager: null, now }),
    );
  }

  async #claim(): Promise<void> {
    const answer = await this.#store.hubs.claim({
      service: this.#service,
      owner: this.#name,
      scopes: [this.#network().scope],
      exclude: [],
      count: 1 + this.#below(4),
      protocols: this.#below(3) === 0 ? ['A'] : null,
      now: at(1),
      maxFailures: 1_000_000,
      failuresSince: at(-600),
    });
    // Somebody found it silent, and it has no registration any more.
    if (answer.denied) return this.#register();
    this.#hold(answer.tasks);
  }

  async #claimFromHub(): Promise<void> {
    const { hub } = this.#network();
    const count = 1 + this.#below(3);
    const claim = { hub, service: this.#service, count, protocols: null, now: at(1) };
    this.#hold(await this.#store.hubs.claimFromHub(claim));
  }

  #hold(tasks: readonly Key[]): void {
    assert.equal(new Set(tasks).size, tasks.length, 'a claim gave a task twice');
    for (const task of tasks) this.#held.add(task);
  }

  /** Pushes for a task that was claimed, whoever has it by now. */
  async #push(ok: boolean): Promise<void> {
    if (this.#held.size === 0) return;
    const task = this.#pick([...this.#held]);
    this.#held.delete(task);
    await this.#pushTo(task, ok, this.#service);
  }

  async #pushAsStranger(): Promise<void> {
    await this.#pushTo(this.#pick(this.#ground.tasks), this.#below(2) === 0, null);
  }

  async #pushTo(task: Key, ok: boolean, service: string | null): Promise<void> {
    const objKey = `ProtocolDAGResult-${this.#name}${++this.#count}`;
    const failures = ok ? [] : [{ traceback: 'boom', sourceKey: 'U-1', failureKey: 'F-1' }];
    const params = { task, objKey, ok, location: objKey, service, owner: this.#name, failures, now: at(2) };
    for (;;) {
      const tried = ok ? [] : await this.#store.restarts.listForTask({ task });
      const matched = tried.filter(() => this.#below(2) === 0);
      const pushed = await this.#store.results.push({ ...params, restarts: { tried, matched } });
      assert.notEqual(pushed, null, `${task} is unknown`);
      if (pushed !== 'stale') return;
    }
  }

  async #action(): Promise<void> {
    const tasks = this.#some(12);
    const weights = this.#below(2) === 0 ? null : this.#pick([0, 0.3, 1]);
    const answer = await this.#store.hubs.action({ network: this.#network().network, tasks, weights });
    this.#aligned(answer, tasks);
  }

  async #cancel(): Promise<void> {
    const tasks = this.#some(4);
    this.#aligned(await this.#store.hubs.cancel({ network: this.#network().network, tasks }), tasks);
  }

  async #create(): Promise<void> {
    const transformation = this.#network().transformations[0] as Key;
    const parent = this.#below(2) === 0 ? null : this.#pick(this.#ground.tasks);
    const items = [{ transformation, extends: parent }];
    try {
      this.#own.push(...(await this.#store.tasks.create({ items, creator: this.#name, now: at(0) })));
    } catch (error) {
      // Of another transformation, or given up.
      assert.ok(error instanceof Error && 'code' in error && error.code === 'BAD_REQUEST', String(error));
    }
  }

  async #setStatuses(status: 'waiting' | 'invalid'): Promise<void> {
    const tasks = this.#some(status === 'waiting' ? 6 : 1);
    this.#aligned(await this.#store.tasks.setStatuses({ tasks, status }), tasks);
  }

  async #setPriorities(): Promise<void> {
    const tasks = this.#some(6);
    const priority = BigInt(1 + this.#below(3));
    assert.deepEqual(await this.#store.tasks.setPriorities({ tasks, priority }), tasks);
  }

  async #setWeight(): Promise<void> {
    const networks = this.#ground.networks.map(({ network }) => network).sort(() => this.#random() - 0.5);
    const weights = networks.map(() => this.#pick([0.1, 0.5, 1]));
    assert.deepEqual(await this.#store.hubs.setWeights({ networks, weights }), networks);
  }

  async #changePatterns(): Promise<void> {
    const { network } = this.#network();
    const patterns = PATTERNS.filter(() => this.#below(2) === 0).sort(() => this.#random() - 0.5);
    if (this.#below(2) === 0)
      await this.#store.restarts.add({ network, patterns, maxRetries: 1 + this.#below(3) });
    else await this.#store.restarts.remove({ network, patterns });
  }

  async #resolve(): Promise<void> {
    const errors = await this.#store.restarts.listErrors({ network: this.#network().network });
    const judgements = errors.map(({ task }) => {
      return { task, tried: PATTERNS, matched: PATTERNS.filter(() => this.#below(2) === 0) };
    });
    await this.#store.restarts.resolve({ judgements });
  }

  async #leave(): Promise<void> {
    await this.#store.compute.deregister({ service: this.#service, owner: this.#name });
    await this.#register();
  }

  async #expire(): Promise<void> {
    await this.#store.compute.heartbeat({
      service: this.#service,
      owner: this.#name,
      now: at(this.#below(9)),
    });
    await this.#store.compute.expire({ before: at(-8000) });
  }

  async #look(): Promise<void> {
    const networks = this.#ground.networks.map(({ network }) => network);
    await Promise.all([
      this.#store.networks.countStatuses({ networks }),
      this.#store.hubs.listActioned({ networks }),
      this.#store.tasks.getStatuses({ tasks: this.#ground.tasks }),
    ]);
  }

  #aligned(answer: readonly (Key | null)[], asked: readonly Key[]): void {
    assert.equal(answer.length, asked.length);
    for (const [place, key] of answer.entries()) assert.ok(key === null || key === asked[place]);
  }
}

/** Several actors, each doing so many things, all at once. */
export async function race(
  store: StateStore,
  ground: Ground,
  { name, actors, steps, random }: Race,
): Promise<void> {
  const all = Array.from({ length: actors }, (_, i) => new Actor(store, ground, `${name}${i}`, random));
  await Promise.all(all.map(actor => actor.run(steps)));
}

export interface Race {
  readonly name: string;
  readonly actors: number;
  readonly steps: number;
  readonly random: () => number;
}

/** What must hold when everybody has stopped. */
export async function assertSettled(store: StateStore, { networks }: Ground): Promise<void> {
  assert.deepEqual(await store.check(), []);
  const scopes = networks.slice(0, 1).map(({ scope }) => scope);
  const keys = networks.map(({ network }) => network);
  await store.hubs.setWeights({ networks: keys, weights: keys.map(() => 1) });
  const manager = { name: 'last', uuid: 'f'.repeat(32) };
  await store.managers.register({ manager, owner: 'last', steal: true, now: at(0) });
  const asked = { scopes, protocols: null, maxFailures: 1_000_000, failuresSince: at(0) };
  const survey = await store.managers.survey({ manager, ...asked });
  const service = `last-${'e'.repeat(32)}`;
  await store.compute.register({ service, owner: 'last', manager: null, now: at(0) });
  const claimed: Key[] = [];
  for (;;) {
    const answer = await store.hubs.claim({ service, exclude: [], count: 50, now: at(1), ...asked });
    assert.ok(!answer.denied);
    if (answer.tasks.length === 0) break;
    claimed.push(...answer.tasks);
  }
  assert.equal(new Set(claimed).size, claimed.length, 'a task was given out twice');
  assert.equal(claimed.length, survey?.claimableTasks, 'all that could be claimed, and no other');
  assert.deepEqual(
    new Set(await store.tasks.getStatuses({ tasks: claimed })),
    new Set(claimed.length > 0 ? ['running'] : []),
  );
  await store.compute.deregister({ service, owner: 'last' });
  assert.deepEqual(await store.check(), []);
}

/** Uniform in [0, 1), repeatable (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function racesContract(open: OpenStore, effort: Effort): void {
  describeStore('races', open, world => {
    test('many at once on the same tasks leave a store that is right', { timeout: 120_000 }, async () => {
      const { store } = world();
      const ground = await prepareGround(world(), 12);
      await race(store, ground, { name: 'racer', actors: 8, steps: effort.sequences * 4, random: seeded(7) });
      await assertSettled(store, ground);
    });

    test('networks that share objects, submitted at once, share them', async () => {
      const { store } = world();
      const scope = world().scope();
      const edges = Array.from({ length: 12 }, (_, i) => ({ name: `edge ${i}`, protocol: 'P' }));
      // Each has another selection, in another order.
      const samples = Array.from({ length: 6 }, (_, i) => {
        const some = edges.filter((_, place) => (place + i) % 3 !== 0);
        return sampleNetwork(`n${i}`, i % 2 === 0 ? some : some.toReversed());
      });
      const stored = await Promise.all(samples.map(sample => submit(store, scope, sample)));
      for (const { network, transformations } of stored) {
        const found = await store.networks.listTransformations({ network });
        assert.deepEqual([...found].sort(), [...transformations].sort());
      }
      const all = await store.networks.query({ scopes: [scope], kind: 'transformation', name: null });
      assert.equal(all.length, edges.length);
    });
  });
}
