// Finding networks and what is in them, their states, and what is actioned on them, beyond what was recorded.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
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

describe('networks', () => {
  let server: Server;
  const networks: Record<string, string> = {};
  before(async () => {
    server = await startServer();
    for (const name of ['one', 'twelve', 'nontransformations'] as const)
      networks[name] = await submit(server, name);
  });
  after(() => server[Symbol.asyncDispose]());

  const named = (keys: readonly string[]): string[] =>
    Object.entries(networks)
      .filter(([, key]) => keys.includes(key))
      .map(([name]) => name);
  const query = async (parameters: Record<string, string>): Promise<string[]> =>
    named(await server.ask<string[]>('user', 'GET', `/networks?${new URLSearchParams(parameters)}`));
  const setStates = (keys: readonly string[], states: readonly string[]): ReturnType<Server['send']> =>
    server.send('user', json('POST', '/bulk/networks/state/set', { networks: keys, states }));

  it('are found by patterns that match the whole name and the whole state', async () => {
    await setStates([networks.twelve ?? ''], ['inactive']);
    for (const [parameters, found] of [
      [{}, ['one', 'twelve', 'nontransformations']],
      [{ name: 'one|twelve' }, ['one', 'twelve']],
      [{ name: '(?i)TWELVE', state: '(in)?active' }, ['twelve']],
      [{ name: 'twelv' }, []],
      [{ name: '.*e.*', state: 'active' }, ['one']],
      [{ name: '' }, []],
      [{ state: 'act' }, []],
      [{ name: "x' OR 1=1 //" }, []],
      [{ name: '\\Qone\\E' }, ['one']],
    ] as const) {
      assert.deepEqual(await query(parameters), found, JSON.stringify(parameters));
    }
    for (const [parameters, status] of [
      [{ name: '(?!one).*' }, 400],
      [{ state: '[' }, 400],
      [{ name: 'x'.repeat(1025) }, 422],
    ] as const) {
      const answer = await server.send('user', { url: `/networks?${new URLSearchParams(parameters)}` });
      assert.equal(answer.statusCode, status, answer.body);
    }
    const status = await server.send('user', { url: '/scopes/*-*-*/status?network_state=(a' });
    assert.equal(status.statusCode, 400);
    assert.match(status.body, /'\(a' is not a regular expression that can be used here/);
    await setStates([networks.twelve ?? ''], ['active']);
  });

  it('keep their state in a list that is refused', async () => {
    const keys = Object.values(networks);
    for (const [states, words] of [
      [
        ['active', 'nonsense', 'active'],
        /^'nonsense' is not a valid state. Valid values include: \['active'/,
      ],
      [['deleted'], /^networks and states must have the same length$/],
    ] as const) {
      const answer = await setStates(keys, states);
      assert.equal(answer.statusCode, 400);
      assert.match((answer.json() as { detail: string }).detail, words);
    }
    const other = await setStates([...keys, `Task-${'f'.repeat(32)}-${SCOPE}`], Array(4).fill('deleted'));
    assert.match(other.body, /`network` ScopedKey does not correspond to an `AlchemicalNetwork`/);
    assert.deepEqual(
      await server.ask('user', 'POST', '/bulk/networks/state/get', { networks: keys }),
      Array(3).fill('active'),
    );
  });

  it('say what they hold and what holds it', async () => {
    const network = networks.one ?? '';
    const get = (path: string): Promise<string[]> => server.ask('user', 'GET', path);
    const [transformation = ''] = await get(`/networks/${network}/transformations`);
    const systems = await get(`/transformations/${transformation}/chemicalsystems`);
    assert.equal(systems.length, 2);
    assert.deepEqual((await get(`/networks/${network}/chemicalsystems`)).sort(), systems.toSorted());
    for (const system of systems) {
      assert.ok((await get(`/chemicalsystems/${system}/transformations`)).includes(transformation));
      assert.ok((await get(`/chemicalsystems/${system}/networks`)).includes(network));
    }
    assert.ok((await get(`/transformations/${transformation}/networks`)).includes(network));
    const [task = ''] = await server.ask<string[]>(
      'user',
      'POST',
      `/transformations/${transformation}/tasks`,
      {
        count: 1,
      },
    );
    assert.deepEqual(
      await get(`/tasks/${task}/networks`),
      await get(`/transformations/${transformation}/networks`),
    );
    // A key of another class leads nowhere.
    assert.deepEqual(await get(`/chemicalsystems/${network}/networks`), []);
    assert.deepEqual(await get(`/tasks/${network}/networks`), []);
  });

  it('exist, as does everything else that has a key', async () => {
    const network = networks.one ?? '';
    const { task, service, transformation } = await claimedTask(server, network);
    const pushed = await server.send('compute', {
      ...json('POST', `/tasks/${task}/results`),
      payload: resultBody(zstdCompressSync(resultFixture('dummy_ok.obj.json.zst')), service),
    });
    const { gufe_key } = pushed.json() as { gufe_key: string };
    const [hub = ''] = await server.ask<string[]>('compute', 'GET', '/taskhubs');
    const [system = ''] = await server.ask<string[]>('user', 'GET', `/networks/${network}/chemicalsystems`);
    for (const key of [network, task, transformation, system, hub, `${gufe_key}-${SCOPE}`]) {
      assert.equal(await server.ask('user', 'GET', `/exists/${key}`), true, key);
      assert.equal(
        await server.ask('user', 'GET', `/exists/${key.replace('project_1', 'project_2')}`),
        false,
        key,
      );
    }
  });

  it('tell what is actioned on them, with weights that Python reads as floats', async () => {
    const [network = '', other = ''] = [networks.twelve, networks.nontransformations];
    const [transformation = ''] = await server.ask<string[]>(
      'user',
      'GET',
      `/networks/${network}/transformations`,
    );
    const [a = '', b = ''] = await server.ask<string[]>(
      'user',
      'POST',
      `/transformations/${transformation}/tasks`,
      {
        count: 2,
      },
    );
    const action = (tasks: readonly string[], weight: unknown): Promise<unknown> =>
      server.ask('user', 'POST', `/networks/${network}/tasks/action`, { tasks: tasks.map(keyDict), weight });
    assert.deepEqual(
      await action([a, b, a], [0.25, 1, 0]),
      [a, b, a],
      'twice in one list, twice in the answer',
    );
    assert.deepEqual(await action([a, a], null), [null, null], 'once it is actioned');
    const body = (task_weights: boolean): object => ({ networks: [other, network], task_weights });
    const answer = await server.send('user', json('POST', '/bulk/networks/tasks/actioned', body(true)));
    assert.match(answer.body, /:0\.0[,}]/, 'the weight given last');
    assert.match(answer.body, /:1\.0[,}]/);
    assert.deepEqual(answer.json(), [{}, { [a]: 0, [b]: 1 }]);
    const [none, both] = await server.ask<string[][]>(
      'user',
      'POST',
      '/bulk/networks/tasks/actioned',
      body(false),
    );
    assert.deepEqual([none, both?.toSorted()], [[], [a, b].sort()]);
    const where = (task_weights: boolean): Promise<unknown> =>
      server.ask('user', 'POST', `/tasks/${a}/networks/actioned`, { task_weights });
    assert.deepEqual([await where(true), await where(false)], [{ [network]: 0 }, [network]]);
    const mixed = await server.send(
      'user',
      json('POST', '/bulk/networks/tasks/actioned', {
        networks: [network, transformation],
        task_weights: true,
      }),
    );
    assert.equal(mixed.statusCode, 400);
  });
});
