// What the strategist does, on any store: single runs, compared with those of the original; and the loop, with time handed in.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { AlchemiscaleError } from '../../src/domain/errors.ts';
import type { StrategyState } from '../../src/domain/strategy.ts';
import { explainHere } from '../../src/domain/strategy-proposal.ts';
import type { Key, StateStore } from '../../src/store/state-store.ts';
import { runStrategy } from '../../src/strategist/run.ts';
import { Strategist, type StrategistOptions } from '../../src/strategist/service.ts';
import type { Stored } from '../contract/state-store/samples.ts';
import { describeStore, EVERYWHERE, type OpenStore, type World } from '../contract/state-store/world.ts';
import { addResults, graph, type Pair, row, runDeps, setStrategy } from './networks.ts';

/** A run of the original; see test/fixtures/strategist. */
interface OriginalRun {
  readonly edges: readonly Pair[];
  readonly results: readonly number[];
  readonly tasks: readonly (readonly (readonly ['waiting' | 'running' | 'error', boolean])[])[];
  readonly state: {
    readonly mode: StrategyState['mode'];
    readonly status: StrategyState['status'];
    readonly max_tasks_per_transformation: number;
    readonly task_scaling: StrategyState['taskScaling'];
    readonly last_iteration_result_count: number;
  };
  readonly chain: unknown;
  readonly outcome: {
    readonly status: string;
    readonly iterations: number;
    readonly count: number;
    readonly ran: boolean;
    readonly per: readonly { readonly tasks: number; readonly actioned: object }[];
  };
}

const FIXTURE = new URL('../fixtures/strategist/original-runs.json', import.meta.url);
const ORIGINAL = (JSON.parse(readFileSync(FIXTURE, 'utf8')) as { runs: readonly OriginalRun[] }).runs;

const NEVER: AbortSignal = new AbortController().signal;

/** Time that passes only when somebody sleeps, and the store, however slow it is, has answered. */
class Time {
  ms: number = Date.UTC(2026, 5, 1);
  readonly sleeps: number[] = [];
  #asked = 0;

  /** A part of a store whose answers are waited for. */
  waitsFor<Part extends object>(part: Part): Part {
    return new Proxy(part, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          this.#asked++;
          try {
            return await value.apply(target, args);
          } finally {
            this.#asked--;
          }
        };
      },
    });
  }

  now(): Date {
    return new Date(this.ms);
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    // Lets what can be done without time be done first.
    for (let turn = 0; turn < 50 && !signal.aborted; turn = this.#asked > 0 ? 0 : turn + 1)
      await new Promise(resolve => setTimeout(resolve, 2));
    if (signal.aborted) return;
    this.sleeps.push(ms / 1000);
    this.ms += ms;
  }
}

