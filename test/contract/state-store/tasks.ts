// Tasks: creation, listing, priorities, and what is needed to run one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_PRIORITY } from '../../../src/domain/task.ts';
import type { Key } from '../../../src/store/state-store.ts';
import { sampleNetwork, submit } from './samples.ts';
import { at, describeStore, EVERYWHERE, type OpenStore, refusal, sorted } from './world.ts';

export function tasksContract(open: OpenStore): void {
  describeStore('tasks', open, world => {
    test('a hundred tasks, and a hundred that extend them, pair up by position', async () => {
      const { store } = world();
      const { transformations } = await world().network();
      const [transformation = ''] = transformations;
      const parents = await world().tasks(transformation, 100);
      assert.equal(new Set(parents).size, 100);
      const children = await store.tasks.create({
        items: parents.map(parent => ({ transformation, extends: parent })),
        creator: null,
        now: at(0),
      });
      const links = await store.tasks.listForTransformation({ transformation, extends: null, status: null });
      const parentOf = new Map(links.map(link => [link.task, link.extends]));
      assert.deepEqual(
        children.map(child => parentOf.get(child)),
        parents,
      );
      assert.deepEqual(new Set(await world().statuses(children)), new Set(['waiting']));
    });

    test('tasks of several transformations and scopes come in the order asked for', async () => {
      const { store } = world();
      const edges = [
        { name: 'a', protocol: 'P', non: true },
        { name: 'b', protocol: 'P' },
      ];
      const one = await submit(store, world().scope(), sampleNetwork('n', edges));
      const two = await submit(store, world().scope(), sampleNetwork('n', edges));
      const asked = [...one.transformations, ...two.transformations, ...one.transformations];
      const tasks = await store.tasks.create({
        items: asked.map(transformation => ({ transformation, extends: null })),
        creator: null,
        now: at(0),
      });
      const performed = await Promise.all(tasks.map(task => store.tasks.getWork({ task })));
      assert.deepEqual(
        performed.map(work => work?.transformation),
        asked,
      );
    });

    test('all or none are created', async () => {
      const { store } = world();
      const [one, two] = [await world().network(), await world().network()];
      const [transformation = ''] = one.transformations;
      const [other = ''] = two.transformations;
      const [foreign] = await world().tasks(other, 1);
      const [parent] = await world().tasks(transformation, 1);
      const create = (...items: readonly { transformation: Key; extends: Key | null }[]): Promise<unknown> =>
        store.tasks.create({
          items: [{ transformation, extends: null }, ...items],
          creator: null,
          now: at(0),
        });
      const unknown = `${transformation}x`;
      await assert.rejects(
        create({ transformation: unknown, extends: null }),
        refusal('NO_SUCH_OBJECT', /No such object/),
      );
      await assert.rejects(
        create({ transformation: one.network, extends: null }),
        refusal('NO_SUCH_OBJECT', /No such object/),
      );
      await assert.rejects(
        create({ transformation, extends: `${parent}x` }),
        refusal('NO_SUCH_OBJECT', /No such object/),
      );
      await assert.rejects(
        create({ transformation, extends: foreign ?? '' }),
        refusal('BAD_REQUEST', /extends a Transformation other than/),
      );
      await assert.rejects(
        create({ transformation, extends: transformation }),
        refusal('BAD_REQUEST', /^`extends` ScopedKey \(/),
      );
      for (const status of ['invalid', 'deleted'] as const) {
        const [ended = ''] = await world().tasks(transformation, 1);
        await store.tasks.setStatuses({ tasks: [ended], status });
        await assert.rejects(
          create({ transformation, extends: ended }),
          refusal('BAD_REQUEST', /Cannot extend/),
        );
      }
      assert.deepEqual(await store.tasks.countForTransformation({ transformation }), {
        waiting: 1,
        invalid: 1,
        deleted: 1,
      });
    });

    test('waiting, running, complete and failed tasks can be extended', async () => {
      const network = await world().network();
      const [transformation = ''] = network.transformations;
      for (const status of ['waiting', 'running', 'error', 'complete'] as const) {
        const [task = ''] = await world().actioned(network, 1);
        await world().bring(task, status);
        assert.equal((await world().tasks(transformation, 1, task)).length, 1);
      }
    });

    test('an empty list makes nothing', async () => {
      assert.deepEqual(await world().store.tasks.create({ items: [], creator: null, now: at(0) }), []);
    });

    test('a query is ordered by scope and key, and filtered by status', async () => {
      const { store } = world();
      const [one, two] = [await world().network(), await world().network()];
      const tasks = [...(await world().actioned(two, 5)), ...(await world().actioned(one, 5))];
      const scopes = [one.scope, two.scope];
      const byScope = (task: Key): string => `${task.split('-').slice(2).join('-')} ${task}`;
      const ordered = [...tasks].sort((a, b) => (byScope(a) < byScope(b) ? -1 : 1));
      assert.deepEqual(await store.tasks.query({ scopes, status: null }), ordered);
      assert.deepEqual(
        await store.tasks.query({ scopes: [...scopes, one.scope], status: 'waiting' }),
        ordered,
      );
      await store.tasks.setStatuses({ tasks: ordered.slice(2, 4), status: 'invalid' });
      assert.deepEqual(await store.tasks.query({ scopes, status: 'invalid' }), ordered.slice(2, 4));
      assert.deepEqual(await store.tasks.query({ scopes, status: 'running' }), []);
      assert.deepEqual(await store.tasks.query({ scopes: [], status: null }), []);
      assert.deepEqual(await store.tasks.query({ scopes: [world().scope()], status: null }), []);
      const all = new Set(await store.tasks.query({ scopes: EVERYWHERE, status: null }));
      assert.ok(tasks.every(task => all.has(task)));
      const wide = { org: one.scope.org, campaign: null, project: null };
      assert.equal((await store.tasks.query({ scopes: [wide], status: null })).length, all.size);
    });

    test('tasks of a network are those of its transformations', async () => {
      const { store } = world();
      const { network, transformations } = await world().network(['A', 'B']);
      const tasks = [];
      for (const transformation of transformations) tasks.push(...(await world().tasks(transformation, 2)));
      assert.deepEqual(sorted(await store.tasks.listForNetwork({ network, status: null })), sorted(tasks));
      await store.tasks.setStatuses({ tasks: tasks.slice(0, 1), status: 'deleted' });
      assert.deepEqual(await store.tasks.listForNetwork({ network, status: 'deleted' }), tasks.slice(0, 1));
      assert.deepEqual(await store.tasks.listForNetwork({ network: `${network}x`, status: null }), []);
    });

    test('tasks of a transformation: a tree, and the strict descendants of one task', async () => {
      const { store } = world();
      const { transformations } = await world().network(['A', 'B']);
      const [transformation = '', other = ''] = transformations;
      const [root = '', second = ''] = await world().tasks(transformation, 2);
      const children = await world().tasks(transformation, 2, root);
      const grandchildren = await world().tasks(transformation, 2, children[0] ?? '');
      await world().tasks(transformation, 1, second);
      await world().tasks(other, 3);
      const list = (
        parent: Key | null,
        status: 'waiting' | 'deleted' | null = null,
      ): ReturnType<typeof store.tasks.listForTransformation> =>
        store.tasks.listForTransformation({ transformation, extends: parent, status });
      assert.equal((await list(null)).length, 7);
      const below = await list(root);
      assert.deepEqual(sorted(below.map(link => link.task)), sorted([...children, ...grandchildren]));
      assert.deepEqual(
        new Map(below.map(link => [link.task, link.extends])),
        new Map([
          ...children.map(c => [c, root] as const),
          ...grandchildren.map(g => [g, children[0]] as const),
        ]),
      );
      // The filter is for what is returned, not for the way there.
      await store.tasks.setStatuses({ tasks: [grandchildren[1] ?? ''], status: 'deleted' });
      assert.deepEqual(
        (await list(root, 'deleted')).map(link => link.task),
        [grandchildren[1]],
      );
      assert.deepEqual(await list(grandchildren[0] ?? ''), []);
      assert.deepEqual(await list(`${root}x`), []);
    });

    test('statuses align with the question', async () => {
      const { transformations } = await world().network();
      const [one = '', two = ''] = await world().tasks(transformations[0] ?? '', 2);
      await world().store.tasks.setStatuses({ tasks: [two], status: 'deleted' });
      const asked = [two, 'nonsense', one, `${one}x`, one, transformations[0] ?? ''];
      assert.deepEqual(await world().statuses(asked), ['deleted', null, 'waiting', null, 'waiting', null]);
    });

    test('priorities: 10 at first, set for all or some, up to 2^63 - 1', async () => {
      const { store } = world();
      const { transformations } = await world().network();
      const [one = '', two = ''] = await world().tasks(transformations[0] ?? '', 2);
      assert.deepEqual(await store.tasks.getPriorities({ tasks: [one, 'x', two] }), [10n, null, 10n]);
      const set = (tasks: readonly Key[], priority: bigint): ReturnType<typeof store.tasks.setPriorities> =>
        store.tasks.setPriorities({ tasks, priority });
      assert.deepEqual(await set([two, `${two}x`], MAX_PRIORITY), [two, null]);
      assert.deepEqual(await set([two], MAX_PRIORITY), [two]);
      assert.deepEqual(await store.tasks.getPriorities({ tasks: [one, two] }), [10n, MAX_PRIORITY]);
      for (const priority of [0n, -1n, MAX_PRIORITY + 1n]) {
        await assert.rejects(set([one], priority), refusal('BAD_REQUEST', /priority must be between/));
      }
    });

    test('the work of a task is its transformation and what its parent left', async () => {
      const { store } = world();
      const network = await world().network();
      const [transformation = ''] = network.transformations;
      const [parent = ''] = await world().actioned(network, 1);
      const [child = ''] = await world().tasks(transformation, 1, parent);
      assert.deepEqual(await store.tasks.getWork({ task: parent }), { transformation, extendsResult: null });
      assert.deepEqual(await store.tasks.getWork({ task: child }), { transformation, extendsResult: null });
      assert.equal(await store.tasks.getWork({ task: `${child}x` }), null);
      assert.equal(await store.tasks.getWork({ task: transformation }), null);
    });

    test('a child of a task that failed first and succeeded later gets the newest success', async () => {
      const { store } = world();
      const network = await world().network();
      const [transformation = ''] = network.transformations;
      const [parent = ''] = await world().actioned(network, 1);
      const [child = ''] = await world().tasks(transformation, 1, parent);
      await world().bring(parent, 'error');
      await store.tasks.setStatuses({ tasks: [parent], status: 'waiting' });
      await world().bring(parent, 'complete');
      const later = await world().push(parent, true, null, at(60));
      const work = await store.tasks.getWork({ task: child });
      assert.equal(work?.extendsResult?.ref, later?.ref);
      assert.equal(work?.extendsResult?.ok, true);
      assert.equal(work?.extendsResult?.task, parent);
      assert.equal(work?.extendsResult?.transformation, transformation);
    });

    test('a hundred thousand keys in one call', async () => {
      const { store } = world();
      const { transformations } = await world().network();
      const tasks = await world().tasks(transformations[0] ?? '', 2000);
      const asked = Array.from({ length: 100_000 }, (_, i) =>
        i % 50 === 0 ? (tasks[i / 50] as Key) : `Task-${i}-o-c-p`,
      );
      const statuses = await store.tasks.getStatuses({ tasks: asked });
      assert.equal(statuses.length, 100_000);
      assert.equal(statuses.filter(status => status === 'waiting').length, 2000);
      assert.ok(statuses.every((status, i) => (status === 'waiting') === (i % 50 === 0)));
    });
  });
}
