// A state store on disk with one network and any number of tasks that wait to be claimed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStateStore } from '../src/store/open.ts';
import type { Key, StateStore } from '../src/store/state-store.ts';
import { syntheticChain } from './synthetic-network.ts';

export const SCOPE = { org: 'bench', campaign: 'bench', project: 'bench' } as const;
export const SERVICE = `bench-${'0'.repeat(32)}`;
const OWNER = 'bench';
const BATCH = 50_000;
const TRANSFORMATIONS = 20;

export interface FilledStore extends AsyncDisposable {
  readonly store: StateStore;
  readonly network: Key;
  readonly folder: string;
}

/** Opens a fresh store in a temporary folder and fills it; both are gone after disposal. */
export async function openFilledStore(waiting: number): Promise<FilledStore> {
  const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-bench-'));
  const store = await openStateStore(`sqlite://${join(folder, 'state.db')}`);
  await store.initialize();
  const chain = syntheticChain(TRANSFORMATIONS, 'claims');
  const { network } = await store.networks.create({ scope: SCOPE, state: 'active', chain });
  await store.compute.register({ service: SERVICE, owner: OWNER, manager: null, now: new Date() });
  await addTasks(store, network, waiting);
  return {
    store,
    network,
    folder,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function addTasks(store: StateStore, network: Key, count: number): Promise<void> {
  const transformations = await store.networks.listTransformations({ network });
  for (let made = 0; made < count; made += BATCH) {
    const items = Array.from({ length: Math.min(BATCH, count - made) }, (_, index) => ({
      transformation: transformations[index % transformations.length] ?? '',
      extends: null,
    }));
    const tasks = await store.tasks.create({ items, creator: OWNER, now: new Date() });
    await store.hubs.action({ network, tasks, weights: null });
  }
}
