// An instance with something of everything, and of what is hard to move: texts with a NUL, the largest priority, chains of tasks,
// tasks that were given up, restarts counted by several patterns, a strategy with a history, one text under two scopes.
import assert from 'node:assert/strict';
import { hash } from '@node-rs/bcrypt';
import { resultLocation } from '../../src/domain/result-location.ts';
import { ScopedKey } from '../../src/domain/scoped-key.ts';
import { DEFAULT_STRATEGY_STATE } from '../../src/domain/strategy.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import type { Key, StateStore } from '../../src/store/state-store.ts';
import { writeSomethingOfEverything } from '../compat/write-everything.ts';
import { type Stored, sampleNetwork, submit } from '../contract/state-store/samples.ts';
import { at, World } from '../contract/state-store/world.ts';

/** Who may read everything, and the key. */
export const READER = { identifier: 'reader', key: 'reader-key' };

/** Fills an empty, initialized store, and an object store with the bodies of its results. */
export async function fillRichly(store: StateStore, objects: ObjectStore | null): Promise<void> {
  await writeSomethingOfEverything(store);
  await store.identities.put({
    type: 'user',
    identifier: READER.identifier,
    hashedKey: await hash(READER.key, { cost: 4 }),
  });
  await store.identities.addScopes({
    type: 'user',
    identifier: READER.identifier,
    scopes: [
      { org: 'zoo', campaign: null, project: null },
      { org: null, campaign: null, project: null },
      { org: 'ant', campaign: 'b', project: 'c' },
    ],
  });
  const world = new World(store);
  const [first, second] = [
    await world.network(['ProtocolA', 'ProtocolB']),
    await world.network(['ProtocolA']),
  ];
  await store.hubs.setWeights({ networks: [first.network, second.network], weights: [0.25, 0] });
  await store.networks.setStates({ networks: [second.network], states: ['inactive'] });
  await fillTasks(world, first);
  await fillRestarts(world, second);
  await fillStrategy(store, first.network);
  if (objects !== null) await fillObjects(store, objects);
}

async function fillTasks(world: World, stored: Stored): Promise<void> {
  const { store } = world;
  const [transformation = ''] = stored.transformations;
  const roots = await world.tasks(transformation, 3);
  const children = await world.tasks(transformation, 2, roots[0] ?? null);
  const grandchildren = await world.tasks(transformation, 2, children[0] ?? null);
  await store.tasks.setPriorities({ tasks: grandchildren, priority: 2n ** 63n - 1n });
  const all = [...roots, ...children, ...grandchildren];
  const weights = all.map((_, place) => place / 10);
  await store.hubs.action({ network: stored.network, tasks: all, weights });
  await store.tasks.setStatuses({ tasks: [roots[1] ?? ''], status: 'invalid' });
  await store.hubs.cancel({ network: stored.network, tasks: [children[1] ?? ''] });
  // In a second network too.
  const other = await submit(
    store,
    stored.scope,
    sampleNetwork('other', [{ name: 'edge 0', protocol: 'ProtocolA' }]),
  );
  assert.ok(other.network !== stored.network);
  await store.hubs.action({ network: other.network, tasks: all.slice(2, 4), weights: 0.75 });
}

async function fillRestarts(world: World, { network, transformations }: Stored): Promise<void> {
  const { store } = world;
  await store.hubs.setWeights({ networks: [network], weights: [0.5] });
  const tasks = await world.tasks(transformations[0] ?? '', 3);
  await store.hubs.action({ network, tasks, weights: null });
  const patterns = ['boom', 'never', 'tab\tand "quotes"'];
  await store.restarts.add({ network, patterns, maxRetries: 5 });
  for (const [turn, task] of [tasks[0], tasks[0], tasks[1]].entries()) {
    const matched = turn === 1 ? ['boom', 'never'] : ['boom'];
    await world.push(task ?? '', false, await world.claimOnly(task ?? ''), at(3 + turn), {
      tried: patterns,
      matched,
    });
  }
  // Stays in error: nothing matched.
  const rest = { tried: patterns, matched: [] };
  const failures = ['line one\nline two é \u{1f9ea}', 'another'].map((traceback, place) => {
    return { traceback, sourceKey: `Unit-${place}`, failureKey: `Failure-${place}` };
  });
  const service = await world.claimOnly(tasks[2] ?? '');
  const push = { task: tasks[2] ?? '', ok: false, service, now: at(9), failures };
  await world.pushExactly({
    ...push,
    objKey: 'ProtocolDAGResult-e',
    location: 'legacy/obj.json',
    restarts: rest,
  });
  // Runs, and is held.
  await world.claimOnly(tasks[1] ?? '');
}

const STRATEGY =
  '[["GrowthStrategy-a", {"settings": {"n": 1.0}, "__qualname__": "GrowthStrategy", "__module__": "m"}]]';

async function fillStrategy({ strategies }: StateStore, network: Key): Promise<void> {
  await strategies.set({ network, chain: new TextEncoder().encode(STRATEGY), state: DEFAULT_STRATEGY_STATE });
  for (const turn of [1, 2]) {
    const holder = `run ${turn}`;
    const begin = {
      network,
      holder,
      now: at(10_000 * turn),
      until: at(10_000 * turn + 60),
      minimumSleepSeconds: 0,
      keep: 9,
    };
    assert.notEqual(await strategies.begin(begin), null);
    const run = {
      strategy: 'GrowthStrategy-a',
      mode: 'partial',
      started: at(10_000 * turn),
      ended: at(10_000 * turn + 1),
      iteration: turn,
      statusBefore: 'awake',
      statusAfter: 'awake',
      resultCount: 3,
      created: 1,
      actioned: 2,
      cancelled: 0,
      exception: turn === 1 ? (['ValueError', 'no weights'] as const) : null,
      transformations: [],
    } as const;
    const outcome = {
      status: 'awake',
      lastIteration: at(10_000 * turn),
      resultCount: 3,
      exception: null,
      traceback: null,
    } as const;
    assert.ok(await strategies.finish({ network, holder, outcome, run, keep: 10 }));
  }
}

/** Bodies where they belong, but for every second, which lies where its reference says. */
async function fillObjects(store: StateStore, objects: ObjectStore): Promise<void> {
  for (let after: string | null = null, place = 0; ; ) {
    const page: Awaited<ReturnType<StateStore['audit']['listResults']>> = await store.audit.listResults({
      after,
      limit: 100,
    });
    for (const { transformation, objKey, ok, location } of page.items) {
      const belongs = resultLocation(ScopedKey.parse(transformation), objKey, ok);
      const upload = await objects.createUpload();
      // Of all lengths, also none.
      await upload.write(Buffer.from(`${objKey} `.repeat(place * 700)));
      await upload.commit(place++ % 2 === 0 ? belongs : location);
    }
    if (page.next === null) return;
    after = page.next;
  }
}
