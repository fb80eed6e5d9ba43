// PostgreSQL going away in the middle: no acknowledged request is lost, none is done twice, and while it is away there is one
// clear refusal.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskStatus } from '../../src/domain/task-status.ts';
import { openStateStore } from '../../src/store/open.ts';
import type { Key, StateStore } from '../../src/store/state-store.ts';
import { at, refusal, World } from '../contract/state-store/world.ts';
import { startCommitProxy } from '../support/commit-proxy.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { findPostgres, privateServer } from '../support/services.ts';

const found = await findPostgres();

describe('PostgreSQL that breaks a connection', { skip: 'skip' in found ? found.skip : false }, () => {
  for (const accident of ['lose the question', 'lose the answer'] as const) {
    test(`at a commit (${accident}): the write is done once`, { timeout: 60_000 }, async () => {
      if ('skip' in found) return;
      await using database = await createTestDatabase(found.service);
      await using store = await openStateStore(database.url);
      await store.initialize();
      const world = new World(store);
      const network = await world.network();
      const tasks = await world.actioned(network, 3);
      const service = await world.service();
      const claim = { hub: network.hub, service, count: 1, protocols: null, now: at(1) };

      /** Lets the accident happen to the first packet with these bytes after `arm`. */
      const breaking = async (
        bytes: string,
        write: (far: StateStore, arm: () => void) => Promise<void>,
      ): Promise<void> => {
        await using proxy = await startCommitProxy(database.url, accident, bytes);
        await using far = await openStateStore(`${proxy.url}?connections=1&sslmode=disable`);
        await write(far, () => proxy.arm());
        assert.ok(proxy.hasHappened(), bytes);
      };
      await breaking('COMMIT', async (far, arm) => {
        arm();
        assert.equal((await new World(far).tasks(network.transformations[0] ?? '', 5)).length, 5);
      });
      // Of claims and results the commit travels with a statement, known by a parameter or by its words.
      const claimed: Key[] = [];
      await breaking(service, async (far, arm) => {
        // The same service at the same moment: what it was given before is not given again.
        claimed.push(...(await far.hubs.claimFromHub(claim)));
        arm();
        claimed.push(...(await far.hubs.claimFromHub(claim)));
      });
      assert.equal(new Set(claimed).size, 2);
      // What was given before and went back to wait is given again.
      const second = await world.network();
      const [lone = ''] = await world.actioned(second, 1);
      const again = { ...claim, hub: second.hub };
      await breaking(service, async (far, arm) => {
        assert.deepEqual(await far.hubs.claimFromHub(again), [lone]);
        await store.tasks.setStatuses({ tasks: [lone], status: 'waiting' });
        arm();
        assert.deepEqual(await far.hubs.claimFromHub({ ...again, now: at(2) }), [lone]);
      });
      await store.tasks.setStatuses({ tasks: [lone], status: 'waiting' });
      await breaking('DISTINCT ON', async (far, arm) => {
        arm();
        for (const task of claimed) {
          assert.equal((await new World(far).push(task, true, service))?.status, 'complete');
        }
      });
      await breaking('COMMIT', async (far, arm) => {
        arm();
        const left = tasks.filter(task => !claimed.includes(task));
        assert.deepEqual(await far.hubs.cancel({ network: network.network, tasks: left }), left);
      });
      const count = async (status: TaskStatus | null): Promise<number> =>
        (await store.tasks.query({ scopes: [network.scope], status })).length;
      assert.deepEqual([await count(null), await count('running'), await count('complete')], [8, 0, 2]);
      for (const task of claimed)
        assert.equal((await store.results.list({ of: { task }, ok: true })).length, 1);
      assert.deepEqual(await store.check(), []);
    });
  }

  for (const accident of ['lose the question', 'lose the answer'] as const) {
    test(`while it is made (${accident}): nothing was asked on it, so it is made again`, async () => {
      if ('skip' in found) return;
      await using database = await createTestDatabase(found.service);
      await using store = await openStateStore(database.url);
      await store.initialize();
      const network = await new World(store).network();
      // What a new connection says first.
      await using proxy = await startCommitProxy(database.url, accident, 'plan_cache_mode');
      await using far = await openStateStore(`${proxy.url}?connections=2&sslmode=disable`);
      const world = new World(far);
      proxy.arm();
      // One takes the connection that is there, so that another must be made.
      const made = await Promise.all([1, 2].map(() => world.tasks(network.transformations[0] ?? '', 2)));
      assert.ok(proxy.hasHappened());
      assert.equal(new Set(made.flat()).size, 4);
      assert.equal((await store.tasks.query({ scopes: [network.scope], status: null })).length, 4);
    });
  }

  test('no server, no database, a wrong password', async () => {
    if ('skip' in found) return;
    const url = new URL(found.service.url);
    const opened = async (change: (to: URL) => void): Promise<void> => {
      const other = new URL(url);
      change(other);
      const store = await openStateStore(other.href);
      await store[Symbol.asyncDispose]();
    };
    const asks = (change: (to: URL) => void, message: RegExp): Promise<void> =>
      assert.rejects(opened(change), refusal('STORE_UNAVAILABLE', message));
    await asks(to => (to.port = '1'), /postgres:\/\/alchemiscale@127\.0\.0\.1:1\/postgres cannot be reached/);
    await asks(to => (to.pathname = '/nowhere'), /does not exist/);
    if (url.password !== '') await asks(to => (to.password = 'wrong'), /refuses the user or the password/);
    await asks(to => to.searchParams.set('sslmode', 'require'), /has no TLS/);
  });
});

