// A process of its own on a PostgreSQL database, for postgres-processes.test.ts. It opens some stores, each with connections of
// its own as an API process has them, says so, and when told does its part of the work on all of them at once.
import { openStateStore } from '../../src/store/open.ts';
import type { Key, StateStore } from '../../src/store/state-store.ts';
import { type Ground, race, seeded } from '../contract/state-store/races.ts';
import { at } from '../contract/state-store/world.ts';

/** What a process is started with. */
export interface Assignment {
  readonly url: string;
  readonly name: string;
  readonly stores: number;
  readonly ground: Ground;
  readonly work:
    | { readonly kind: 'claim' }
    | { readonly kind: 'race'; readonly steps: number; readonly seed: number };
}

/** Claims until nothing is left: every other time from one hub. */
async function claimAll(store: StateStore, service: string, { networks }: Ground): Promise<readonly Key[]> {
  await store.compute.register({ service, owner: 'grace', manager: null, now: at(0) });
  const scopes = networks.slice(0, 1).map(({ scope }) => scope);
  const asked = { service, protocols: null, now: at(1) };
  const claimed: Key[] = [];
  for (let turn = 0; ; turn++) {
    const hub = networks[turn % networks.length]?.hub ?? '';
    const fromHub =
      turn % 2 === 0 ? await store.hubs.claimFromHub({ ...asked, hub, count: 1 + (turn % 3) }) : [];
    const limits = { maxFailures: 3, failuresSince: at(0) };
    const answer = await store.hubs.claim({
      ...asked,
      ...limits,
      scopes,
      exclude: [],
      count: 1 + (turn % 4),
    });
    if (answer.denied) throw new Error(`${service} was denied`);
    claimed.push(...fromHub, ...answer.tasks);
    if (fromHub.length + answer.tasks.length === 0) return claimed;
  }
}

const { url, name, stores, ground, work } = JSON.parse(process.argv[2] ?? '{}') as Assignment;
const opened = await Promise.all(
  Array.from({ length: stores }, () => openStateStore(`${url}?connections=4`)),
);
for (const store of opened) await store.initialize();

process.once('message', async () => {
  try {
    const parts = opened.map(async (store, place) => {
      const own = `${name}${place}`;
      if (work.kind === 'claim') {
        return claimAll(store, `${own}-${String(place).padStart(32, '0')}`, ground);
      }
      const random = seeded(work.seed + place);
      await race(store, ground, { name: own, actors: 3, steps: work.steps, random });
      return [];
    });
    const claimed = (await Promise.all(parts)).flat();
    process.send?.({ claimed });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
  for (const store of opened) await store[Symbol.asyncDispose]();
  if (process.connected) process.disconnect();
});
// When the test has ended, however it has.
process.once('disconnect', () => process.exit());
process.send?.('ready');
