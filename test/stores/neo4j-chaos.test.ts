// Neo4j behind a connection that breaks: what was asked for is done once, and where it cannot be known there is one clear
// refusal.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openNeo4jStore } from '../../src/store/neo4j/open.ts';
import { seededRandom } from '../../src/store/random.ts';
import type { StateStore } from '../../src/store/state-store.ts';
import { at, refusal, World } from '../contract/state-store/world.ts';
import { setStrategy } from '../strategist/networks.ts';
import { startCommitProxy } from '../support/commit-proxy.ts';
import { neo4jUrl, openEmptyStore } from '../support/neo4j-graph.ts';
import { findNeo4j, neo4jLock } from '../support/services.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const found = await findNeo4j();
/** Bolt's message of that name: its length, a structure without fields, its number. */
const COMMIT = Buffer.from([0x00, 0x02, 0xb0, 0x12]);

describe('Neo4j that breaks a connection', { skip: 'skip' in found ? found.skip : false }, () => {
  for (const accident of ['lose the question', 'lose the answer'] as const) {
    test(`at a commit (${accident}): the write is done once`, { timeout: 600_000 }, async () => {
      if ('skip' in found) return;
      await using _lock = await neo4jLock();
      await using store = await openEmptyStore(found.service);
      const run = await store.transfer.begin({ source: 'elsewhere', started: at(0) });
      const world = new World(store);
      const network = await world.network();
      const tasks = await world.actioned(network, 3);
      const idle = await world.tasks(network.transformations[0] ?? '', 2);
      const service = await world.service();
      const claim = { hub: network.hub, service, count: 1, protocols: null, now: at(1) };
      for (const [what, write] of [
        ['create', (to: StateStore) => new World(to).tasks(network.transformations[0] ?? '', 5)],
        ['claim', (to: StateStore) => to.hubs.claimFromHub(claim)],
        [
          'action',
          (to: StateStore) => to.hubs.action({ network: network.network, tasks: idle, weights: 0.5 }),
        ],
        ['cancel', (to: StateStore) => to.hubs.cancel({ network: network.network, tasks })],
        ['end', async (to: StateStore) => [await to.transfer.end({ run })]],
      ] as const) {
        await using proxy = await startCommitProxy(neo4jUrl(found.service), accident, COMMIT);
        await using far = openNeo4jStore(proxy.url);
        // Whether the graph is initialized is asked first, in a transaction of its own.
        await far.ping();
        proxy.arm();
        const answer = await write(far);
        assert.ok(proxy.hasHappened(), what);
        if (what === 'create') assert.equal(answer.length, 5);
        if (what === 'claim') assert.equal(answer.length, 1);
        if (what === 'action') assert.deepEqual(answer, idle);
        if (what === 'cancel') assert.deepEqual(answer, tasks);
      }
      assert.equal(await store.transfer.findUnfinished(), null);
      assert.equal((await store.tasks.query({ scopes: [network.scope], status: null })).length, 10);
      assert.equal((await store.tasks.query({ scopes: [network.scope], status: 'running' })).length, 1);
      assert.deepEqual(await store.check(), []);
    });
  }

  for (const accident of ['lose the question', 'lose the answer'] as const) {
    test(`at a commit of a strategy's run (${accident}): it goes on as if nothing had been`, {
      timeout: 600_000,
    }, async () => {
      if ('skip' in found) return;
      await using _lock = await neo4jLock();
      await using store = await openEmptyStore(found.service);
      const { network, transformations } = await new World(store).network();
      await setStrategy(store, network);
      const [transformation = ''] = transformations;
      const run = { network, holder: 'one' };
      const times = { now: at(0), until: at(60), minimumSleepSeconds: 0, keep: 3 };
      const outcome = { status: 'awake', resultCount: 0, exception: null, traceback: null } as const;
      const told = {
        strategy: 'Strategy-1',
        mode: 'partial',
        started: at(0),
        ended: at(2),
        iteration: 1,
        statusBefore: 'awake',
        statusAfter: 'awake',
        resultCount: 0,
        created: 2,
        actioned: 2,
        cancelled: 0,
        exception: null,
        transformations: [],
      } as const;
      const done = { ...run, outcome: { ...outcome, lastIteration: at(2) }, run: told, keep: 3 };
      const targets = [{ transformation, target: 2 }];
      for (const write of [
        async ({ strategies }: StateStore) =>
          assert.ok((await strategies.begin({ ...run, ...times })) !== null),
        async ({ strategies }: StateStore) => {
          const applied = await strategies.applyTargets({ ...run, targets, now: at(1) });
          assert.deepEqual(applied, [{ actionedBefore: 0, created: 2, actioned: 2, cancelled: 0 }]);
        },
        async ({ strategies }: StateStore) => assert.equal(await strategies.finish(done), true),
      ]) {
        await using proxy = await startCommitProxy(neo4jUrl(found.service), accident, COMMIT);
        await using far = openNeo4jStore(proxy.url);
        await far.ping();
        proxy.arm();
        await write(far);
        assert.ok(proxy.hasHappened());
      }
      const kept = await store.strategies.listRuns({ network, before: null, limit: 9 });
      assert.deepEqual(
        kept.map(({ run }) => run.created),
        [2],
      );
      assert.equal((await store.strategies.getState({ network }))?.iterations, 1);
      assert.equal((await store.tasks.listForNetwork({ network, status: null })).length, 2);
      assert.equal(await store.strategies.finish(done), false, 'asked anew, and not tried again');
      assert.deepEqual(await store.check(), []);
    });
  }

  test('anywhere: calls work or say that the database does not answer', { timeout: 600_000 }, async t => {
    if ('skip' in found) return;
    await using _lock = await neo4jLock();
    await using store = await openEmptyStore(found.service);
    const network = await new World(store).network();
    await using proxy = await startTcpProxy(Number(new URL(found.service.url).port));
    const url = new URL(neo4jUrl(found.service));
    url.port = String(proxy.port);
    await using far = openNeo4jStore(url.href);
    const random = seededRandom(6);
    const counts = { created: 0, refused: 0 };
    let isOver = false;
    const work = async (): Promise<void> => {
      while (!isOver) {
        try {
          const made = await new World(far).actioned(network, 2);
          counts.created += made.length;
        } catch (error) {
          refusal('STORE_UNAVAILABLE', /does not answer/)(error);
          counts.refused += 1;
        }
      }
    };
    const working = Promise.all([work(), work(), work()]);
    while (proxy.cuts < 80) {
      proxy.cutAfter(1 + Math.floor(2500 * random()), random() < 0.5 ? 'up' : 'down');
      await sleep(15);
    }
    isOver = true;
    await working;
    t.diagnostic(`${proxy.cuts} cuts, ${counts.created} tasks, ${counts.refused} refusals`);
    const tasks = await store.tasks.query({ scopes: [network.scope], status: null });
    // A call that was refused at its second step has made its tasks.
    const most = counts.created + 2 * counts.refused;
    assert.ok(tasks.length >= counts.created && tasks.length <= most, `${tasks.length} tasks`);
    assert.deepEqual(await store.check(), []);
  });
});
