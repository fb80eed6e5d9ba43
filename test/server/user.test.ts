// The user API: networks in and out, tasks, statuses, weights.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { json, keyDict, networkFixture, SCOPE, type Server, startServer, submit } from './setup.ts';

const MISSING = { detail: "'No such object in database'" };
const missing = (qualname: string): string => `${qualname}-${'f'.repeat(32)}-${SCOPE}`;

describe('networks', () => {
  let server: Server;
  before(async () => {
    server = await startServer();
  });
  after(() => server[Symbol.asyncDispose]());

  for (const name of ['one', 'twelve', 'nontransformations'] as const) {
    it(`come back as they were submitted: ${name}`, async () => {
      const { chain, text } = networkFixture(name);
      const [rootKey] = chain.at(-1) ?? [''];
      const network = await submit(server, name);
      assert.equal(network, `${rootKey}-${SCOPE}`);
      assert.equal(await submit(server, name), network, 'again');
      const answer = await server.send('user', { url: `/networks/${network}` });
      const back = answer.json() as [string, unknown][];
      assert.deepEqual(new Map(back), new Map(chain));
      assert.equal(back.at(-1)?.[0], rootKey);
      // Numbers keep their spelling: each dict is in the body that was sent, letter by letter.
      for (const piece of answer.body.slice(2, -2).split('], ['))
        assert.ok(text.includes(piece), piece.slice(0, 80));
    });
  }

  it('are taken plain, and with the members of the body in any order', async () => {
    const { network, scope, state } = JSON.parse(networkFixture('one').text);
    const answer = await server.send(
      'user',
      json('POST', '/networks', { more: [{}], state, scope, network }),
    );
    assert.equal(answer.statusCode, 200, answer.body);
    assert.deepEqual(Object.keys(answer.json() as object), ['gufe_key', 'org', 'campaign', 'project']);
  });

  it('are refused with a sentence when the body is wrong', async () => {
    const body = JSON.parse(networkFixture('one').text) as Record<string, unknown>;
    const send = (payload: string | Buffer, headers = {}) =>
      server.send('user', {
        method: 'POST',
        url: '/networks',
        headers: { 'content-type': 'application/json', ...headers },
        payload,
      });
    const required = (name: string): object => ({
      type: 'missing',
      loc: ['body', name],
      msg: 'Field required',
      input: null,
    });
    for (const [change, detail] of [
      [
        { state: 'nonsense' },
        '`state` = nonsense must be one of the following: active, deleted, inactive, invalid',
      ],
      [{ state: null }, '`state` = None must be one of the following: active, deleted, inactive, invalid'],
      [{ state: undefined }, [required('state')]],
      [{ scope: undefined }, [required('scope')]],
      [{ network: undefined }, [required('network')]],
      [{ scope: SCOPE }, /./],
      [{ network: [] }, /empty keyed chain/],
      [{ network: {} }, /keyed chain/],
      [
        { network: [['Foo-1', { __qualname__: 'Foo', __module__: 'nowhere', ':version:': 1 }]] },
        /AlchemicalNetwork/,
      ],
    ] as const) {
      const answer = await send(JSON.stringify({ ...body, ...change }));
      assert.equal(answer.statusCode, 422, answer.body);
      const got = (answer.json() as { detail: unknown }).detail;
      if (detail instanceof RegExp) assert.match(JSON.stringify(got), detail);
      else assert.deepEqual(got, detail);
    }
    for (const [payload, headers, status] of [
      ['{nope', {}, 422],
      ['', {}, 422],
      ['[]', {}, 422],
      [networkFixture('one').text.slice(0, -1), {}, 422],
      ['\x1f\x8b\x08\x00nope', { 'content-encoding': 'gzip' }, 400],
      [networkFixture('one').gzip.subarray(0, 1000), { 'content-encoding': 'gzip' }, 400],
    ] as const) {
      const answer = await send(Buffer.from(payload), headers);
      assert.equal(answer.statusCode, status, answer.body);
      assert.ok((answer.json() as { detail: unknown }).detail !== undefined);
    }
  });

  it('keep the event loop free while a large one comes in', async () => {
    const chain = JSON.stringify(
      Array.from({ length: 20_000 }, (_, i) => [`A-${i}`, { text: 'x'.repeat(900), value: i / 7 }]),
    );
    const payload = gzipSync(
      `{"network": ${chain}, "scope": {"org": "org_one", "campaign": "campaign_a", "project": "project_1"}, "state": "nonsense"}`,
    );
    const longestTurn = async (): Promise<number> => {
      let longest = 0;
      let last = performance.now();
      const timer = setInterval(() => {
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }, 1);
      const answer = await server.send('user', {
        method: 'POST',
        url: '/networks',
        headers: { 'content-encoding': 'gzip' },
        payload,
      });
      clearInterval(timer);
      assert.match(answer.body, /`state` = nonsense/);
      return longest;
    };
    // 15 ms on a quiet machine; the bound leaves room for a busy one, and none for one turn over the whole body. What else a machine
    // does may stop it for as long as that, but not each time.
    const turns = [await longestTurn(), await longestTurn(), await longestTurn()];
    assert.ok(Math.min(...turns) < 100, `${turns} ms`);
  });

  it('and parts of them are found under their own routes only', async () => {
    const network = await submit(server, 'twelve');
    const [transformation = ''] = await server.ask<string[]>(
      'user',
      'GET',
      `/networks/${network}/transformations`,
    );
    const system =
      networkFixture('twelve').chain.find(([key]) => key.startsWith('ChemicalSystem'))?.[0] + `-${SCOPE}`;
    const root = async (url: string): Promise<string | undefined> =>
      (await server.ask<[string][]>('user', 'GET', url)).at(-1)?.[0];
    assert.equal(`${await root(`/transformations/${transformation}`)}-${SCOPE}`, transformation);
    assert.equal(`${await root(`/chemicalsystems/${system}`)}-${SCOPE}`, system);
    for (const url of [
      `/networks/${missing('AlchemicalNetwork')}`,
      `/transformations/${missing('Transformation')}`,
      `/chemicalsystems/${missing('ChemicalSystem')}`,
      `/networks/${transformation}`,
      `/transformations/${network}`,
      `/chemicalsystems/${network}`,
    ]) {
      const answer = await server.send('user', { url });
      assert.deepEqual([answer.statusCode, answer.json()], [400, MISSING], url);
    }
    assert.equal(await server.ask('user', 'GET', `/exists/${system}`), true);
    assert.equal(await server.ask('user', 'GET', `/exists/${missing('Task')}`), false);
    assert.equal(
      (await server.ask<string[]>('user', 'GET', `/networks/${network}/transformations`)).length,
      12,
    );
    assert.deepEqual(
      await server.ask('user', 'GET', `/networks/${missing('AlchemicalNetwork')}/transformations`),
      [],
    );
  });
});

