// Restart patterns: which task is restarted, how often, and what happens on each hub. Which pattern matches a traceback is
// told by the caller; a store knows only that it was tried.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key, PushResult } from '../../../src/store/state-store.ts';
import { type Stored, sampleNetwork, submit } from './samples.ts';
import { at, describeStore, type OpenStore, sorted } from './world.ts';

export function restartsContract(open: OpenStore): void {
  describeStore('restarts', open, world => {
    /** Networks with hubs of their own that share their only transformation. */
    const sharing = async (count: number): Promise<readonly Stored[]> => {
      const scope = world().scope();
      const networks: Stored[] = [];
      for (let i = 0; i < count; i++) {
        networks.push(
          await submit(world().store, scope, sampleNetwork(`n${i}`, [{ name: 'e', protocol: 'P' }])),
        );
      }
      return networks;
    };
    const pair = async (): Promise<readonly [Stored, Stored]> =>
      (await sharing(2)) as unknown as readonly [Stored, Stored];
    const add = (network: Stored, patterns: readonly string[], maxRetries = 2): Promise<boolean> =>
      world().store.restarts.add({ network: network.network, patterns, maxRetries });
    const patternsOf = async (network: Stored): Promise<Record<string, number>> => {
      const [patterns = []] = await world().store.restarts.list({ networks: [network.network] });
      return Object.fromEntries(patterns.map(({ pattern, maxRetries }) => [pattern, maxRetries]));
    };
    const attached = (task: Key): Promise<readonly string[]> => world().store.restarts.listForTask({ task });
    const status = async (task: Key): Promise<string | null> => (await world().statuses([task]))[0] ?? null;
    /** Networks on whose hubs the task is. */
    const hubsOf = async (task: Key): Promise<readonly Key[]> =>
      sorted((await world().store.hubs.listActionedNetworks({ task })).map(({ network }) => network));
    const judged = async (task: Key, matched: readonly string[]): Promise<PushResult['restarts']> => ({
      tried: await attached(task),
      matched,
    });

    /** Some service claims the task and fails; says what the task is then. */
    const fail = async (task: Key, matched: readonly string[]): Promise<string | undefined> => {
      const service = await world().claimOnly(task);
      const pushed = await world().push(task, false, service, at(2), await judged(task, matched));
      assert.equal(pushed?.status, await status(task));
      return pushed?.status;
    };

    test('each hub has its own patterns, though they share the text', async () => {
      const { store } = world();
      const [one, two, three] = (await sharing(3)) as [Stored, Stored, Stored];
      for (const network of [one, two, three]) assert.equal(await add(network, ['b', 'a', 'a']), true);
      await store.restarts.remove({ network: one.network, patterns: ['a', 'unknown'] });
      await store.restarts.setMaxRetries({ network: two.network, patterns: ['a', 'unknown'], maxRetries: 7 });
      await add(three, ['c'], 1);
      assert.deepEqual(
        await store.restarts.list({
          networks: [three.network, 'nonsense', one.network, two.network, `${one.network}x`],
        }),
        [
          [
            { pattern: 'a', maxRetries: 2 },
            { pattern: 'b', maxRetries: 2 },
            { pattern: 'c', maxRetries: 1 },
          ],
          [],
          [{ pattern: 'b', maxRetries: 2 }],
          [
            { pattern: 'a', maxRetries: 7 },
            { pattern: 'b', maxRetries: 2 },
          ],
          [],
        ],
      );
      await store.restarts.clear({ network: three.network });
      assert.deepEqual(
        [await patternsOf(one), await patternsOf(two), await patternsOf(three)],
        [{ b: 2 }, { a: 7, b: 2 }, {}],
      );
      await store.restarts.setMaxRetries({ network: two.network, patterns: ['b', 'a'], maxRetries: 4 });
      assert.deepEqual(await patternsOf(two), { a: 4, b: 4 });
    });

    test('an unknown network has no patterns and gets none', async () => {
      const { restarts } = world().store;
      const { transformations } = await world().network();
      for (const network of ['nonsense', transformations[0] ?? '']) {
        assert.equal(await restarts.add({ network, patterns: ['a'], maxRetries: 1 }), false);
        await restarts.remove({ network, patterns: ['a'] });
        await restarts.setMaxRetries({ network, patterns: ['a'], maxRetries: 1 });
        await restarts.clear({ network });
        assert.deepEqual(await restarts.list({ networks: [network] }), [[]]);
        assert.deepEqual(await restarts.listErrors({ network }), []);
        assert.deepEqual(await restarts.listForTask({ task: network }), []);
      }
    });

    test('patterns keep their text, whatever is in it', async () => {
      const { store } = world();
      const network = await world().network();
      const odd = ['(?i)CUDA\\s+error', "'; DROP TABLE task; --", '\u0000', 'a\u0000b', 'é\n😀', '"\\"', '%'];
      await add(network, odd);
      assert.deepEqual(sorted(Object.keys(await patternsOf(network))), sorted(odd));
      await store.restarts.setMaxRetries({ network: network.network, patterns: ['a\u0000b'], maxRetries: 5 });
      await store.restarts.remove({ network: network.network, patterns: ['\u0000', '%'] });
      assert.equal((await patternsOf(network))['a\u0000b'], 5);
      assert.equal(Object.keys(await patternsOf(network)).length, odd.length - 2);
    });

    test('a pattern is attached to every task on its hub, whichever came first', async () => {
      const [one, two] = await pair();
      const early = await world().actioned(one, 2);
      const [elsewhere = ''] = await world().actioned(two, 1);
      await add(one, ['a']);
      await add(two, ['a', 'b']);
      const late = await world().actioned(one, 2);
      for (const task of [...early, ...late]) assert.deepEqual(await attached(task), ['a']);
      assert.deepEqual(await attached(elsewhere), ['a', 'b']);
      await world().store.hubs.action({ network: two.network, tasks: early, weights: null });
      assert.deepEqual(await attached(early[0] ?? ''), ['a', 'b']);
      await world().store.hubs.cancel({ network: two.network, tasks: early });
      assert.deepEqual(await attached(early[0] ?? ''), ['a']);
      assert.deepEqual(await attached('nonsense'), []);
    });

    test('a matching failure restarts the task as often as allowed; the next one takes it off the hub', async () => {
      const [one, two] = await pair();
      const [task = ''] = await world().actioned(one, 1);
      await world().store.hubs.action({ network: two.network, tasks: [task], weights: null });
      await add(one, ['a', 'b'], 2);
      for (let i = 0; i < 2; i++) {
        assert.equal(await fail(task, ['a']), 'waiting');
        assert.deepEqual(await hubsOf(task), sorted([one.network, two.network]));
      }
      assert.equal(await fail(task, ['a', 'b']), 'error');
      assert.deepEqual(await hubsOf(task), [two.network], 'a hub without patterns keeps it');
      assert.deepEqual(await attached(task), []);
      // A user may still send it round again; nothing restarts it there.
      await world().store.tasks.setStatuses({ tasks: [task], status: 'waiting' });
      assert.equal(await fail(task, []), 'error');
      assert.deepEqual(await hubsOf(task), [two.network]);
    });

    test('every matching pattern counts, and each has its own limit', async () => {
      const network = await world().network();
      const [task = ''] = await world().actioned(network, 1);
      await add(network, ['a'], 3);
      await add(network, ['b'], 1);
      assert.equal(await fail(task, ['a', 'b']), 'waiting');
      assert.equal(await fail(task, ['a']), 'waiting');
      assert.equal(await fail(task, ['a', 'b']), 'error', 'b is used up, whatever a says');
      assert.deepEqual(await hubsOf(task), []);
    });

    test('a failure that matches nothing, or has no tracebacks, takes the task off the hub', async () => {
      const network = await world().network();
      const [one = '', two = ''] = await world().actioned(network, 2);
      await add(network, ['a']);
      assert.equal(await fail(one, []), 'error');
      assert.deepEqual(await hubsOf(one), []);
      const service = await world().service();
      assert.deepEqual(await world().claim(network.scope, service), [two]);
      await world().pushExactly({
        task: two,
        objKey: 'R-1',
        ok: false,
        location: 'x',
        service,
        failures: [],
        restarts: await judged(two, []),
        now: at(3),
      });
      assert.equal(await status(two), 'error');
      assert.deepEqual(await hubsOf(two), []);
    });

    test('hubs decide each for itself: one keeps the task and it waits, the other lets it go', async () => {
      const [one, two] = await pair();
      const [task = ''] = await world().actioned(one, 1);
      await world().store.hubs.action({ network: two.network, tasks: [task], weights: null });
      await add(one, ['a']);
      await add(two, ['b']);
      assert.equal(await fail(task, ['b']), 'waiting');
      assert.deepEqual(await hubsOf(task), [two.network]);
      assert.deepEqual(
        await world().store.hubs.claimFromHub({
          hub: two.hub,
          service: await world().service(),
          count: 2,
          protocols: null,
          now: at(1),
        }),
        [task],
      );
    });

    test('the same text on two hubs counts on each', async () => {
      const [one, two] = await pair();
      const [task = ''] = await world().actioned(one, 1);
      await world().store.hubs.action({ network: two.network, tasks: [task], weights: null });
      await add(one, ['a'], 1);
      await add(two, ['a'], 2);
      assert.equal(await fail(task, ['a']), 'waiting');
      assert.equal(await fail(task, ['a']), 'waiting');
      assert.deepEqual(await hubsOf(task), [two.network]);
      assert.equal(await fail(task, ['a']), 'error');
      assert.deepEqual(await hubsOf(task), []);
    });

    test('adding again sets the limit and keeps the counts; so do an action and a reset', async () => {
      const { store } = world();
      const network = await world().network();
      const [task = ''] = await world().actioned(network, 1);
      await add(network, ['a'], 1);
      assert.equal(await fail(task, ['a']), 'waiting');
      await add(network, ['a', 'b'], 2);
      await store.hubs.action({ network: network.network, tasks: [task], weights: 1 });
      await store.tasks.setStatuses({ tasks: [task], status: 'waiting' });
      assert.equal(await fail(task, ['a']), 'waiting');
      await store.restarts.setMaxRetries({ network: network.network, patterns: ['a'], maxRetries: 1 });
      assert.equal(await fail(task, ['a']), 'error', 'two are more than one');
      assert.deepEqual(await hubsOf(task), []);
    });

    test('counts go with the action and with the pattern, on that hub only', async () => {
      const { store } = world();
      const [one, two] = await pair();
      const [task = ''] = await world().actioned(one, 1);
      await store.hubs.action({ network: two.network, tasks: [task], weights: null });
      await add(one, ['a'], 1);
      await add(two, ['a'], 1);
      assert.equal(await fail(task, ['a']), 'waiting');
      await store.hubs.cancel({ network: one.network, tasks: [task] });
      await store.hubs.action({ network: one.network, tasks: [task], weights: null });
      assert.equal(await fail(task, ['a']), 'waiting');
      assert.deepEqual(await hubsOf(task), [one.network], 'only there had it a restart left');
      await store.restarts.remove({ network: one.network, patterns: ['a'] });
      await add(one, ['a'], 1);
      assert.equal(await fail(task, ['a']), 'waiting');
      assert.equal(await fail(task, ['a']), 'error');
    });

    test('a task that ends has no patterns any more, whatever comes after', async () => {
      const { store } = world();
      const network = await world().network();
      const [done = '', invalid = '', deleted = '', kept = ''] = await world().actioned(network, 4);
      await add(network, ['a'], 1);
      for (const task of [done, invalid, deleted, kept]) assert.equal(await fail(task, ['a']), 'waiting');
      await world().bring(done, 'complete');
      await store.tasks.setStatuses({ tasks: [invalid], status: 'invalid' });
      await store.tasks.setStatuses({ tasks: [deleted], status: 'deleted' });
      await add(network, ['b']);
      for (const task of [done, invalid, deleted]) assert.deepEqual(await attached(task), []);
      assert.deepEqual(await attached(kept), ['a', 'b']);
      assert.equal(await fail(kept, ['a']), 'error');
    });

    test('a pattern that was not tried makes a failure stale, and nothing has happened', async () => {
      const { store } = world();
      const network = await world().network();
      const [task = ''] = await world().actioned(network, 1);
      const service = await world().service();
      assert.deepEqual(await world().claim(network.scope, service), [task]);
      await add(network, ['a', 'b']);
      const push = {
        task,
        objKey: 'R-1',
        ok: false,
        location: 'x',
        service,
        failures: [{ traceback: 'boom', sourceKey: 's', failureKey: 'f' }],
        now: at(3),
      };
      for (const tried of [[], ['a']]) {
        const answer = await store.results.push({ ...push, restarts: { tried, matched: tried } });
        assert.equal(answer, 'stale');
        assert.equal(await status(task), 'running');
        assert.deepEqual(await store.results.list({ of: { task }, ok: false }), []);
        assert.equal((await world().claim(network.scope, service, { maxFailures: 0 })).length, 0);
      }
      const tried = { tried: ['b', 'a', 'gone'], matched: ['a'] };
      const pushed = await store.results.push({ ...push, restarts: tried });
      assert.ok(pushed !== 'stale' && pushed?.status === 'waiting');
      // The same again, by somebody who knows of no pattern, finds itself stored.
      const again = await store.results.push({ ...push, restarts: { tried: [], matched: [] } });
      assert.deepEqual(again, pushed);
      assert.equal((await store.results.list({ of: { task }, ok: false })).length, 1);
    });

    test('only a failure that moves the task is judged', async () => {
      const network = await world().network();
      const [task = ''] = await world().actioned(network, 1);
      const service = await world().service();
      assert.deepEqual(await world().claim(network.scope, service), [task]);
      await add(network, ['a'], 1);
      assert.equal((await world().push(task, false, await world().service()))?.status, 'running');
      assert.equal((await world().push(task, false, null))?.status, 'running');
      assert.equal((await world().push(task, true, service))?.status, 'complete');
      assert.equal((await world().push(task, false, service))?.status, 'complete');
    });

    test('a failure repeated after its restart changes nothing, also while the task runs again', async () => {
      const { store } = world();
      const network = await world().network();
      const [task = ''] = await world().actioned(network, 1);
      await add(network, ['a'], 1);
      const service = await world().service();
      const restarts = { tried: ['a'], matched: ['a'] };
      const push = {
        task,
        objKey: 'R',
        ok: false,
        location: 'x',
        service,
        failures: [],
        restarts,
        now: at(3),
      };
      assert.deepEqual(await world().claim(network.scope, service), [task]);
      for (let i = 0; i < 3; i++) assert.equal((await world().pushExactly(push))?.status, 'waiting');
      assert.deepEqual(await world().claim(network.scope, service), [task]);
      assert.equal((await world().pushExactly(push))?.status, 'running');
      const untried = { ...push, restarts: { tried: [], matched: [] } };
      assert.equal((await world().pushExactly(untried))?.status, 'running');
      assert.equal(await store.compute.deregister({ service, owner: 'grace' }), true);
      assert.equal(await fail(task, ['a']), 'error', 'one restart had been given, and one was allowed');
    });

    test('a failure counts against the service though the task is restarted', async () => {
      const network = await world().network();
      const [task = ''] = await world().actioned(network, 1);
      await add(network, ['a'], 9);
      const service = await world().service();
      assert.deepEqual(await world().claim(network.scope, service), [task]);
      await world().push(task, false, service, at(5), await judged(task, ['a']));
      const answer = await world().store.hubs.claim(
        world().claimParams(network.scope, service, { maxFailures: 0 }),
      );
      assert.deepEqual(answer, { denied: true });
    });

    test('tasks in error on a hub are listed with the tracebacks of their newest failure', async () => {
      const { store } = world();
      const [one, two] = await pair();
      const [task = '', bare = '', fine = '', elsewhere = ''] = await world().actioned(one, 4);
      await store.hubs.action({ network: two.network, tasks: [elsewhere], weights: null });
      const texts = async (key: Key, objKey: string, tracebacks: readonly string[]): Promise<void> => {
        await world().pushExactly({
          task: key,
          objKey,
          ok: false,
          location: 'x',
          service: await world().claimOnly(key),
          failures: tracebacks.map((traceback, i) => ({
            traceback,
            sourceKey: `s${i}`,
            failureKey: `f${i}`,
          })),
          now: at(objKey === 'old' ? 1 : 2),
        });
      };
      await texts(task, 'old', ['old']);
      await store.tasks.setStatuses({ tasks: [task], status: 'waiting' });
      await texts(task, 'new', ['z', 'a\u0000', 'm']);
      await texts(bare, 'new', []);
      await texts(elsewhere, 'new', ['e']);
      await store.hubs.cancel({ network: one.network, tasks: [elsewhere] });
      assert.equal(await status(fine), 'waiting');
      const errors = await store.restarts.listErrors({ network: one.network });
      assert.deepEqual(
        new Map(errors.map(error => [error.task, error.tracebacks])),
        new Map([
          [task, ['z', 'a\u0000', 'm']],
          [bare, []],
        ]),
      );
      assert.deepEqual(await store.restarts.listErrors({ network: two.network }), [
        { task: elsewhere, tracebacks: ['e'] },
      ]);
    });

    test('judgements restart tasks in error, or take them off hubs, and leave all others alone', async () => {
      const { store } = world();
      const [one, two] = await pair();
      const [match = '', miss = '', untried = '', running = '', waiting = ''] = await world().actioned(
        one,
        5,
      );
      await store.hubs.action({ network: two.network, tasks: [miss], weights: null });
      for (const task of [match, miss, untried]) assert.equal(await fail(task, []), 'error');
      await world().bring(running, 'running');
      await store.restarts.resolve({ judgements: [{ task: match, tried: [], matched: [] }] });
      assert.deepEqual(
        [await status(match), await hubsOf(match)],
        ['error', [one.network]],
        'no pattern yet',
      );
      await add(one, ['a', 'b'], 1);
      const judge = (task: Key, tried: readonly string[], matched: readonly string[]): unknown => ({
        task,
        tried,
        matched,
      });
      const judgements = [
        judge(match, ['a', 'b'], ['a']),
        judge(match, ['a', 'b'], ['a']),
        judge(miss, ['a', 'b'], []),
        judge(untried, ['a'], ['a']),
        judge(running, ['a', 'b'], ['a']),
        judge(waiting, ['a', 'b'], []),
        judge('nonsense', ['a', 'b'], ['a']),
      ] as Parameters<typeof store.restarts.resolve>[0]['judgements'];
      await store.restarts.resolve({ judgements });
      assert.deepEqual(await world().statuses([match, miss, untried, running, waiting]), [
        'waiting',
        'error',
        'error',
        'running',
        'waiting',
      ]);
      assert.deepEqual(await hubsOf(miss), [two.network]);
      for (const task of [match, untried, running, waiting])
        assert.deepEqual(await hubsOf(task), [one.network]);
      await store.restarts.resolve({ judgements });
      assert.equal(await status(match), 'waiting');
      assert.equal(await fail(match, ['a']), 'error', 'its one restart was counted once');
    });

    test('many judgements in one call', async () => {
      const { store } = world();
      const network = await world().network();
      const tasks = await world().actioned(network, 600);
      const service = await world().service();
      const claimed = await world().claim(network.scope, service, { count: 600 });
      // Not all at once: on a slow machine the last would wait for a connection for longer than one may.
      for (let from = 0; from < claimed.length; from += 50) {
        const pushes = claimed.slice(from, from + 50).map(task =>
          world().pushExactly({
            task,
            objKey: 'R',
            ok: false,
            location: 'x',
            service,
            failures: [],
            now: at(2),
          }),
        );
        await Promise.all(pushes);
      }
      await add(network, ['a'], 1);
      const errors = await store.restarts.listErrors({ network: network.network });
      assert.deepEqual(sorted(errors.map(({ task }) => task)), sorted(tasks));
      await store.restarts.resolve({
        judgements: errors.map(({ task }, i) => ({ task, tried: ['a'], matched: i % 2 === 0 ? ['a'] : [] })),
      });
      assert.deepEqual(await store.networks.countStatuses({ networks: [network.network] }), [
        { waiting: 300, error: 300 },
      ]);
      const [actioned = []] = await store.hubs.listActioned({ networks: [network.network] });
      assert.equal(actioned.length, 300);
    });

    test('a pattern that arrives while a failure does is tried, or came too late; never ignored', async () => {
      const { store } = world();
      for (let i = 0; i < 8; i++) {
        const network = await world().network();
        const [task = ''] = await world().actioned(network, 1);
        const service = await world().service();
        assert.deepEqual(await world().claim(network.scope, service), [task]);
        const push = { task, objKey: 'R', ok: false, location: 'x', service, failures: [], now: at(2) };
        const pushing = (): Promise<unknown> =>
          store.results.push({ ...push, restarts: { tried: [], matched: [] } });
        const adding = (): Promise<unknown> => add(network, ['a']);
        const calls = i % 2 === 0 ? [pushing(), adding()] : [adding(), pushing()];
        const answers = await Promise.all(calls);
        const isStale = answers.includes('stale');
        assert.equal(await status(task), isStale ? 'running' : 'error');
        const errors = await store.restarts.listErrors({ network: network.network });
        assert.equal(errors.length, isStale ? 0 : 1, 'who adds a pattern then sees the failure');
      }
    });
  });
}
