// Finding networks and gufe objects, walking between them, and the states of networks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NETWORK_STATES } from '../../../src/domain/network-state.ts';
import type { Key, QueryObjects } from '../../../src/store/state-store.ts';
import { keyIn, type Stored, sampleNetwork, submit } from './samples.ts';
import { describeStore, EVERYWHERE, type OpenStore, refusal, sorted } from './world.ts';

export function navigationContract(open: OpenStore): void {
  describeStore('navigation', open, world => {
    test('states: all four, aligned, null for an unknown network', async () => {
      const { networks } = world().store;
      const [one, two] = [(await world().network()).network, (await world().network()).network];
      for (const state of NETWORK_STATES) {
        const asked = [two, `${one}x`, one];
        assert.deepEqual(
          await networks.setStates({ networks: asked, states: [state, 'deleted', 'invalid'] }),
          [two, null, one],
        );
        assert.deepEqual(await networks.getStates({ networks: [one, 'nonsense', two, one] }), [
          'invalid',
          null,
          state,
          'invalid',
        ]);
      }
      await assert.rejects(
        networks.setStates({ networks: [one, two], states: ['active'] }),
        refusal('BAD_REQUEST', /states/),
      );
      assert.deepEqual(await networks.getStates({ networks: [one] }), ['invalid']);
    });

    test('networks of scopes with name and state, ordered by key; without a name too', async () => {
      const { store } = world();
      const [first, second] = [world().scope(), world().scope()];
      const edges = [{ name: 'e', protocol: 'P' }];
      const named = await submit(store, first, sampleNetwork('a name', edges));
      const nameless = await submit(store, first, sampleNetwork(null, edges));
      const elsewhere = await submit(store, second, sampleNetwork('a name', edges));
      await store.networks.setStates({ networks: [nameless.network], states: ['inactive'] });
      const summary = ({ network }: Stored, name: string | null, state: string): unknown => ({
        network,
        name,
        state,
      });
      const list = await store.networks.list({ scopes: [second, first] });
      assert.deepEqual(
        list,
        [
          summary(named, 'a name', 'active'),
          summary(nameless, null, 'inactive'),
          summary(elsewhere, 'a name', 'active'),
        ].sort((a, b) => ((a as Stored).network < (b as Stored).network ? -1 : 1)),
      );
      assert.deepEqual(await store.networks.list({ scopes: [second] }), [
        summary(elsewhere, 'a name', 'active'),
      ]);
      assert.deepEqual(await store.networks.list({ scopes: [] }), []);
      assert.deepEqual(await store.networks.list({ scopes: [world().scope()] }), []);
      const everywhere = await store.networks.list({ scopes: EVERYWHERE });
      assert.ok(everywhere.length >= 3);
      assert.deepEqual(
        everywhere.map(({ network }) => network),
        sorted(everywhere.map(({ network }) => network)),
      );
    });

    test('transformations of both classes and chemical systems: by scope and exact name, in order', async () => {
      const { store } = world();
      const [first, second] = [world().scope(), world().scope()];
      const edges = [
        { name: 'same', protocol: 'P', systems: ['x', 'y'] as const },
        { name: 'other', protocol: 'P', systems: ['y', 'z'] as const },
        { name: 'same', protocol: 'P', non: true, systems: ['x'] as const },
      ];
      const [one, two] = [
        await submit(store, first, sampleNetwork('n', edges)),
        await submit(store, second, sampleNetwork('n', edges)),
      ];
      const query = (kind: QueryObjects['kind'], name: string | null, scopes = [second, first]) =>
        store.networks.query({ kind, name, scopes });
      const inOrder = [...sorted(one.transformations), ...sorted(two.transformations)];
      assert.deepEqual(await query('transformation', null), inOrder);
      assert.deepEqual(await query('transformation', null, [second]), sorted(two.transformations));
      const same = ({ transformations: [a = '', , c = ''] }: Stored): readonly Key[] => sorted([a, c]);
      assert.deepEqual(await query('transformation', 'same'), [...same(one), ...same(two)]);
      assert.deepEqual(await query('transformation', 'same', [first]), same(one));
      const systems = await query('chemicalSystem', null, [first]);
      assert.equal(systems.length, 3);
      assert.deepEqual(systems, sorted(systems));
      const [x = ''] = await query('chemicalSystem', 'x', [first]);
      assert.ok(systems.includes(x));
      assert.deepEqual(await query('chemicalSystem', 'x'), [x, x.replace(first.project, second.project)]);
      assert.deepEqual(await query('chemicalSystem', null, []), []);
      assert.ok((await query('chemicalSystem', null, [...EVERYWHERE] as never)).length >= 6);
    });

    test('a name is compared, never read as a pattern or a query', async () => {
      const { store } = world();
      const { scope, transformations } = await world().network();
      for (const name of ["' OR 1=1 --", '%', '.*', 'edge', 'EDGE 0', 'edge 0"})', '', '\u0000']) {
        assert.deepEqual(await store.networks.query({ scopes: [scope], kind: 'transformation', name }), []);
      }
      assert.deepEqual(
        await store.networks.query({ scopes: [scope], kind: 'transformation', name: 'edge 0' }),
        transformations,
      );
    });

    test('from networks to chemical systems and back', async () => {
      const { store } = world();
      const scope = world().scope();
      const one = await submit(
        store,
        scope,
        sampleNetwork('one', [{ name: 'a', protocol: 'P', systems: ['x', 'y'] }]),
      );
      const two = await submit(
        store,
        scope,
        sampleNetwork('two', [{ name: 'b', protocol: 'P', systems: ['y', 'z'] }]),
      );
      const named = async (name: string): Promise<Key> =>
        (await store.networks.query({ scopes: [scope], kind: 'chemicalSystem', name }))[0] ?? '';
      const [x, y, z] = [await named('x'), await named('y'), await named('z')];
      const systems = (network: Key) => store.networks.listChemicalSystems({ of: { network } });
      assert.deepEqual(sorted(await systems(one.network)), sorted([x, y]));
      assert.deepEqual(sorted(await systems(two.network)), sorted([y, z]));
      const networks = (chemicalSystem: Key) => store.networks.listNetworks({ of: { chemicalSystem } });
      assert.deepEqual(await networks(x), [one.network]);
      assert.deepEqual(sorted(await networks(y)), sorted([one.network, two.network]));
      for (const unknown of [`${x}x`, 'nonsense', one.transformations[0] ?? '']) {
        assert.deepEqual(await systems(unknown), []);
        assert.deepEqual(await networks(unknown), []);
      }
    });

    test('from transformations to their systems, state A first, and back', async () => {
      const { store } = world();
      const scope = world().scope();
      const edges = [
        { name: 'a', protocol: 'P', systems: ['x', 'y'] as const },
        { name: 'b', protocol: 'P', systems: ['y', 'x'] as const },
        { name: 'c', protocol: 'P', systems: ['y', 'z'] as const },
        { name: 'd', protocol: 'P', non: true, systems: ['x'] as const },
      ];
      const stored = await submit(store, scope, sampleNetwork('n', edges));
      const named = async (name: string): Promise<Key> =>
        (await store.networks.query({ scopes: [scope], kind: 'chemicalSystem', name }))[0] ?? '';
      const [x, y] = [await named('x'), await named('y')];
      const [a = '', b = '', , d = ''] = stored.transformations;
      const systems = (transformation: Key) => store.networks.listChemicalSystems({ of: { transformation } });
      assert.deepEqual([await systems(a), await systems(b), await systems(d)], [[x, y], [y, x], [x]]);
      assert.deepEqual(await systems(`${a}x`), []);
      const edgesOf = (chemicalSystem: Key) => store.networks.listTransformationsOf({ chemicalSystem });
      assert.deepEqual(sorted(await edgesOf(x)), sorted([a, b, d]));
      assert.deepEqual(sorted(await edgesOf(y)), sorted(stored.transformations.slice(0, 3)));
      for (const unknown of [`${x}x`, a, stored.network]) assert.deepEqual(await edgesOf(unknown), []);
    });

    test('the networks of a transformation and of a task, actioned or not', async () => {
      const { store } = world();
      const scope = world().scope();
      const shared = { name: 'shared', protocol: 'P' };
      const one = await submit(store, scope, sampleNetwork('one', [shared]));
      const two = await submit(store, scope, sampleNetwork('two', [shared, { name: 'own', protocol: 'P' }]));
      const own = two.transformations[1] ?? '';
      const [transformation = ''] = one.transformations;
      const [task = ''] = await world().tasks(transformation, 1);
      const [other = ''] = await world().tasks(own, 1);
      const { listNetworks } = store.networks;
      const both = sorted([one.network, two.network]);
      assert.deepEqual(sorted(await listNetworks({ of: { transformation } })), both);
      assert.deepEqual(await listNetworks({ of: { transformation: own } }), [two.network]);
      assert.deepEqual(sorted(await listNetworks({ of: { task } })), both);
      assert.deepEqual(await listNetworks({ of: { task: other } }), [two.network]);
      assert.deepEqual(await listNetworks({ of: { task: `${task}x` } }), []);
      assert.deepEqual(await listNetworks({ of: { transformation: one.network } }), []);
    });

    test('what was stored and refused leaves nothing to be found', async () => {
      const { store } = world();
      const scope = world().scope();
      const { chain } = sampleNetwork('n', [{ name: 'e', protocol: 'P' }]);
      await assert.rejects(store.networks.create({ scope, state: 'active', chain: chain.slice(0, -9) }));
      assert.deepEqual(
        await store.networks.query({ scopes: [scope], kind: 'transformation', name: null }),
        [],
      );
      assert.deepEqual(await store.networks.list({ scopes: [scope] }), []);
      assert.deepEqual(await store.networks.getStates({ networks: [keyIn(scope, 'AlchemicalNetwork-1')] }), [
        null,
      ]);
    });
  });
}
