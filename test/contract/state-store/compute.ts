// Compute services: registration, signs of life, silence, and failures that deny claims.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, describeStore, type OpenStore, refusal } from './world.ts';

export function computeContract(open: OpenStore): void {
  describeStore('compute', open, world => {
    const registered = async (service: string): Promise<readonly [Date, Date] | undefined> => {
      const found = (await world().store.compute.list()).find(
        registration => registration.service === service,
      );
      return found === undefined ? undefined : [found.registered, found.heartbeat];
    };

    test('a registration has its id, its owner and both times', async () => {
      const { store } = world();
      await store.compute.register({ service: 'one-1', owner: 'grace', manager: null, now: at(100) });
      assert.deepEqual(
        (await store.compute.list()).filter(({ service }) => service === 'one-1'),
        [{ service: 'one-1', owner: 'grace', registered: at(100), heartbeat: at(100), manager: null }],
      );
    });

    test('registering again refreshes the heartbeat; another owner is refused', async () => {
      const { store } = world();
      await store.compute.register({ service: 'two-1', owner: 'grace', manager: null, now: at(100) });
      await store.compute.register({ service: 'two-1', owner: 'grace', manager: null, now: at(110) });
      assert.deepEqual(await registered('two-1'), [at(100), at(110)]);
      await assert.rejects(
        store.compute.register({ service: 'two-1', owner: 'mallory', manager: null, now: at(120) }),
        refusal('CONFLICT', /registered by another identity/),
      );
      assert.deepEqual(await registered('two-1'), [at(100), at(110)]);
    });

    test('a heartbeat moves only the heartbeat, of the own service only', async () => {
      const { store } = world();
      await store.compute.register({ service: 'three-1', owner: 'grace', manager: null, now: at(100) });
      const beat = (service: string, owner: string): Promise<boolean> =>
        store.compute.heartbeat({ service, owner, now: at(130) });
      assert.equal(await beat('three-1', 'mallory'), false);
      assert.equal(await beat('nobody-1', 'grace'), false);
      assert.deepEqual(await registered('three-1'), [at(100), at(100)]);
      assert.equal(await beat('three-1', 'grace'), true);
      assert.deepEqual(await registered('three-1'), [at(100), at(130)]);
    });

    test('deregistration: running tasks wait again, others stay as they are', async () => {
      const { store } = world();
      const network = await world().network();
      const tasks = await world().actioned(network, 4);
      const service = await world().service();
      assert.equal((await world().claim(network.scope, service, { count: 3 })).length, 3);
      const held = (await store.tasks.query({ scopes: [network.scope], status: 'running' })) as [
        string,
        string,
        string,
      ];
      await world().push(held[0], true, service);
      await world().push(held[1], false, service);
      assert.equal(await store.compute.deregister({ service, owner: 'mallory' }), false);
      assert.equal(await store.compute.deregister({ service, owner: 'grace' }), true);
      assert.equal(await store.compute.deregister({ service, owner: 'grace' }), false);
      assert.equal(await registered(service), undefined);
      assert.deepEqual(await world().statuses(held), ['complete', 'error', 'waiting']);
      const left = tasks.find(task => !held.includes(task));
      assert.deepEqual(
        new Set(await world().claim(network.scope, await world().service(), { count: 5 })),
        new Set([held[2], left]),
      );
    });

    test('expiry removes those last heard of before the moment, and says which', async () => {
      const { store } = world();
      const network = await world().network();
      await world().actioned(network, 2);
      const [old, recent] = [await world().service(at(-5000)), await world().service(at(-4000))];
      const [task = ''] = await world().claim(network.scope, old);
      const [kept = ''] = await world().claim(network.scope, recent);
      assert.deepEqual(await store.compute.expire({ before: at(-5000) }), []);
      assert.deepEqual(await store.compute.expire({ before: at(-4000) }), [old]);
      assert.deepEqual(await store.compute.expire({ before: at(-4000) }), []);
      assert.deepEqual(await world().statuses([task, kept]), ['waiting', 'running']);
      assert.equal(await store.compute.heartbeat({ service: old, owner: 'grace', now: at(0) }), false);
      assert.deepEqual(await world().claim(network.scope, recent), [task]);
    });

    test('more recent failures than allowed deny every claim, until they are old enough', async () => {
      const { store } = world();
      const network = await world().network();
      await world().actioned(network, 6);
      const service = await world().service();
      for (const seconds of [10, 20, 30]) {
        const [task = ''] = await world().claim(network.scope, service);
        await world().push(task, false, service, at(seconds));
      }
      const claim = (maxFailures: number, since: number): ReturnType<typeof store.hubs.claim> =>
        store.hubs.claim(
          world().claimParams(network.scope, service, { maxFailures, failuresSince: at(since) }),
        );
      assert.deepEqual(await claim(2, 9), { denied: true });
      assert.deepEqual(await claim(0, 29), { denied: true });
      assert.equal((await claim(3, 9)).denied, false);
      assert.equal((await claim(0, 30)).denied, false);
      // Denied, whether there is work or not.
      const elsewhere = world().claimParams(world().scope(), service, {
        maxFailures: 0,
        failuresSince: at(-1),
      });
      assert.deepEqual(await store.hubs.claim({ ...elsewhere, maxFailures: -1 }), { denied: true });
    });

    test('a failure counts once, however often it is pushed, and only against the holder', async () => {
      const { store } = world();
      const network = await world().network();
      await world().actioned(network, 3);
      const [service, other] = [await world().service(), await world().service()];
      const [task = ''] = await world().claim(network.scope, service);
      const push = { task, objKey: 'R-1', ok: false, location: 'x', failures: [], now: at(10) };
      await world().pushExactly({ ...push, service: other, objKey: 'R-2' });
      for (let i = 0; i < 3; i++) await world().pushExactly({ ...push, service });
      const denied = async (who: string, maxFailures: number): Promise<boolean> =>
        (await store.hubs.claim(world().claimParams(network.scope, who, { maxFailures, count: 0 }))).denied;
      assert.deepEqual([await denied(service, 1), await denied(service, 0)], [false, true]);
      assert.equal(await denied(other, 0), false);
    });

    test('failures go with the registration', async () => {
      const { store } = world();
      const network = await world().network();
      await world().actioned(network, 2);
      const service = await world().service();
      const [task = ''] = await world().claim(network.scope, service);
      await world().push(task, false, service);
      await store.compute.deregister({ service, owner: 'grace' });
      await store.compute.register({ service, owner: 'grace', manager: null, now: at(3) });
      assert.equal((await world().claim(network.scope, service, { maxFailures: 0 })).length, 1);
    });
  });
}
