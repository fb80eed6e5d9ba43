// The load on one server, over HTTP by our clients: the same for every store. Two layouts, each in a scope of its own: one hub that
// holds every waiting task, and many hubs among which services draw.
import { randomUUID } from 'node:crypto';
import { AlchemiscaleComputeClient } from '../../src/client/compute.ts';
import { AlchemiscaleClient } from '../../src/client/user.ts';
import { Scope } from '../../src/domain/scope.ts';
import type { ScopedKey } from '../../src/domain/scoped-key.ts';
import { ProtocolDAGResult } from '../../src/gufe/index.ts';
import { syntheticChain } from '../synthetic-network.ts';
import type { Place } from './places.ts';

/** Services that claim at the same time, at most. */
export const MAX_CLIENTS = 64;

const TRANSFORMATIONS = 20;
/** Tasks in one call: what a server takes in one go without keeping others waiting. */
const CHUNK = { sqlite: 10_000, postgres: 10_000, neo4j: 5000, original: 1000 } as const;

export interface Layout {
  readonly name: 'one hub' | 'many hubs';
  readonly hubs: number;
}

/** How long something that goes in pieces took, and how far it came. */
export interface Progress {
  readonly done: number;
  readonly ms: number;
  readonly isCut: boolean;
}

interface Hub {
  readonly network: ScopedKey;
  readonly transformations: readonly ScopedKey[];
  readonly fresh: ScopedKey[];
}

/** Calls on one layout of one server. */
export class Load {
  readonly layout: Layout;
  readonly user: AlchemiscaleClient;
  readonly #compute: AlchemiscaleComputeClient;
  readonly #place: Place;
  readonly #scope: Scope;
  readonly #hubs: Hub[] = [];
  readonly #services: string[] = [];
  /** It could not be filled as far as it should be. */
  isShort = false;
  #waiting = 0;
  #turn = 0;

  constructor(place: Place, org: string, layout: Layout) {
    this.#place = place;
    this.layout = layout;
    this.#scope = Scope.parse(`${org}-${place.name}-${layout.name.replace(' ', '_')}`);
    this.user = new AlchemiscaleClient({ apiUrl: place.userUrl, ...place.user });
    this.#compute = new AlchemiscaleComputeClient({ apiUrl: place.computeUrl, ...place.compute });
  }

  get scope(): Scope {
    return this.#scope;
  }

  get networks(): readonly ScopedKey[] {
    return this.#hubs.map(({ network }) => network);
  }

  /** Makes the networks and registers the services. */
  async prepare(): Promise<void> {
    for (let index = 0; index < this.layout.hubs; index++) {
      const chain = syntheticChain(TRANSFORMATIONS, `${this.layout.name}-${index}`);
      const network = await this.user.createNetwork(chain, this.#scope);
      const transformations = await this.user.getNetworkTransformations(network);
      this.#hubs.push({ network, transformations, fresh: [] });
    }
    const tag = this.layout.hubs === 1 ? 'one' : 'many';
    for (let client = 0; client < MAX_CLIENTS; client++) {
      const service = `bench${tag}-${randomUUID().replaceAll('-', '')}`;
      await this.#compute.register(service);
      this.#services.push(service);
    }
  }

  /** Lets the services be heard of: one that is silent for half an hour loses its registration. */
  async heartbeat(): Promise<void> {
    for (const service of this.#services) await this.#compute.heartbeat(service);
  }

  /** Makes tasks that are on no hub yet, the same number for each hub. */
  create(count: number, deadlineMs: number): Promise<Progress> {
    return this.#inChunks(count, deadlineMs, async (hub, size) => {
      const transformations = Array.from(
        { length: size },
        (_, index) => hub.transformations[index % hub.transformations.length] ?? '',
      );
      hub.fresh.push(...(await this.user.createTransformationsTasks(transformations)));
      return size;
    });
  }

  /** Actions tasks until so many wait on the hubs together. */
  async fill(waiting: number, deadlineMs: number): Promise<Progress> {
    const wanted = waiting - this.#waiting;
    const progress = await this.#inChunks(Math.min(wanted, this.fresh), deadlineMs, async (hub, size) => {
      const tasks = hub.fresh.splice(0, size);
      if (tasks.length > 0) await this.user.actionTasks(tasks, hub.network);
      return tasks.length;
    });
    this.#waiting += progress.done;
    return { ...progress, isCut: progress.done < wanted };
  }

  get waiting(): number {
    return this.#waiting;
  }

  get fresh(): number {
    return this.#hubs.reduce((sum, { fresh }) => sum + fresh.length, 0);
  }

  async #inChunks(
    count: number,
    deadlineMs: number,
    work: (hub: Hub, size: number) => Promise<number>,
  ): Promise<Progress> {
    const start = performance.now();
    const chunk = Math.min(CHUNK[this.#place.name], Math.max(1, Math.ceil(count / this.#hubs.length)));
    let done = 0;
    while (done < count) {
      if (performance.now() - start > deadlineMs) return { done, ms: performance.now() - start, isCut: true };
      const hub = this.#hubs[this.#turn++ % this.#hubs.length];
      if (hub === undefined) throw new Error('there are no hubs');
      done += await work(hub, Math.min(chunk, count - done));
    }
    return { done, ms: performance.now() - start, isCut: false };
  }

  /** Claims one task for the service of a client. */
  async claim(client: number): Promise<ScopedKey> {
    const tasks = await this.#compute.claimTasks([this.#scope], this.#services[client] ?? '');
    const [task] = tasks ?? [];
    if (!task) throw new Error(`${this.#place.name}: nothing was claimed`);
    this.#waiting--;
    return task;
  }

  /** Pushes a small result of a task. */
  async push(client: number, task: ScopedKey): Promise<void> {
    const result = new ProtocolDAGResult({ protocolUnits: [], protocolUnitResults: [], name: String(task) });
    await this.#compute.setTaskResult(task, result, this.#services[client] ?? '');
  }
}
