// What users may make of a task, and what goes with it. The numbers of invariants are those of the original's analysis: 8, a
// task that has ended is on no hub; 9 and 10, ends are final; 29 and 30, batches are aligned and exact.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  TASK_STATUSES,
  TRANSITIONS,
  USER_EVENTS,
  type UserSettableStatus,
} from '../../../src/domain/task-status.ts';
import type { Key } from '../../../src/store/state-store.ts';
import { sampleNetwork, submit } from './samples.ts';
import { describeStore, type OpenStore } from './world.ts';

const SETTABLE = Object.keys(USER_EVENTS) as UserSettableStatus[];

export function statusContract(open: OpenStore): void {
  describeStore('status', open, world => {
    const actionedOn = async (network: Key): Promise<Set<Key>> => {
      const [actioned = []] = await world().store.hubs.listActioned({ networks: [network] });
      return new Set(actioned.map(({ task }) => task));
    };

    for (const from of TASK_STATUSES) {
      for (const to of SETTABLE) {
        const next = TRANSITIONS[from][USER_EVENTS[to]];
        test(`${from} to ${to}: ${next === null ? 'refused' : 'allowed'}`, async () => {
          const { store } = world();
          const network = await world().network();
          const [task = ''] = await world().actioned(network, 1);
          await world().bring(task, from);
          assert.deepEqual(await store.tasks.setStatuses({ tasks: [task], status: to }), [
            next === null ? null : task,
          ]);
          assert.deepEqual(await world().statuses([task]), [next ?? from]);
          const onHub = ['waiting', 'running', 'error'].includes(next ?? from);
          assert.equal((await actionedOn(network.network)).has(task), onHub);
          // What waits can be claimed; what does not cannot.
          const claimed = await world().claim(network.scope, await world().service());
          assert.deepEqual(claimed, (next ?? from) === 'waiting' ? [task] : []);
        });
      }
    }

    test('a batch answers one entry per input, with several hubs, repeats and unknown tasks', async () => {
      const { store } = world();
      const scope = world().scope();
      const edge = { name: 'shared', protocol: 'P' };
      const one = await submit(store, scope, sampleNetwork('one', [edge]));
      const two = await submit(store, scope, sampleNetwork('two', [edge]));
      const [a = '', b = '', c = ''] = await world().actioned(one, 3);
      await store.hubs.action({ network: two.network, tasks: [a, b, c], weights: null });
      await store.tasks.setStatuses({ tasks: [c], status: 'invalid' });
      const asked = [b, `${a}x`, c, a, b];
      assert.deepEqual(await store.tasks.setStatuses({ tasks: asked, status: 'deleted' }), [
        b,
        null,
        null,
        a,
        b,
      ]);
      assert.deepEqual(await world().statuses([a, b, c]), ['deleted', 'deleted', 'invalid']);
      assert.equal((await actionedOn(one.network)).size + (await actionedOn(two.network)).size, 0);
    });

    for (const status of ['invalid', 'deleted'] as const) {
      test(`${status} spreads to what extends the task, at any depth, but not over an end`, async () => {
        const { store } = world();
        const network = await world().network();
        const [transformation = ''] = network.transformations;
        const child = async (parent: Key): Promise<Key> => {
          const [task = ''] = await world().tasks(transformation, 1, parent);
          await store.hubs.action({ network: network.network, tasks: [task], weights: null });
          return task;
        };
        const [root = '', aside = ''] = await world().actioned(network, 2);
        await world().bring(root, 'complete');
        const complete = await child(root);
        await world().bring(complete, 'complete');
        const running = await child(complete);
        await world().bring(running, 'running');
        const waiting = await child(running);
        const failed = await child(root);
        await world().bring(failed, 'error');
        const ended = await child(failed);
        await store.tasks.setStatuses({
          tasks: [ended],
          status: status === 'invalid' ? 'deleted' : 'invalid',
        });
        assert.deepEqual(await store.tasks.setStatuses({ tasks: [root], status }), [root]);
        assert.deepEqual(await world().statuses([root, complete, running, waiting, failed, ended, aside]), [
          status,
          'complete',
          status,
          status,
          status,
          status === 'invalid' ? 'deleted' : 'invalid',
          'waiting',
        ]);
        assert.deepEqual(await actionedOn(network.network), new Set([aside]));
      });
    }

    test('a task given up while it runs is free of its service, whose end changes nothing', async () => {
      const { store } = world();
      const network = await world().network();
      const [task = ''] = await world().actioned(network, 1);
      const service = await world().service();
      assert.deepEqual(await world().claim(network.scope, service), [task]);
      await store.tasks.setStatuses({ tasks: [task], status: 'deleted' });
      assert.equal(await store.compute.deregister({ service, owner: 'grace' }), true);
      assert.deepEqual(await world().statuses([task]), ['deleted']);
    });

    test('tasks of one call that extend each other are all answered', async () => {
      const { store } = world();
      const { transformations } = await world().network();
      const [parent = ''] = await world().tasks(transformations[0] ?? '', 1);
      const [child = ''] = await world().tasks(transformations[0] ?? '', 1, parent);
      for (const status of ['invalid', 'invalid'] as const) {
        assert.deepEqual(await store.tasks.setStatuses({ tasks: [child, parent], status }), [child, parent]);
      }
    });

    test('a reset from error puts the task back in the queue, with its weight', async () => {
      const { store } = world();
      const network = await world().network();
      const [task = ''] = await world().actioned(network, 1, 0.75);
      await world().bring(task, 'error');
      await store.tasks.setStatuses({ tasks: [task], status: 'waiting' });
      assert.deepEqual(await store.hubs.listActioned({ networks: [network.network] }), [
        [{ task, weight: 0.75 }],
      ]);
      assert.deepEqual(await world().claim(network.scope, await world().service()), [task]);
    });
  });
}
