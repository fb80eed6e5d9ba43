// Who gets in: log-in, bearer tokens, and scopes checked wherever a key or a scope comes in.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hash } from '@node-rs/bcrypt';
import { SignJWT } from 'jose';
import type { Identity } from '../../src/domain/identity.ts';
import {
  claimBody,
  claimedTask,
  json,
  keyDict,
  loginRequest,
  SCOPES,
  SECRET,
  type Server,
  startServer,
  submit,
} from './setup.ts';

const REFUSED = { detail: 'Incorrect identity or key' };

async function login(server: Server, name: string, key: string, address = '192.0.2.1'): Promise<number> {
  const answer = await server.user.inject({ ...loginRequest(name, key), remoteAddress: address });
  if (answer.statusCode === 401) {
    assert.deepEqual(answer.json(), REFUSED);
    assert.equal(answer.headers['www-authenticate'], 'Bearer');
  }
  return answer.statusCode;
}

/** How long all processors together worked on something, in ms: a machine that is busy with other things does not show in it. */
async function workOf(something: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await something();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Makes the store say something else about an identity. */
function pretend(server: Server, change: Partial<Identity>): void {
  const get = server.store.identities.get.bind(server.store.identities);
  Object.assign(server.store.identities, {
    get: async (name: Parameters<typeof get>[0]) => {
      const identity = await get(name);
      return identity === null ? null : { ...identity, ...change };
    },
  });
}

describe('log-in', () => {
  it('gives a token with exactly the claims that are expected', async () => {
    await using server = await startServer();
    const answer = await server.user.inject(loginRequest('user-identity', 'user-key'));
    const { access_token: token, token_type: type } = answer.json() as Record<string, string>;
    assert.equal(type, 'bearer');
    const [header, claims] = (token ?? '')
      .split('.')
      .slice(0, 2)
      .map(part => JSON.parse(Buffer.from(part, 'base64url').toString()));
    assert.deepEqual(header, { alg: 'HS256', typ: 'JWT' });
    const exp = Math.ceil(server.now().getTime() / 1000) + 1800;
    assert.deepEqual(claims, { sub: 'user-identity', scopes: SCOPES, aud: 'user', exp });
  });

  it('refuses in the same words whatever is wrong', async () => {
    await using server = await startServer();
    for (const [name, key] of [
      ['user-identity', 'wrong'],
      ['user-identity', ''],
      ['nobody', 'user-key'],
      ['compute-identity', 'compute-key'],
      ['user-identity', 'user-key\0'],
      ['user-identity', 'x'.repeat(4097)],
      ["x' OR 1=1 --", 'x'],
    ] as const) {
      assert.equal(await login(server, name, key), 401, name);
    }
    assert.equal(await login(server, 'x'.repeat(513), 'x'), 422);
  });

  it('takes as long for an unknown name as for a wrong key', async () => {
    await using server = await startServer();
    await server.store.identities.put({
      type: 'user',
      identifier: 'real',
      hashedKey: await hash('key', { cost: 12 }),
    });
    const work = (name: string, key: string): Promise<number> => workOf(() => login(server, name, key));
    const wrong = await work('real', 'wrong');
    const unknown = await work('unknown', 'other');
    assert.ok(unknown > wrong / 3 && unknown < wrong * 3, `${unknown} ms and ${wrong} ms`);
  });

  it('verifies hashes made in Python, and looks at the first 72 bytes of a key only', async () => {
    await using server = await startServer();
    const put = (identifier: string, hashedKey: string): Promise<void> =>
      server.store.identities.put({ type: 'user', identifier, hashedKey });
    await put('python', PYTHON_HASH);
    assert.equal(await login(server, 'python', 'user-key'), 200);
    const long = `${'é'.repeat(35)}xx${'y'.repeat(50)}`;
    await put('long', await hash(Buffer.from(long).subarray(0, 72), { cost: 4 }));
    assert.equal(await login(server, 'long', long), 200);
    assert.equal(await login(server, 'long', `${'é'.repeat(35)}xxz`), 200);
    assert.equal(await login(server, 'long', `${'é'.repeat(35)}x`), 401);
  });

  it('refuses identities that are disabled or have expired, at once', async () => {
    await using server = await startServer();
    assert.equal(await login(server, 'user-identity', 'user-key'), 200);
    pretend(server, { disabled: true });
    assert.equal(await login(server, 'user-identity', 'user-key'), 401);
    pretend(server, { disabled: false, expires: server.now() });
    assert.equal(await login(server, 'user-identity', 'user-key'), 401);
    pretend(server, { expires: new Date(server.now().getTime() + 1) });
    assert.equal(await login(server, 'user-identity', 'user-key'), 200);
  });

  it('remembers a key that fits for a minute, and forgets it when the hash changes', async () => {
    await using server = await startServer();
    await server.store.identities.put({
      type: 'user',
      identifier: 'slow',
      hashedKey: await hash('key', { cost: 12 }),
    });
    const work = (count: number): Promise<number> =>
      workOf(async () => {
        const all = await Promise.all(Array.from({ length: count }, () => login(server, 'slow', 'key')));
        assert.deepEqual(new Set(all), new Set([200]));
      });
    const one = await work(1);
    server.passes(61);
    const burst = await work(40);
    assert.ok(burst < one * 5, `one ${one} ms, a burst of forty ${burst} ms`);
    const again = await work(40);
    assert.ok(again < one, `remembered: ${again} ms`);
    await server.store.identities.put({
      type: 'user',
      identifier: 'slow',
      hashedKey: await hash('other', { cost: 4 }),
    });
    assert.equal(await login(server, 'slow', 'key'), 401);
    assert.equal(await login(server, 'slow', 'other'), 200);
  });

  it('limits failures per identity and address, and nothing else', async () => {
    await using server = await startServer({ logins: { maxFailures: 3 } });
    for (let i = 0; i < 10; i++) assert.equal(await login(server, 'user-identity', 'user-key'), 200);
    for (let i = 0; i < 3; i++) assert.equal(await login(server, 'user-identity', 'wrong'), 401);
    assert.equal(await login(server, 'user-identity', 'wrong'), 429);
    assert.equal(await login(server, 'user-identity', 'user-key'), 429);
    assert.equal(await login(server, 'user-narrow', 'user-narrow'), 200);
    assert.equal(await login(server, 'user-identity', 'user-key', '192.0.2.2'), 200);
    server.passes(61);
    assert.equal(await login(server, 'user-identity', 'user-key'), 200);
    const guesses = await Promise.all(
      Array.from({ length: 30 }, (_, i) => login(server, 'user-all', `guess ${i}`)),
    );
    assert.ok(
      guesses.filter(status => status === 401).length <= 6,
      'sent all at once, they are not all looked at',
    );
    assert.ok(guesses.every(status => status === 401 || status === 429));
    const answer = await (async () => {
      for (let i = 0; i < 3; i++) await login(server, 'user-identity', 'wrong');
      return server.user.inject({ ...loginRequest('user-identity', 'x'), remoteAddress: '192.0.2.1' });
    })();
    assert.equal(answer.headers['retry-after'], '60');
  });

  it('takes addresses in turn: many guesses from one keep nobody else waiting', async () => {
    await using server = await startServer();
    let guessed = 0;
    const guesses = Array.from({ length: 12 }, async (_, i) => {
      await login(server, `nobody-${i}`, `guess ${i}`, '192.0.2.9');
      guessed += 1;
    });
    await new Promise(resolve => setImmediate(resolve));
    assert.equal(await login(server, 'user-identity', 'user-key'), 200);
    assert.ok(guessed < 8, `${guessed} of 12 guesses came first`);
    await Promise.all(guesses);
  });
});

/** Of `user-key`, made by alchemiscale 0.8.0. */
const PYTHON_HASH = '$2b$12$91LGrbmUz3u5TVkHV8.6z.zLKu0MbiyKkej8pwaQGvQF5HlyRbMlO';

describe('bearer tokens', () => {
  it('are needed for all but ping and token', async () => {
    await using server = await startServer();
    assert.deepEqual((await server.user.inject('/ping')).json(), { api: 'AlchemiscaleAPI' });
    assert.deepEqual((await server.compute.inject('/ping')).json(), { api: 'AlchemiscaleComputeAPI' });
    for (const authorization of [undefined, 'Basic abc', 'Bearer', 'Bearer ', '']) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await server.user.inject({ url: '/info', headers });
      assert.deepEqual([answer.statusCode, answer.json()], [401, { detail: 'Not authenticated' }]);
      assert.equal(answer.headers['www-authenticate'], 'Bearer');
    }
  });

  it('count only when they are ours, for this service, and in time', async () => {
    await using server = await startServer();
    const now = Math.floor(server.now().getTime() / 1000);
    const make = (claims: Record<string, unknown>, alg = 'HS256', secret = SECRET): Promise<string> =>
      new SignJWT({ sub: 'user-identity', scopes: SCOPES, aud: 'user', exp: now + 60, ...claims })
        .setProtectedHeader({ alg, typ: 'JWT' })
        .sign(new TextEncoder().encode(secret));
    const status = async (token: string): Promise<number> => {
      const answer = await server.user.inject({
        url: '/info',
        headers: { authorization: `Bearer ${token}` },
      });
      if (answer.statusCode !== 200)
        assert.deepEqual(answer.json(), { detail: 'Could not validate credentials' });
      return answer.statusCode;
    };
    const good = await make({});
    assert.equal(await status(good), 200);
    const none = [...good.split('.').slice(0, 2), '']
      .join('.')
      .replace(/^[^.]+/, Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url'));
    for (const bad of [
      'abc',
      good.slice(0, -6) + 'AAAAAA',
      none,
      await make({}, 'HS512'),
      await make({}, 'HS256', `${SECRET}x`),
      await make({ aud: 'compute' }),
      await make({ aud: undefined }),
      await make({ exp: now }),
      await make({ exp: undefined }),
      await make({ scopes: undefined }),
      await make({ scopes: ['a'] }),
      await make({ sub: undefined }),
      await server.token('compute'),
    ]) {
      assert.equal(await status(bad), 401, bad);
    }
    server.passes(59);
    assert.equal(await status(good), 200, 'a second before');
    server.passes(1);
    assert.equal(await status(good), 401, 'expired, though it was seen before');
  });

  it('differ after a second, and carry the scopes of their time', async () => {
    await using server = await startServer();
    const before = await server.token('user', 'user-narrow');
    server.passes(1);
    assert.notEqual(await server.token('user', 'user-narrow'), before);
  });
});

describe('scopes', () => {
  it('are listed for the identity that asks, and for no other', async () => {
    await using server = await startServer();
    assert.deepEqual(await server.ask('user', 'GET', '/identities/user-identity/scopes'), SCOPES);
    assert.deepEqual(await server.ask('user', 'GET', '/identities/user-all/scopes'), []);
    assert.deepEqual(await server.ask('compute', 'GET', '/identities/compute-identity/scopes'), SCOPES);
    assert.deepEqual(await server.ask('compute', 'GET', '/identities/user-identity/scopes'), []);
  });

  const FOREIGN = 'org_three-campaign_c-project_4';
  const words = {
    detail: `Targeted scope '${FOREIGN}' not accessible via scopes for this identity: ['org_one-campaign_a-project_1', 'org_one-campaign_a-project_2', 'org_two-*-*'].`,
  };
  const key = (qualname: string): string => `${qualname}-${'f'.repeat(32)}-${FOREIGN}`;
  const [network, transformation, task, hub] = ['AlchemicalNetwork', 'Transformation', 'Task', 'TaskHub'].map(
    key,
  ) as [string, string, string, string];
  const tasks = [keyDict(task)];
  const ours = `Transformation-${'f'.repeat(32)}-${SCOPES[0]}`;
  const service = `svc-${'0'.repeat(32)}`;

  const refused: readonly ['user' | 'compute', 'GET' | 'POST', string, unknown?][] = [
    ['user', 'GET', `/networks/${network}`],
    ['user', 'GET', `/transformations/${transformation}`],
    ['user', 'GET', `/chemicalsystems/ChemicalSystem-1-${FOREIGN}`],
    ['user', 'GET', `/exists/${network}`],
    ['user', 'GET', `/networks/${network}/transformations`],
    ['user', 'POST', `/transformations/${transformation}/tasks`, { count: 1 }],
    ['user', 'POST', `/transformations/${ours}/tasks`, { count: 1, extends: keyDict(task) }],
    [
      'user',
      'POST',
      '/bulk/transformations/tasks/create',
      { transformations: [ours, transformation], extends: null },
    ],
    ['user', 'POST', '/bulk/transformations/tasks/create', { transformations: [ours], extends: [task] }],
    ['user', 'GET', `/networks/${network}/tasks`],
    ['user', 'GET', `/transformations/${transformation}/tasks`],
    ['user', 'GET', `/tasks/${task}/transformation`],
    ['user', 'GET', `/tasks/${task}/status`],
    ['user', 'POST', `/tasks/${task}/status`, 'deleted'],
    ['user', 'GET', `/networks/${network}/status`],
    ['user', 'POST', '/bulk/networks/status', { networks: [network] }],
    ['user', 'GET', `/transformations/${transformation}/status`],
    ['user', 'POST', `/networks/${network}/tasks/action`, { tasks, weight: null }],
    ['user', 'POST', `/networks/${network}/tasks/cancel`, { tasks }],
    ['user', 'POST', `/networks/${network}/tasks/actioned`, { task_weights: false }],
    ['user', 'GET', `/networks/${network}/weight`],
    ['user', 'POST', `/networks/${network}/weight`, 1],
    ['user', 'POST', '/bulk/networks/weight/get', { networks: [network] }],
    ['user', 'POST', '/bulk/networks/weight/set', { networks: [network], weights: [1] }],
    ['user', 'GET', `/transformations/${transformation}/results`],
    ['user', 'GET', `/transformations/${transformation}/failures`],
    ['user', 'GET', `/tasks/${task}/results`],
    ['user', 'GET', `/tasks/${task}/failures`],
    ['user', 'GET', `/transformations/${transformation}/results/ProtocolDAGResultRef-1-${SCOPES[0]}`],
    ['user', 'GET', `/transformations/${ours}/results/ProtocolDAGResultRef-1-${FOREIGN}`],
    ['compute', 'POST', `/taskhubs/${hub}/claim`, { compute_service_id: service, count: 1, protocols: null }],
    ['compute', 'GET', `/tasks/${task}/transformation`],
    ['compute', 'GET', `/tasks/${task}/transformation/gufe`],
    ['compute', 'POST', `/tasks/${task}/results`, { protocoldagresult: {} }],
  ];

  it('that are not covered are refused with 401 and both scopes, on every route with a key', async () => {
    await using server = await startServer();
    for (const [type, method, url, body] of refused) {
      const answer = await server.send(type, json(method, url, body));
      assert.deepEqual([answer.statusCode, answer.json()], [401, words], `${method} ${url}`);
      assert.equal(answer.headers['www-authenticate'], 'Bearer');
    }
  });

  it('that are not covered make list elements null, and queries smaller, without an error', async () => {
    await using server = await startServer();
    const one = await submit(server, 'one');
    const { task: mine } = await claimedTask(server, one);
    const both = { tasks: [keyDict(task), keyDict(mine)] };
    assert.deepEqual(await server.ask('user', 'POST', '/bulk/tasks/status/get', both), [null, 'running']);
    assert.deepEqual(
      await server.ask('user', 'POST', '/bulk/tasks/status/set', { ...both, status: 'waiting' }),
      [null, mine],
    );
    assert.deepEqual(await server.ask('user', 'POST', '/bulk/tasks/priority/get', both), [null, 10]);
    assert.deepEqual(await server.ask('user', 'POST', '/bulk/tasks/priority/set', { ...both, priority: 3 }), [
      null,
      mine,
    ]);
    assert.deepEqual(
      await server.ask('user', 'POST', `/networks/${one}/tasks/action`, { ...both, weight: [0.1, 0.2] }),
      [null, null],
    );
    assert.deepEqual(
      await server.ask('user', 'POST', `/networks/${one}/tasks/actioned`, { task_weights: true }),
      { [mine]: 0.2 },
    );
    assert.deepEqual(await server.ask('user', 'POST', `/networks/${one}/tasks/cancel`, both), [null, mine]);
    assert.deepEqual(await server.ask('user', 'GET', '/tasks'), [mine]);
    assert.deepEqual(await server.ask('user', 'GET', '/tasks?org=org_three'), []);
    assert.deepEqual(await server.ask('user', 'GET', '/tasks?org=*&campaign=*'), [mine]);
    assert.deepEqual(await server.ask('user', 'GET', '/scopes/*-*-*/status'), { waiting: 1 });
    assert.deepEqual(await server.ask('user', 'GET', `/scopes/${FOREIGN}/status`), {});
    assert.deepEqual(await server.ask('compute', 'GET', '/taskhubs?org=org_three'), []);
    const foreign = { org: 'org_three', campaign: 'campaign_c', project: 'project_4' };
    assert.deepEqual(
      await server.ask(
        'compute',
        'POST',
        '/claim',
        claimBody(`svc-${'0'.repeat(31)}1`, { scopes: [foreign] }),
      ),
      [null],
    );
    const bad = await server.send('user', { url: '/tasks?campaign=x' });
    assert.equal(bad.statusCode, 400);
    assert.match(bad.body, /Requested Scope cannot be processed/);
  });

  it('of a new network must be covered and specific', async () => {
    await using server = await startServer();
    const submitTo = (scope: object): Promise<number> =>
      server
        .send('user', json('POST', '/networks', { network: [], scope, state: 'active' }))
        .then(answer => answer.statusCode);
    assert.equal(await submitTo({ org: 'org_three', campaign: 'campaign_c', project: 'project_4' }), 401);
    assert.equal(await submitTo({ org: 'org_two', campaign: null, project: null }), 422);
    assert.equal(await submitTo({ org: 'org_two', campaign: '*', project: '*' }), 422);
    assert.equal(await submitTo({ org: null, campaign: null, project: null }), 401);
    assert.equal(await submitTo({ org: 'org-two', campaign: 'c', project: 'p' }), 422);
    assert.equal(
      await submitTo({ org: 'org_two', campaign: 'c', project: 'p' }),
      422,
      'covered, but an empty chain',
    );
  });
});
