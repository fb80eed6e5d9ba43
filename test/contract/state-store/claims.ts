// Claims: who gets which task, from which hub, and never twice. The law of the draw itself is in claim-law.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_PRIORITY } from '../../../src/domain/task.ts';
import type { Key } from '../../../src/store/state-store.ts';
import { sampleNetwork, submit } from './samples.ts';
import { at, describeStore, EVERYWHERE, type OpenStore, sorted } from './world.ts';

export function claimsContract(open: OpenStore): void {
  describeStore('claims', open, world => {
    const fromHub = (
      hub: Key,
      service: string,
      count: number,
      protocols: readonly string[] | null = null,
    ): Promise<readonly Key[]> =>
      world().store.hubs.claimFromHub({ hub, service, count, protocols, now: at(1) });

    test('no work, no tasks', async () => {
      const network = await world().network();
      const service = await world().service();
      assert.deepEqual(await world().claim(network.scope, service, { count: 3 }), []);
      assert.deepEqual(await fromHub(network.hub, service, 3), []);
      assert.deepEqual(await fromHub(`${network.hub}x`, service, 3), []);
      assert.deepEqual(await fromHub(network.network, service, 3), []);
    });

    test('a claimed task runs, is held, and is not given out again', async () => {
      const network = await world().network();
      const tasks = await world().actioned(network, 6);
      const [one, two] = [await world().service(), await world().service()];
      const four = await world().claim(network.scope, one, { count: 4 });
      assert.equal(new Set(four).size, 4);
      assert.deepEqual(new Set(await world().statuses(four)), new Set(['running']));
      const rest = await fromHub(network.hub, two, 4);
      assert.deepEqual(sorted([...four, ...rest]), sorted(tasks));
      assert.deepEqual(await world().claim(network.scope, one, { count: 4 }), []);
    });

    test('a service is used only by the identity that registered it', async () => {
      const { store } = world();
      const network = await world().network();
      const [task] = await world().actioned(network, 1);
      const service = await world().service();
      const asked = world().claimParams(network.scope, service);
      assert.deepEqual(await store.hubs.claim({ ...asked, owner: 'mallory' }), { denied: true });
      const fromOne = { hub: network.hub, service, count: 1, protocols: null, now: at(1) };
      assert.deepEqual(await store.hubs.claimFromHub({ ...fromOne, owner: 'mallory' }), []);
      assert.deepEqual(await store.hubs.claim({ ...asked, owner: 'grace' }), {
        denied: false,
        tasks: [task],
      });
      // Somebody else's failure in its name is kept, and neither moves the task nor counts against the service.
      const failure = {
        task: task ?? '',
        objKey: 'ProtocolDAGResult-1',
        ok: false,
        location: 'at/1',
        service,
        now: at(2),
      };
      const pushed = await world().pushExactly({ ...failure, failures: [], owner: 'mallory' });
      assert.equal(pushed?.status, 'running');
      const own = { ...failure, objKey: 'ProtocolDAGResult-2', failures: [], owner: 'grace' };
      assert.equal((await world().pushExactly(own))?.status, 'error');
    });

    test('lower priority numbers come first, whatever the weights; a group is taken whole before the next', async () => {
      const { store } = world();
      const network = await world().network();
      const tasks = await world().actioned(network, 9, 0.001);
      const [first, last] = [tasks.slice(3, 6), tasks.slice(6, 9)];
      await store.tasks.setPriorities({ tasks: first, priority: 1n });
      await store.tasks.setPriorities({ tasks: last, priority: MAX_PRIORITY });
      await store.hubs.action({ network: network.network, tasks: last, weights: 1 });
      const service = await world().service();
      const claimed = await world().claim(network.scope, service, { count: 5 });
      assert.deepEqual(sorted(claimed.slice(0, 3)), sorted(first));
      assert.ok(claimed.slice(3).every(task => tasks.slice(0, 3).includes(task)));
      assert.deepEqual(sorted((await fromHub(network.hub, service, 9)).slice(1)), sorted(last));
    });

    test('a chain of tasks is worked off link by link', async () => {
      const { store } = world();
      const network = await world().network();
      const [transformation = ''] = network.transformations;
      const chain: Key[] = [];
      for (let i = 0; i < 4; i++)
        chain.push(...(await world().tasks(transformation, 1, chain.at(-1) ?? null)));
      await store.hubs.action({ network: network.network, tasks: chain, weights: null });
      const service = await world().service();
      for (const link of chain) {
        assert.deepEqual(await world().claim(network.scope, service, { count: 4 }), [link]);
        assert.deepEqual(await world().claim(network.scope, service), []);
        await world().push(link, true, service);
      }
    });

    test('a failed or given up parent keeps its children waiting', async () => {
      const { store } = world();
      const network = await world().network();
      const [parent = ''] = await world().actioned(network, 1);
      const [child = ''] = await world().tasks(network.transformations[0] ?? '', 1, parent);
      await store.hubs.action({ network: network.network, tasks: [child], weights: null });
      await world().bring(parent, 'error');
      const service = await world().service();
      assert.deepEqual(await world().claim(network.scope, service), []);
      await store.tasks.setStatuses({ tasks: [parent], status: 'waiting' });
      assert.deepEqual(await world().claim(network.scope, service, { count: 2 }), [parent]);
    });

    test('a child that is actioned after its parent completed can be claimed at once', async () => {
      const { store } = world();
      const network = await world().network();
      const [parent = ''] = await world().actioned(network, 1);
      await world().bring(parent, 'complete');
      const [child = ''] = await world().tasks(network.transformations[0] ?? '', 1, parent);
      await store.hubs.action({ network: network.network, tasks: [child], weights: null });
      assert.deepEqual(await world().claim(network.scope, await world().service()), [child]);
    });

    test('a binary tree unlocks level by level', async () => {
      const { store } = world();
      const network = await world().network();
      const [transformation = ''] = network.transformations;
      const levels: Key[][] = [[...(await world().tasks(transformation, 1))]];
      for (let depth = 0; depth < 2; depth++) {
        const next: Key[] = [];
        for (const parent of levels.at(-1) ?? [])
          next.push(...(await world().tasks(transformation, 2, parent)));
        levels.push(next);
      }
      await store.hubs.action({ network: network.network, tasks: levels.flat(), weights: null });
      const service = await world().service();
      for (const level of levels) {
        assert.deepEqual(sorted(await world().claim(network.scope, service, { count: 7 })), sorted(level));
        await Promise.all(level.map(task => world().push(task, true, service)));
      }
    });

    test('weight 0 keeps a task or a hub out of every draw', async () => {
      const { store } = world();
      const network = await world().network();
      const [a = '', b = '', c = ''] = await world().actioned(network, 3, [0, 0, 0.1]);
      const service = await world().service();
      assert.deepEqual(await world().claim(network.scope, service, { count: 3 }), [c]);
      await store.hubs.action({ network: network.network, tasks: [a], weights: 1 });
      await store.hubs.setWeights({ networks: [network.network], weights: [0] });
      assert.deepEqual(await world().claim(network.scope, service, { count: 3 }), []);
      await store.hubs.setWeights({ networks: [network.network], weights: [0.01] });
      assert.deepEqual(await world().claim(network.scope, service, { count: 3 }), [a]);
      assert.deepEqual(await world().statuses([b]), ['waiting']);
    });

    test('protocols admit tasks by exact class name, and partition a hub', async () => {
      const network = await world().network(['Abc', 'AbcProtocol', 'Other']);
      const tasks = new Map<string, Key>();
      for (const [i, transformation] of network.transformations.entries()) {
        const [task = ''] = await world().tasks(transformation, 1);
        tasks.set(['Abc', 'AbcProtocol', 'Other'][i] as string, task);
      }
      await world().store.hubs.action({
        network: network.network,
        tasks: [...tasks.values()],
        weights: null,
      });
      const service = await world().service();
      assert.deepEqual(
        await world().claim(network.scope, service, { protocols: ['AbcP', 'Nothing'], count: 9 }),
        [],
      );
      assert.deepEqual(await fromHub(network.hub, service, 9, ['Abc']), [tasks.get('Abc')]);
      assert.deepEqual(
        sorted(
          await world().claim(network.scope, service, { protocols: ['AbcProtocol', 'Other'], count: 9 }),
        ),
        sorted([tasks.get('AbcProtocol') ?? '', tasks.get('Other') ?? '']),
      );
    });

    test('a filter looks at the best priority among what it admits', async () => {
      const { store } = world();
      const network = await world().network(['A', 'B']);
      const [forA = '', forB = ''] = network.transformations;
      const [a = ''] = await world().tasks(forA, 1);
      const bs = await world().tasks(forB, 2);
      await store.hubs.action({ network: network.network, tasks: [a, ...bs], weights: null });
      await store.tasks.setPriorities({ tasks: [a], priority: 1n });
      await store.tasks.setPriorities({ tasks: bs.slice(1), priority: 20n });
      const service = await world().service();
      assert.deepEqual(await fromHub(network.hub, service, 2, ['B']), bs);
      assert.deepEqual(await fromHub(network.hub, service, 2), [a]);
    });

    test('claims stay in the scopes asked for, and out of the excluded ones', async () => {
      const { store } = world();
      const [one, two, three] = [await world().network(), await world().network(), await world().network()];
      const [a] = await world().actioned(one, 1);
      const [b] = await world().actioned(two, 1);
      const [c] = await world().actioned(three, 1);
      const service = await world().service();
      const scopes = [one.scope, two.scope, three.scope];
      const claim = async (
        asked: Parameters<ReturnType<typeof world>['claim']>[2],
      ): Promise<readonly Key[]> => world().claim(one.scope, service, { count: 9, ...asked });
      assert.deepEqual(await claim({ scopes: [] }), []);
      assert.deepEqual(await claim({ scopes, exclude: EVERYWHERE }), []);
      assert.deepEqual(
        await claim({ scopes, exclude: [{ org: 'org', campaign: 'campaign', project: null }] }),
        [],
      );
      assert.deepEqual(await claim({ scopes, exclude: [one.scope, three.scope] }), [b]);
      assert.deepEqual(await claim({ scopes: [three.scope, three.scope] }), [c]);
      const wide = { org: one.scope.org, campaign: one.scope.campaign, project: null };
      const others = (await store.hubs.list({ scopes: [wide] })).filter(hub => hub.network !== one.network);
      await store.hubs.setWeights({ networks: others.map(hub => hub.network), weights: others.map(() => 0) });
      assert.deepEqual(await claim({ scopes: [wide] }), [a]);
    });

    test('one claim takes from several hubs when one is not enough', async () => {
      const scope = world().scope();
      const edges = ['one', 'two', 'three'].map(name => [{ name, protocol: 'P' }]);
      const tasks: Key[] = [];
      for (const [i, edge] of edges.entries()) {
        tasks.push(
          ...(await world().actioned(await submit(world().store, scope, sampleNetwork(`n${i}`, edge)), 2)),
        );
      }
      const service = await world().service();
      const claimed = [...(await world().claim(scope, service, { count: 5 }))];
      assert.equal(new Set(claimed).size, 5);
      claimed.push(...(await world().claim(scope, service, { count: 5 })));
      assert.deepEqual(sorted(claimed), sorted(tasks));
    });

    test('a service that is not registered gets nothing', async () => {
      const { store } = world();
      const network = await world().network();
      const tasks = await world().actioned(network, 1);
      assert.deepEqual(await store.hubs.claim(world().claimParams(network.scope, 'ghost-1')), {
        denied: true,
      });
      assert.deepEqual(await fromHub(network.hub, 'ghost-1', 1), []);
      assert.deepEqual(await world().statuses(tasks), ['waiting']);
    });

    test('the hub route knows no limit of failures', async () => {
      const network = await world().network();
      await world().actioned(network, 6);
      const service = await world().service();
      for (let i = 0; i < 4; i++) {
        const [task = ''] = await fromHub(network.hub, service, 1);
        assert.equal((await world().push(task, false, service))?.status, 'error');
      }
      assert.deepEqual(await world().store.hubs.claim(world().claimParams(network.scope, service)), {
        denied: true,
      });
      assert.equal((await fromHub(network.hub, service, 1)).length, 1);
    });

    test('many services on hubs that share their tasks never get one twice, and leave none', async () => {
      const { store } = world();
      const scope = world().scope();
      const edge = { name: 'shared', protocol: 'P' };
      const hubs = await Promise.all(
        [0, 1, 2].map(i =>
          submit(store, scope, sampleNetwork(`n${i}`, [edge, { name: `own ${i}`, protocol: 'P' }])),
        ),
      );
      const tasks = await world().tasks(hubs[0]?.transformations[0] ?? '', 120);
      for (const { network } of hubs) await store.hubs.action({ network, tasks, weights: null });
      const services = await Promise.all(Array.from({ length: 8 }, () => world().service()));
      const got: Key[] = [];
      await Promise.all(
        services.map(async (service, i) => {
          for (;;) {
            const hub = hubs[i % 3]?.hub ?? '';
            const some =
              i % 2 === 0
                ? await world().claim(scope, service, { count: 3 })
                : await fromHub(hub, service, 2);
            if (some.length === 0) return;
            got.push(...some);
          }
        }),
      );
      assert.equal(new Set(got).size, got.length, 'a task was given out twice');
      assert.deepEqual(sorted(got), sorted(tasks));
    });

    test('a claim against a concurrent deletion never leaves a deleted task running', async () => {
      const { store } = world();
      const network = await world().network();
      const tasks = await world().actioned(network, 60);
      const service = await world().service();
      const claims = Promise.all(
        Array.from({ length: 20 }, () => world().claim(network.scope, service, { count: 2 })),
      );
      const ends = Promise.all(
        tasks.map(task => store.tasks.setStatuses({ tasks: [task], status: 'deleted' })),
      );
      await Promise.all([claims, ends]);
      assert.deepEqual(new Set(await world().statuses(tasks)), new Set(['deleted']));
    });

    test('a service that leaves while it claims gets nothing, and nothing is lost', async () => {
      const { store } = world();
      const network = await world().network();
      const tasks = await world().actioned(network, 5);
      for (let round = 0; round < 5; round++) {
        const service = await world().service();
        const params = world().claimParams(network.scope, service, { count: 2 });
        const hubParams = { ...params, hub: network.hub };
        await Promise.all([
          store.compute.deregister({ service, owner: 'grace' }),
          store.hubs.claim(params),
          store.hubs.claimFromHub(hubParams),
          store.compute.deregister({ service, owner: 'grace' }),
        ]);
        await store.compute.deregister({ service, owner: 'grace' });
        assert.deepEqual(new Set(await world().statuses(tasks)), new Set(['waiting']));
        assert.deepEqual(await store.check(), []);
      }
      const claimed = await world().claim(network.scope, await world().service(), { count: 9 });
      assert.deepEqual(sorted(claimed), sorted(tasks));
    });

    test('claims against concurrent expiry: what a removed service had waits again', async () => {
      const { store } = world();
      const network = await world().network();
      const tasks = await world().actioned(network, 20);
      const services = await Promise.all(Array.from({ length: 10 }, () => world().service(at(-9000))));
      const claim = (): Promise<unknown>[] =>
        services.map(service => store.hubs.claim(world().claimParams(network.scope, service)));
      await Promise.all([...claim(), store.compute.expire({ before: at(-8000) }), ...claim()]);
      await store.compute.expire({ before: at(-8000) });
      assert.deepEqual(new Set(await world().statuses(tasks)), new Set(['waiting']));
    });
  });
}
