// The clients where there is no Node: `process` is taken away before they are loaded, and `fetch` is handed in.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { gunzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

const SCOPE = 'org-campaign-project';
const TASK = `Task-82091dd2a55e4a3eba11946bb97504b5-${SCOPE}`;
const REF = { gufe_key: 'ProtocolDAGResultRef-1', org: 'org', campaign: 'campaign', project: 'project' };
const FRAME = readFileSync(new URL('../../test/fixtures/results/dummy_ok.obj.json.zst', import.meta.url));
const node = globalThis.process;

before(() => {
  Reflect.deleteProperty(globalThis, 'process');
});
after(() => {
  globalThis.process = node;
});

/** A `fetch` that logs in and then gives one answer to all; what was sent is in `sent`. */
function fetchStub(answer: unknown) {
  const sent: RequestInit[] = [];
  const fetch: typeof globalThis.fetch = async (url, init = {}) => {
    if (String(url).endsWith('/token')) return Response.json({ access_token: 'token' });
    sent.push(init);
    return Response.json(answer);
  };
  return { sent, options: { apiUrl: 'http://host:1840', identifier: 'ada', key: 'k', fetch } };
}

test('a network is submitted, gzipped by the browser', async () => {
  const { AlchemicalNetwork } = await import('../gufe/network.ts');
  const { AlchemiscaleClient } = await import('./user.ts');
  const { sent, options } = fetchStub({ ...REF, gufe_key: 'AlchemicalNetwork-1' });
  const network = new AlchemicalNetwork({ name: 'é' });
  const key = await new AlchemiscaleClient(options).createNetwork(network, SCOPE);
  assert.equal(key.toString(), `AlchemicalNetwork-1-${SCOPE}`);
  const body = gunzipSync(sent[0]?.body as Uint8Array).toString();
  assert.ok(body.startsWith(`{"network": ${network.toJson()}, "scope":`));
});

test('results need a zstd that is handed in', async () => {
  const { AlchemiscaleClient } = await import('./user.ts');
  const { ProtocolDAGResult } = await import('../gufe/protocol/result.ts');
  const { options } = fetchStub([FRAME.toString('latin1')]);
  const transformation = `Transformation-1-${SCOPE}`;
  const bytes = await new AlchemiscaleClient(options).getResultBytes(transformation, `Ref-1-${SCOPE}`);
  assert.deepEqual(Buffer.from(bytes), FRAME);

  const failing = new AlchemiscaleClient(fetchStub([`Ref-1-${SCOPE}`]).options);
  await assert.rejects(failing.getTransformationFailures(transformation), /pass the option zstd/);

  const zstd = { compress: zstdCompressSync, decompress: (frame: Uint8Array) => zstdDecompressSync(frame) };
  let calls = 0;
  const fetch: typeof globalThis.fetch = async url => {
    if (String(url).endsWith('/token')) return Response.json({ access_token: 'token' });
    calls += 1;
    return Response.json(calls === 1 ? [`Ref-1-${SCOPE}`] : [FRAME.toString('latin1')]);
  };
  const [result] = await new AlchemiscaleClient({ ...options, fetch, zstd }).getTransformationFailures(
    transformation,
  );
  assert.ok(result instanceof ProtocolDAGResult);
});

test('a large upload is encoded before it is sent: browsers cannot stream bodies', async () => {
  const { AlchemiscaleComputeClient } = await import('./compute.ts');
  const { sent, options } = fetchStub(REF);
  const service = `svc-${'0'.repeat(32)}`;
  await new AlchemiscaleComputeClient(options).setTaskResult(TASK, new Uint8Array(5 * 1024 * 1024), service);
  const body = JSON.parse(gunzipSync(sent[0]?.body as Uint8Array).toString());
  const kept = zstdDecompressSync(Buffer.from(body.protocoldagresult['latin-1'], 'latin1'));
  assert.equal(kept.length, 5 * 1024 * 1024);
});

test('no cache on disk, but one that is handed in, and results one by one', async () => {
  const { AlchemiscaleClient } = await import('./user.ts');
  const { AlchemiscaleComputeManagerClient } = await import('./manager.ts');
  const { options } = fetchStub([]);
  assert.throws(() => new AlchemiscaleClient({ ...options, useLocalCache: true }), {
    code: 'BAD_REQUEST',
    message: /a cache on disk needs Node .*; in a browser pass the option cache/,
  });

  const refs = ['1', '2'].map(digit => `Ref-${digit}-${SCOPE}`);
  let downloads = 0;
  const fetch: typeof globalThis.fetch = async url => {
    if (String(url).endsWith('/token')) return Response.json({ access_token: 'token' });
    if (String(url).endsWith('/results')) return Response.json(refs);
    downloads += 1;
    return Response.json([FRAME.toString('latin1')]);
  };
  const kept = new Map<string, Uint8Array>();
  const cache = {
    get: async (name: string) => kept.get(name) ?? null,
    set: async (name: string, bytes: Uint8Array) => void kept.set(name, bytes),
    delete: async (name: string) => void kept.delete(name),
  };
  const zstd = { compress: zstdCompressSync, decompress: (frame: Uint8Array) => zstdDecompressSync(frame) };
  const client = new AlchemiscaleClient({ ...options, fetch, cache, zstd });
  for (const _ of [1, 2]) {
    let found = 0;
    for await (const run of client.iterateTransformationResults(`Transformation-1-${SCOPE}`)) {
      found += run.ok ? 1 : 0;
    }
    assert.equal(found, 2);
  }
  assert.equal(downloads, 2);
  assert.deepEqual(
    [...kept.keys()].sort(),
    refs.map(ref => `${options.apiUrl}/${ref}`),
  );

  const { options: manager } = fetchStub({ instruction: 'SHUTDOWN', message: 'gone' });
  const told = await new AlchemiscaleComputeManagerClient(manager).getInstruction(`m-${'0'.repeat(32)}`);
  assert.deepEqual(told, { instruction: 'SHUTDOWN', message: 'gone' });
});
