// What protects the service, its memory, its log and the browsers of those who use it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { InjectOptions } from 'fastify';
import { AlchemiscaleError } from '../../src/domain/errors.ts';
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

const JSON_TYPE = { 'content-type': 'application/json' };

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

describe('long input', () => {
  it('is refused where no route needs it', async () => {
    await using server = await startServer();
    const task = `Task-00-${SCOPE}`;
    const answer = await server.send('user', {
      method: 'POST',
      url: `/tasks/${task}/status`,
      headers: JSON_TYPE,
      payload: JSON.stringify('x'.repeat(2_000_000)),
    });
    assert.deepEqual(
      [answer.statusCode, answer.json()],
      [413, { detail: 'The body is over the limit of 1048576 bytes' }],
    );
    const name = 'n'.repeat(257);
    const long = await server.send('compute', { method: 'POST', url: `/computemanager/${name}/clear_error` });
    assert.equal(long.statusCode, 422);
    assert.match(long.body, /at most 256 characters/);
  });

  it('is echoed and logged only in part', async () => {
    await using server = await startServer();
    const scope = { org: 'org_one', campaign: 'campaign_a', project: 'project_1' };
    const answer = await server.send('user', {
      method: 'POST',
      url: '/networks',
      headers: JSON_TYPE,
      payload: JSON.stringify({ network: [], scope, state: 'x'.repeat(500_000) }),
    });
    assert.equal(answer.statusCode, 422);
    assert.match(answer.body, /must be one of the following/);
    assert.ok(answer.body.length < 1000);
    const logged = server.log.reduce((sum, line) => sum + line.length, 0);
    assert.ok(logged < 10_000, `${logged} characters`);
  });

  it('of ten million escapes is told apart from JSON', async () => {
    await using server = await startServer();
    const answer = await server.send('user', {
      method: 'POST',
      url: '/bulk/networks/status',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      payload: gzipSync(`{"networks":[],"x":"${'\\n'.repeat(1_500_000)}",}`, { level: 1 }),
    });
    assert.equal(answer.statusCode, 422, answer.body.slice(0, 200));
    assert.match(answer.body, /JSON decode error/);
  });

  it('in members that a network does not have is passed over, in those it has it is refused', async () => {
    await using server = await startServer();
    const post = (payload: string) =>
      server.send('user', { method: 'POST', url: '/networks', headers: JSON_TYPE, payload });
    const strange = Array.from({ length: 200_000 }, (_, i) => `"m${i}":1`).join(',');
    const missing = await post(`{${strange}}`);
    assert.equal(missing.statusCode, 422);
    assert.equal((missing.json() as { detail: unknown[] }).detail.length, 3);
    const large = await post(`{"network":[],"state":"active","scope":[${'1,'.repeat(600_000)}1]}`);
    assert.deepEqual(
      [large.statusCode, large.json()],
      [413, { detail: 'The body is over the limit of 1048576 bytes' }],
    );
  });

  it('in a dialect of JSON is parsed only up to a length', async () => {
    await using server = await startServer();
    const keys = Array.from({ length: 60_000 }, () => `{"gufe_key":"Task-${'0'.repeat(32)}"}`).join(',');
    const post = (text: string) =>
      server.send('user', {
        method: 'POST',
        url: '/bulk/tasks/priority/set',
        headers: JSON_TYPE,
        payload: text,
      });
    const plain = await post(`{"tasks":[${keys}],"priority":1}`);
    assert.equal(plain.statusCode, 422);
    const long = await post(`{"tasks":[${keys},${keys}],"priority":12345678901234567}`);
    assert.equal(long.statusCode, 413, long.body.slice(0, 200));
  });
});

describe('answers about stores that fail', () => {
  it('do not name files of the server', async () => {
    await using server = await startServer();
    const facts = { file: '/srv/secret/state.db' };
    const failure = new AlchemiscaleError('STORE_UNAVAILABLE', 'the database /srv/secret/state.db is gone', {
      facts,
    });
    Object.assign(server.store.networks, { exists: () => Promise.reject(failure) });
    const answer = await server.send('user', { url: `/exists/Task-1-${SCOPE}` });
    assert.equal(answer.statusCode, 503);
    assert.doesNotMatch(answer.body, /secret/);
    assert.match(server.log.join('\n'), /secret/);
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
