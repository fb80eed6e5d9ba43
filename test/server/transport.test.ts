// What is true of every route: methods, slashes, encodings, limits, JSON as Python writes it, answers as Python reads them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { json, networkFixture, type Server, startServer, submit } from './setup.ts';

interface Refusal {
  readonly api: 'user' | 'compute';
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query: string;
  readonly contentType: string | null;
  readonly body: string;
  readonly status: number;
  readonly answer: { readonly detail: unknown };
}

describe('what every route does', () => {
  let server: Server;
  let network: string;
  before(async () => {
    server = await startServer({ limits: { bodyBytes: 100_000, networkBytes: 1_000_000 } });
    network = await submit(server, 'twelve');
  });
  after(() => server[Symbol.asyncDispose]());

  it('answers 405 with the right method for a wrong one, without a token', async () => {
    for (const [method, url, allow] of [
      ['POST', '/info', 'GET'],
      ['GET', '/token', 'POST'],
      ['HEAD', '/ping', 'GET'],
      ['OPTIONS', '/ping', 'GET'],
      ['DELETE', `/networks/${network}`, 'GET'],
      ['PUT', `/networks/${network}/weight`, 'GET, POST'],
    ] as const) {
      const answer = await server.user.inject({ method, url });
      assert.equal(answer.statusCode, 405, url);
      assert.equal(answer.headers.allow, allow);
      if (method !== 'HEAD') assert.deepEqual(answer.json(), { detail: 'Method Not Allowed' });
    }
  });

  it('answers 404 only for paths that do not exist', async () => {
    for (const url of ['/nope', '/', '/networks/', `/networks/${network}/nope`]) {
      const answer = await server.user.inject({ url });
      assert.deepEqual(
        [answer.statusCode, answer.body],
        [url === '/networks/' ? 307 : 404, url === '/networks/' ? '' : '{"detail":"Not Found"}'],
        url,
      );
    }
  });

  it('sends a path with a trailing slash to the one without', async () => {
    const answer = await server.user.inject({ url: '/info/?a=1' });
    assert.deepEqual([answer.statusCode, answer.headers.location, answer.body], [307, '/info?a=1', '']);
    const elsewhere = await server.user.inject({ url: '//evil.example/' });
    assert.notEqual(elsewhere.statusCode, 307);
  });

  it('takes keys of any length, and asterisks as they are', async () => {
    const long = `Task-${'a'.repeat(32)}-${'o'.repeat(600)}-${'c'.repeat(600)}-p`;
    const answer = await server.send('user', { url: `/tasks/${long}/status` });
    assert.match(answer.body, /^\{"detail":"Targeted scope 'ooo/);
    assert.deepEqual((await server.send('user', { url: '/scopes/*-*-*/status' })).json(), {});
  });

  it('refuses a URL that cannot be decoded, and keys that are none', async () => {
    assert.equal((await server.send('user', { url: '/exists/%ff%zz' })).statusCode, 400);
    for (const url of [
      '/exists/not-a-key',
      '/exists/Foo%20Bar-1-o-c-p',
      '/exists/A-1-1bad-c-p',
      '/networks/garbage',
      '/exists/A-1-*-*-*',
      '/exists/..%2f..-1-o-c-p',
    ]) {
      const answer = await server.send('user', { url });
      assert.equal(answer.statusCode, 422, url);
      assert.match((answer.json() as { detail: string }).detail, /input does not appear to be a `ScopedKey`/);
    }
    assert.equal((await server.send('user', { url: '/scopes/a-*-b/status' })).statusCode, 422);
  });

  describe('refusals of the original', () => {
    const refusals: Refusal[] = JSON.parse(
      readFileSync(new URL('../fixtures/http/refusals.json', import.meta.url), 'utf8'),
    );
    for (const [i, { api, method, path, query, contentType, body, status, answer }] of refusals.entries()) {
      it(`${i}: ${method} ${path.slice(0, 40)} ${query}${body.slice(0, 60)}`, async () => {
        const url = query === '' ? path : `${path}?${query}`;
        const headers = contentType === null ? {} : { 'content-type': contentType };
        const got = await server.send(api, {
          method,
          url,
          headers,
          ...(body === '' ? {} : { payload: body }),
        });
        assert.equal(got.statusCode, status);
        const { detail } = got.json() as { detail: unknown };
        // Texts of our own may say more, but begin with what is known to be matched on, or name the same class.
        if (typeof answer.detail === 'string')
          assert.match(
            String(detail),
            new RegExp(`^${answer.detail.split(' ').slice(0, 3).join(' ')}|^ComputeManagerID must`),
          );
        else assert.deepEqual(detail, answer.detail);
      });
    }
  });

  describe('bodies', () => {
    const url = '/bulk/networks/status';
    const headers = { 'content-type': 'application/json' };
    const post = (payload: string | Buffer, more: Record<string, string> = {}) =>
      server.send('user', { method: 'POST', url, headers: { ...headers, ...more }, payload });

    it('come plain, gzip’ed or as zstd', async () => {
      const body = JSON.stringify({ networks: [network], unknown: 'ignored' });
      for (const [payload, more] of [
        [body, {}],
        [gzipSync(body), { 'content-encoding': 'gzip' }],
        [zstdCompressSync(body), { 'content-encoding': 'zstd' }],
        [body, { 'content-type': 'application/json; charset=utf-8' }],
      ] as const) {
        const answer = await post(payload, more);
        assert.deepEqual([answer.statusCode, answer.json()], [200, [{}]]);
      }
    });

    it('that cannot be decompressed are 400', async () => {
      const gzip = gzipSync(JSON.stringify({ networks: [network] }));
      const zstd = zstdCompressSync(JSON.stringify({ networks: [network] }));
      for (const [payload, encoding] of [
        ['\x1f\x8b\x08\x00nope', 'gzip'],
        [gzip.subarray(0, -9), 'gzip'],
        ['{}', 'gzip'],
        [zstd.subarray(0, -3), 'zstd'],
        ['{}', 'zstd'],
      ] as const) {
        const answer = await post(Buffer.from(payload), { 'content-encoding': encoding });
        assert.deepEqual(
          [answer.statusCode, answer.json()],
          [400, { detail: 'There was an error parsing the body' }],
        );
      }
      assert.equal((await post('{}', { 'content-encoding': 'br' })).statusCode, 400);
      assert.equal((await post(Buffer.from([0x22, 0xff, 0x22]))).statusCode, 400);
    });

    it('that unpack to more than the limit are 413, whatever they weigh on the wire', async () => {
      const bomb = Buffer.alloc(20_000_000, ' ');
      for (const [payload, more] of [
        [gzipSync(bomb), { 'content-encoding': 'gzip' }],
        [zstdCompressSync(bomb), { 'content-encoding': 'zstd' }],
        [bomb, {}],
      ] as const) {
        const answer = await post(payload, more);
        assert.deepEqual(
          [answer.statusCode, answer.json()],
          [413, { detail: 'The body is over the limit of 100000 bytes' }],
        );
      }
    });

    it('may hold what only Python calls JSON, and integers of any size', async () => {
      const weight = (payload: string) =>
        server.send('user', { method: 'POST', url: `/networks/${network}/weight`, headers, payload });
      for (const bad of ['NaN', 'Infinity', '-Infinity', '2', '1e400', '123456789012345678901234567890']) {
        assert.match((await weight(bad)).body, /all `weights` must be between 0 and 1/, bad);
      }
      for (const good of ['0.5', '"0.5"', ' 1 ', 'true', '0.0'])
        assert.equal((await weight(good)).json(), network, good);
      assert.equal((await server.send('user', { url: `/networks/${network}/weight` })).body, '0.0');
    });

    it('that are no JSON are 422 with the place', async () => {
      for (const [payload, offset, error] of [
        ['nope', 0, 'Expecting value'],
        ['{"networks": [}', 14, 'Expecting value'],
        ['{"a" 1}', 5, "Expecting ':' delimiter"],
        ['{} x', 3, 'Extra data'],
      ] as const) {
        const answer = await post(payload);
        assert.equal(answer.statusCode, 422, payload);
        assert.deepEqual(answer.json(), {
          detail: [
            {
              type: 'json_invalid',
              loc: ['body', offset],
              msg: 'JSON decode error',
              input: {},
              ctx: { error },
            },
          ],
        });
      }
    });

    it('that are not said to be JSON are not looked at', async () => {
      const missing = {
        detail: [{ type: 'missing', loc: ['body', 'networks'], msg: 'Field required', input: null }],
      };
      for (const type of ['text/plain', '', 'application', 'a/b/c', 'application/json/json']) {
        const answer = await server.send('user', {
          method: 'POST',
          url,
          headers: { 'content-type': type },
          payload: '{"networks":[]}',
        });
        assert.deepEqual([answer.statusCode, answer.json()], [422, missing], type);
      }
      const empty = await server.send('user', { method: 'POST', url, headers });
      assert.deepEqual([empty.statusCode, empty.json()], [422, missing]);
    });

    it('with a list that is too long, or elements of another kind, are 422', async () => {
      const answer = await post(JSON.stringify({ networks: [1, 2, 3] }));
      const expected = {
        type: 'string_type',
        loc: ['body', 'networks', 0],
        msg: 'Input should be a valid string',
        input: 1,
      };
      assert.deepEqual([answer.statusCode, answer.json()], [422, { detail: [expected] }]);
      assert.equal((await post('{"networks": ["x"]}')).statusCode, 422);
      const count = await server.send(
        'user',
        json('POST', `/transformations/Transformation-1-a-b-c/tasks`, { count: 1e9 }),
        'user-all',
      );
      assert.match(count.body, /less than or equal to 100000/);
      const negative = await server.send(
        'user',
        json('POST', `/transformations/Transformation-1-a-b-c/tasks`, { count: -1 }),
        'user-all',
      );
      assert.match(negative.body, /greater than or equal to 0/);
    });

    it('that are hostile are refused without a 500', async () => {
      for (const payload of [
        '['.repeat(40_000),
        `${'['.repeat(40_000)}${']'.repeat(40_000)}`,
        `{"networks":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
        '{"__proto__":{"networks":[]}}',
        `{"networks":${'9'.repeat(50_000)}}`,
        '{"networks":{"length":1e9}}',
      ]) {
        assert.equal((await post(payload)).statusCode, 422, payload.slice(0, 40));
      }
    });
  });

  describe('answers', () => {
    const url = () => `/networks/${network}`;

    it('are gzip’ed from 1000 bytes on for those who accept it', async () => {
      for (const [accept, gzip] of [
        ['gzip', true],
        ['gzip, deflate', true],
        ['br;q=1.0, gzip;q=0.8, *;q=0.1', true],
        ['', false],
        ['gzip;q=0', false],
        ['identity', false],
      ] as const) {
        const answer = await server.send('user', { url: url(), headers: { 'accept-encoding': accept } });
        assert.equal(answer.headers['content-encoding'], gzip ? 'gzip' : undefined, accept);
        assert.equal(answer.headers.vary, 'Accept-Encoding');
        assert.equal(answer.headers['content-type'], 'application/json');
        const text = gzip ? gunzipSync(answer.rawPayload) : answer.rawPayload;
        assert.equal(JSON.parse(text.toString()).length, networkFixture('twelve').chain.length);
      }
      const small = await server.send('user', { url: '/info', headers: { 'accept-encoding': 'gzip' } });
      assert.deepEqual(
        [small.headers['content-encoding'], small.body],
        [undefined, '{"message":"nothing yet"}'],
      );
    });

    it('are compact JSON of type application/json', async () => {
      const answer = await server.send('user', { url: `/networks/${network}/status` });
      assert.deepEqual([answer.headers['content-type'], answer.body], ['application/json', '{}']);
    });
  });

  it('answers a defect with a bare 500 and logs it in full under the id that the answer carries', async () => {
    const { networks } = server.store;
    const original = networks.exists;
    Object.assign(networks, { exists: () => Promise.reject(new Error('a defect, with a secret')) });
    const answer = await server.send('user', { url: `/exists/${network}` });
    Object.assign(networks, { exists: original });
    assert.deepEqual([answer.statusCode, answer.body], [500, 'Internal Server Error']);
    assert.match(String(answer.headers['content-type']), /^text\/plain/);
    const line = server.log.find(each => each.includes(String(answer.headers['x-error-id'])));
    assert.match(line ?? '', /a defect, with a secret/);
  });

  it('logs each request in one line, without tokens', async () => {
    const from = server.log.length;
    await server.send('user', { url: `/exists/${network}?x=y` });
    const lines = server.log.slice(from).map(line => JSON.parse(line));
    assert.equal(lines.length, 1);
    const { method, path, status, identity } = lines[0];
    assert.deepEqual(
      { method, path, status, identity },
      { method: 'GET', path: `/exists/${network}`, status: 200, identity: 'user-identity' },
    );
    assert.ok(!server.log.some(line => /eyJ|user-key|Bearer/.test(line)));
  });
});
