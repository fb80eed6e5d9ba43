// Results: pushed as recorded clients push them, in every layering and order, and handed out as the bytes that came.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  constants,
  createZstdCompress,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { AlchemiscaleError } from '../../src/domain/errors.ts';
import {
  claimedTask,
  json,
  keyDict,
  resultBody,
  resultFixture,
  SCOPE,
  type Server,
  startServer,
  submit,
} from './setup.ts';

interface Facts {
  readonly key: string;
  readonly ok: boolean;
  readonly tracebacks: readonly string[];
}

const INDEX: Record<string, Facts> = JSON.parse(resultFixture('index.json').toString());

const push = (server: Server, task: string, payload: Buffer | string, headers: Record<string, string> = {}) =>
  server.send('compute', {
    method: 'POST',
    url: `/tasks/${task}/results`,
    headers: { 'content-type': 'application/json', ...headers },
    payload,
  });
const GZIP = { 'content-encoding': 'gzip' };

async function objectsOf(server: Server): Promise<string[]> {
  const locations: string[] = [];
  for await (const location of server.objects.list('')) locations.push(location);
  return locations;
}

async function stored(server: Server, location: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await server.objects.get(location))?.read() ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A chain of a successful result with this much (hardly compressible) text in it. */
function bigChain(megabytes: number): Buffer {
  const filler = Array.from(
    { length: megabytes },
    (_, i) => `["Blob-${i}",{"data":"${randomBytes(750_000).toString('base64')}","__qualname__":"Blob"}],`,
  );
  const end =
    '["U-1",{"__qualname__":"U"}],["ProtocolUnitResult-2",{"source_key":"U-1","__qualname__":"ProtocolUnitResult"}],';
  const root =
    '["ProtocolDAGResult-9",{"protocol_units":[{":gufe-key:":"U-1"}],"protocol_unit_results":[{":gufe-key:":"ProtocolUnitResult-2"}],"__qualname__":"ProtocolDAGResult"}]';
  return Buffer.from(`[${filler.join('')}${end}${root}]`);
}

