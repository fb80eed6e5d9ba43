// Networks and objects: what is stored is what came, once, and found again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { keyedChainEntries } from '../../../src/lib/json-scan.ts';
import { type JsonObject, parseJson } from '../../../src/lib/json-value.ts';
import { writeJson } from '../../../src/lib/json-write.ts';
import { keyIn, sampleNetwork, submit } from './samples.ts';
import { describeStore, EVERYWHERE, type OpenStore, refusal, sorted } from './world.ts';

const utf8 = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? new Uint8Array());
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The exact texts of a chain's dicts, by key, in order. */
function pairs(chain: string): Map<string, string> {
  const entries = [...keyedChainEntries(bytesOf(chain))];
  return new Map(entries.map(({ key, bytes }) => [key, utf8(bytes)]));
}

/** A chain without what stores may differ in that do not keep bytes: spelling, order, and members that are null. */
function valuesOf(chain: string): string {
  const values = [...pairs(chain)].map(([key, text]) => {
    const members = [...(parseJson(text) as JsonObject)].filter(([, value]) => value !== null);
    return [key, new Map(members)];
  });
  return writeJson(values, { sortKeys: true });
}

/** Every key a pair refers to comes before it. */
function assertDependenciesFirst(chain: string): void {
  const seen = new Set<string>();
  for (const [key, text] of pairs(chain)) {
    for (const [, child = ''] of text.matchAll(/":gufe-key:": "([^"]+)"/g)) {
      assert.ok(seen.has(child), `${child} must come before ${key}`);
    }
    seen.add(key);
  }
}

