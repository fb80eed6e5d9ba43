// What protects the service, its memory, its log and the browsers of those who use it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { InjectOptions } from 'fastify';
import {
  claimedTask,
  json,
  loginRequest,
  resultFixture,
  SCOPE,
  SECRET,
  startServer,
  submit,
} from './setup.ts';

describe('answers', () => {
  it('of every kind carry the headers that keep browsers from misusing them', async () => {
    await using server = await startServer();
    Object.assign(server.store.networks, { exists: () => Promise.reject(new Error('a defect')) });
    const kinds: readonly (readonly [status: number, request: InjectOptions])[] = [
      [200, { url: '/info' }],
      [200, loginRequest('user-identity', 'user-key')],
      [200, { url: '/docs' }],
      [307, { url: '/info/' }],
      [400, { url: '/exists/%ff%zz' }],
      [401, { url: '/info', headers: { authorization: 'Bearer x' } }],
      [404, { url: '/nope' }],
      [405, { method: 'POST', url: '/info' }],
      [422, { url: '/exists/x' }],
      [500, { url: `/exists/Task-1-${SCOPE}` }],
    ];
    for (const [status, request] of kinds) {
      const { statusCode, headers } = await server.send('user', request);
      assert.equal(statusCode, status, String(request.url));
      assert.equal(headers['x-content-type-options'], 'nosniff', String(status));
      assert.equal(headers['referrer-policy'], 'no-referrer', String(status));
      assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/, String(status));
      assert.match(String(headers['cache-control']), request.url === '/docs' ? /no-cache/ : /no-store/);
    }
  });
});

describe('memory', () => {
  it('is not for JSON of very many values, however small it was sent', async () => {
    await using server = await startServer();
    const post = (payload: Buffer) =>
      server.send('user', {
        method: 'POST',
        url: '/bulk/networks/status',
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        payload,
      });
    for (const text of ['['.repeat(30_000_000), `{"networks":[${'{},'.repeat(500_001)}{}]}`]) {
      const answer = await post(gzipSync(text, { level: 1 }));
      assert.deepEqual(
        [answer.statusCode, answer.json()],
        [413, { detail: 'The body is over the limit of 1000000 JSON values' }],
      );
    }
    const key = `AlchemicalNetwork-${'0'.repeat(32)}-${SCOPE}`;
    const most = await post(gzipSync(JSON.stringify({ networks: Array(100_000).fill(key) }), { level: 1 }));
    assert.equal(most.statusCode, 200, 'the longest list that is taken');
    const more = await post(gzipSync(JSON.stringify({ networks: Array(100_001).fill(key) }), { level: 1 }));
    assert.match(more.body, /List should have at most 100000 items after validation, not 100001/);
  });

  it('is not for forms, which anyone may send', async () => {
    await using server = await startServer();
    const answer = await server.user.inject(loginRequest('user-identity', 'x'.repeat(100_000)));
    assert.equal(answer.statusCode, 413);
    const bomb = await server.user.inject({
      ...loginRequest('a', 'b'),
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' },
      payload: gzipSync('a&'.repeat(10_000_000)),
    });
    assert.equal(bomb.statusCode, 413);
  });
});

describe('connections', () => {
  it('have time for slow bodies, but not for slow headers', async () => {
    await using server = await startServer();
    for (const { server: http } of [server.user, server.compute]) {
      assert.deepEqual(
        [http.headersTimeout, http.requestTimeout, http.keepAliveTimeout],
        [30_000, 0, 72_000],
      );
    }
  });
});

describe('the log at its most talkative', () => {
  it('holds no key, no token, no secret, no hash', async () => {
    await using server = await startServer();
    const token = await server.token('user');
    const task = await claimedTask(server, await submit(server, 'one'));
    const requests: readonly (readonly ['user' | 'compute', InjectOptions])[] = [
      ['user', loginRequest('user-identity', 'wrong-key')],
      ['user', loginRequest('nobody', 'wrong-key')],
      ['user', { ...loginRequest('user-identity', 'user-key'), headers: { 'content-type': 'text/plain' } }],
      ['user', json('POST', '/token', { username: 'user-identity', password: 'user-key' })],
      ['user', { url: '/token?username=user-identity&password=user-key' }],
      ['user', { url: `/info?access_token=${token}` }],
      ['user', { url: '/info', headers: { authorization: `Bearer ${token}x` } }],
      ['user', { url: '/tasks?campaign=x' }],
      [
        'compute',
        {
          method: 'POST',
          url: `/tasks/${task.task}/results`,
          headers: { 'content-type': 'application/json' },
          payload: gunzipSync(resultFixture('nodeps_ok.upload.json.gzip')),
        },
      ],
    ];
    for (const [type, request] of requests) await server.send(type, request);
    const identity = await server.store.identities.get({ type: 'user', identifier: 'user-identity' });
    Object.assign(server.store.identities, { get: () => Promise.reject(new Error('the store is gone')) });
    Object.assign(server.store.tasks, { getStatuses: () => Promise.reject(new Error('the store is gone')) });
    assert.equal((await server.user.inject(loginRequest('user-identity', 'user-key'))).statusCode, 500);
    assert.equal((await server.send('user', { url: `/tasks/${task.task}/status` })).statusCode, 500);

    const log = server.log.join('');
    assert.ok(server.log.length > requests.length && log.includes('the store is gone'), 'there is a log');
    for (const secret of [
      SECRET,
      token,
      'wrong-key',
      'user-key',
      'compute-key',
      identity?.hashedKey ?? '?',
    ]) {
      assert.ok(!log.includes(secret), secret);
    }
    assert.doesNotMatch(log, /eyJ|Bearer|\$2b\$/);
  });
});
