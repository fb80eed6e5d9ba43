// Runs of strategies: what is due, the lease of a run, what is counted and done about tasks, and the history.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_STRATEGY_STATE, type StrategyState } from '../../../src/domain/strategy.ts';
import { leaseHolder } from '../../../src/domain/strategy-lease.ts';
import type { StrategyRun } from '../../../src/domain/strategy-run.ts';
import type { ApplyTargets, FinishRun, Key } from '../../../src/store/state-store.ts';
import { keyIn, type Stored, sampleNetwork, submit } from './samples.ts';
import { at, describeStore, type EVERYWHERE, type OpenStore, sorted, type World } from './world.ts';

const CHAIN = `[["GrowthStrategy-a", {"n": 1, "__qualname__": "GrowthStrategy", "__module__": "strategies"}]]`;

const RUN: StrategyRun = {
  strategy: 'GrowthStrategy-a',
  mode: 'partial',
  started: at(10),
  ended: at(11),
  iteration: 1,
  statusBefore: 'awake',
  statusAfter: 'awake',
  resultCount: 4,
  created: 2,
  actioned: 3,
  cancelled: 1,
  exception: null,
  transformations: [
    {
      transformation: 'Transformation-1',
      results: 4,
      weight: 0.25,
      share: 0.5,
      target: 3,
      actionedBefore: 1,
      created: 2,
      actioned: 3,
      cancelled: 1,
      reason: 'because \u0000 of → this',
    },
  ],
};

const OUTCOME: FinishRun['outcome'] = {
  status: 'dormant',
  lastIteration: at(11),
  resultCount: 4,
  exception: ['ValueError', 'no weights\u0000'],
  traceback: 'Traceback …',
};

/** What tests do with the strategy of one network. */
class Strategist {
  readonly world: World;
  readonly stored: Stored;

  constructor(world: World, stored: Stored) {
    this.world = world;
    this.stored = stored;
  }

  get #strategies() {
    return this.world.store.strategies;
  }

  async set(state: Partial<StrategyState> = {}): Promise<void> {
    const chain = new TextEncoder().encode(CHAIN);
    const { network } = this.stored;
    await this.#strategies.set({ network, chain, state: { ...DEFAULT_STRATEGY_STATE, ...state } });
  }

  async begin(holder = 'one', seconds = 0, minimumSleepSeconds = 0): Promise<boolean> {
    const { network } = this.stored;
    const times = { now: at(seconds), until: at(seconds + 60) };
    const begun = await this.#strategies.begin({ network, holder, ...times, minimumSleepSeconds, keep: 3 });
    return begun !== null;
  }

  /** `[actionedBefore, created, actioned, cancelled]` for each target; null when the lease is lost. */
  async apply(targets: readonly number[], holder = 'one'): Promise<readonly (readonly number[])[] | null> {
    const { network, transformations } = this.stored;
    const all: ApplyTargets['targets'] = targets.map((target, place) => ({
      transformation: transformations[place] ?? '',
      target,
    }));
    const applied = await this.#strategies.applyTargets({ network, holder, targets: all, now: at(5) });
    return applied?.map(row => [row.actionedBefore, row.created, row.actioned, row.cancelled]) ?? null;
  }

  finish(holder = 'one', change: Partial<FinishRun> = {}): Promise<boolean> {
    const { network } = this.stored;
    return this.#strategies.finish({ network, holder, outcome: OUTCOME, run: RUN, keep: 3, ...change });
  }

  state(): Promise<StrategyState | null> {
    return this.#strategies.getState({ network: this.stored.network });
  }

  async actioned(): Promise<readonly Key[]> {
    const [tasks = []] = await this.world.store.hubs.listActioned({ networks: [this.stored.network] });
    return sorted(tasks.map(({ task }) => task));
  }

  tasks(): Promise<readonly Key[]> {
    return this.world.store.tasks.listForNetwork({ network: this.stored.network, status: null });
  }

  /** For the first transformation. */
  async survey(): Promise<object> {
    const all = await this.#strategies.survey({ network: this.stored.network });
    const own = all?.find(({ transformation }) => transformation === this.stored.transformations[0]);
    assert.ok(own);
    const { results, errors, actioned, idle } = own;
    return { results, errors, actioned, idle };
  }
}

