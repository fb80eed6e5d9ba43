// PostgreSQL at the level of the store, without HTTP, beside the least that the same work costs there: one task is claimed, or claimed
// and completed; 100 hubs or one, 8 callers and more, as many connections, in turns on the same server.
import { openStateStore } from '../../src/store/open.ts';
import type { Key, StateStore } from '../../src/store/state-store.ts';
import { createTestDatabase } from '../../test/support/postgres.ts';
import { findPostgres } from '../../test/support/services.ts';
import { openPostgresFloor } from '../floors/postgres-claims.ts';
import { formatMs, formatRate, type Timing, timeConcurrentCalls } from '../measure.ts';
import { syntheticChain } from '../synthetic-network.ts';
import { type Figure, median } from './figures.ts';

const FLOOR = 'bare FOR UPDATE SKIP LOCKED';
const SCOPE = { org: 'bench', campaign: 'bench', project: 'floor' } as const;

export interface FloorPlan {
  readonly waiting: number;
  readonly hubs: number;
  readonly count: number;
  readonly rounds: number;
  readonly callers: number;
}

/** Measures the floor and the store in turns, with many hubs and with one. */
export async function measureFloor(plan: FloorPlan): Promise<readonly Figure[]> {
  const found = await findPostgres();
  if ('skip' in found) return [];
  const figures: Figure[] = [];
  const turnsOf = [plan, { ...plan, callers: 6 * plan.callers }, { ...plan, hubs: 1 }];
  for (const turns of turnsOf) {
    const { count, callers } = turns;
    await using bare = await createTestDatabase(found.service);
    await using floor = await openPostgresFloor(bare.url, { ...turns, connections: callers });
    await using database = await createTestDatabase(found.service);
    await using store = await openStateStore(`${database.url}?connections=${plan.callers}`);
    const keys = await fill(store, turns);
    const one = (index: number): Promise<Key> => fromHub(store, keys, index, serviceOf(index, turns));
    const any = (index: number): Promise<Key> => fromAny(store, serviceOf(index, turns));
    const alone = {
      [FLOOR]: () => floor.claim(count),
      'store.hubs.claimFromHub': () => timeConcurrentCalls(count, callers, one),
      'store.hubs.claim': () => timeConcurrentCalls(count, callers, any),
    };
    const both = {
      [FLOOR]: () => floor.claimAndComplete(count),
      'store.hubs.claimFromHub, results.push': () => inStore(store, turns, one),
      'store.hubs.claim, results.push': () => inStore(store, turns, any),
    };
    figures.push(
      ...(await inTurns('claim', alone, turns)),
      ...(await inTurns('claim and complete', both, turns)),
    );
  }
  return figures;
}

async function inTurns(
  what: string,
  contenders: Readonly<Record<string, () => Promise<Timing>>>,
  { rounds, hubs, waiting, callers }: FloorPlan,
): Promise<readonly Figure[]> {
  const table = `PostgreSQL without HTTP: ${what}, ${waiting.toLocaleString('en-US')} waiting, ${callers} callers`;
  const timings = new Map<string, Timing[]>(Object.keys(contenders).map(name => [name, []]));
  // The first round is there to fill caches and make plans.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, measure] of Object.entries(contenders)) {
      const timing = await measure();
      if (round > 0) timings.get(name)?.push(timing);
    }
  }
  const [least = []] = timings.values();
  const floor = median(least.map(({ perSecond }) => perSecond));
  return [...timings].map(([name, of]) => {
    const rates = of.map(({ perSecond }) => perSecond);
    const rate = median(rates);
    const spread = `[${formatRate(Math.min(...rates))} to ${formatRate(Math.max(...rates))}]`;
    const p50 = median(of.map(timing => timing.p50));
    const p99 = median(of.map(timing => timing.p99));
    const text = `${formatRate(rate)} ${spread}, ${formatMs(p50)} / ${formatMs(p99)}, ${(floor / rate).toFixed(2)} × the floor`;
    return { table, row: `${hubs === 1 ? 'one hub' : `${hubs} hubs`}: ${name}`, text };
  });
}

/** Networks of ten transformations with tasks on their hubs; the keys of the hubs. */
async function fill(store: StateStore, plan: FloorPlan): Promise<readonly Key[]> {
  const { waiting, hubs, callers } = plan;
  await store.initialize();
  for (let index = 0; index < callers; index++) {
    const service = serviceOf(index, plan);
    await store.compute.register({ service, owner: 'bench', manager: null, now: new Date() });
  }
  for (let hub = 0; hub < hubs; hub++) {
    const chain = syntheticChain(10, `floor-${hub}`);
    const { network } = await store.networks.create({ scope: SCOPE, state: 'active', chain });
    const transformations = await store.networks.listTransformations({ network });
    for (let made = 0; made < waiting / hubs; made += 20_000) {
      const length = Math.min(20_000, waiting / hubs - made);
      const items = Array.from({ length }, (_, index) => ({
        transformation: transformations[index % transformations.length] ?? '',
        extends: null,
      }));
      const tasks = await store.tasks.create({ items, creator: 'bench', now: new Date() });
      await store.hubs.action({ network, tasks, weights: null });
    }
  }
  return (await store.hubs.list({ scopes: [SCOPE] })).map(({ hub }) => hub);
}

/** About as many services as callers claim at a time. */
function serviceOf(index: number, { callers }: FloorPlan): string {
  return `bench${index % callers}-${'0'.repeat(32)}`;
}

function inStore(
  store: StateStore,
  plan: FloorPlan,
  claim: (index: number) => Promise<Key>,
): Promise<Timing> {
  return timeConcurrentCalls(plan.count, plan.callers, async index => {
    const task = await claim(index);
    const pushed = await store.results.push({
      task,
      objKey: `ProtocolDAGResult-${index}`,
      ok: true,
      location: `bench/${index}`,
      service: serviceOf(index, plan),
      failures: [],
      restarts: { tried: [], matched: [] },
      now: new Date(),
    });
    if (pushed === null || pushed === 'stale' || pushed.status !== 'complete')
      throw new Error(`${task} is not complete`);
  });
}

async function fromHub(
  store: StateStore,
  hubs: readonly Key[],
  index: number,
  service: string,
): Promise<Key> {
  const hub = hubs[index % hubs.length] ?? '';
  const [task] = await store.hubs.claimFromHub({
    service,
    hub,
    count: 1,
    protocols: null,
    now: new Date(),
  });
  if (task === undefined) throw new Error(`${hub} has run out of tasks`);
  return task;
}

async function fromAny(store: StateStore, service: string): Promise<Key> {
  const now = new Date();
  const answer = await store.hubs.claim({
    service,
    scopes: [SCOPE],
    exclude: [],
    count: 1,
    protocols: null,
    now,
    maxFailures: 3,
    failuresSince: new Date(now.getTime() - 600_000),
  });
  const task = answer.denied ? undefined : answer.tasks[0];
  if (task === undefined) throw new Error('nothing was claimed');
  return task;
}