export function networksContract(open: OpenStore): void {
  describeStore('networks', open, world => {
    test('a network is created once, with a hub of weight 0.5', async () => {
      const { store } = world();
      const scope = world().scope();
      const { chain, network } = sampleNetwork('n', [{ name: 'e', protocol: 'P' }]);
      const key = keyIn(scope, network);
      assert.deepEqual(await store.networks.create({ scope, state: 'active', chain: chain.slice() }), {
        network: key,
        created: true,
      });
      assert.deepEqual(await store.networks.create({ scope, state: 'active', chain: chain.slice() }), {
        network: key,
        created: false,
      });
      const hubs = await store.hubs.list({ scopes: [scope] });
      assert.deepEqual(
        hubs.map(({ network: of, weight }) => [of, weight]),
        [[key, 0.5]],
      );
    });

    test('submitting again keeps the weight and the tasks, and sets the state', async () => {
      const { store } = world();
      const scope = world().scope();
      const sample = sampleNetwork('n', [{ name: 'e', protocol: 'P' }]);
      const stored = await submit(store, scope, sample);
      const [task] = await world().actioned(stored, 1);
      await store.hubs.setWeights({ networks: [stored.network], weights: [0.25] });
      await store.networks.create({ scope, state: 'inactive', chain: sample.chain.slice() });
      assert.deepEqual(await store.hubs.getWeights({ networks: [stored.network] }), [0.25]);
      assert.deepEqual(await store.hubs.listActioned({ networks: [stored.network] }), [
        [{ task, weight: 0.5 }],
      ]);
      const count = (states: readonly ('active' | 'inactive')[]): unknown =>
        store.networks.countScopeStatuses({ scopes: [scope], states });
      assert.deepEqual(await count(['active']), {});
      assert.deepEqual(await count(['inactive']), { waiting: 1 });
    });

    for (const name of ['one', 'nontransformations', 'mapped', 'rich']) {
      test(`a network of gufe's reads back byte for byte: ${name}`, async () => {
        const { store } = world();
        const scope = world().scope();
        const path = new URL(`../../fixtures/gufe/chains/${name}.json`, import.meta.url);
        const chain = readFileSync(path, 'utf8').trimEnd();
        const { network } = await store.networks.create({ scope, state: 'active', chain: bytesOf(chain) });
        const read = utf8(await store.networks.getChain({ key: network }));
        assert.deepEqual(new Map([...pairs(read)].sort()), new Map([...pairs(chain)].sort()));
        assert.equal(read.length, chain.length);
        assert.ok(JSON.parse(read));
        assertDependenciesFirst(read);
        assert.equal(keyIn(scope, [...pairs(read).keys()].at(-1) as string), network, 'the root is last');
      });
    }

    test('numbers, NUL characters, escapes and unusual JSON keep their bytes, or at least their values', async () => {
      const { store } = world();
      const kept = (text: string): string => (store.capabilities.keepsBytes ? text : valuesOf(text));
      const scope = world().scope();
      const odd = `["P-1", {"x": [1.0, 1, 1e-05, NaN, -Infinity, 12345678901234567890, 0.30000000000000004], "s": "\\u0000\\u00e9é\u007f", "__qualname__": "P", "__module__": "m"}]`;
      const root =
        '["AlchemicalNetwork-odd", {"nodes": [{":gufe-key:": "P-1"}], "edges": [], "__qualname__": "AlchemicalNetwork", "__module__": "m"}]';
      const chain = `[${odd}, ${root}]`;
      await store.networks.create({ scope, state: 'active', chain: bytesOf(chain) });
      const read = async (key: string): Promise<string> =>
        kept(utf8(await store.networks.getChain({ key: keyIn(scope, key) })));
      assert.equal(await read('AlchemicalNetwork-odd'), kept(chain));
      assert.equal(await read('P-1'), kept(`[${odd}]`));
    });

    test('any object of a network can be read; unknown ones are null', async () => {
      const { store } = world();
      const { transformations, scope } = await world().network();
      const [transformation = ''] = transformations;
      const chain = utf8(await store.networks.getChain({ key: transformation }));
      assertDependenciesFirst(chain);
      assert.equal(keyIn(scope, [...pairs(chain).keys()].at(-1) as string), transformation);
      assert.equal(pairs(chain).size, 5, 'solvent, two systems, protocol, transformation');
      for (const key of [`${transformation}x`, 'nonsense', transformation.replace('project', 'other')]) {
        assert.equal(await store.networks.getChain({ key }), null);
      }
    });

    test('networks that share transformations share tasks, each with a hub of its own', async () => {
      const { store } = world();
      const scope = world().scope();
      const shared = { name: 'shared', protocol: 'P' };
      const one = await submit(store, scope, sampleNetwork('one', [shared]));
      const two = await submit(store, scope, sampleNetwork('two', [shared, { name: 'more', protocol: 'P' }]));
      assert.equal(one.transformations[0], two.transformations[0]);
      assert.notEqual(one.hub, two.hub);
      const [task] = await world().tasks(one.transformations[0] as string, 1);
      for (const { network } of [one, two]) {
        assert.deepEqual(await store.tasks.listForNetwork({ network, status: null }), [task]);
      }
      assert.equal((await store.hubs.list({ scopes: [scope] })).length, 2);
    });

    test('within a scope the first bytes under a key are kept; another scope has its own', async () => {
      const { store } = world();
      const [first, second] = [world().scope(), world().scope()];
      const chainWith = (smiles: string, network: string): string =>
        `[["C-1", {"smiles": "${smiles}", "__qualname__": "C", "__module__": "m"}], ["${network}", {"nodes": [{":gufe-key:": "C-1"}], "__qualname__": "AlchemicalNetwork", "__module__": "m"}]]`;
      const put = (scope: typeof first, smiles: string, network: string): Promise<unknown> =>
        store.networks.create({ scope, state: 'active', chain: bytesOf(chainWith(smiles, network)) });
      await put(first, 'O', 'AlchemicalNetwork-1');
      await put(first, 'CO', 'AlchemicalNetwork-2');
      await put(second, 'CO', 'AlchemicalNetwork-1');
      const smilesIn = async (scope: typeof first, key: string): Promise<unknown> => {
        const chain = utf8(await store.networks.getChain({ key: keyIn(scope, key) }));
        return JSON.parse(chain)[0][1].smiles;
      };
      assert.equal(await smilesIn(first, 'AlchemicalNetwork-1'), 'O');
      assert.equal(await smilesIn(first, 'AlchemicalNetwork-2'), 'O');
      assert.equal(await smilesIn(second, 'AlchemicalNetwork-1'), 'CO');
    });

    test('the edges of a network are its transformations, in any order', async () => {
      const { store } = world();
      const edges = [
        { name: 'a', protocol: 'P' },
        { name: 'b', protocol: 'Q', non: true },
      ];
      const stored = await submit(store, world().scope(), sampleNetwork('n', edges));
      assert.deepEqual(
        sorted(await store.networks.listTransformations({ network: stored.network })),
        sorted(stored.transformations),
      );
      assert.deepEqual(await store.networks.listTransformations({ network: `${stored.network}x` }), []);
      assert.deepEqual(
        await store.networks.listTransformations({ network: stored.transformations[0] as string }),
        [],
      );
    });

    test('whatever has a key exists under it', async () => {
      const { store } = world();
      const stored = await world().network();
      const [task = ''] = await world().actioned(stored, 1);
      const pushed = await world().push(task, true, null);
      const mark = stored.hub.replace('TaskHub', 'NetworkMark');
      for (const key of [
        stored.network,
        ...stored.transformations,
        stored.hub,
        mark,
        task,
        pushed?.ref ?? '',
      ]) {
        assert.equal(await store.networks.exists({ key }), true, key);
        assert.equal(await store.networks.exists({ key: `${key}x` }), false, `${key}x`);
        assert.equal(await store.networks.exists({ key: key.replace('-', '-0') }), false);
      }
      assert.equal(await store.networks.exists({ key: 'nonsense' }), false);
    });

    test('a network that cannot be read is refused whole and leaves nothing', async () => {
      const { store } = world();
      const scope = world().scope();
      const { chain, network } = sampleNetwork('n', [{ name: 'e', protocol: 'P' }]);
      const cut = chain.slice(0, -20);
      await assert.rejects(
        store.networks.create({ scope, state: 'active', chain: cut }),
        refusal('INVALID_BODY', /keyed chain/),
      );
      const solvent = [...pairs(utf8(chain)).keys()][0] as string;
      assert.equal(await store.networks.exists({ key: keyIn(scope, solvent) }), false);
      assert.equal(await store.networks.exists({ key: keyIn(scope, network) }), false);
      const wildcard = { org: 'org', campaign: null, project: null };
      await assert.rejects(
        store.networks.create({ scope: wildcard, state: 'active', chain: chain.slice() }),
        refusal('INVALID_BODY', /scope org-\*-\*/),
      );
    });

    test('the same network submitted many times at once is created once', async () => {
      const { store } = world();
      const scope = world().scope();
      const edges = Array.from({ length: 30 }, (_, i) => ({ name: `e${i}`, protocol: 'P' }));
      const { chain } = sampleNetwork('n', edges);
      const others = [1, 2, 3].map(i => sampleNetwork(`other ${i}`, edges.slice(i)).chain);
      const all = [chain, ...others, chain, chain].map(bytes =>
        store.networks.create({ scope, state: 'active', chain: bytes.slice() }),
      );
      const created = (await Promise.all(all)).filter(answer => answer.created);
      assert.equal(created.length, 4);
      assert.equal((await store.hubs.list({ scopes: [scope] })).length, 4);
    });

    test('a view into a larger buffer is stored as the view', async () => {
      const { store } = world();
      const scope = world().scope();
      const { chain, network } = sampleNetwork('view', [{ name: 'e', protocol: 'P' }]);
      const body = bytesOf(`{"network": ${utf8(chain)}, "state": "active"}`);
      const view = body.subarray(12, 12 + chain.length);
      await store.networks.create({ scope, state: 'active', chain: view });
      assert.equal((await store.networks.getChain({ key: keyIn(scope, network) }))?.length, chain.length);
    });

    test('status counts of networks align with the question', async () => {
      const { store } = world();
      const [one, two] = [await world().network(), await world().network()];
      const tasks = await world().actioned(one, 3);
      await store.tasks.setStatuses({ tasks: tasks.slice(0, 1), status: 'deleted' });
      await world().bring(tasks[1] as string, 'complete');
      const networks = [two.network, `${one.network}x`, one.network, one.network];
      const counts = { waiting: 1, complete: 1, deleted: 1 };
      assert.deepEqual(await store.networks.countStatuses({ networks }), [{}, {}, counts, counts]);
    });

    test('status counts of scopes count each task once, by the state of its networks', async () => {
      const { store } = world();
      const scope = world().scope();
      const edge = { name: 'shared', protocol: 'P' };
      const one = sampleNetwork('one', [edge]);
      const two = sampleNetwork('two', [edge]);
      const stored = await submit(store, scope, one);
      await store.networks.create({ scope, state: 'invalid', chain: two.chain });
      await world().tasks(stored.transformations[0] as string, 4);
      const count = (states: readonly ('active' | 'invalid' | 'deleted')[], scopes = [scope]): unknown =>
        store.networks.countScopeStatuses({ scopes, states });
      assert.deepEqual(await count(['active', 'invalid', 'deleted']), { waiting: 4 });
      assert.deepEqual(await count(['invalid']), { waiting: 4 });
      assert.deepEqual(await count(['deleted']), {});
      assert.deepEqual(await count([]), {});
      assert.deepEqual(await count(['active'], [world().scope()]), {});
      assert.deepEqual(await count(['active'], []), {});
      const everywhere = await store.networks.countScopeStatuses({ scopes: EVERYWHERE, states: ['active'] });
      assert.ok((everywhere.waiting ?? 0) >= 4);
    });
  });
}