describe('pushed results', () => {
  let server: Server;
  let network: string;
  before(async () => {
    server = await startServer({ limits: { resultBytes: 3_000_000, resultTextBytes: 8_000_000 } });
    network = await submit(server, 'one');
  });
  after(() => server[Symbol.asyncDispose]());

  for (const [name, facts] of Object.entries(INDEX)) {
    it(`are kept as they came: ${name}`, async () => {
      await server.objects.reset();
      const { task, transformation } = await claimedTask(server, network);
      const recorded = gunzipSync(resultFixture(`${name}.upload.json.gzip`)).toString();
      const payload = recorded.replace(
        /"compute_service_id": "[^"]*"/,
        `"compute_service_id": "svc-${'0'.repeat(31)}1"`,
      );
      const answer = await push(server, task, gzipSync(payload), GZIP);
      assert.equal(answer.statusCode, 200, answer.body);
      const { gufe_key: key, ...scope } = answer.json() as Record<string, string>;
      assert.match(key ?? '', /^ProtocolDAGResultRef-[0-9a-f]{32}$/);
      assert.deepEqual(scope, { org: 'org_one', campaign: 'campaign_a', project: 'project_1' });

      const ref = `${key}-${SCOPE}`;
      const route = facts.ok ? 'results' : 'failures';
      assert.deepEqual(await server.ask('user', 'GET', `/tasks/${task}/${route}`), [ref]);
      assert.ok(
        (await server.ask<string[]>('user', 'GET', `/transformations/${transformation}/${route}`)).includes(
          ref,
        ),
      );
      assert.deepEqual(
        await server.ask('user', 'GET', `/tasks/${task}/${facts.ok ? 'failures' : 'results'}`),
        [],
      );
      assert.equal(await server.ask('user', 'GET', `/tasks/${task}/status`), facts.ok ? 'complete' : 'error');
      const gufeKey = transformation.split('-').slice(0, 2).join('-');
      const location = `protocoldagresult/org_one/campaign_a/project_1/${gufeKey}/${route}/${facts.key}/obj.json.zst`;
      assert.deepEqual(await objectsOf(server), [location]);
      assert.deepEqual(await stored(server, location), resultFixture(`${name}.obj.json.zst`));

      const [text = ''] = await server.ask<string[]>(
        'user',
        'GET',
        `/transformations/${transformation}/${route}/${ref}`,
      );
      assert.deepEqual(Buffer.from(text, 'latin1'), resultFixture(`${name}.obj.json.zst`));
    });
  }

  it('are handed out letter by letter as the original does', async () => {
    await server.objects.reset();
    const { task, transformation } = await claimedTask(server, network);
    const { gufe_key: key } = (
      await push(server, task, resultFixture('dummy_ok.upload.json.gzip'), GZIP)
    ).json() as Record<string, string>;
    const url = `/transformations/${transformation}/results/${key}-${SCOPE}`;
    const plain = await server.send('user', { url, headers: { 'accept-encoding': '' } });
    assert.deepEqual(plain.rawPayload, resultFixture('dummy_ok.user_download.json'));
    assert.equal(plain.headers['content-type'], 'application/json');
    const zipped = await server.send('user', { url, headers: { 'accept-encoding': 'gzip' } });
    assert.deepEqual(gunzipSync(zipped.rawPayload), plain.rawPayload);

    const [child = ''] = await server.ask<string[]>(
      'user',
      'POST',
      `/transformations/${transformation}/tasks`,
      { count: 1, extends: keyDict(task) },
    );
    const work = await server.send('compute', {
      url: `/tasks/${child}/transformation/gufe`,
      headers: { 'accept-encoding': 'gzip' },
    });
    const [, extended] = JSON.parse(gunzipSync(work.rawPayload).toString()) as [unknown, string];
    assert.deepEqual(Buffer.from(extended, 'latin1'), resultFixture('dummy_ok.obj.json.zst'));
  });

  it('may be pushed again, and change nothing', async () => {
    await server.objects.reset();
    const { task } = await claimedTask(server, network);
    const payload = resultFixture('dummy_ok.upload.json.gzip');
    const first = await push(server, task, payload, GZIP);
    const [location = ''] = await objectsOf(server);
    const again = await push(
      server,
      task,
      gzipSync(
        resultBody(
          zstdCompressSync(
            zstdCompressSync(zstdDecompressSync(resultFixture('dummy_ok.obj.json.zst')), {
              params: { [constants.ZSTD_c_compressionLevel]: 9 },
            }),
          ),
        ),
      ),
      GZIP,
    );
    assert.equal(again.body, first.body);
    assert.deepEqual(
      await stored(server, location),
      resultFixture('dummy_ok.obj.json.zst'),
      'what a key stands for stays',
    );
    assert.equal((await server.ask<string[]>('user', 'GET', `/tasks/${task}/results`)).length, 1);
  });

  it('are taken in one layer, in pieces, plain or compressed, with members in any order', async () => {
    const frame = resultFixture('dummy_ok.obj.json.zst');
    const service = `svc-${'0'.repeat(31)}1`;
    const two = zstdCompressSync(frame);
    const latin1 = JSON.stringify(two.toString('latin1'));
    for (const [what, payload, headers] of [
      ['one layer', resultBody(frame, service), {}],
      ['two layers', resultBody(two, service), {}],
      [
        'raw UTF-8',
        `{"compute_service_id":"${service}","x":[{}],"protocoldagresult":{"latin-1":${latin1},"y":1}}`,
        {},
      ],
      ['zstd', zstdCompressSync(resultBody(two, service)), { 'content-encoding': 'zstd' }],
      ['no id', resultBody(two), {}],
      ['null id', `{"protocoldagresult":{"latin-1":${latin1}},"compute_service_id":null}`, {}],
    ] as const) {
      await server.objects.reset();
      const { task } = await claimedTask(server, network);
      const answer = await push(server, task, Buffer.from(payload), headers);
      assert.equal(answer.statusCode, 200, `${what}: ${answer.body}`);
      const [location = ''] = await objectsOf(server);
      assert.deepEqual(await stored(server, location), frame, what);
      assert.equal(await server.ask('user', 'GET', `/tasks/${task}/status`), 'complete', what);
    }
  });

  it('are refused with a sentence when something is wrong, and nothing is kept', async () => {
    await server.objects.reset();
    const { task } = await claimedTask(server, network);
    const frame = resultFixture('dummy_ok.obj.json.zst');
    const chain = zstdDecompressSync(frame);
    const twice = (bytes: Uint8Array): string => resultBody(zstdCompressSync(zstdCompressSync(bytes)));
    const cases: Record<
      string,
      [payload: string | Buffer, status: number, detail: RegExp, headers?: Record<string, string>]
    > = {
      'no JSON': ['nope', 422, /The body is not a JSON object/],
      nothing: ['', 422, /not JSON/],
      'half a body': [resultBody(zstdCompressSync(frame)).slice(0, 3000), 422, /The body is not JSON/],
      'no result': ['{"compute_service_id": "x"}', 422, /Field required/],
      'a text for a result': ['{"protocoldagresult": "x"}', 422, /valid dictionary/],
      'no bytes': ['{"protocoldagresult": {"latin-1": 5}}', 422, /valid string/],
      'no bytes in it': ['{"protocoldagresult": {"latin-1": ""}}', 400, /cut short/],
      'two results': ['{"protocoldagresult": {"latin-1": "", "latin-1": ""}}', 422, /Given twice/],
      'an odd id': ['{"compute_service_id": [1]}', 422, /valid string/],
      'characters that are no bytes': [
        '{"protocoldagresult": {"latin-1": "\\u0100"}}',
        422,
        /stands for no byte/,
      ],
      'no frame': [
        resultBody(Buffer.from('hello')),
        400,
        /`protocoldagresult` is not a readable zstd frame: it is damaged/,
      ],
      'a truncated frame': [resultBody(zstdCompressSync(frame).subarray(0, -20)), 400, /cut short/],
      'a truncated frame inside': [
        resultBody(zstdCompressSync(frame.subarray(0, -20))),
        400,
        /The result is not a readable zstd frame: it is cut short/,
      ],
      'a damaged frame inside': [
        resultBody(zstdCompressSync(Buffer.from(frame).fill(0x55, 100, 200))),
        422,
        /Not a readable ProtocolDAGResult/,
      ],
      'something else in the frame': [
        resultBody(zstdCompressSync(Buffer.from('hello'))),
        400,
        /must be the zstd frame of a keyed chain/,
      ],
      'a tiny frame': [
        resultBody(zstdCompressSync(Buffer.from('['))),
        400,
        /must be the zstd frame of a keyed chain/,
      ],
      'three layers': [
        resultBody(zstdCompressSync(zstdCompressSync(frame))),
        422,
        /Not a readable ProtocolDAGResult: it is not a keyed chain/,
      ],
      'a chain that is cut': [
        twice(chain.subarray(0, -2)),
        422,
        /Not a readable ProtocolDAGResult: its text is not JSON/,
      ],
      'another object': [
        twice(Buffer.from('[["A-1",{"__qualname__":"A"}]]')),
        422,
        /'A-1', not a ProtocolDAGResult/,
      ],
      'no size': [
        resultBody(zstdCompressSync(await sizeless(chain))),
        422,
        /does not state the size of its content/,
      ],
      'a frame over the limit': [twice(bigChain(5)), 413, /over the limit of 3000000 bytes/],
      'a bomb inside': [twice(Buffer.alloc(9_000_000, ' ')), 413, /over the limit of 8000000 bytes/],
      'a bomb outside': [resultBody(zstdCompressSync(Buffer.alloc(30_000_000, '['))), 413, /over the limit/],
      'broken gzip': [
        gzipSync(twice(chain)).subarray(0, -10),
        400,
        /There was an error parsing the body/,
        GZIP,
      ],
      'no gzip': ['{}', 400, /There was an error parsing the body/, GZIP],
      'a key that leads elsewhere': [twice(Buffer.from('[["../../x-1",{}]]')), 422, /is not a gufe key/],
    };
    for (const [what, [payload, status, detail, headers = {}]] of Object.entries(cases)) {
      const answer = await push(server, task, Buffer.from(payload), headers);
      assert.equal(answer.statusCode, status, `${what}: ${answer.body}`);
      assert.match(JSON.stringify(answer.json()), detail, what);
      assert.deepEqual(await objectsOf(server), [], what);
    }
    assert.equal(
      await server.ask('user', 'GET', `/tasks/${task}/status`),
      'running',
      'nothing has happened to the task',
    );
  });

  it('that are bombs are refused below every limit', async () => {
    await using server = await startServer();
    const { task } = await claimedTask(server, await submit(server, 'one'));
    const blanks = Buffer.alloc(80_000_000, ' ');
    const cases = [
      [resultBody(zstdCompressSync(zstdCompressSync(blanks))), {}],
      [zstdCompressSync(blanks), { 'content-encoding': 'zstd' }],
      [gzipSync(blanks), { 'content-encoding': 'gzip' }],
    ] as const;
    for (const [payload, headers] of cases) {
      const answer = await push(server, task, Buffer.from(payload), headers);
      assert.deepEqual(
        [answer.statusCode, answer.json()],
        [413, { detail: 'The body unpacks to more than 1000 times its size' }],
      );
    }
  });

  it('for a task that does not exist are refused before they are read', async () => {
    await server.objects.reset();
    const answer = await push(server, `Task-${'f'.repeat(32)}-${SCOPE}`, 'nope');
    assert.deepEqual([answer.statusCode, answer.json()], [400, { detail: "'No such object in database'" }]);
  });

  it('that cannot be stored leave the task as it was, and the service may try again', async () => {
    await server.objects.reset();
    const { task } = await claimedTask(server, network);
    const { createUpload } = server.objects;
    const full = new AlchemiscaleError('STORAGE_FULL', 'the object store is full: nothing was stored');
    Object.assign(server.objects, {
      createUpload: async () => ({ ...(await createUpload()), write: () => Promise.reject(full) }),
    });
    const payload = resultFixture('dummy_ok.upload.json.gzip');
    const refused = await push(server, task, payload, GZIP);
    assert.deepEqual([refused.statusCode, refused.json()], [507, { detail: full.message }]);
    assert.equal(await server.ask('user', 'GET', `/tasks/${task}/status`), 'running');
    Object.assign(server.objects, { createUpload });
    assert.equal((await push(server, task, payload, GZIP)).statusCode, 200);
  });

  it('whose object is gone are a clear 500', async () => {
    await server.objects.reset();
    const { task, transformation } = await claimedTask(server, network);
    const { gufe_key: key } = (
      await push(server, task, resultFixture('dummy_ok.upload.json.gzip'), GZIP)
    ).json() as Record<string, string>;
    await server.objects.reset();
    const answer = await server.send('user', {
      url: `/transformations/${transformation}/results/${key}-${SCOPE}`,
    });
    assert.equal(answer.statusCode, 500);
    assert.match(
      answer.body,
      /ProtocolDAGResultRef-[0-9a-f]+-org_one-campaign_a-project_1 is not in the object store/,
    );
    const absent = await server.send('user', {
      url: `/transformations/${transformation}/results/ProtocolDAGResultRef-1-${SCOPE}`,
    });
    assert.equal(absent.statusCode, 400);
    const route = await server.send(
      'user',
      json('GET', `/transformations/${transformation}/nonsense/${key}-${SCOPE}`),
    );
    assert.deepEqual(route.json(), { detail: "`route` takes 'results' or 'failures', not 'nonsense'" });
  });

  it('of many megabytes go in and out in pieces', async () => {
    await server.objects.reset();
    const { task, transformation } = await claimedTask(server, network);
    const frame = zstdCompressSync(bigChain(3));
    const answer = await push(
      server,
      task,
      gzipSync(resultBody(zstdCompressSync(frame)), { level: 1 }),
      GZIP,
    );
    assert.equal(answer.statusCode, 200, answer.body);
    const { gufe_key: key } = answer.json() as Record<string, string>;
    const url = `/transformations/${transformation}/results/${key}-${SCOPE}`;
    const back = await server.send('user', { url, headers: { 'accept-encoding': 'gzip' } });
    const [text] = JSON.parse(gunzipSync(back.rawPayload).toString()) as [string];
    assert.ok(Buffer.from(text, 'latin1').equals(frame));
  });
});

/** A frame made by streaming, which does not know the size in advance. */
async function sizeless(bytes: Uint8Array): Promise<Buffer> {
  const zstd = createZstdCompress();
  zstd.write(bytes.subarray(0, 1000));
  zstd.flush();
  zstd.end(bytes.subarray(1000));
  const chunks: Buffer[] = [];
  for await (const chunk of zstd) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