export function strategyRunsContract(open: OpenStore): void {
  describeStore('runs of strategies', open, world => {
    const start = async (
      protocols?: readonly string[],
      state?: Partial<StrategyState>,
    ): Promise<Strategist> => {
      const strategist = new Strategist(world(), await world().network(protocols));
      await strategist.set(state);
      return strategist;
    };

    test('what is due: by mode, status and the longer of both sleeps, in the scopes, each once', async () => {
      const scope = world().scope();
      const network = async (name: string, state: Partial<StrategyState>): Promise<Key> => {
        const edges = [{ name: `edge of ${name}`, protocol: 'A' }];
        const strategist = new Strategist(
          world(),
          await submit(world().store, scope, sampleNetwork(name, edges)),
        );
        await strategist.set(state);
        return strategist.stored.network;
      };
      const never = await network('never', {});
      const late = await network('late', { lastIteration: at(0), sleepInterval: 100 });
      const dormant = await network('dormant', { status: 'dormant', lastIteration: at(-9) });
      await network('disabled', { mode: 'disabled' });
      await network('error', { status: 'error', exception: ['E', 'e'] });
      await world().network(['B'], scope);
      const due = (
        seconds: number,
        minimumSleepSeconds: number,
        scopes = [scope as (typeof EVERYWHERE)[number]],
      ) => world().store.strategies.listDue({ scopes, now: at(seconds), minimumSleepSeconds });
      assert.deepEqual(await due(99, 10), [never]);
      assert.deepEqual(await due(100, 10), sorted([never, late]));
      assert.deepEqual(await due(100, 101), [never]);
      assert.deepEqual(await due(3600, 10), sorted([never, late, dormant]));
      const overlapping = [scope, { ...scope, project: null }, { ...scope, campaign: null, project: null }];
      const here = (await due(3600, 10, [...overlapping, scope])).filter(key => key.endsWith(scope.project));
      assert.deepEqual(here, sorted([never, late, dormant]));
      assert.deepEqual(await due(3600, 10, []), []);
      assert.deepEqual(await due(3600, 10, [{ org: 'other', campaign: null, project: null }]), []);
    });

    test('one run at a time: the lease is held until its time, its end, or its release', async () => {
      const { strategies } = world().store;
      const strategist = await start();
      const { network, scope } = strategist.stored;
      const begun = await strategies.begin({
        network,
        holder: 'one',
        now: at(0),
        until: at(60),
        minimumSleepSeconds: 0,
        keep: 3,
      });
      assert.deepEqual(begun, { strategy: keyIn(scope, 'GrowthStrategy-a'), state: DEFAULT_STRATEGY_STATE });
      assert.equal(await strategist.begin('two', 59), false);
      assert.equal(await strategies.renew({ network, holder: 'one', until: at(100) }), true);
      assert.equal(await strategies.renew({ network, holder: 'two', until: at(999) }), false);
      assert.equal(await strategist.begin('two', 99), false);
      assert.equal(await strategist.begin('two', 100), true, 'who does not renew it loses it');
      assert.equal(await strategies.renew({ network, holder: 'one', until: at(999) }), false);
      assert.equal(await strategist.apply([1], 'one'), null);
      assert.equal(await strategist.finish('one'), false);
      await strategies.release({ network, holder: 'one' });
      assert.equal(await strategist.begin('three', 101), false, 'not one’s own lease to release');
      await strategies.release({ network, holder: 'two' });
      assert.equal(await strategist.begin('three', 101), true);
      assert.deepEqual(await strategist.state(), DEFAULT_STRATEGY_STATE, 'a lease is no part of the state');
      assert.deepEqual(await strategist.tasks(), []);
    });

    test('a run begins only when it is due, whatever was listed before', async () => {
      const strategist = await start(['A'], { lastIteration: at(0), sleepInterval: 100 });
      assert.equal(await strategist.begin('one', 99), false);
      assert.equal(await strategist.begin('one', 150, 151), false);
      assert.equal(await strategist.begin('one', 150, 150), true);
      for (const state of [{ mode: 'disabled' }, { status: 'error', exception: ['E', 'e'] }] as const) {
        await strategist.set(state);
        assert.equal(await strategist.begin('one', 1e6), false);
      }
      await world().store.strategies.remove({ network: strategist.stored.network });
      assert.equal(await strategist.begin('one', 1e6), false);
      const none = new Strategist(world(), { ...strategist.stored, network: 'nonsense' });
      assert.equal(await none.begin(), false);
    });

    test('many that begin at once: one of them runs', async () => {
      const strategist = await start();
      const begun = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(holder => strategist.begin(holder)));
      assert.equal(begun.filter(Boolean).length, 1);
    });

    test('what a user says during a run stands, and ends the run', async () => {
      const { strategies } = world().store;
      const changes: readonly ((strategist: Strategist) => Promise<unknown>)[] = [
        strategist => strategist.set({ mode: 'full', maxTasksPerTransformation: 7 }),
        strategist => strategist.set({ mode: 'disabled' }),
        strategist => strategies.wake({ network: strategist.stored.network }),
        strategist => strategies.remove({ network: strategist.stored.network }),
      ];
      for (const change of changes) {
        const strategist = await start();
        const { network } = strategist.stored;
        assert.equal(await strategist.begin(), true);
        await change(strategist);
        const said = await strategist.state();
        assert.equal(await strategies.renew({ network, holder: 'one', until: at(99) }), false);
        assert.equal(await strategist.apply([2]), null);
        assert.equal(await strategies.clearHub({ network, holder: 'one', count: 9 }), null);
        assert.equal(await strategist.finish(), false);
        assert.deepEqual(await strategist.state(), said);
        assert.deepEqual(await strategist.tasks(), []);
        assert.deepEqual(await strategies.listRuns({ network, before: null, limit: 9 }), []);
      }
    });

    test('a survey counts results once, tasks in error anywhere, and tasks on this hub and off it', async () => {
      const { store } = world();
      const edges = [
        { name: 'one', protocol: 'A', systems: ['s', 't'] as const },
        { name: 'two', protocol: 'A', systems: ['t', 's'] as const },
        { name: 'three', protocol: 'A', systems: ['s'] as const, non: true },
      ];
      const scope = world().scope();
      const stored = await submit(store, scope, sampleNetwork('three', edges));
      const other = await submit(store, scope, sampleNetwork('other', edges.slice(0, 1)));
      const strategist = new Strategist(world(), stored);
      const surveys = await store.strategies.survey({ network: stored.network });
      assert.ok(surveys);
      assert.deepEqual(
        surveys.map(({ transformation }) => transformation),
        sorted(stored.transformations),
      );
      const ends = new Map(surveys.map(row => [row.transformation, [row.stateA, row.stateB]]));
      const [one, two, three] = stored.transformations.map(key => ends.get(key) ?? []);
      assert.deepEqual(two, [...(one ?? [])].reverse());
      assert.deepEqual(three, [one?.[0], one?.[0]]);
      assert.match(String(one?.[0]), /^ChemicalSystem-[0-9a-f]{32}$/);
      const tasks = await world().actioned(stored, 5);
      const [complete = '', failed = '', running = '', twice = ''] = tasks;
      await world().bring(complete, 'complete');
      await world().push(complete, true, null);
      await world().bring(failed, 'error');
      await world().bring(running, 'running');
      await world().bring(twice, 'complete');
      await world().tasks(stored.transformations[0] ?? '', 2);
      const [failedThere = ''] = await world().actioned(other, 1);
      await world().bring(failedThere, 'error');
      assert.deepEqual(await strategist.survey(), {
        results: 3,
        errors: 2,
        actioned: { waiting: 1, running: 1, error: 1 },
        idle: { waiting: 2, running: 0 },
      });
      assert.equal(await store.strategies.countResults({ network: stored.network }), 3);
      assert.equal(await store.strategies.countResults({ network: other.network }), 3);
      const nobody = keyIn(scope, 'AlchemicalNetwork-1');
      assert.equal(await store.strategies.survey({ network: nobody }), null);
      assert.equal(await store.strategies.countResults({ network: nobody }), 0);
    });

    test('targets: running tasks first, then waiting ones, then new ones; the same again does nothing', async () => {
      const { store } = world();
      const strategist = await start(['A', 'B']);
      const { network, transformations, scope } = strategist.stored;
      const other = await submit(store, scope, sampleNetwork('other', [{ name: 'edge 0', protocol: 'A' }]));
      assert.equal(other.transformations[0], transformations[0], 'two networks share the transformation');
      await store.restarts.add({ network, patterns: ['boom'], maxRetries: 2 });
      const [running = ''] = await world().actioned(other, 1);
      await world().bring(running, 'running');
      const [idle = ''] = await world().tasks(transformations[0] ?? '', 1);
      await strategist.begin();
      assert.deepEqual(await strategist.apply([1]), [[0, 0, 1, 0]]);
      assert.deepEqual(await strategist.actioned(), [running]);
      assert.deepEqual(await strategist.apply([2, 0]), [
        [1, 0, 1, 0],
        [0, 0, 0, 0],
      ]);
      assert.deepEqual(await strategist.actioned(), sorted([running, idle]));
      assert.deepEqual(await strategist.apply([4, 1]), [
        [2, 2, 2, 0],
        [0, 1, 1, 0],
      ]);
      const actioned = await strategist.actioned();
      assert.equal(actioned.length, 5);
      assert.deepEqual(await strategist.apply([4, 1]), [
        [4, 0, 0, 0],
        [1, 0, 0, 0],
      ]);
      assert.deepEqual(await strategist.actioned(), actioned);
      const made = actioned.filter(task => task !== running && task !== idle);
      for (const task of made) {
        assert.deepEqual(await store.hubs.listActionedNetworks({ task }), [{ network, weight: 0.5 }]);
        assert.equal(
          (await store.restarts.listForTask({ task })).length,
          1,
          'patterns of the hub are attached',
        );
      }
      const service = await world().service();
      const claimed = await world().claim(scope, service, { count: 9 });
      assert.equal(claimed.length, 4, 'new tasks can be claimed');
    });

    test('too many: only mode full takes off, waiting tasks before running ones, never those in error', async () => {
      for (const mode of ['partial', 'full'] as const) {
        const strategist = await start(['A'], { mode });
        const tasks = await world().actioned(strategist.stored, 5);
        const [failed = '', running = ''] = tasks;
        await world().bring(failed, 'error');
        await world().bring(running, 'running');
        await strategist.begin();
        if (mode === 'partial') {
          assert.deepEqual(await strategist.apply([0]), [[5, 0, 0, 0]]);
          assert.deepEqual(await strategist.actioned(), sorted(tasks));
          continue;
        }
        assert.deepEqual(await strategist.apply([4]), [[5, 0, 0, 1]]);
        assert.deepEqual(await strategist.apply([2]), [[4, 0, 0, 2]]);
        assert.deepEqual(await strategist.actioned(), sorted([failed, running]));
        assert.deepEqual(await strategist.apply([0]), [[2, 0, 0, 1]]);
        assert.deepEqual(await strategist.apply([0]), [[1, 0, 0, 0]]);
        assert.deepEqual(await strategist.actioned(), [failed]);
        assert.deepEqual(await world().statuses(tasks), [
          'error',
          'running',
          'waiting',
          'waiting',
          'waiting',
        ]);
        const { network } = strategist.stored;
        const { strategies } = world().store;
        assert.equal(
          await strategies.clearHub({ network, holder: 'one', count: 9 }),
          1,
          'but all, once it is over',
        );
        assert.deepEqual(await strategist.actioned(), []);
      }
    });

    test('a transformation of another network is left alone', async () => {
      const strategist = await start();
      const other = await world().network(['Q'], strategist.stored.scope);
      await strategist.begin();
      const { network } = strategist.stored;
      const targets = [other.transformations[0] ?? '', 'nonsense'].map(transformation => ({
        transformation,
        target: 2,
      }));
      const applied = await world().store.strategies.applyTargets({
        network,
        holder: 'one',
        targets,
        now: at(1),
      });
      assert.deepEqual(
        applied?.map(({ created }) => created),
        [0, 0],
      );
      assert.deepEqual(await new Strategist(world(), other).tasks(), []);
    });

    test('a hub is cleared in pieces', async () => {
      const { strategies } = world().store;
      const strategist = await start(['A'], { mode: 'full' });
      const { network } = strategist.stored;
      await world().actioned(strategist.stored, 5);
      await strategist.begin();
      const clear = () => strategies.clearHub({ network, holder: 'one', count: 2 });
      assert.deepEqual([await clear(), await clear(), await clear(), await clear()], [2, 2, 1, 0]);
      assert.deepEqual(await strategist.actioned(), []);
    });

    test('the end of a run: what the strategist owns is written, the run is kept, the lease is over', async () => {
      const { strategies } = world().store;
      const own = {
        mode: 'full',
        sleepInterval: 60,
        maxTasksPerTransformation: 9,
        taskScaling: 'linear',
      } as const;
      const strategist = await start(['A'], { ...own, iterations: 4 });
      const { network } = strategist.stored;
      await strategist.begin();
      assert.equal(await strategist.finish(), true);
      assert.deepEqual(await strategist.state(), {
        ...own,
        status: 'dormant',
        iterations: 5,
        lastIteration: at(11),
        lastIterationResultCount: 4,
        exception: OUTCOME.exception,
        traceback: OUTCOME.traceback,
      });
      assert.equal(await strategist.finish(), false, 'once');
      const [kept] = await strategies.listRuns({ network, before: null, limit: 9 });
      assert.deepEqual(kept?.run, RUN);
      assert.equal(await strategist.begin('two', 70), false, 'not due yet');
      assert.equal(await strategist.begin('two', 71), true);
      const fine = { ...OUTCOME, status: 'awake', exception: null, traceback: null } as const;
      assert.equal(await strategist.finish('two', { outcome: fine }), true);
      const state = await strategist.state();
      assert.deepEqual([state?.status, state?.exception, state?.traceback], ['awake', null, null]);
    });

    test('a run that ends without a word is told of by the next one, once', async () => {
      const { strategies } = world().store;
      const strategist = await start(['A'], { iterations: 4, lastIterationResultCount: 9 });
      const { network } = strategist.stored;
      const runs = async () =>
        (await strategies.listRuns({ network, before: null, limit: 9 })).map(({ run }) => run);
      const killed = leaseHolder(at(0), 'a1', 'node 7 (process 12)');
      assert.equal(await strategist.begin(killed, 0), true);
      assert.equal(await strategist.begin('two', 59), false);
      assert.deepEqual(await runs(), []);
      assert.equal(await strategist.begin('two', 61), true);
      const [told, ...others] = await runs();
      assert.deepEqual(others, []);
      assert.deepEqual(
        [told?.strategy, told?.started, told?.ended, told?.iteration, told?.statusAfter, told?.resultCount],
        ['GrowthStrategy-a', at(0), at(60), 5, 'awake', 9],
      );
      assert.match(
        told?.exception?.join() ?? '',
        /^RunCutShort,the run on node 7 \(process 12\) ended without/,
      );
      const late = { run: { ...RUN, started: at(0) }, keep: 3 };
      await strategies.release({ network, holder: killed, cutShort: late });
      assert.equal((await runs()).length, 1, 'when it wakes up after all');
      assert.equal(await strategist.begin('three', 62), false, 'nobody else’s lease was released');
      assert.equal(await strategist.finish('two'), true);
      assert.equal(await strategist.begin('three', 4000), true, 'who has finished is not told of');
      await strategies.release({ network, holder: 'three' });
      assert.equal(await strategist.begin('four', 4001), true, 'nor who has released');
      assert.equal((await runs()).length, 2);
      await strategist.set();
      assert.equal(await strategist.begin('five', 4002), true, 'nor whose lease a user has ended');
      assert.equal((await runs()).length, 2);
    });

    test('a run that is cut short leaves what it did in the history, not in the state', async () => {
      const { strategies } = world().store;
      const strategist = await start();
      const { network } = strategist.stored;
      const cutShort = (seconds: number) => ({ run: { ...RUN, started: at(seconds) }, keep: 3 });
      await strategist.begin('one', 0);
      await strategies.release({ network, holder: 'one', cutShort: cutShort(0) });
      assert.deepEqual(await strategist.state(), DEFAULT_STRATEGY_STATE);
      assert.equal(await strategist.begin('two', 1), true, 'the lease is over');
      await strategist.set({ mode: 'full' });
      await strategies.release({ network, holder: 'two', cutShort: cutShort(1) });
      await strategies.remove({ network });
      for (const seconds of [2, 3]) {
        await strategies.release({ network, holder: 'gone', cutShort: cutShort(seconds) });
      }
      const kept = await strategies.listRuns({ network, before: null, limit: 9 });
      assert.deepEqual(
        kept.map(({ run }) => run),
        [3, 2, 1].map(seconds => ({ ...RUN, started: at(seconds) })),
        'the newest',
      );
    });

    test('what was thrown is kept whatever is in it, in the state and in the history', async () => {
      const { strategies } = world().store;
      const strategist = await start();
      const { network } = strategist.stored;
      const thrown = [
        ['Odd\u0000Error', 'bad byte \u0000 at 7, \ue000 and \ue0000 \u0000'],
        ['ValueError', ''],
        ['', '→ 💥 " \\u0000 ? $1 \' %'],
      ] as const;
      for (const [place, exception] of thrown.entries()) {
        assert.equal(await strategist.begin('one\u0000', 100 * place), true);
        const outcome = { ...OUTCOME, exception, traceback: exception.join('\u0000\n') };
        const wrong = { ...RUN, statusAfter: 'error', exception } as const;
        assert.equal(await strategist.finish('one\u0000', { outcome, run: wrong }), true);
        const state = await strategist.state();
        assert.deepEqual([state?.exception, state?.traceback], [exception, outcome.traceback]);
        const [kept] = await strategies.listRuns({ network, before: null, limit: 1 });
        assert.deepEqual(kept?.run, wrong);
        await strategist.set();
      }
    });

    test('the newest runs are kept, and listed newest first, page by page', async () => {
      const { strategies } = world().store;
      const strategist = await start(['A'], { sleepInterval: 1 });
      const neighbor = await start(['A'], { sleepInterval: 1 });
      const { network } = strategist.stored;
      for (let iteration = 1; iteration <= 5; iteration++) {
        for (const each of [strategist, neighbor]) {
          assert.equal(await each.begin('one', 100 * iteration), true);
          const exception = iteration === 4 ? (['Error', 'four'] as const) : null;
          const run = { ...RUN, iteration, exception, transformations: [] };
          assert.equal(await each.finish('one', { run }), true);
        }
      }
      const page = async (before: number | null) => strategies.listRuns({ network, before, limit: 2 });
      const first = await page(null);
      assert.deepEqual(
        first.map(({ run }) => [run.iteration, run.exception?.[1]]),
        [
          [5, undefined],
          [4, 'four'],
        ],
      );
      const second = await page(first.at(-1)?.number ?? 0);
      assert.deepEqual(
        second.map(({ run }) => run.iteration),
        [3],
      );
      assert.deepEqual(await page(second.at(-1)?.number ?? 0), []);
      assert.equal(
        (await strategies.listRuns({ network: neighbor.stored.network, before: null, limit: 9 })).length,
        3,
      );
      assert.deepEqual(await strategies.listRuns({ network: 'nonsense', before: null, limit: 9 }), []);
    });

    test('targets asked for many times at once, beside claims and users: never more than the target', async () => {
      const { store } = world();
      const strategist = await start(['A', 'B', 'C'], { mode: 'full' });
      const { network, scope, transformations } = strategist.stored;
      await strategist.begin();
      const service = await world().service();
      const rounds = Array.from({ length: 4 }, () => strategist.apply([3, 3, 3]));
      const claims = Array.from({ length: 4 }, () => world().claim(scope, service, { count: 2 }));
      const users = [
        world().tasks(transformations[0] ?? '', 2),
        store.restarts.add({ network, patterns: ['x'], maxRetries: 1 }),
      ];
      await Promise.all([...rounds, ...claims, ...users]);
      assert.equal((await strategist.actioned()).length, 9);
      const all = await strategist.tasks();
      assert.ok(all.length >= 9 && all.length <= 11, `${all.length} tasks`);
      const actioned = await strategist.actioned();
      await Promise.all([
        strategist.apply([1, 1, 1]),
        store.hubs.cancel({ network, tasks: actioned.slice(0, 2) }),
        world().claim(scope, service, { count: 2 }),
        strategist.apply([1, 1, 1]),
      ]);
      await strategist.apply([1, 1, 1]);
      assert.equal((await strategist.actioned()).length, 3);
      assert.equal((await strategist.tasks()).length, all.length, 'tasks there are go before new ones');
    });

    test('a user who sets the strategy while targets are applied: all of a piece or nothing', async () => {
      for (let round = 0; round < 4; round++) {
        const strategist = await start(['A', 'B']);
        await strategist.begin();
        const [applied] = await Promise.all([strategist.apply([2, 2]), strategist.set({ mode: 'disabled' })]);
        assert.equal((await strategist.actioned()).length, applied === null ? 0 : 4);
        assert.equal((await strategist.state())?.mode, 'disabled');
        assert.equal(await strategist.apply([3, 3]), null);
      }
    });
  });
}
