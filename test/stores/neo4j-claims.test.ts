// How claims take from a hub of the graph: what a try remembers for the next, in which order hubs are locked, and what is drawn
// although it cannot be claimed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ClaimMemory, takeFromHub } from '../../src/store/neo4j/claim-take.ts';
import { type Database, statement, type Work } from '../../src/store/neo4j/database.ts';
import { createTasks } from '../../src/store/neo4j/task-create.ts';
import { createTaskStore } from '../../src/store/neo4j/tasks.ts';
import type { Key, StateStore } from '../../src/store/state-store.ts';
import { type Stored, sampleNetwork, submit } from '../contract/state-store/samples.ts';
import { at, sorted, World } from '../contract/state-store/world.ts';
import { openEmptyStore, openGraph } from '../support/neo4j-graph.ts';
import { findNeo4j, neo4jLock } from '../support/services.ts';

const found = await findNeo4j();
const now = at(1);

describe('claims in Neo4j', { skip: 'skip' in found && found.skip }, () => {
  const undo = new AsyncDisposableStack();
  let store: StateStore;
  let graph: Database;
  let world: World;
  before(async () => {
    assert.ok('service' in found);
    undo.use(await neo4jLock());
    store = undo.use(await openEmptyStore(found.service));
    graph = openGraph(found.service);
    undo.defer(() => graph.close());
    world = new World(store);
  });
  after(() => undo.disposeAsync());

  /** Two networks with one transformation and tasks that are on both hubs; by the keys of these. */
  async function shared(count: number): Promise<{ hubs: readonly [Stored, Stored]; tasks: readonly Key[] }> {
    const scope = world.scope();
    const edge = { name: 'shared', protocol: 'P' };
    const one = await submit(store, scope, sampleNetwork('one', [edge]));
    const two = await submit(store, scope, sampleNetwork('two', [edge]));
    const tasks = await world.tasks(one.transformations[0] ?? '', count);
    for (const { network } of [one, two]) await store.hubs.action({ network, tasks, weights: null });
    return { hubs: one.hub < two.hub ? [one, two] : [two, one], tasks };
  }

  const fresh = (): ClaimMemory => ({ companions: new Set(), taken: [], restarts: 0 });

  test('a try whose commit was made although its answer was lost is not made twice', async () => {
    const { hubs, tasks } = await shared(6);
    const service = await world.service();
    const source = { hub: hubs[1].hub, protocols: null };
    const claimers = [2, 1].map(count => ({ service, owner: null, count, now }));
    const memory = fresh();
    memory.companions.add(hubs[0].hub);
    const first = await graph.write(tx => takeFromHub(tx, source, claimers, memory));
    const second = await graph.write(tx => takeFromHub(tx, source, claimers, memory));
    assert.ok(first !== 'again' && second !== 'again');
    assert.deepEqual(
      first.map(taken => taken?.length),
      [2, 1],
    );
    assert.deepEqual(
      second.map(taken => sorted(taken ?? [])),
      first.map(taken => sorted(taken ?? [])),
    );
    const statuses = await store.tasks.getStatuses({ tasks });
    assert.equal(statuses.filter(status => status === 'running').length, 3);
  });

  /** Two tries, the second of which begins before the commit of the first has been made; both answers. */
  async function overlapping<T>(work: Work<T>): Promise<readonly [T, T]> {
    const [worked, slow] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const first = graph.write(async tx => {
      const answer = await work(tx);
      worked.resolve();
      await slow.promise;
      return answer;
    });
    await Promise.race([worked.promise, first]);
    const second = graph.write(work);
    setTimeout(slow.resolve, 300);
    const [one, two] = await Promise.allSettled([first, second]);
    if (one.status === 'rejected') throw one.reason;
    if (two.status === 'rejected') throw two.reason;
    return [one.value, two.value];
  }

  test('a try whose commit is still being made is not made twice either', async () => {
    const { hubs, tasks } = await shared(6);
    const service = await world.service();
    const claimers = [2, 1].map(count => ({ service, owner: null, count, now }));
    const memory = fresh();
    const source = { hub: hubs[0].hub, protocols: null };
    const [first, second] = await overlapping(tx => takeFromHub(tx, source, claimers, memory));
    assert.ok(first !== 'again' && second !== 'again');
    assert.deepEqual(
      second.map(taken => sorted(taken ?? [])),
      first.map(taken => sorted(taken ?? [])),
    );
    const statuses = await store.tasks.getStatuses({ tasks });
    assert.equal(statuses.filter(status => status === 'running').length, 3);
  });

  test('tasks whose commit is still being made are created once', async () => {
    const scope = world.scope();
    const edge = { name: 'edge', protocol: 'P' };
    const { transformations } = await submit(store, scope, sampleNetwork('created', [edge]));
    const item = { transformation: transformations[0] ?? '', extends: null };
    let writes = 0;
    const breaking: Database = {
      ...graph,
      write: async work => (writes++ === 0 ? (await overlapping(work))[1] : graph.write(work)),
    };
    const params = { items: [item, item], creator: null, now };
    const keys = await createTasks(breaking, params);
    const counts = await store.tasks.countForTransformation(item);
    assert.deepEqual([keys.length, counts.waiting], [2, 2]);
    assert.deepEqual(await store.tasks.getStatuses({ tasks: keys }), ['waiting', 'waiting']);
  });

  test('a task that was set waiting, and claimed while that is tried again, stays with its service', async () => {
    const { hubs, tasks } = await shared(2);
    const [first = '', second = ''] = tasks;
    const [before, after] = [await world.claimOnly(first), await world.service()];
    const breaking: Database = {
      ...graph,
      write: async work => {
        await graph.write(work);
        const claim = { hub: hubs[0].hub, service: after, count: 1, protocols: null, now: at(3) };
        await store.tasks.setPriorities({ tasks: [first], priority: 1n });
        assert.deepEqual(await store.hubs.claimFromHub(claim), [first]);
        return graph.write(work);
      },
    };
    const params = { tasks: [first, second, 'Task-none-a-b-c'], status: 'waiting' } as const;
    assert.deepEqual(await createTaskStore(breaking).setStatuses(params), [first, second, null]);
    assert.deepEqual(await store.tasks.getStatuses({ tasks }), ['running', 'waiting']);
    assert.equal((await world.push(first, false, before))?.status, 'running', 'it is not its task any more');
    // Asked anew, and not tried again, it is taken from whoever has it.
    assert.deepEqual(await store.tasks.setStatuses({ tasks: [first], status: 'waiting' }), [first]);
    assert.deepEqual(await store.tasks.getStatuses({ tasks }), ['waiting', 'waiting']);
  });

  test('a hub that comes before one that is locked is locked first, in a transaction of its own', async () => {
    const { hubs } = await shared(3);
    const service = await world.service();
    const claimers = [{ service, owner: null, count: 1, now }];
    const memory = fresh();
    const late = { hub: hubs[1].hub, protocols: null };
    assert.equal(await graph.write(tx => takeFromHub(tx, late, claimers, memory)), 'again');
    assert.deepEqual([...memory.companions], [hubs[0].hub]);
    const taken = await graph.write(tx => takeFromHub(tx, late, claimers, memory));
    assert.ok(taken !== 'again');
    assert.equal(taken[0]?.length, 1);
    // The other way round nothing is in the way.
    const early = await graph.write(tx =>
      takeFromHub(tx, { hub: hubs[0].hub, protocols: null }, claimers, fresh()),
    );
    assert.ok(early !== 'again');
    assert.equal(early[0]?.length, 1);
  });

  test('tasks that only seem to wait are passed over, and twice on a hub counts once', async () => {
    const { hubs, tasks } = await shared(5);
    const [held = '', twice = ''] = tasks;
    const [service, other] = [await world.service(), await world.service()];
    const change = (cypher: string): Promise<void> =>
      graph.write(tx =>
        tx.run(statement<Record<string, string>>(cypher)({ held, twice, other, hub: hubs[0].hub })),
      );
    // As servers of the original can leave them when they overtake each other.
    await change(`MATCH (t:Task {_scoped_key: $held}), (s:ComputeServiceRegistration {identifier: $other})
      CREATE (s)-[:CLAIMS {claimed: datetime()}]->(t)`);
    await change(`MATCH (h:TaskHub {_scoped_key: $hub}), (t:Task {_scoped_key: $twice})
      CREATE (h)-[:ACTIONS {weight: 1.0, task: $twice}]->(t)`);
    const claimed = await store.hubs.claimFromHub({
      hub: hubs[0].hub,
      service,
      count: 5,
      protocols: null,
      now,
    });
    assert.deepEqual(sorted(claimed), sorted(tasks.filter(task => task !== held)));
  });

  test('many services that claim at once from one hub each get what they asked for', async () => {
    const { hubs, tasks } = await shared(60);
    const services = await Promise.all(Array.from({ length: 20 }, () => world.service()));
    const answers = await Promise.all(
      services.map((service, place) =>
        store.hubs.claim({
          service,
          scopes: [hubs[0].scope],
          exclude: [],
          count: 1 + (place % 3),
          protocols: null,
          now,
          maxFailures: 3,
          failuresSince: at(-600),
        }),
      ),
    );
    const got = answers.map(answer => (answer.denied ? [] : answer.tasks));
    assert.deepEqual(
      got.map(some => some.length),
      services.map((_, place) => 1 + (place % 3)),
    );
    const all = got.flat();
    assert.equal(new Set(all).size, all.length, 'a task was given out twice');
    assert.ok(all.every(task => tasks.includes(task)));
  });
});
