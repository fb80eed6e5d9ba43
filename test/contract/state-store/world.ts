// What the contract suites share: a store that is opened once a suite, a scope of its own for each test, and a check of
// the whole store after each. Times are made up, since a store reads no clock.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe } from 'node:test';
import type { ScopeDict } from '../../../src/domain/scope.ts';
import type { TaskStatus } from '../../../src/domain/task-status.ts';
import type {
  ClaimTasks,
  Key,
  ManagerName,
  PushedResult,
  PushResult,
  StateStore,
} from '../../../src/store/state-store.ts';
import { type SampleEdge, type Stored, sampleNetwork, submit } from './samples.ts';

/** Opens an empty, initialized store. */
export type OpenStore = () => Promise<StateStore>;

/** How much is left to chance: stores that are asked over a network are asked less often. */
export interface Effort {
  /** Draws over which the law of claims is tested. */
  readonly draws: number;
  /** Random sequences of operations. */
  readonly sequences: number;
}

/** For a store that answers in well under a millisecond. */
export const FULL_EFFORT: Effort = { draws: 100_000, sequences: 16 };

/** Any scope. */
export const EVERYWHERE: readonly ScopeDict[] = [{ org: null, campaign: null, project: null }];

const NOTHING_TRIED: PushResult['restarts'] = { tried: [], matched: [] };

/** Seconds after an arbitrary moment. */
export function at(seconds: number): Date {
  return new Date(Date.UTC(2026, 0, 1) + seconds * 1000);
}

/** A store with what tests do to it again and again. */
export class World {
  readonly store: StateStore;
  #scopes = 0;
  #services = 0;
  #results = 0;

  constructor(store: StateStore) {
    this.store = store;
  }

  /** A scope that nobody has used. */
  scope(): ScopeDict & { readonly org: string; readonly campaign: string; readonly project: string } {
    return { org: 'org', campaign: 'campaign', project: `project_${++this.#scopes}` };
  }

  /** A network with one transformation per protocol. */
  network(protocols: readonly string[] = ['ProtocolA'], scope: ScopeDict = this.scope()): Promise<Stored> {
    const edges = protocols.map((protocol, place): SampleEdge => ({ name: `edge ${place}`, protocol }));
    return submit(this.store, scope, sampleNetwork('sample', edges));
  }

  /** New tasks of one transformation. */
  tasks(transformation: Key, count: number, parent: Key | null = null): Promise<readonly Key[]> {
    const items = Array.from({ length: count }, () => ({ transformation, extends: parent }));
    return this.store.tasks.create({ items, creator: 'ada', now: at(0) });
  }

  /** New tasks on the network's hub, all of its first transformation. */
  async actioned(
    network: Stored,
    count: number,
    weights: number | readonly number[] | null = null,
  ): Promise<readonly Key[]> {
    const tasks = await this.tasks(network.transformations[0] as Key, count);
    await this.store.hubs.action({ network: network.network, tasks, weights });
    return tasks;
  }

  /** A registered compute service. */
  async service(now = at(0), manager: ManagerName | null = null): Promise<string> {
    const service = `service-${(++this.#services).toString(16).padStart(32, '0')}`;
    await this.store.compute.register({ service, owner: 'grace', manager, now });
    return service;
  }

  /** Claims across the hubs of one scope. Fails when the claim is denied. */
  async claim(scope: ScopeDict, service: string, asked: Partial<ClaimTasks> = {}): Promise<readonly Key[]> {
    const answer = await this.store.hubs.claim(this.claimParams(scope, service, asked));
    assert.ok(!answer.denied, 'the claim was denied');
    return answer.tasks;
  }

  /** Gives a task that can be claimed to a new service, and no other task. */
  async claimOnly(task: Key): Promise<string> {
    const { hubs, tasks } = this.store;
    const service = await this.service();
    const [, , org = '', campaign = '', project = ''] = task.split('-');
    const actioned = (await hubs.listActionedNetworks({ task })).map(({ network }) => network);
    const here = await hubs.list({ scopes: [{ org, campaign, project }] });
    const hub = here.find(({ network }) => actioned.includes(network))?.hub;
    assert.ok(hub !== undefined, `${task} is on no hub`);
    await tasks.setPriorities({ tasks: [task], priority: 1n });
    const claim = { hub, service, count: 1, protocols: null, now: at(1) };
    assert.deepEqual(await hubs.claimFromHub(claim), [task]);
    await tasks.setPriorities({ tasks: [task], priority: 10n });
    return service;
  }

  claimParams(scope: ScopeDict, service: string, asked: Partial<ClaimTasks> = {}): ClaimTasks {
    return {
      service,
      scopes: [scope],
      exclude: [],
      count: 1,
      protocols: null,
      now: at(1),
      maxFailures: 3,
      failuresSince: at(-600),
      ...asked,
    };
  }

  /** Pushes a new result. A failure has the traceback 'boom'. */
  push(
    task: Key,
    ok: boolean,
    service: string | null,
    now = at(2),
    restarts: PushResult['restarts'] = NOTHING_TRIED,
  ): Promise<PushedResult | null> {
    const objKey = `ProtocolDAGResult-${++this.#results}`;
    const failures = ok ? [] : [{ traceback: 'boom', sourceKey: 'Unit-1', failureKey: 'Failure-1' }];
    return this.pushExactly({ task, objKey, ok, location: `at/${objKey}`, service, failures, restarts, now });
  }

  /** Pushes what is given; without `restarts` no pattern was tried. Fails when the push is stale. */
  async pushExactly(
    params: Omit<PushResult, 'restarts'> & Partial<Pick<PushResult, 'restarts'>>,
  ): Promise<PushedResult | null> {
    const pushed = await this.store.results.push({ restarts: NOTHING_TRIED, ...params });
    assert.ok(pushed !== 'stale', 'the push was stale');
    return pushed;
  }

  /** Brings a waiting task that is on a hub of its scope to a status, by way of claims and pushes. */
  async bring(task: Key, status: TaskStatus): Promise<void> {
    const { store } = this;
    if (status === 'invalid' || status === 'deleted') {
      await store.tasks.setStatuses({ tasks: [task], status });
    } else if (status !== 'waiting') {
      const service = await this.claimOnly(task);
      if (status === 'complete' || status === 'error') await this.push(task, status === 'complete', service);
    }
    assert.deepEqual(await this.statuses([task]), [status]);
  }

  statuses(tasks: readonly Key[]): Promise<readonly (TaskStatus | null)[]> {
    return this.store.tasks.getStatuses({ tasks });
  }
}

/** A suite on a store of its own; `tests` gets a function that returns the world, ready once tests run. */
export function describeStore(name: string, open: OpenStore, tests: (world: () => World) => void): void {
  describe(name, () => {
    let world: World | undefined;
    const current = (): World => {
      assert.ok(world);
      return world;
    };
    before(async () => {
      world = new World(await open());
    });
    after(async () => {
      await world?.store[Symbol.asyncDispose]();
    });
    afterEach(async () => {
      assert.deepEqual(await current().store.check(), []);
    });
    tests(current);
  });
}

/** Matches an AlchemiscaleError by code and message; plain enough to survive any backend. */
export function refusal(code: string, message: RegExp): (error: unknown) => boolean {
  return error => {
    assert.ok(error instanceof Error && 'code' in error, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
}

/** Sorted, for lists without an order. */
export function sorted<T>(items: Iterable<T>): readonly T[] {
  return [...items].sort();
}
