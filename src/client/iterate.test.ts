// Large result sets, handed on piece by piece.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type Received, type Reply, tinyService } from '../../test/support/tiny-service.ts';
import { AlchemiscaleClient } from './user.ts';

const SCOPE = 'org-campaign-project';
const NETWORK = `AlchemicalNetwork-7d856d3dcfd3bf2286e9ad739a9359b6-${SCOPE}`;
const FRAME = readFileSync(new URL('../../test/fixtures/results/dummy_ok.obj.json.zst', import.meta.url));
const FAILED = readFileSync(
  new URL('../../test/fixtures/results/flaky_failed.obj.json.zst', import.meta.url),
);
const hex = (i: number): string => i.toString(16).padStart(32, '0');
const TRANSFORMATIONS = Array.from({ length: 40 }, (_, i) => `Transformation-${hex(i)}-${SCOPE}`);
const REFS = Array.from({ length: 30 }, (_, i) => `ProtocolDAGResultRef-${hex(i)}-${SCOPE}`);
const [FIRST = ''] = TRANSFORMATIONS;

/** Forty transformations with one result each; the first has thirty failures. */
function answer({ url }: Received): Reply {
  if (url === `/networks/${NETWORK}/transformations`) return { json: TRANSFORMATIONS };
  if (url.endsWith('/results')) return { json: [REFS[0]] };
  if (url.endsWith('/failures')) return { json: REFS };
  if (url.includes('/results/')) return { json: [FRAME.toString('latin1')] };
  if (url.includes('/failures/')) return { json: [FAILED.toString('latin1')] };
  return { status: 400, json: { detail: `no ${url}` } };
}

function clientOf(url: string, concurrency = 4): AlchemiscaleClient {
  return new AlchemiscaleClient({ apiUrl: url, identifier: 'ada', key: 'k', maxRetries: 0, concurrency });
}

describe('iterateNetworkResults', () => {
  test('gives each transformation once, with progress', async () => {
    await using service = await tinyService(answer);
    const seen: string[] = [];
    const progress: string[] = [];
    const results = clientOf(service.url).iterateNetworkResults(NETWORK, {
      returnAs: 'ProtocolDAGResults',
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
    for await (const [transformation, runs] of results) {
      seen.push(String(transformation));
      assert.deepEqual(
        runs.map(run => run.ok),
        [true],
      );
    }
    assert.deepEqual(seen.sort(), TRANSFORMATIONS);
    assert.equal(progress.at(-1), '40/40');
    assert.equal(progress.length, 40);
  });

  test('waits for the loop, and leaving it stops the downloads', async () => {
    await using service = await tinyService(answer);
    let taken = 0;
    const results = clientOf(service.url).iterateNetworkResults(NETWORK, { returnAs: 'ProtocolDAGResults' });
    for await (const _ of results) {
      taken += 1;
      await new Promise(resolve => setTimeout(resolve, 20));
      const downloads = service.requests.filter(({ url }) => url.includes('/results/')).length;
      assert.ok(downloads <= taken + 3, `${downloads} downloads, ${taken} taken`);
      if (taken === 5) break;
    }
    const sent = service.requests.length;
    await new Promise(resolve => setTimeout(resolve, 50));
    assert.equal(service.requests.length, sent);
  });

  test('nothing is sent before the loop begins; a signal ends it', async () => {
    await using service = await tinyService(answer);
    const abort = new AbortController();
    const options = { returnAs: 'ProtocolDAGResults', signal: abort.signal } as const;
    const results = clientOf(service.url).iterateNetworkResults(NETWORK, options);
    assert.equal(service.logIns.length, 0);
    await results.next();
    abort.abort(new Error('enough'));
    await assert.rejects(results.next(), /^Error: enough$/);
  });

  test('a download that fails ends it', async () => {
    await using service = await tinyService(request =>
      request.url.startsWith(`/transformations/${TRANSFORMATIONS[7]}/`)
        ? { status: 500, json: { detail: 'damaged' } }
        : answer(request),
    );
    const results = clientOf(service.url).iterateNetworkResults(NETWORK, { returnAs: 'ProtocolDAGResults' });
    await assert.rejects(async () => {
      for await (const _ of results);
    }, /500 .*damaged/);
  });
});

describe('iterateTransformationResults', () => {
  test('gives results, or failures, one by one', async () => {
    await using service = await tinyService(answer);
    const client = clientOf(service.url);
    const oks: boolean[] = [];
    for await (const run of client.iterateTransformationResults(FIRST)) oks.push(run.ok);
    assert.deepEqual(oks, [true]);
    let failures = 0;
    for await (const run of client.iterateTransformationResults(FIRST, { failures: true })) {
      assert.equal(run.ok, false);
      failures += 1;
    }
    assert.equal(failures, REFS.length);
  });
});

test('batches report how many items are done', async () => {
  await using service = await tinyService(({ text }) => ({
    json: (JSON.parse(text) as { networks: string[] }).networks.map(() => 0.5),
  }));
  const progress: string[] = [];
  const networks = REFS.slice(0, 25);
  await clientOf(service.url, 1).getNetworksWeight(networks, {
    batchSize: 10,
    onProgress: (done, total) => progress.push(`${done}/${total}`),
  });
  assert.deepEqual(progress, ['10/25', '20/25', '25/25']);
});