/** Creates, claims and completes tasks until told to stop; what was acknowledged. */
async function work(store: StateStore, world: World, isOver: () => boolean): Promise<Acknowledged> {
  const acknowledged: Acknowledged = { created: [], completed: [], refused: 0 };
  const network = await world.network();
  const service = await world.service();
  while (!isOver()) {
    try {
      const tasks = await world.actioned(network, 3);
      acknowledged.created.push(...tasks);
      for (const task of await world.claim(network.scope, service, { count: 2 })) {
        const pushed = await world.push(task, true, service);
        assert.equal(pushed?.status, 'complete');
        acknowledged.completed.push(task);
      }
    } catch (error) {
      refusal('STORE_UNAVAILABLE', /postgres:/)(error);
      acknowledged.refused++;
      await sleep(20);
    }
  }
  assert.ok(store === world.store);
  return acknowledged;
}

interface Acknowledged {
  readonly created: Key[];
  readonly completed: Key[];
  refused: number;
}

/** After a crash of the server its connections may live on for a moment. */
async function isGone(store: StateStore): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const error = await store.ping().then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error !== null)
      return void refusal('STORE_UNAVAILABLE', /cannot be reached|broke the connection/)(error);
    assert.ok(tries < 100, 'it still answers');
    await sleep(50);
  }
}

describe('PostgreSQL that stops and starts again', () => {
  // SIGINT ends connections at once; SIGKILL is a crash.
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    test(`by ${signal}: nothing acknowledged is lost`, { timeout: 120_000 }, async t => {
      const server = await privateServer('postgres');
      if ('skip' in server) return t.skip(server.skip);
      await using postgres = server.service;
      await using store = await openStateStore(postgres.service.url);
      await store.initialize();
      const world = new World(store);
      let isOver = false;
      const working = Promise.all(Array.from({ length: 6 }, () => work(store, world, () => isOver)));
      for (let round = 0; round < 2; round++) {
        await sleep(700);
        await postgres.stop(signal);
        await isGone(store);
        await postgres.start();
      }
      await sleep(500);
      isOver = true;
      const acknowledged = await working;
      const created = acknowledged.flatMap(one => one.created);
      const completed = acknowledged.flatMap(one => one.completed);
      t.diagnostic(
        `${created.length} tasks, ${completed.length} results, ${acknowledged.map(one => one.refused)} refusals`,
      );
      assert.ok(completed.length > 0);
      assert.ok(!(await store.tasks.getStatuses({ tasks: created })).includes(null), 'a task is lost');
      const statuses = await store.tasks.getStatuses({ tasks: completed });
      assert.deepEqual(new Set(statuses), new Set(['complete']));
      assert.deepEqual(await store.check(), []);
    });
  }
});