describe('tasks', () => {
  let server: Server;
  let network: string;
  let transformations: string[];
  before(async () => {
    server = await startServer();
    network = await submit(server, 'twelve');
    transformations = await server.ask('user', 'GET', `/networks/${network}/transformations`);
  });
  after(() => server[Symbol.asyncDispose]());

  const create = (
    transformation: string | undefined,
    count: number,
    parent: string | null = null,
  ): Promise<string[]> =>
    server.ask('user', 'POST', `/transformations/${transformation}/tasks`, {
      count,
      extends: parent === null ? null : keyDict(parent),
    });
  const refuse = async (url: string, body: unknown, detail: string | RegExp): Promise<void> => {
    const answer = await server.send('user', body === undefined ? { url } : json('POST', url, body));
    assert.equal(answer.statusCode, 400, answer.body);
    const got = (answer.json() as { detail: string }).detail;
    if (typeof detail === 'string') assert.equal(got, detail);
    else assert.match(got, detail);
  };

  it('are created, found, and linked to what they extend', async () => {
    const [t0 = '', t1 = ''] = transformations;
    const [first = '', second = ''] = await create(t0, 2);
    const [child = ''] = await create(t0, 1, first);
    const [grandchild = ''] = await create(t0, 1, child);
    const url = `/transformations/${t0}/tasks`;
    const listed = await server.ask<string[]>('user', 'GET', `${url}?return_as=list`);
    assert.deepEqual(listed.toSorted(), [first, second, child, grandchild].toSorted());
    assert.deepEqual(await server.ask('user', 'GET', `${url}?return_as=graph`), {
      [first]: null,
      [second]: null,
      [child]: first,
      [grandchild]: child,
    });
    assert.deepEqual(
      (await server.ask<string[]>('user', 'GET', `${url}?extends=${first}`)).toSorted(),
      [child, grandchild].toSorted(),
    );
    assert.deepEqual(await server.ask('user', 'GET', `${url}?status=complete`), []);
    assert.equal(await server.ask('user', 'GET', `/tasks/${child}/transformation`), t0);
    assert.deepEqual(await server.ask('user', 'GET', `/transformations/${t0}/status`), { waiting: 4 });
    assert.deepEqual(await create(t1, 0), []);

    const bulk = await server.ask<string[]>('user', 'POST', '/bulk/transformations/tasks/create', {
      transformations: [t1, t0, t1],
      extends: ['', first, null],
    });
    assert.equal(bulk.length, 3);
    const of = await Promise.all(
      bulk.map(task => server.ask('user', 'GET', `/tasks/${task}/transformation`)),
    );
    assert.deepEqual(of, [t1, t0, t1]);
    assert.deepEqual(
      (await server.ask<string[]>('user', 'GET', `/networks/${network}/tasks?status=waiting`)).length,
      7,
    );
    assert.deepEqual(await server.ask('user', 'GET', `/networks/${network}/status`), { waiting: 7 });
    assert.deepEqual(
      await server.ask('user', 'POST', '/bulk/networks/status', {
        networks: [missing('AlchemicalNetwork'), network],
      }),
      [{}, { waiting: 7 }],
    );
    assert.equal((await server.ask<string[]>('user', 'GET', '/tasks?org=org_one&status=waiting')).length, 7);
    assert.deepEqual(await server.ask('user', 'GET', '/tasks?status=nonsense'), []);
  });

  it('are refused in the original’s words', async () => {
    const [t0 = '', t1 = ''] = transformations;
    const [task = ''] = await create(t0, 1);
    await refuse(
      `/transformations/${network}/tasks`,
      { count: 1 },
      'Got an unsupported `Transformation` type: AlchemicalNetwork',
    );
    await refuse(
      `/transformations/${t0}/tasks`,
      { count: 1, extends: keyDict(t1) },
      `\`extends\` ScopedKey (${t1}) does not correspond to a \`Task\``,
    );
    await refuse(
      `/transformations/${t1}/tasks`,
      { count: 1, extends: keyDict(task) },
      `${task} extends a Transformation other than ${t1}`,
    );
    await refuse(`/transformations/${missing('Transformation')}/tasks`, { count: 1 }, /./);
    await refuse(`/transformations/${t0}/tasks`, { count: 1, extends: keyDict(missing('Task')) }, /./);
    await refuse(
      '/bulk/transformations/tasks/create',
      { transformations: [t0], extends: [null, null] },
      '`extends` must either be `None` or have the same length as `transformations`',
    );
    await refuse(
      `/networks/${network}/tasks?status=nonsense`,
      undefined,
      "'nonsense' is not a valid TaskStatusEnum",
    );
    await refuse(
      `/transformations/${t0}/tasks?status=nonsense`,
      undefined,
      "'nonsense' is not a valid TaskStatusEnum",
    );
    await refuse(
      `/transformations/${t0}/tasks?return_as=nonsense`,
      undefined,
      "`return_as` takes 'list' or 'graph', not 'nonsense'",
    );
    await refuse(`/tasks/${missing('Task')}/status`, undefined, MISSING.detail);
    await refuse(`/tasks/${missing('Task')}/transformation`, undefined, MISSING.detail);
    await refuse(
      `/tasks/${task}/status`,
      'running',
      "Cannot set status to 'TaskStatusEnum.running', must be one of 'waiting', 'invalid', 'deleted'",
    );
    await refuse(`/tasks/${task}/status`, 'nonsense', "'nonsense' is not a valid TaskStatusEnum");
    await refuse(
      '/bulk/tasks/status/set',
      { tasks: [], status: 'complete' },
      /^Cannot set status to 'TaskStatusEnum.complete'/,
    );
    await refuse('/bulk/tasks/priority/set', { tasks: [], priority: 0 }, /^priority must be between 1 and/);
    await refuse(
      '/bulk/tasks/priority/set',
      { tasks: [], priority: '9223372036854775808' },
      /^priority must be between 1 and/,
    );
    await server.ask('user', 'POST', `/tasks/${task}/status`, 'deleted');
    await refuse(
      `/transformations/${t0}/tasks`,
      { count: 1, extends: keyDict(task) },
      `Cannot extend a \`deleted\` or \`invalid\` Task: ${task}`,
    );
  });

  it('have priorities of 64 bits', async () => {
    const [task = ''] = await create(transformations[2], 1);
    const huge = '9223372036854775807';
    const headers = { 'content-type': 'application/json' };
    const tasks = JSON.stringify([keyDict(task)]);
    const set = await server.send('user', {
      method: 'POST',
      url: '/bulk/tasks/priority/set',
      headers,
      payload: `{"tasks": ${tasks}, "priority": ${huge}}`,
    });
    assert.equal(set.body, JSON.stringify([task]));
    const got = await server.send('user', {
      method: 'POST',
      url: '/bulk/tasks/priority/get',
      headers,
      payload: `{"tasks": ${tasks}}`,
    });
    assert.equal(got.body, `[${huge}]`);
  });

  it('change status as users may, one by one and in lists', async () => {
    const [a = '', b = ''] = await create(transformations[3], 2);
    assert.equal(await server.ask('user', 'GET', `/tasks/${a}/status`), 'waiting');
    assert.equal(await server.ask('user', 'POST', `/tasks/${a}/status`, 'invalid'), a);
    assert.equal(await server.ask('user', 'POST', `/tasks/${a}/status`, 'deleted'), null);
    assert.equal(await server.ask('user', 'POST', `/tasks/${missing('Task')}/status`, 'deleted'), null);
    const tasks = [keyDict(b), keyDict(missing('Task')), keyDict(a)];
    assert.deepEqual(
      await server.ask('user', 'POST', '/bulk/tasks/status/set', { tasks, status: 'deleted' }),
      [b, null, null],
    );
    assert.deepEqual(await server.ask('user', 'POST', '/bulk/tasks/status/get', { tasks }), [
      'deleted',
      null,
      'invalid',
    ]);
  });

  it('are actioned, weighted and cancelled', async () => {
    const tasks = await create(transformations[4], 3);
    const dicts = tasks.map(keyDict);
    const url = `/networks/${network}/tasks`;
    const action = (weight: unknown): Promise<unknown> =>
      server.ask('user', 'POST', `${url}/action`, { tasks: dicts, weight });
    const weights = (): Promise<Record<string, number>> =>
      server.ask('user', 'POST', `${url}/actioned`, { task_weights: true });
    assert.deepEqual(await action(null), tasks);
    assert.deepEqual(await weights(), Object.fromEntries(tasks.map(task => [task, 0.5])));
    assert.deepEqual(await action([0, 1, '0.25']), [null, null, null]);
    assert.deepEqual(Object.values(await weights()).toSorted(), [0, 0.25, 1]);
    assert.deepEqual(
      (await server.ask<string[]>('user', 'POST', `${url}/actioned`, { task_weights: false })).toSorted(),
      tasks.toSorted(),
    );
    assert.deepEqual(
      await server.ask('user', 'POST', `${url}/cancel`, { tasks: dicts.slice(1) }),
      tasks.slice(1),
    );
    assert.deepEqual(await server.ask('user', 'POST', `${url}/cancel`, { tasks: dicts }), [
      tasks[0],
      null,
      null,
    ]);
    await refuse(
      `${url}/action`,
      { tasks: dicts, weight: 1.5 },
      'weight must be between 0 and 1 (inclusive)',
    );
    await refuse(
      `${url}/action`,
      { tasks: dicts, weight: [1, 1] },
      'weight (when in a list) must have the same length as tasks',
    );
    await refuse(
      `/networks/${transformations[0]}/tasks/action`,
      { tasks: dicts, weight: null },
      '`network` ScopedKey does not correspond to an `AlchemicalNetwork`',
    );
    assert.deepEqual(await weights(), {}, 'refused, so nothing was actioned');
    assert.deepEqual(
      await server.ask('user', 'POST', `/networks/${missing('AlchemicalNetwork')}/tasks/action`, {
        tasks: dicts,
      }),
      [null, null, null],
    );
  });

  it('stand on hubs with weights', async () => {
    const other = missing('AlchemicalNetwork');
    assert.equal(await server.ask('user', 'GET', `/networks/${network}/weight`), 0.5);
    assert.equal(await server.ask('user', 'GET', `/networks/${other}/weight`), null);
    assert.equal(await server.ask('user', 'POST', `/networks/${network}/weight`, 0.75), network);
    assert.deepEqual(
      await server.ask('user', 'POST', '/bulk/networks/weight/get', { networks: [other, network] }),
      [null, 0.75],
    );
    assert.deepEqual(
      await server.ask('user', 'POST', '/bulk/networks/weight/set', {
        networks: [network, other],
        weights: [1, 0],
      }),
      [network, null],
    );
    await refuse(
      '/bulk/networks/weight/set',
      { networks: [network], weights: [2] },
      'all `weights` must be between 0 and 1 (inclusive)',
    );
    await refuse('/bulk/networks/weight/set', { networks: [network], weights: [] }, /same length/);
    await refuse(
      `/networks/${transformations[0]}/weight`,
      0.5,
      'a `networks` ScopedKey does not correspond to an `AlchemicalNetwork`',
    );
  });

  it('are counted by scope over networks whose state matches', async () => {
    const status = (expression: string): Promise<Record<string, number>> =>
      server.ask('user', 'GET', `/scopes/org_one-*-*/status?network_state=${encodeURIComponent(expression)}`);
    const all = await server.ask('user', 'GET', '/scopes/org_one-*-*/status');
    assert.notDeepEqual(all, {});
    for (const yes of ['active', 'active|deleted', '.*', 'act.*', '(?:in)?active'])
      assert.deepEqual(await status(yes), all, yes);
    for (const no of ['inactive', 'act', 'ACTIVE', 'deleted|invalid', ''])
      assert.deepEqual(await status(no), {}, no);
    for (const bad of ['[', '(', `${'(a|a|aa|.|..|.*)*'.repeat(12)}x`]) {
      const answer = await server.send('user', {
        url: `/scopes/org_one-*-*/status?network_state=${encodeURIComponent(bad)}`,
      });
      assert.ok(answer.statusCode === 400 || answer.body === '{}', `${bad}: ${answer.body}`);
    }
  });
});

it('the check answers null when both stores do, and 503 when one does not', async () => {
  await using server = await startServer();
  assert.equal(await server.ask('user', 'GET', '/check'), null);
  Object.assign(server.objects, { check: () => Promise.reject(new Error('no disk')) });
  const answer = await server.send('compute', { url: '/check' });
  assert.equal(answer.statusCode, 503);
  assert.match(
    answer.body,
    /Attempt to reach services failed, state store reachable: true, object store reachable: false/,
  );
});
