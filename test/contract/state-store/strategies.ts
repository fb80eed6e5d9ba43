// Strategies of networks: one each, stored like the objects of a network, with a state.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_STRATEGY_STATE, type StrategyState } from '../../../src/domain/strategy.ts';
import type { Key } from '../../../src/store/state-store.ts';
import { keyIn } from './samples.ts';
import { at, describeStore, type OpenStore, refusal } from './world.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : new TextDecoder().decode(bytes);

/** The chain of a strategy that refers to another object. */
const chainOf = (token: string): string =>
  `[["Settings-1", {"x": 1.0, "__qualname__": "Settings", "__module__": "m"}], ["RadialStrategy-${token}", {"settings": {":gufe-key:": "Settings-1"}, "n": 1e-05, "__qualname__": "RadialStrategy", "__module__": "strategies"}]]`;

const FULL: StrategyState = {
  mode: 'full',
  status: 'error',
  iterations: 12,
  sleepInterval: 60,
  lastIteration: at(99),
  lastIterationResultCount: 7,
  maxTasksPerTransformation: 5,
  taskScaling: 'linear',
  exception: ['ValueError', 'no weights\u0000'],
  traceback: 'Traceback (most recent call last): …',
};

export function strategiesContract(open: OpenStore): void {
  describeStore('strategies', open, world => {
    const set = (
      network: Key,
      token = 'a',
      state: StrategyState = DEFAULT_STRATEGY_STATE,
    ): Promise<Key | null> =>
      world().store.strategies.set({ network, chain: bytesOf(chainOf(token)), state });
    const read = async (network: Key): Promise<readonly [string | null, StrategyState | null]> => {
      const { strategies } = world().store;
      return [textOf(await strategies.getChain({ network })), await strategies.getState({ network })];
    };

    test('a strategy is set, read back byte for byte, replaced and taken away', async () => {
      const { strategies, networks } = world().store;
      const { network, scope } = await world().network();
      assert.deepEqual(await read(network), [null, null]);
      assert.equal(await set(network), keyIn(scope, 'RadialStrategy-a'));
      assert.deepEqual(await read(network), [chainOf('a'), DEFAULT_STRATEGY_STATE]);
      assert.equal(await set(network, 'a', FULL), keyIn(scope, 'RadialStrategy-a'));
      assert.deepEqual(await read(network), [chainOf('a'), FULL]);
      assert.equal(await set(network, 'b'), keyIn(scope, 'RadialStrategy-b'));
      assert.deepEqual(await read(network), [chainOf('b'), DEFAULT_STRATEGY_STATE]);
      await strategies.remove({ network });
      await strategies.remove({ network });
      assert.deepEqual(await read(network), [null, null]);
      assert.equal(await networks.exists({ key: network }), true);
      assert.equal(await set(network), keyIn(scope, 'RadialStrategy-a'), 'its objects are there already');
    });

    test('every part of a state may be null, or any of its words', async () => {
      const { network } = await world().network();
      for (const state of [
        { ...FULL, lastIteration: null },
        { ...FULL, exception: null, mode: 'disabled', status: 'dormant' },
        { ...FULL, traceback: null, exception: ['', ''], taskScaling: 'exponential', mode: 'partial' },
        { ...DEFAULT_STRATEGY_STATE, iterations: 2 ** 40, sleepInterval: 2 ** 40 },
      ] as const) {
        await set(network, 'a', state);
        assert.deepEqual((await read(network))[1], state);
      }
    });

    test('networks have strategies of their own, in their scope', async () => {
      const [one, two] = [await world().network(), await world().network()];
      const other = await world().network(['Q'], one.scope);
      await set(one.network, 'a');
      await set(other.network, 'a', FULL);
      await set(two.network, 'b');
      assert.deepEqual((await read(one.network))[1], DEFAULT_STRATEGY_STATE);
      assert.deepEqual(await read(other.network), [chainOf('a'), FULL]);
      assert.deepEqual((await read(two.network))[0], chainOf('b'));
      const { networks } = world().store;
      assert.equal(await networks.exists({ key: keyIn(one.scope, 'RadialStrategy-a') }), true);
      assert.equal(await networks.exists({ key: keyIn(two.scope, 'RadialStrategy-a') }), false);
      assert.equal(
        textOf(await networks.getChain({ key: keyIn(two.scope, 'RadialStrategy-b') })),
        chainOf('b'),
      );
    });

    test('a strategy is woken, and what went wrong is forgotten', async () => {
      const { strategies } = world().store;
      const { network } = await world().network();
      assert.equal(await strategies.wake({ network }), false);
      await set(network, 'a', FULL);
      assert.equal(await strategies.wake({ network }), true);
      assert.deepEqual((await read(network))[1], {
        ...FULL,
        status: 'awake',
        exception: null,
        traceback: null,
      });
      assert.equal(await strategies.wake({ network: `${network}x` }), false);
    });

    test('an unknown network gets no strategy, and nothing is stored', async () => {
      const { store } = world();
      const { scope, transformations } = await world().network();
      for (const network of [keyIn(scope, 'AlchemicalNetwork-1'), transformations[0] ?? '', 'nonsense']) {
        assert.equal(await set(network), null);
        assert.deepEqual(await read(network), [null, null]);
        await store.strategies.remove({ network });
      }
      assert.equal(await store.networks.exists({ key: keyIn(scope, 'RadialStrategy-a') }), false);
    });

    test('a chain that cannot be read is refused whole; the strategy stays what it was', async () => {
      const { store } = world();
      const { network, scope } = await world().network();
      await set(network, 'a', FULL);
      for (const chain of [
        '',
        '[]',
        '{}',
        chainOf('b').slice(0, -2),
        chainOf('b').replace('["Settings-1"', '["Settings-2"'),
        chainOf('b').replaceAll('RadialStrategy-b', 'Radial Strategy-b'),
        chainOf('b').replace('"__module__": "strategies"', '"x": 1'),
      ]) {
        await assert.rejects(
          store.strategies.set({ network, chain: bytesOf(chain), state: DEFAULT_STRATEGY_STATE }),
          refusal('INVALID_BODY', /^Invalid strategy: /),
          chain,
        );
      }
      assert.deepEqual(await read(network), [chainOf('a'), FULL]);
      assert.equal(await store.networks.exists({ key: keyIn(scope, 'RadialStrategy-b') }), false);
    });

    test('set from many sides at once, a network has one strategy', async () => {
      const { network } = await world().network();
      await Promise.all(['a', 'b', 'c', 'a', 'b', 'c'].map(token => set(network, token)));
      const [chain] = await read(network);
      assert.ok([chainOf('a'), chainOf('b'), chainOf('c')].includes(chain ?? ''));
    });
  });
}
