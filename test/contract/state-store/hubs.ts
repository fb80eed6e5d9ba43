// Task hubs: actions, weights, cancelling.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TASK_STATUSES } from '../../../src/domain/task-status.ts';
import type { Key } from '../../../src/store/state-store.ts';
import { sampleNetwork, submit } from './samples.ts';
import { describeStore, EVERYWHERE, type OpenStore, refusal, sorted } from './world.ts';

export function hubsContract(open: OpenStore): void {
  describeStore('hubs', open, world => {
    const weightsOn = async (network: Key): Promise<Map<Key, number>> => {
      const [actioned = []] = await world().store.hubs.listActioned({ networks: [network] });
      return new Map(actioned.map(({ task, weight }) => [task, weight]));
    };

    test('hubs of scopes, with network and weight, in order', async () => {
      const { store } = world();
      const [one, two] = [await world().network(), await world().network()];
      const hub = ({ hub, network }: typeof one): unknown => ({ hub, network, weight: 0.5 });
      assert.deepEqual(await store.hubs.list({ scopes: [two.scope, one.scope] }), [hub(one), hub(two)]);
      assert.deepEqual(await store.hubs.list({ scopes: [two.scope] }), [hub(two)]);
      assert.deepEqual(await store.hubs.list({ scopes: [] }), []);
      assert.ok((await store.hubs.list({ scopes: EVERYWHERE })).length >= 2);
    });

    test('actioned tasks are on the hub with weight 0.5', async () => {
      const { store } = world();
      const { network, transformations } = await world().network();
      const tasks = await world().tasks(transformations[0] ?? '', 5);
      assert.deepEqual(await weightsOn(network), new Map());
      assert.deepEqual(
        await store.hubs.action({ network, tasks: tasks.slice(0, 3), weights: null }),
        tasks.slice(0, 3),
      );
      assert.deepEqual(await weightsOn(network), new Map(tasks.slice(0, 3).map(task => [task, 0.5])));
    });

    test('the answer aligns; what is there already, repeated or unknown is null', async () => {
      const { store } = world();
      const { network, transformations } = await world().network();
      const [a = '', b = '', c = ''] = await world().tasks(transformations[0] ?? '', 3);
      await store.hubs.action({ network, tasks: [b], weights: null });
      const asked = [c, b, 'nonsense', a, c, `${a}x`];
      assert.deepEqual(await store.hubs.action({ network, tasks: asked, weights: null }), [
        c,
        null,
        null,
        a,
        null,
        null,
      ]);
      assert.deepEqual(await store.hubs.action({ network: `${network}x`, tasks: [a], weights: null }), [
        null,
      ]);
    });

    test('tasks of a transformation that is not in the network are refused', async () => {
      const { store } = world();
      const scope = world().scope();
      const one = await submit(store, scope, sampleNetwork('one', [{ name: 'a', protocol: 'P' }]));
      const two = await submit(store, scope, sampleNetwork('two', [{ name: 'b', protocol: 'P' }]));
      const tasks = await world().tasks(one.transformations[0] ?? '', 2);
      assert.deepEqual(await store.hubs.action({ network: two.network, tasks, weights: null }), [null, null]);
      assert.deepEqual(await weightsOn(two.network), new Map());
    });

    test('only waiting, running and failed tasks can be actioned', async () => {
      const { store } = world();
      const scope = world().scope();
      const edge = { name: 'shared', protocol: 'P' };
      const one = await submit(store, scope, sampleNetwork('one', [edge]));
      const two = await submit(store, scope, sampleNetwork('two', [edge]));
      const tasks = await world().actioned(one, TASK_STATUSES.length);
      for (const [i, status] of TASK_STATUSES.entries()) await world().bring(tasks[i] ?? '', status);
      assert.deepEqual(
        await store.hubs.action({ network: two.network, tasks, weights: null }),
        tasks.map((task, i) =>
          ['waiting', 'running', 'error'].includes(TASK_STATUSES[i] ?? '') ? task : null,
        ),
      );
    });

    test('a whole chain of tasks can be actioned', async () => {
      const { network, transformations } = await world().network();
      const [transformation = ''] = transformations;
      const chain: Key[] = [];
      for (let i = 0; i < 4; i++)
        chain.push(...(await world().tasks(transformation, 1, chain.at(-1) ?? null)));
      assert.deepEqual(await world().store.hubs.action({ network, tasks: chain, weights: null }), chain);
    });

    test('weights: one for all, one each, or left alone', async () => {
      const { store } = world();
      const { network, transformations } = await world().network();
      const [a = '', b = '', c = ''] = await world().tasks(transformations[0] ?? '', 3);
      await store.hubs.action({ network, tasks: [a, b], weights: 1 });
      assert.deepEqual(
        await weightsOn(network),
        new Map([
          [a, 1],
          [b, 1],
        ]),
      );
      assert.deepEqual(await store.hubs.action({ network, tasks: [a, b, c], weights: null }), [
        null,
        null,
        c,
      ]);
      assert.deepEqual(
        await weightsOn(network),
        new Map([
          [a, 1],
          [b, 1],
          [c, 0.5],
        ]),
      );
      assert.deepEqual(
        await store.hubs.action({ network, tasks: [c, a], weights: [0, 0.30000000000000004] }),
        [null, null],
      );
      assert.deepEqual(
        await weightsOn(network),
        new Map([
          [a, 0.30000000000000004],
          [b, 1],
          [c, 0],
        ]),
      );
    });

    test('a weight outside 0 to 1 is refused before anything is written', async () => {
      const { store } = world();
      const { network, transformations } = await world().network();
      const tasks = await world().tasks(transformations[0] ?? '', 2);
      for (const weights of [-1, 1.5, Number.NaN, [0.5, -0.1], [0.5]]) {
        await assert.rejects(
          store.hubs.action({ network, tasks, weights }),
          refusal('BAD_REQUEST', /weight/),
        );
      }
      assert.deepEqual(await weightsOn(network), new Map());
      await assert.rejects(
        store.hubs.setWeights({ networks: [network], weights: [2] }),
        refusal('BAD_REQUEST', /weight/),
      );
      assert.deepEqual(await store.hubs.getWeights({ networks: [network] }), [0.5]);
    });

    test('hub weights: get and set align, and set what can be set', async () => {
      const { store } = world();
      const [one, two] = [await world().network(), await world().network()];
      const networks = [two.network, `${one.network}x`, one.network];
      assert.deepEqual(await store.hubs.getWeights({ networks }), [0.5, null, 0.5]);
      assert.deepEqual(await store.hubs.setWeights({ networks, weights: [0, 0.1, 1] }), [
        two.network,
        null,
        one.network,
      ]);
      assert.deepEqual(await store.hubs.getWeights({ networks }), [0, null, 1]);
    });

    test('cancelling takes tasks off one hub, whatever they are doing, and off no other', async () => {
      const { store } = world();
      const scope = world().scope();
      const edge = { name: 'shared', protocol: 'P' };
      const one = await submit(store, scope, sampleNetwork('one', [edge]));
      const two = await submit(store, scope, sampleNetwork('two', [edge]));
      const tasks = await world().actioned(one, 4);
      await store.hubs.action({ network: two.network, tasks, weights: null });
      const [a = '', b = '', c = '', d = ''] = tasks;
      await world().bring(a, 'running');
      const asked = [b, 'nonsense', a, b, `${c}x`];
      assert.deepEqual(await store.hubs.cancel({ network: one.network, tasks: asked }), [
        b,
        null,
        a,
        null,
        null,
      ]);
      assert.deepEqual(await store.hubs.cancel({ network: one.network, tasks: [a] }), [null]);
      assert.deepEqual(await store.hubs.cancel({ network: `${one.network}x`, tasks: [c] }), [null]);
      assert.deepEqual(sorted((await weightsOn(one.network)).keys()), sorted([c, d]));
      assert.deepEqual(sorted((await weightsOn(two.network)).keys()), sorted(tasks));
      assert.deepEqual(await world().statuses([a]), ['running']);
    });

    test('the networks on whose hubs a task is actioned, with its weight there', async () => {
      const { store } = world();
      const scope = world().scope();
      const edge = { name: 'shared', protocol: 'P' };
      const [one, two, three] = [
        await submit(store, scope, sampleNetwork('one', [edge])),
        await submit(store, scope, sampleNetwork('two', [edge])),
        await submit(store, scope, sampleNetwork('three', [edge])),
      ];
      const [a = '', b = ''] = await world().actioned(one, 2);
      const networksOf = async (task: Key): Promise<Map<Key, number>> => {
        const actioned = await store.hubs.listActionedNetworks({ task });
        return new Map(actioned.map(({ network, weight }) => [network, weight]));
      };
      await store.hubs.action({ network: two.network, tasks: [a], weights: 0.25 });
      assert.deepEqual(
        await networksOf(a),
        new Map([
          [one.network, 0.5],
          [two.network, 0.25],
        ]),
      );
      assert.deepEqual(await networksOf(b), new Map([[one.network, 0.5]]));
      await store.hubs.cancel({ network: one.network, tasks: [b] });
      for (const task of [b, `${a}x`, three.network]) assert.deepEqual(await networksOf(task), new Map());
    });

    test('the same task actioned from many sides at once is actioned once', async () => {
      const { store } = world();
      const { network, transformations } = await world().network();
      const tasks = await world().tasks(transformations[0] ?? '', 3);
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => store.hubs.action({ network, tasks, weights: null })),
      );
      for (const [i, task] of tasks.entries()) {
        assert.equal(answers.filter(answer => answer[i] === task).length, 1);
      }
    });
  });
}
