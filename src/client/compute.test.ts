// What the compute client does beyond sending one request: pushing results and fetching work.
import assert from 'node:assert/strict';
import { openAsBlob, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type Received, tinyService } from '../../test/support/tiny-service.ts';
import { AlchemiscaleError } from '../domain/errors.ts';
import { ScopedKey } from '../domain/scoped-key.ts';
import { decodeKeyedChainAs } from '../gufe/keyed-chain.ts';
import { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import { latin1ToBytes } from '../lib/latin1.ts';
import { AlchemiscaleComputeClient } from './compute.ts';

const SCOPE = 'org-campaign-project';
const TASK = `Task-82091dd2a55e4a3eba11946bb97504b5-${SCOPE}`;
const REF = `ProtocolDAGResultRef-1c5114726e15d9f9c2af4dcc7c4159fd-${SCOPE}`;
const SERVICE = 'service.one-961e38b5146c0b07d078f53dec9b699a';
const results = (name: string): Buffer =>
  readFileSync(new URL(`../../test/fixtures/results/${name}`, import.meta.url));
const FRAME = results('dummy_ok.obj.json.zst');

function clientOf(url: string): AlchemiscaleComputeClient {
  const options = { apiUrl: url, identifier: 'worker', key: 'k', sleep: async () => {} };
  return new AlchemiscaleComputeClient(options);
}

interface Upload {
  readonly protocoldagresult: Readonly<Record<string, unknown>> & { readonly 'latin-1': string };
  readonly compute_service_id: string;
}

/** What a service keeps of an upload: the inner of its two zstd frames. */
function keptBytes(request: Received | undefined): Uint8Array {
  const body = JSON.parse(request?.text ?? '') as Upload;
  assert.deepEqual(Object.keys(body.protocoldagresult), [
    '__class__',
    '__module__',
    ':is_custom:',
    'latin-1',
  ]);
  assert.equal(body.compute_service_id, SERVICE);
  const outer = latin1ToBytes(body.protocoldagresult['latin-1']);
  assert.ok(outer);
  return zstdDecompressSync(outer);
}

describe('setTaskResult', () => {
  const ref = { json: ScopedKey.parse(REF).toDict() };

  test('says what the Python client said about the same result', async () => {
    await using service = await tinyService(() => ref);
    const key = await clientOf(service.url).setTaskResult(TASK, FRAME, SERVICE);
    assert.equal(key.toString(), REF);
    const [sent] = service.requests;
    assert.equal(sent?.method, 'POST');
    assert.equal(sent?.url, `/tasks/${TASK}/results`);
    assert.equal(sent?.headers['content-encoding'], 'gzip');
    const python = JSON.parse(gunzipSync(results('dummy_ok.upload.json.gzip')).toString()) as Upload;
    const ours = JSON.parse(sent?.text ?? '') as Upload;
    assert.deepEqual(
      { ...ours.protocoldagresult, 'latin-1': '' },
      { ...python.protocoldagresult, 'latin-1': '' },
    );
    assert.deepEqual(Buffer.from(keptBytes(sent)), FRAME);
    const theirs = latin1ToBytes(python.protocoldagresult['latin-1']);
    assert.ok(theirs);
    assert.deepEqual(zstdDecompressSync(theirs), FRAME);
  });

  test('takes the result itself', async () => {
    await using service = await tinyService(() => ref);
    const result = decodeKeyedChainAs(ProtocolDAGResult, zstdDecompressSync(FRAME));
    await clientOf(service.url).setTaskResult(ScopedKey.parse(TASK), result, SERVICE, { compress: false });
    const [sent] = service.requests;
    assert.equal(sent?.headers['content-encoding'], undefined);
    assert.ok(sent?.headers['content-length']);
    const chain = zstdDecompressSync(keptBytes(sent));
    assert.equal(chain.toString(), result.toJson());
  });

  // 5 MiB + 5 bytes: many blocks, the last one short. Each byte value occurs.
  const LARGE = Uint8Array.from({ length: 5 * 1024 * 1024 + 5 }, (_, i) => (i * 31 + (i >> 8)) & 0xff);

  test('streams large ones, and again after an outage and an expired token', async () => {
    await using service = await tinyService((_, count) => {
      if (count === 1) return { status: 503 };
      if (count === 2) {
        service.expireTokens();
        return { status: 502 };
      }
      return ref;
    });
    const key = await clientOf(service.url).setTaskResult(TASK, LARGE, SERVICE);
    assert.equal(key.toString(), REF);
    assert.equal(service.requests.length, 4);
    assert.equal(service.logIns.length, 2);
    for (const request of service.requests) {
      assert.equal(request.headers['transfer-encoding'], 'chunked');
      assert.equal(Buffer.compare(keptBytes(request), LARGE), 0);
    }
  });

  test('reads a file while it is sent', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'alchemiscale-client-'));
    try {
      const path = join(folder, 'result.zst');
      await writeFile(path, LARGE);
      await using service = await tinyService(() => ref);
      await clientOf(service.url).setTaskResult(TASK, await openAsBlob(path), SERVICE, { compress: false });
      assert.equal(Buffer.compare(keptBytes(service.requests[0]), LARGE), 0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('an empty frame and sizes around a block survive', async () => {
    await using service = await tinyService(() => ref);
    const client = clientOf(service.url);
    for (const size of [0, 1, 131_071, 131_072, 131_073, 1_048_576, 1_048_577]) {
      await client.setTaskResult(TASK, LARGE.subarray(0, size), SERVICE);
      const kept = keptBytes(service.requests.at(-1));
      assert.equal(Buffer.compare(kept, LARGE.subarray(0, size)), 0, `${size} bytes`);
    }
  });
});

describe('retrieveTaskTransformation', () => {
  const KEY = 'Transformation-3aa580975d5f135fba1b91c79471db7d';

  test('reads what the original answers for a task that extends another', async () => {
    await using service = await tinyService(() => ({ body: results('dummy_ok.compute_extends.json') }));
    const client = clientOf(service.url);
    const work = await client.retrieveTaskTransformation(TASK);
    assert.equal(work.transformation.key, KEY);
    assert.equal(work.extends?.key, 'ProtocolDAGResult-dd92758e340ae9f010d0d277c3085d3b');
    assert.equal(service.requests[0]?.url, `/tasks/${TASK}/transformation/gufe`);
    assert.match(String(service.requests[0]?.headers['accept-encoding']), /gzip/);
    const bytes = await client.retrieveTaskTransformationBytes(TASK);
    assert.equal(
      Buffer.from(bytes.transformation).toString(),
      results('dummy_ok.transformation.chain.json').toString(),
    );
    assert.deepEqual(Buffer.from(bytes.extends ?? []), FRAME);
  });

  test('and for one that does not', async () => {
    const body = `[${results('dummy_ok.transformation.chain.json').toString()}, null]`;
    await using service = await tinyService(() => ({ body }));
    const work = await clientOf(service.url).retrieveTaskTransformation(TASK);
    assert.equal(work.transformation.key, KEY);
    assert.equal(work.extends, null);
  });

  test('an answer of another shape is one clear error', async () => {
    const bodies = ['[]', '[[]]', '[[], 5]', '[[], "ä\\u0100"]', '{}', '[[], null]'];
    await using service = await tinyService((_, count) => ({ body: bodies[count - 1] ?? '' }));
    const client = clientOf(service.url);
    for (const body of bodies) {
      await assert.rejects(client.retrieveTaskTransformation(TASK), AlchemiscaleError, body);
    }
  });
});

test('a malformed service id is refused before anything is sent', async () => {
  await using service = await tinyService(() => ({}));
  const client = clientOf(service.url);
  for (const id of [
    '',
    'no-uuid',
    'a-b-961e38b5146c0b07d078f53dec9b699a',
    '1-961e38b5146c0b07d078f53dec9b699a',
  ]) {
    await assert.rejects(client.register(id), { code: 'INVALID_BODY' });
    await assert.rejects(client.claimTasks(['*-*-*'], id), { code: 'INVALID_BODY' });
    await assert.rejects(client.setTaskResult(TASK, FRAME, id), { code: 'INVALID_BODY' });
  }
  assert.equal(service.logIns.length, 0);
});

test('a denied claim is null, a fruitless one a list of nulls', async () => {
  const answers = [{ json: null }, { json: [TASK, null] }];
  await using service = await tinyService((_, count) => answers[count - 1] ?? {});
  const client = clientOf(service.url);
  assert.equal(await client.claimTasks(['*-*-*'], SERVICE, { count: 2 }), null);
  const tasks = await client.claimTasks(['*-*-*'], SERVICE, { count: 2, protocols: ['HarmonicProtocol'] });
  assert.deepEqual(tasks?.map(String), [TASK, 'null']);
});
