// What clients keep between calls, and what they do with kept bytes that cannot be read.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Received, type Reply, tinyService } from '../../../test/support/tiny-service.ts';
import { ChemicalSystem } from '../../gufe/chemical-system.ts';
import { AlchemicalNetwork } from '../../gufe/network.ts';
import { AlchemiscaleClient } from '../user.ts';
import type { ClientCache } from './cache.ts';

const SCOPE = 'org-campaign-project';
const results = (name: string): Buffer =>
  readFileSync(new URL(`../../../test/fixtures/results/${name}`, import.meta.url));

const network = new AlchemicalNetwork({ nodes: [new ChemicalSystem({}, 'a')], name: 'n' });
const NETWORK = `${network.key}-${SCOPE}`;
const SYSTEM = `${network.nodes[0]?.key}-${SCOPE}`;
const TRANSFORMATION = `Transformation-3aa580975d5f135fba1b91c79471db7d-${SCOPE}`;
const REF = `ProtocolDAGResultRef-${'1'.repeat(32)}-${SCOPE}`;
const FRAME = results('dummy_ok.obj.json.zst');

const ANSWERS: Record<string, Reply> = {
  [`/networks/${NETWORK}`]: { body: network.toJson() },
  [`/chemicalsystems/${SYSTEM}`]: { body: network.nodes[0]?.toJson() ?? '' },
  [`/transformations/${TRANSFORMATION}`]: { body: results('dummy_ok.transformation.chain.json') },
  [`/transformations/${TRANSFORMATION}/results`]: { json: [REF] },
  [`/transformations/${TRANSFORMATION}/results/${REF}`]: { json: [FRAME.toString('latin1')] },
};
const answer = ({ url }: Received): Reply => ANSWERS[url] ?? { status: 400, json: { detail: `no ${url}` } };

class MapCache extends Map<string, Uint8Array> {
  readonly asCache: ClientCache = {
    get: async name => this.get(name) ?? null,
    set: async (name, bytes) => void this.set(name, bytes),
    delete: async name => void this.delete(name),
  };
}

function clientOf(url: string, options = {}): AlchemiscaleClient {
  return new AlchemiscaleClient({ apiUrl: url, identifier: 'ada', key: 'k', maxRetries: 0, ...options });
}

describe('a client with a cache', () => {
  test('fetches objects and results once, and references each time', async () => {
    const kept = new MapCache();
    await using service = await tinyService(answer);
    for (const client of [1, 2].map(() => clientOf(service.url, { cache: kept.asCache }))) {
      assert.equal((await client.getNetwork(NETWORK)).key, network.key);
      assert.equal((await client.getChemicalSystem(SYSTEM)).name, 'a');
      assert.equal((await client.getTransformation(TRANSFORMATION)).key, TRANSFORMATION.slice(0, 47));
      const [run] = await client.getTransformationResults(TRANSFORMATION, { returnAs: 'ProtocolDAGResults' });
      assert.equal(run?.ok, true);
      assert.deepEqual(Buffer.from(await client.getResultBytes(TRANSFORMATION, REF)), FRAME);
      assert.equal(Buffer.from(await client.getNetworkBytes(NETWORK)).toString(), network.toJson());
    }
    const counts = Object.keys(ANSWERS).map(url => service.requests.filter(sent => sent.url === url).length);
    assert.deepEqual(counts, [1, 1, 1, 2, 1]);
    assert.equal(kept.size, 4);
  });

  test('keeps what two services call by one key apart', async () => {
    const kept = new MapCache();
    await using one = await tinyService(answer);
    await using other = await tinyService(() => ({ body: new ChemicalSystem({}, 'other').toJson() }));
    const options = { cache: kept.asCache };
    assert.equal((await clientOf(one.url, options).getChemicalSystem(SYSTEM)).name, 'a');
    assert.equal((await clientOf(other.url, options).getChemicalSystem(SYSTEM)).name, 'other');
    assert.equal((await clientOf(one.url, options).getChemicalSystem(SYSTEM)).name, 'a');
    assert.deepEqual(
      [...kept.keys()],
      [one.url, other.url].map(url => `${url}/${SYSTEM}`),
    );
  });

  test('fetches anew what was kept but cannot be read', async () => {
    const kept = new MapCache();
    await using service = await tinyService(answer);
    const client = clientOf(service.url, { cache: kept.asCache });
    await client.getNetwork(NETWORK);
    kept.set(`${service.url}/${NETWORK}`, Buffer.from('[['));
    kept.set(`${service.url}/${REF}`, FRAME.subarray(0, 100));
    assert.equal((await client.getNetwork(NETWORK)).key, network.key);
    await client.getTransformationResults(TRANSFORMATION, { returnAs: 'ProtocolDAGResults' });
    assert.equal(Buffer.from(kept.get(`${service.url}/${NETWORK}`) ?? []).toString(), network.toJson());
    assert.deepEqual(Buffer.from(kept.get(`${service.url}/${REF}`) ?? []), FRAME);
  });

  test('does not keep what cannot be read or was refused', async () => {
    const kept = new MapCache();
    const replies: Reply[] = [{ body: '[[' }, { status: 400, json: { detail: 'no' } }];
    await using service = await tinyService((_, count) => replies[count - 1] ?? {});
    const client = clientOf(service.url, { cache: kept.asCache });
    await assert.rejects(client.getNetwork(NETWORK), { code: 'OBJECT_UNREADABLE' });
    await assert.rejects(client.getNetwork(NETWORK), { status: 400 });
    assert.equal(kept.size, 0);
  });

  test('an aborted call gives nothing from it', async () => {
    const kept = new MapCache();
    await using service = await tinyService(answer);
    const client = clientOf(service.url, { cache: kept.asCache });
    await client.getNetwork(NETWORK);
    const signal = AbortSignal.abort(new Error('enough'));
    await assert.rejects(client.getNetwork(NETWORK, { signal }), /^Error: enough$/);
  });
});

test('useLocalCache keeps them in a folder', async () => {
  const cacheDirectory = await mkdtemp(join(tmpdir(), 'alchemiscale-client-cache-'));
  try {
    await using service = await tinyService(answer);
    const options = { useLocalCache: true, cacheDirectory };
    await clientOf(service.url, options).getNetwork(NETWORK);
    assert.equal((await clientOf(service.url, options).getNetwork(NETWORK)).key, network.key);
    assert.equal(service.requests.length, 1);
    await clientOf(service.url, { cacheDirectory }).getNetwork(NETWORK);
    assert.equal(service.requests.length, 2, 'without useLocalCache the folder is not used');
    const env = { ALCHEMISCALE_URL: service.url, ALCHEMISCALE_ID: 'ada', ALCHEMISCALE_KEY: 'k' };
    const XDG_CACHE_HOME = cacheDirectory;
    const client = AlchemiscaleClient.fromEnvironment({ ...env, XDG_CACHE_HOME }, { useLocalCache: true });
    await client.getNetwork(NETWORK);
    assert.equal(service.requests.length, 3, 'it is another folder');
    await clientOf(service.url, {
      useLocalCache: true,
      cacheDirectory: join(cacheDirectory, 'alchemiscale-ts'),
    }).getNetwork(NETWORK);
    assert.equal(service.requests.length, 3);
  } finally {
    await rm(cacheDirectory, { recursive: true });
  }
});

test('one cache at a time', () => {
  const options = { useLocalCache: true, cache: new MapCache().asCache };
  assert.throws(() => clientOf('http://host', options), /exclude each other/);
});
