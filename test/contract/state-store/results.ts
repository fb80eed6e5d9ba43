// Results: what a push keeps, and what it does to its task.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key } from '../../../src/store/state-store.ts';
import { at, describeStore, type OpenStore, sorted, type World } from './world.ts';

export function resultsContract(open: OpenStore): void {
  describeStore('results', open, world => {
    /** A task that a service holds. */
    const running = async (): Promise<{ task: Key; service: string; transformation: Key; network: Key }> => {
      const network = await world().network();
      const [task = ''] = await world().actioned(network, 1);
      const service = await world().service();
      assert.deepEqual(await world().claim(network.scope, service), [task]);
      return { task, service, transformation: network.transformations[0] ?? '', network: network.network };
    };
    const list = (of: { task: Key } | { transformation: Key }, ok: boolean): Promise<readonly Key[]> =>
      world().store.results.list({ of, ok });

    test("the holder's result completes the task, which leaves its hub", async () => {
      const { store } = world();
      const { task, service, network, transformation } = await running();
      const pushed = await world().pushExactly({
        task,
        objKey: 'ProtocolDAGResult-a',
        ok: true,
        location: 'some/where',
        service,
        failures: [],
        now: at(5),
      });
      assert.equal(pushed?.status, 'complete');
      assert.deepEqual(await world().statuses([task]), ['complete']);
      assert.deepEqual(await store.hubs.listActioned({ networks: [network] }), [[]]);
      assert.deepEqual(await store.results.get({ ref: pushed?.ref ?? '' }), {
        ref: pushed?.ref,
        objKey: 'ProtocolDAGResult-a',
        ok: true,
        location: 'some/where',
        task,
        transformation,
        created: at(5),
        creator: service,
      });
      assert.match(pushed?.ref ?? '', /^ProtocolDAGResultRef-[0-9a-f]{32}-org-campaign-project_\d+$/);
      assert.deepEqual(await list({ task }, true), [pushed?.ref]);
      assert.deepEqual(await list({ task }, false), []);
    });

    test("the holder's failure puts the task in error, where it stays on its hub", async () => {
      const { store } = world();
      const { task, service, network } = await running();
      const pushed = await world().push(task, false, service);
      assert.equal(pushed?.status, 'error');
      assert.deepEqual(await store.hubs.listActioned({ networks: [network] }), [[{ task, weight: 0.5 }]]);
      assert.deepEqual(await list({ task }, false), [pushed?.ref]);
      assert.deepEqual(await list({ task }, true), []);
    });

    for (const ok of [true, false]) {
      test(`the same ${ok ? 'result' : 'failure'} again leaves one reference and changes nothing`, async () => {
        const { store } = world();
        const { task, service } = await running();
        const push = {
          task,
          objKey: 'ProtocolDAGResult-b',
          ok,
          location: 'some/where',
          service,
          failures: ok ? [] : [{ traceback: 't', sourceKey: 's', failureKey: 'f' }],
        };
        const first = await world().pushExactly({ ...push, now: at(5) });
        for (const seconds of [6, 7]) {
          assert.deepEqual(
            await world().pushExactly({ ...push, location: 'elsewhere', now: at(seconds) }),
            first,
          );
        }
        assert.deepEqual(await list({ task }, ok), [first?.ref]);
        const kept = await store.results.get({ ref: first?.ref ?? '' });
        assert.deepEqual([kept?.location, kept?.created], ['some/where', at(5)]);
      });
    }

    test('a failure repeated after the task was reset and claimed again does not fail it again', async () => {
      const { store } = world();
      const { task, service } = await running();
      const push = { task, objKey: 'R-1', ok: false, location: 'x', service, failures: [], now: at(5) };
      await world().pushExactly(push);
      await store.tasks.setStatuses({ tasks: [task], status: 'waiting' });
      const [, , org = '', campaign = '', project = ''] = task.split('-');
      assert.deepEqual(await world().claim({ org, campaign, project }, service), [task]);
      assert.equal((await world().pushExactly(push))?.status, 'running');
    });

    test('the same bytes as success and as failure, and on two tasks, are different results', async () => {
      const network = await world().network();
      const [one = '', two = ''] = await world().actioned(network, 2);
      const push = (task: Key, ok: boolean): ReturnType<World['pushExactly']> =>
        world().pushExactly({
          task,
          objKey: 'R-1',
          ok,
          location: 'x',
          service: null,
          failures: [],
          now: at(1),
        });
      const refs = await Promise.all([push(one, true), push(one, false), push(two, true)]);
      assert.equal(new Set(refs.map(ref => ref?.ref)).size, 3);
    });

    test('results that come at the same moment: each does what it would do alone', async () => {
      const { store } = world();
      const network = await world().network();
      const tasks = await world().actioned(network, 12);
      const [extended = '', repeated = '', failing = '', ended = '', ...plain] = tasks;
      const [child = ''] = await world().tasks(network.transformations[0] ?? '', 1, extended);
      await store.hubs.action({ network: network.network, tasks: [child], weights: null });
      const service = await world().service();
      const claimed = await world().claim(network.scope, service, { count: 12 });
      assert.deepEqual(sorted(claimed), sorted(tasks));
      await store.tasks.setStatuses({ tasks: [ended], status: 'deleted' });
      const twice = {
        task: repeated,
        objKey: 'ProtocolDAGResult-twice',
        ok: true,
        location: 'at/twice',
        service,
        failures: [],
        now: at(2),
      };
      const unknown = `Task-${'f'.repeat(32)}-org-campaign-project_1`;
      const pushed = await Promise.all([
        world().push(extended, true, service),
        world().push(failing, false, service),
        world().push(ended, true, service),
        world().push(unknown, true, service),
        world().pushExactly(twice),
        world().pushExactly(twice),
        ...plain.map(task => world().push(task, true, service)),
      ]);
      const refs = pushed.map(answer => answer?.ref);
      assert.deepEqual(
        pushed.map(answer => answer?.status),
        ['complete', 'error', 'deleted', undefined, 'complete', 'complete', ...plain.map(() => 'complete')],
      );
      assert.equal(refs[4], refs[5]);
      const [, failed, , , once, , ...others] = refs;
      for (const [place, task] of plain.entries())
        assert.deepEqual(await list({ task }, true), [others[place]]);
      assert.deepEqual(await list({ task: repeated }, true), [once]);
      assert.deepEqual(await list({ task: failing }, false), [failed]);
      // The child's parent is complete; the failure stays on the hub.
      assert.deepEqual(await world().claim(network.scope, service, { count: 12 }), [child]);
      const [onHub = []] = await store.hubs.listActioned({ networks: [network.network] });
      assert.deepEqual(sorted(onHub.map(({ task }) => task)), sorted([child, failing]));
      const counts = await store.networks.countStatuses({ networks: [network.network] });
      assert.deepEqual(counts, [{ running: 1, complete: 10, error: 1, deleted: 1 }]);
    });

    test('results of a transformation, oldest first', async () => {
      const network = await world().network();
      const [transformation = ''] = network.transformations;
      const [one = '', two = ''] = await world().actioned(network, 2);
      const late = await world().push(one, true, null, at(30));
      const early = await world().push(two, true, null, at(20));
      const failure = await world().push(two, false, null, at(10));
      assert.deepEqual(await list({ transformation }, true), [early?.ref, late?.ref]);
      assert.deepEqual(await list({ transformation }, false), [failure?.ref]);
      assert.deepEqual(await list({ transformation: `${transformation}x` }, true), []);
      assert.deepEqual(await list({ task: `${one}x` }, true), []);
    });

    test('unknown tasks and references', async () => {
      const { store } = world();
      const { task } = await running();
      assert.equal(await world().push(`${task}x`, true, null), null);
      assert.equal(await world().push('nonsense', true, null), null);
      assert.equal(await store.results.get({ ref: task }), null);
      assert.equal(await store.results.get({ ref: task.replace('Task', 'ProtocolDAGResultRef') }), null);
    });

    test('a result after expiry completes the waiting task', async () => {
      const { store } = world();
      const { task, service } = await running();
      await store.compute.expire({ before: at(1) });
      assert.deepEqual(await world().statuses([task]), ['waiting']);
      assert.equal((await world().push(task, true, service))?.status, 'complete');
      assert.deepEqual(await world().statuses([task]), ['complete']);
    });

    test("a stranger's success completes a running task, and its holder may still push", async () => {
      const { task, service } = await running();
      assert.equal((await world().push(task, true, await world().service()))?.status, 'complete');
      assert.equal((await world().push(task, true, service))?.status, 'complete');
      assert.equal((await list({ task }, true)).length, 2);
    });

    test("a stranger's failure is kept and takes nothing from the holder", async () => {
      const { task, service } = await running();
      assert.equal((await world().push(task, false, null))?.status, 'running');
      assert.equal((await world().push(task, false, await world().service()))?.status, 'running');
      assert.equal((await world().push(task, true, service))?.status, 'complete');
      assert.equal((await list({ task }, false)).length, 2);
    });

    test('a result after deletion is kept, and the task stays deleted', async () => {
      const { store } = world();
      const { task, service } = await running();
      await store.tasks.setStatuses({ tasks: [task], status: 'deleted' });
      assert.equal((await world().push(task, true, service))?.status, 'deleted');
      assert.equal((await world().push(task, false, service))?.status, 'deleted');
      assert.equal((await list({ task }, true)).length, 1);
    });

    test('a failed task stays failed whatever else is pushed, until it is reset', async () => {
      const { task, service } = await running();
      await world().push(task, false, service);
      assert.equal((await world().push(task, true, service))?.status, 'error');
    });
  });
}
