// The store as a whole: made, emptied, closed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeStore, type OpenStore, refusal, World } from './world.ts';

export function lifecycleContract(open: OpenStore): void {
  describeStore('lifecycle', open, world => {
    test('initialize is harmless when repeated, also many times at once', async () => {
      const { store } = world();
      const { network } = await world().network();
      await store.initialize();
      await Promise.all([store.initialize(), store.initialize(), store.initialize()]);
      assert.equal(await store.networks.exists({ key: network }), true);
      await store.ping();
    });

    test('reset deletes everything; initialize begins anew', async () => {
      const { store } = world();
      const network = await world().network();
      const [task = ''] = await world().actioned(network, 3);
      await world().bring(task, 'running');
      await store.identities.put({ type: 'user', identifier: 'ada', hashedKey: '$2b$12$x' });
      await store.reset();
      await assert.rejects(store.ping(), refusal('STORE_UNAVAILABLE', /not been initialized/));
      await assert.rejects(
        store.tasks.getStatuses({ tasks: [task] }),
        refusal('STORE_UNAVAILABLE', /initialized/),
      );
      await store.initialize();
      await store.ping();
      assert.equal(await store.networks.exists({ key: network.network }), false);
      assert.deepEqual(await store.identities.list({ type: 'user' }), []);
      assert.deepEqual(await store.compute.list(), []);
      assert.equal((await world().network()).transformations.length, 1);
    });

    test('sweeping takes nothing that can be seen', async () => {
      const { store } = world();
      const network = await world().network(['A', 'B']);
      const tasks = await world().actioned(network, 3);
      await world().bring(tasks[0] ?? '', 'complete');
      const chain = await store.networks.getChain({ key: network.network });
      assert.equal(await store.sweep(new Date(Date.now() + 86_400_000)), 0);
      assert.deepEqual(await store.networks.getChain({ key: network.network }), chain);
      assert.deepEqual(await store.tasks.getStatuses({ tasks: tasks.slice(0, 2) }), ['complete', 'waiting']);
      assert.deepEqual(await store.check(), []);
    });

    test('a closed store refuses, and closing it lets calls under way end', async () => {
      const store = await open();
      const another = new World(store);
      const { transformations } = await another.network();
      const creating = another.tasks(transformations[0] ?? '', 500);
      await store[Symbol.asyncDispose]();
      assert.equal((await creating).length, 500);
      await assert.rejects(store.ping(), refusal('STORE_UNAVAILABLE', /closed/));
      await store[Symbol.asyncDispose]();
    });
  });
}