/** Proposals that come when they are let go. */
function heldBack(): { readonly propose: StrategistOptions['propose']; release(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { propose: job => promise.then(() => explainHere(job)), release: resolve };
}

/** Some runs of the original are enough where every statement crosses a network: one in `every`. */
export function strategistSuite(name: string, open: OpenStore, every = 1): void {
  describeStore(`strategist on ${name}`, open, world => {
    const strategistOf = (store: StateStore, change: Partial<StrategistOptions> = {}) => {
      const time = new Time();
      const { networks, results, strategies } = change.store ?? store;
      const errors: object[] = [];
      const strategist = new Strategist({
        ...runDeps(store),
        clock: () => time.now(),
        sleep: (ms, signal) => time.sleep(ms, signal),
        sleepIntervalSeconds: 300,
        maxWorkers: 4,
        scopes: EVERYWHERE,
        log: { debug: () => {}, info: () => {}, error: (facts: object) => void errors.push(facts) } as never,
        ...change,
        store: {
          networks: time.waitsFor(networks),
          results: time.waitsFor(results),
          strategies: time.waitsFor(strategies),
        },
      });
      return { strategist, time, errors };
    };
    const actionedOf = async (network: Key): Promise<number> =>
      (await world().store.hubs.listActioned({ networks: [network] }))[0]?.length ?? 0;
    const made = async (protocolPairs: readonly Pair[] = row(3), state: Partial<StrategyState> = {}) => {
      const stored = await graph(world().store, world().scope(), protocolPairs);
      await setStrategy(world().store, stored.network, state);
      return stored;
    };

    test('tasks and states are the original’s', async () => {
      for (const [place, run] of ORIGINAL.entries()) {
        if (place % every !== 0) continue;
        await compareWithOriginal(world(), run, place);
      }
    });

    test('a strategy is run to its end: awake until every transformation has its results, then dormant', async () => {
      const { store } = world();
      const stored = await made(row(3), { mode: 'full' });
      const { network, scope } = stored;
      const service = await world().service();
      let rounds = 0;
      const time = new Time();
      const deps = runDeps(store, { clock: () => time.now() });
      for (; rounds < 30; rounds++) {
        time.ms += 3600_000;
        const { outcome } = await runStrategy(deps, network, NEVER);
        if (outcome === 'dormant') break;
        assert.equal(outcome, 'awake');
        for (const task of await world().claim(scope, service, { count: 99 })) {
          await world().push(task, true, service);
        }
      }
      assert.equal(rounds, 3, 'one task each, three times');
      const surveys = await store.strategies.survey({ network });
      assert.deepEqual(
        surveys?.map(({ results }) => results),
        [3, 3, 3],
      );
      time.ms += 3600_000;
      assert.equal((await runStrategy(deps, network, NEVER)).outcome, 'asleep');
      const runs = await store.strategies.listRuns({ network, before: null, limit: 99 });
      assert.equal(runs.length, 4, 'a look that changed nothing is not kept');
      assert.deepEqual(
        runs.map(({ run }) => [run.iteration, run.statusAfter, run.created, run.resultCount]),
        [
          [4, 'dormant', 0, 9],
          [3, 'awake', 3, 6],
          [2, 'awake', 3, 3],
          [1, 'awake', 3, 0],
        ],
      );
      const [first] = runs.at(-1)?.run.transformations ?? [];
      assert.match(
        first?.reason ?? '',
        /^no result; its states have \d and \d edges; weight .* → 1 task; 0 actioned$/,
      );
      await addResults(world(), stored.transformations[0] ?? '', 1);
      time.ms += 3600_000;
      assert.equal(
        (await runStrategy(deps, network, NEVER)).outcome,
        'dormant',
        'woken by a result, and done again',
      );
    });

    test('what a strategy throws puts it in error, with what was thrown; awake, it goes on', async () => {
      const { store } = world();
      const { network } = await made();
      const failing = runDeps(store, {
        propose: async () => {
          throw new RangeError('no \u0000 way');
        },
      });
      assert.equal((await runStrategy(failing, network, NEVER)).outcome, 'error');
      const state = await store.strategies.getState({ network });
      assert.deepEqual(
        [state?.status, state?.iterations, state?.exception],
        ['error', 1, ['RangeError', 'no \u0000 way']],
      );
      assert.match(state?.traceback ?? '', /RangeError: no \0 way\n\s+at /);
      assert.equal((await runStrategy(failing, network, NEVER)).outcome, 'not begun');
      const [kept] = await store.strategies.listRuns({ network, before: null, limit: 1 });
      assert.deepEqual(kept?.run.exception, ['RangeError', 'no \u0000 way']);
      await store.strategies.wake({ network });
      const later = runDeps(store, { clock: () => new Date(Date.UTC(2026, 5, 2)) });
      assert.equal((await runStrategy(later, network, NEVER)).outcome, 'awake');
      const woken = await store.strategies.getState({ network });
      assert.deepEqual([woken?.status, woken?.iterations, woken?.exception], ['awake', 2, null]);
    });

    test('weights that sum to 0 are an error, as in the original', async () => {
      const { network } = await made();
      const zero = runDeps(world().store, {
        propose: async job => explainHere(job).map(([key, , reason]) => [key, 0, reason] as const),
      });
      assert.equal((await runStrategy(zero, network, NEVER)).outcome, 'error');
      const state = await world().store.strategies.getState({ network });
      assert.equal(state?.exception?.[0], 'ZeroWeightsError');
    });

    test('a strategy of a class that is not known here leaves its network alone', async () => {
      const { store } = world();
      const { network, transformations } = await made();
      await world().tasks(transformations[0] ?? '', 1);
      const chain = '[["Thompson-1", {"n": 1, "__qualname__": "Thompson", "__module__": "my.strategies"}]]';
      await setStrategy(store, network, { mode: 'full' }, new TextEncoder().encode(chain));
      assert.equal((await runStrategy(runDeps(store), network, NEVER)).outcome, 'error');
      const state = await store.strategies.getState({ network });
      assert.equal(state?.exception?.[0], 'UnknownStrategyError');
      assert.match(state?.exception?.[1] ?? '', /my\.strategies\.Thompson/);
      assert.equal((await store.tasks.listForNetwork({ network, status: null })).length, 1);
      assert.equal(await actionedOf(network), 0);
    });

    test('a store that does not answer is no error of the strategy', async () => {
      const { store } = world();
      const { network } = await made();
      const deps = runDeps(store, {
        propose: async () => {
          throw new AlchemiscaleError('STORE_UNAVAILABLE', 'the database is away');
        },
      });
      await assert.rejects(runStrategy(deps, network, NEVER), /away/);
      assert.deepEqual((await store.strategies.getState({ network }))?.status, 'awake');
      assert.equal(
        (await runStrategy(runDeps(store), network, NEVER)).outcome,
        'awake',
        'at once: nobody holds it',
      );
    });

    test('what a user says during a run stands', async () => {
      const { store } = world();
      const says = {
        removed: (network: Key) => store.strategies.remove({ network }),
        disabled: (network: Key) => setStrategy(store, network, { mode: 'disabled' }),
        replaced: (network: Key) =>
          setStrategy(store, network, { mode: 'full', maxTasksPerTransformation: 9 }),
        woken: (network: Key) => store.strategies.wake({ network }).then(() => undefined),
      };
      for (const [word, say] of Object.entries(says)) {
        const { network } = await made();
        let said: StrategyState | null = null;
        const deps = runDeps(store, {
          propose: async job => {
            await say(network);
            said = await store.strategies.getState({ network });
            return explainHere(job);
          },
        });
        assert.equal((await runStrategy(deps, network, NEVER)).outcome, 'lost', word);
        assert.deepEqual(await store.strategies.getState({ network }), said, word);
        assert.equal(await actionedOf(network), 0, word);
      }
    });

    test('a cycle runs what is due, so many at a time, and goes on when one cannot be run', async () => {
      const { store } = world();
      const networks: Key[] = [];
      for (let n = 0; n < 5; n++) networks.push((await made(row(2))).network);
      const [broken = ''] = networks;
      let [atOnce, most] = [0, 0];
      const { strategist, errors } = strategistOf(store, {
        maxWorkers: 2,
        propose: async job => {
          most = Math.max(most, ++atOnce);
          // Long enough for a third, if it were let in.
          for (let turn = 0; turn < 60 && atOnce < 3 && most < 2; turn++) await wait(5);
          await wait(20);
          atOnce--;
          return explainHere(job);
        },
        store: {
          ...store,
          strategies: {
            ...store.strategies,
            survey: async params => {
              if (params.network === broken) throw new AlchemiscaleError('STORE_UNAVAILABLE', 'away');
              return store.strategies.survey(params);
            },
          },
        },
      });
      await strategist.cycle();
      assert.equal(most, 2);
      assert.deepEqual(await Promise.all(networks.map(actionedOf)), [0, 4, 4, 4, 4]);
      assert.equal(errors.length, 1);
    });

    test('the loop: a cycle each interval, strategies at their own pace, newly due ones beside one that takes long', async () => {
      const { store } = world();
      const slow = await made(row(4), { sleepInterval: 100_000 });
      const quick = await made(row(2), { sleepInterval: 400 });
      const order: string[] = [];
      const release = Promise.withResolvers<void>();
      const { strategist, time } = strategistOf(store, {
        scopes: [slow.scope, quick.scope],
        propose: async job => {
          const isSlow = job.edges.length === 4;
          order.push(isSlow ? 'slow begins' : 'quick');
          if (isSlow) await release.promise;
          if (isSlow) order.push('slow ends');
          else if (order.filter(word => word === 'quick').length === 3) {
            release.resolve();
            void strategist.stop();
          }
          return explainHere(job);
        },
      });
      await strategist.start();
      assert.deepEqual(
        order.filter(word => word !== 'slow ends'),
        order[0] === 'quick'
          ? ['quick', 'slow begins', 'quick', 'quick']
          : ['slow begins', 'quick', 'quick', 'quick'],
      );
      assert.ok(order.includes('slow ends'), 'what runs is finished before it stops');
      assert.deepEqual(time.sleeps, [300, 100, 300, 100], 'due after 400 s: found at 400 s, and at 800 s');
      assert.equal(await actionedOf(slow.network), 4);
    });

    test('a strategy runs each interval after the end of its last run, not every other interval', async () => {
      const { store } = world();
      // Seconds of the strategy, seconds that a run takes, and seconds between two runs; the strategist’s own are 2.
      const paces = [
        [1, 0.01, 2.01],
        [2, 0.01, 2.01],
        [2, 1.2, 3.2],
        [4, 0.01, 4.01],
        [5, 0.3, 5.3],
      ] as const;
      for (const [sleepInterval, takes, between] of paces) {
        const { scope, network } = await made(row(2), { sleepInterval });
        const begins: number[] = [];
        const { strategist, time, errors } = strategistOf(store, {
          sleepIntervalSeconds: 2,
          scopes: [scope],
          propose: async job => {
            if (begins.push(time.ms) === 5) void strategist.stop();
            time.ms += takes * 1000;
            return explainHere(job);
          },
        });
        await strategist.start();
        const gaps = begins.slice(1).map((ms, place) => (ms - (begins[place] ?? 0)) / 1000);
        assert.deepEqual(
          gaps,
          [between, between, between, between],
          `its own interval is ${sleepInterval} s`,
        );
        assert.deepEqual(errors, []);
        const state = await store.strategies.getState({ network });
        assert.equal(
          state?.lastIteration?.getTime(),
          time.ms,
          'the end of the run, as the original writes it',
        );
      }
    });

    test('a cycle that fails is logged, and the next one comes', async () => {
      const { store } = world();
      let looks = 0;
      const { strategist, errors, time } = strategistOf(store, {
        store: {
          ...store,
          strategies: {
            ...store.strategies,
            listDue: async () => {
              if (++looks === 3) void strategist.stop();
              throw new AlchemiscaleError('STORE_UNAVAILABLE', 'away');
            },
          },
        },
      });
      await strategist.start();
      assert.equal(errors.length, 3);
      assert.deepEqual(time.sleeps, [300, 300]);
    });

    test('a look that fails beside what runs does not end the cycle, which a stop waits for', async () => {
      const { store } = world();
      const { network, scope } = await made(row(2));
      let looks = 0;
      const held = heldBack();
      const { strategist, errors } = strategistOf(store, {
        scopes: [scope],
        propose: held.propose,
        store: {
          ...store,
          strategies: {
            ...store.strategies,
            listDue: async params => {
              if (++looks === 1) return store.strategies.listDue(params);
              if (looks === 3) {
                void strategist.stop();
                held.release();
              }
              throw new AlchemiscaleError('STORE_UNAVAILABLE', 'away');
            },
          },
        },
      });
      await strategist.start();
      assert.equal(await actionedOf(network), 4, 'it was waited for');
      assert.equal(errors.length, 2);
    });

    test('stopped when a look is due, it lets what runs go on to its end', async () => {
      const { store } = world();
      const { network, scope } = await made(row(2));
      const held = heldBack();
      const { strategist, time } = strategistOf(store, {
        scopes: [scope],
        propose: held.propose,
        // First while it runs: the time for a look has come, and it is not made any more.
        sleep: async ms => {
          void strategist.stop();
          time.ms += ms;
          setTimeout(held.release, 50);
        },
      });
      await strategist.start();
      assert.equal(await actionedOf(network), 4);
    });

    test('several strategists on one store do what one would', async () => {
      const { store } = world();
      const scopes: Stored['scope'][] = [];
      const networks: Key[] = [];
      for (let n = 2; n < 6; n++) {
        const { network, scope } = await made(row(n), {
          maxTasksPerTransformation: 5,
          taskScaling: 'linear',
        });
        networks.push(network);
        scopes.push(scope);
      }
      const targets = { 2: [3, 3], 3: [2, 3, 2], 4: [2, 2, 2, 2], 5: [1, 2, 2, 2, 1] } as const;
      const all = Array.from({ length: 3 }, () => strategistOf(store, { scopes }));
      await Promise.all(all.map(({ strategist }) => strategist.cycle()));
      for (const [place, network] of networks.entries()) {
        const expected = Object.values(targets)[place]?.reduce((sum: number, n) => sum + n, 0);
        assert.equal(await actionedOf(network), expected);
        assert.equal((await store.tasks.listForNetwork({ network, status: null })).length, expected);
        assert.equal((await store.strategies.getState({ network }))?.iterations, 1, 'each was run once');
      }
      assert.deepEqual(
        all.flatMap(({ errors }) => errors),
        [],
      );
    });

    test('many tasks are made in pieces, and a run that was cut off between two is made up', async () => {
      const { store } = world();
      const { network } = await made(row(1), { maxTasksPerTransformation: 1200 });
      const aborting = new AbortController();
      let pieces = 0;
      const cut = {
        ...store,
        strategies: {
          ...store.strategies,
          applyTargets: async (params: Parameters<typeof store.strategies.applyTargets>[0]) => {
            const applied = await store.strategies.applyTargets(params);
            if (++pieces === 1) aborting.abort(new Error('cut off'));
            return applied;
          },
        },
      };
      await assert.rejects(runStrategy(runDeps(store, { store: cut }), network, aborting.signal), /cut off/);
      assert.equal(await actionedOf(network), 500);
      const history = async () => {
        const kept = await store.strategies.listRuns({ network, before: null, limit: 9 });
        return kept.map(({ run }) => [run.iteration, run.created, run.exception?.join(': ') ?? null]);
      };
      const cutShort = [1, 500, 'RunCutShort: cut off; what was done by then stays'];
      assert.deepEqual(await history(), [cutShort]);
      assert.equal((await runStrategy(runDeps(store), network, NEVER)).outcome, 'awake');
      assert.equal(await actionedOf(network), 1200);
      assert.equal((await store.tasks.listForNetwork({ network, status: null })).length, 1200);
      assert.deepEqual(await history(), [[1, 700, null], cutShort]);
    });

    test('a run that loses its lease between two pieces tells what it had done', async () => {
      const { store } = world();
      const { network } = await made(row(1), { maxTasksPerTransformation: 1200 });
      const { strategies } = store;
      const meddled: StateStore = {
        ...store,
        strategies: {
          ...strategies,
          applyTargets: async params => {
            const applied = await strategies.applyTargets(params);
            await setStrategy(store, network, { mode: 'disabled' });
            return applied;
          },
        },
      };
      assert.deepEqual(await runStrategy(runDeps(store, { store: meddled }), network, NEVER), {
        outcome: 'lost',
        run: null,
      });
      assert.equal((await strategies.getState({ network }))?.mode, 'disabled');
      const [kept, ...others] = await strategies.listRuns({ network, before: null, limit: 9 });
      assert.deepEqual([kept?.run.created, kept?.run.transformations[0]?.created, others], [500, 500, []]);
      assert.match(
        kept?.run.exception?.join() ?? '',
        /^RunCutShort,the strategy was set, set awake or taken/,
      );
    });

    test('a run of mode full that is cut short while it clears the hub tells how many tasks it took off', async () => {
      const { store } = world();
      const stored = await made(row(2), { mode: 'full' });
      const { network, transformations } = stored;
      for (const transformation of transformations) {
        await addResults(world(), transformation, 3);
        const tasks = await world().tasks(transformation, 400);
        await store.hubs.action({ network, tasks, weights: null });
      }
      const aborting = new AbortController();
      const { strategies } = store;
      const cut: StateStore = {
        ...store,
        strategies: {
          ...strategies,
          clearHub: async params => {
            const cleared = await strategies.clearHub(params);
            aborting.abort(new Error('cut off'));
            return cleared;
          },
        },
      };
      await assert.rejects(runStrategy(runDeps(store, { store: cut }), network, aborting.signal), /cut off/);
      const [kept] = await strategies.listRuns({ network, before: null, limit: 1 });
      assert.deepEqual([kept?.run.cancelled, await actionedOf(network)], [500, 300]);
    });

    test('a dormant strategy that sleeps on is not surveyed', async () => {
      const { store } = world();
      const { network, transformations } = await made(row(2), {
        status: 'dormant',
        lastIterationResultCount: 1,
      });
      const { strategies } = store;
      let surveys = 0;
      const counted: StateStore = {
        ...store,
        strategies: {
          ...strategies,
          survey: params => {
            surveys++;
            return strategies.survey(params);
          },
        },
      };
      const deps = runDeps(store, { store: counted });
      await addResults(world(), transformations[0] ?? '', 1);
      assert.equal((await runStrategy(deps, network, NEVER)).outcome, 'asleep');
      assert.equal(surveys, 0);
      await addResults(world(), transformations[1] ?? '', 1);
      assert.equal((await runStrategy(deps, network, NEVER)).outcome, 'awake');
      assert.equal(surveys, 1);
    });
  });
}

async function compareWithOriginal(world: World, original: OriginalRun, place: number): Promise<void> {
  const { store } = world;
  const stored = await graph(store, world.scope(), original.edges);
  const { network, transformations } = stored;
  for (const [edge, transformation] of transformations.entries()) {
    await addResults(world, transformation, original.results[edge] ?? 0);
    for (const [status, isActioned] of original.tasks[edge] ?? []) {
      const [task = ''] = await world.tasks(transformation, 1);
      if (status !== 'waiting' || isActioned)
        await store.hubs.action({ network, tasks: [task], weights: null });
      if (status !== 'waiting') await world.bring(task, status);
      if (status !== 'waiting' && !isActioned) await store.hubs.cancel({ network, tasks: [task] });
    }
  }
  const { state } = original;
  await setStrategy(
    store,
    network,
    {
      mode: state.mode,
      status: state.status,
      maxTasksPerTransformation: state.max_tasks_per_transformation,
      taskScaling: state.task_scaling,
      lastIterationResultCount: state.last_iteration_result_count,
    },
    new TextEncoder().encode(JSON.stringify(original.chain)),
  );
  await runStrategy(runDeps(store), network, NEVER);
  const after = await store.strategies.getState({ network });
  const surveys = new Map(
    (await store.strategies.survey({ network }))?.map(survey => [survey.transformation, survey]),
  );
  const per: object[] = [];
  for (const [edge, transformation] of transformations.entries()) {
    const links = await store.tasks.listForTransformation({ transformation, extends: null, status: null });
    const tasks = links.length - (original.results[edge] ?? 0);
    per.push({ tasks, actioned: surveys.get(transformation)?.actioned });
  }
  const outcome = {
    status: after?.status,
    iterations: after?.iterations,
    count: after?.lastIterationResultCount,
    exception: after?.exception,
    ran: after?.lastIteration !== null,
    per,
  };
  assert.deepEqual(outcome, original.outcome, `run ${place}: ${JSON.stringify(original)}`);
}
