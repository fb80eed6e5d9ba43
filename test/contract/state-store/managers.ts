// Compute managers: one registration a name, and what a manager learns before it starts services.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManagerName, ManagerSurvey, SurveyForManager } from '../../../src/store/state-store.ts';
import { sampleNetwork, submit } from './samples.ts';
import { at, describeStore, EVERYWHERE, type OpenStore, sorted } from './world.ts';

export function managersContract(open: OpenStore): void {
  describeStore('managers', open, world => {
    let managers = 0;
    /** An id that nobody has used. */
    const newManager = (name = `manager_${++managers}`): ManagerName => ({
      name,
      uuid: (++managers).toString(16).padStart(32, '0'),
    });
    const register = (manager: ManagerName, steal = false, now = at(0)): Promise<'OK' | 'ERROR' | null> =>
      world().store.managers.register({ manager, owner: 'grace', steal, now });
    const report = (manager: ManagerName, detail: string | null, now = at(1)): Promise<boolean> =>
      world().store.managers.updateStatus({
        manager,
        owner: 'grace',
        status: detail === null ? 'OK' : 'ERROR',
        detail,
        saturation: detail === null ? 0.5 : null,
        now,
      });
    const survey = (
      manager: ManagerName,
      asked: Partial<SurveyForManager> = {},
    ): Promise<ManagerSurvey | null> =>
      world().store.managers.survey({
        manager,
        scopes: [],
        protocols: null,
        maxFailures: 3,
        failuresSince: at(-600),
        ...asked,
      });
    const isRegistered = async (manager: ManagerName): Promise<boolean> => (await survey(manager)) !== null;

    test('a name is registered once, until it is given up', async () => {
      const { store } = world();
      const first = newManager();
      const second = newManager(first.name);
      assert.equal(await register(first), null);
      assert.deepEqual(await survey(first), { services: [], isFailing: false, claimableTasks: 0 });
      assert.equal(await register(second), 'OK');
      assert.equal(await isRegistered(second), false);
      assert.equal(await register(first), null, 'an answer that was lost');
      await store.managers.deregister({ manager: first, owner: 'grace' });
      assert.equal(await isRegistered(first), false);
      assert.equal(await register(second), null);
      assert.equal(await isRegistered(second), true);
    });

    test('of many that register one name at once, one is registered', async () => {
      const { name } = newManager();
      const all = Array.from({ length: 8 }, () => newManager(name));
      const answers = await Promise.all(all.map(manager => register(manager)));
      assert.deepEqual(sorted(answers.map(String)), ['OK', 'OK', 'OK', 'OK', 'OK', 'OK', 'OK', 'null']);
      for (const [i, manager] of all.entries()) {
        assert.equal(await isRegistered(manager), answers[i] === null);
      }
    });

    test('a name can be stolen from a manager that is OK, or from nobody', async () => {
      const [first, second] = [newManager('thief'), newManager('thief')];
      assert.equal(await register(first, true), null);
      assert.equal(await register(second, true), null);
      assert.deepEqual([await isRegistered(first), await isRegistered(second)], [false, true]);
      assert.equal(await report(first, null), false, 'the old one learns of it');
      await world().store.managers.deregister({ manager: first, owner: 'grace' });
      assert.equal(await isRegistered(second), true, 'and takes nothing with it');
    });

    test('a manager in error stays until it is cleared, whoever comes', async () => {
      const { store } = world();
      const [first, second] = [newManager('broken'), newManager('broken')];
      await register(first);
      assert.equal(await store.managers.clearError({ name: 'broken' }), 'not in error');
      assert.equal(await report(first, "RuntimeError('boom')"), true);
      for (const manager of [first, second]) {
        assert.equal(await register(manager), 'ERROR');
        assert.equal(await register(manager, true), 'ERROR');
      }
      await store.managers.deregister({ manager: first, owner: 'grace' });
      assert.equal(await isRegistered(first), true);
      assert.equal(await store.managers.clearError({ name: 'broken' }), 'cleared');
      assert.equal(await isRegistered(first), false);
      assert.equal(await store.managers.clearError({ name: 'broken' }), 'unknown');
      assert.equal(await register(second), null);
    });

    test('a manager that reports OK after an error is OK', async () => {
      const { store } = world();
      const [manager, other] = [newManager('risen'), newManager('risen')];
      await register(manager);
      await report(manager, 'boom');
      await report(manager, null);
      assert.equal(await store.managers.clearError({ name: 'risen' }), 'not in error');
      assert.equal(await register(other), 'OK');
      await store.managers.deregister({ manager, owner: 'grace' });
      assert.equal(await isRegistered(manager), false);
    });

    test('only the identity that registered a manager reports for it and ends it', async () => {
      const { store } = world();
      const manager = newManager();
      await register(manager);
      const status = { status: 'OK', detail: null, saturation: 0, now: at(1) } as const;
      assert.equal(await store.managers.updateStatus({ manager, owner: 'mallory', ...status }), false);
      assert.equal(
        await store.managers.updateStatus({ manager: newManager(), owner: 'grace', ...status }),
        false,
      );
      await store.managers.deregister({ manager, owner: 'mallory' });
      await store.managers.deregister({ manager: newManager(manager.name), owner: 'grace' });
      await store.managers.deregister({ manager: newManager(), owner: 'grace' });
      assert.equal(await isRegistered(manager), true);
    });

    test('silent managers are forgotten, each by its own limit; their services stay', async () => {
      const { store } = world();
      const [silent, heard, failed, failedLong] = [newManager(), newManager(), newManager(), newManager()];
      for (const manager of [silent, heard, failed, failedLong]) await register(manager, false, at(-1000));
      await report(heard, null, at(-500));
      await report(failed, 'boom', at(-900));
      await report(failedLong, 'boom', at(-999));
      const service = await world().service(at(0), silent);
      await store.managers.expire({ okBefore: at(-1000), errorBefore: at(-999) });
      for (const manager of [silent, heard, failed, failedLong]) {
        assert.equal(await isRegistered(manager), true, 'exactly that old is not too old');
      }
      await store.managers.expire({ okBefore: at(-500), errorBefore: at(-900) });
      assert.deepEqual(
        [await isRegistered(silent), await isRegistered(heard), await isRegistered(failed)],
        [false, true, true],
      );
      assert.equal(await isRegistered(failedLong), false);
      assert.equal(await store.compute.heartbeat({ service, owner: 'grace', now: at(1) }), true);
    });

    test('a service registers under a manager by name and uuid, or not at all', async () => {
      const { store } = world();
      const manager = newManager();
      const register = (service: string, by: ManagerName | null): Promise<boolean> =>
        store.compute.register({ service, owner: 'grace', manager: by, now: at(0) });
      const services = async (): Promise<readonly string[]> =>
        (await store.compute.list()).map(({ service }) => service);
      assert.equal(await register('lost-1', manager), false);
      await store.managers.register({ manager, owner: 'grace', steal: false, now: at(0) });
      assert.equal(await register('lost-1', newManager(manager.name)), false, 'a uuid of the past');
      assert.ok(!(await services()).includes('lost-1'));
      assert.equal(await register('found-1', manager), true);
      const found = (await store.compute.list()).find(({ service }) => service === 'found-1');
      assert.equal(found?.manager, manager.name);
      assert.equal(await register('free-1', null), true);
      assert.deepEqual((await survey(manager))?.services, ['found-1']);
      assert.equal(await register('found-1', newManager(manager.name)), false);
      assert.deepEqual((await survey(manager))?.services, ['found-1']);
    });

    test('services outlive their manager, and belong to the next one of that name', async () => {
      const { store } = world();
      const [first, second] = [newManager('heir'), newManager('heir')];
      await register(first);
      const [a, b] = [await world().service(at(0), first), await world().service(at(0), first)];
      await world().service();
      assert.deepEqual((await survey(first))?.services, sorted([a, b]));
      await store.managers.deregister({ manager: first, owner: 'grace' });
      assert.equal(await store.compute.heartbeat({ service: a, owner: 'grace', now: at(1) }), true);
      await register(second);
      assert.deepEqual((await survey(second))?.services, sorted([a, b]));
      await store.compute.deregister({ service: b, owner: 'grace' });
      assert.deepEqual((await survey(second))?.services, [a]);
    });

    test('a manager is told when one of its services fails too often', async () => {
      const manager = newManager();
      await register(manager);
      const network = await world().network();
      await world().actioned(network, 3);
      const [service, stranger] = [await world().service(at(0), manager), await world().service()];
      for (const [who, seconds] of [
        [service, 10],
        [service, 20],
        [stranger, 20],
      ] as const) {
        const [task = ''] = await world().claim(network.scope, who);
        await world().push(task, false, who, at(seconds));
      }
      const isFailing = async (maxFailures: number, since: number): Promise<boolean | undefined> =>
        (await survey(manager, { maxFailures, failuresSince: at(since) }))?.isFailing;
      assert.deepEqual(
        [await isFailing(1, 9), await isFailing(2, 9), await isFailing(1, 10), await isFailing(0, 20)],
        [true, false, false, false],
      );
      assert.deepEqual((await survey(manager, { maxFailures: 0 }))?.services, [service]);
    });

    test('the tasks a manager is told of are those that can be claimed', async () => {
      const { store } = world();
      const manager = newManager();
      await register(manager);
      const scope = world().scope();
      const edges = [
        { name: 'a', protocol: 'A' },
        { name: 'b', protocol: 'B' },
      ];
      const one = await submit(store, scope, sampleNetwork('one', edges));
      const two = await submit(store, scope, sampleNetwork('two', edges.slice(0, 1)));
      const alone = await world().network(['A']);
      const ofA = await world().actioned(one, 5);
      const [b1 = '', b2 = ''] = await world().tasks(one.transformations[1] ?? '', 2);
      await store.hubs.action({ network: one.network, tasks: [b1, b2], weights: [0.5, 0] });
      await store.hubs.action({ network: two.network, tasks: ofA.slice(0, 3), weights: null });
      await world().actioned(alone, 4);
      const children = await world().tasks(one.transformations[0] ?? '', 2, ofA[0] ?? '');
      await store.hubs.action({ network: one.network, tasks: children, weights: null });
      const count = async (asked: Partial<SurveyForManager> = {}): Promise<number | undefined> => {
        const counted = (await survey(manager, { scopes: [scope, alone.scope], ...asked }))?.claimableTasks;
        const service = await world().service();
        const claim = { count: 100, ...asked } as const;
        const scopes = asked.scopes ?? [scope, alone.scope];
        const claimed = await world().claim(scope, service, { ...claim, scopes });
        assert.equal(claimed.length, counted, 'exactly as many can be claimed');
        await store.compute.deregister({ service, owner: 'grace' });
        return counted;
      };
      assert.equal(await count(), 5 + 1 + 4, 'each once, though on two hubs; not what weighs 0 or must wait');
      assert.equal(await count({ protocols: ['B'] }), 1);
      assert.equal(await count({ protocols: ['A', 'B', 'C'] }), 10);
      assert.equal(await count({ protocols: ['C'] }), 0);
      assert.equal(await count({ scopes: [alone.scope] }), 4);
      assert.equal(await count({ scopes: [scope, scope] }), 6);
      assert.equal(await count({ scopes: [] }), 0);
      await store.hubs.setWeights({ networks: [one.network], weights: [0] });
      assert.equal(await count({ scopes: [scope] }), 3, 'those of the other hub');
      await store.hubs.setWeights({ networks: [two.network], weights: [0] });
      assert.equal(await count({ scopes: [scope] }), 0);
      await store.hubs.setWeights({ networks: [one.network], weights: [1] });
      await world().bring(ofA[0] ?? '', 'complete');
      assert.equal(await count({ scopes: [scope] }), 4 + 1 + 2, 'what extended it can be claimed now');
      assert.ok(((await survey(manager, { scopes: EVERYWHERE }))?.claimableTasks ?? 0) >= 11);
    });
  });
}
