// The compute API: the life of a service, claims, what to run, and expiry.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createExpiry } from '../../src/server/compute/expiry.ts';
import { compileServerSettings } from '../../src/server/settings.ts';
import {
  claimBody,
  claimedTask,
  json,
  keyDict,
  networkFixture,
  resultFixture,
  SCOPE,
  SECRET,
  type Server,
  startServer,
  submit,
} from './setup.ts';

const SERVICE = `svc-${'0'.repeat(31)}1`;
const OTHER = `svc.two:x-${'0'.repeat(31)}2`;

async function register(server: Server, service: string): Promise<void> {
  assert.equal(
    await server.ask('compute', 'POST', `/computeservice/${service}/register`, { compute_manager_id: null }),
    service,
  );
}

/** Tasks of one network, actioned. */
async function actioned(server: Server, network: string, count: number): Promise<string[]> {
  const [transformation = ''] = await server.ask<string[]>(
    'user',
    'GET',
    `/networks/${network}/transformations`,
  );
  const tasks = await server.ask<string[]>('user', 'POST', `/transformations/${transformation}/tasks`, {
    count,
  });
  await server.ask('user', 'POST', `/networks/${network}/tasks/action`, {
    tasks: tasks.map(keyDict),
    weight: null,
  });
  return tasks;
}

describe('a compute service', () => {
  it('registers, beats and deregisters, and may repeat each', async () => {
    await using server = await startServer();
    for (const step of ['register', 'register', 'heartbeat', 'deregister', 'deregister', 'heartbeat']) {
      assert.equal(await server.ask('compute', 'POST', `/computeservice/${OTHER}/${step}`, {}), OTHER, step);
    }
    assert.deepEqual(await server.store.compute.list(), []);
    assert.equal(await server.ask('compute', 'POST', '/computeservice/garbage/heartbeat', {}), 'garbage');
    for (const id of ['bad-name-x', 'garbage', `1a-${'0'.repeat(32)}`, 'svc-xyz']) {
      assert.equal(
        (await server.send('compute', json('POST', `/computeservice/${id}/register`, {}))).statusCode,
        422,
        id,
      );
    }
  });

  it('belongs to the identity that registered it', async () => {
    await using server = await startServer();
    const network = await submit(server, 'one');
    const { task, service } = await claimedTask(server, network);
    const foreign = await server.send(
      'compute',
      json('POST', `/computeservice/${service}/deregister`, {}),
      'compute-all',
    );
    assert.equal(foreign.statusCode, 200);
    assert.equal(await server.ask('user', 'GET', `/tasks/${task}/status`), 'running');
    const taken = await server.send(
      'compute',
      json('POST', `/computeservice/${service}/register`, {}),
      'compute-all',
    );
    assert.ok(taken.statusCode >= 400 && taken.statusCode < 500, taken.body);
    await server.ask('compute', 'POST', `/computeservice/${service}/deregister`, {});
    assert.equal(await server.ask('user', 'GET', `/tasks/${task}/status`), 'waiting');
  });

  it('claims exactly as many entries as it asked for, tasks first', async () => {
    await using server = await startServer();
    const network = await submit(server, 'one');
    const tasks = await actioned(server, network, 3);
    assert.equal(await server.ask('compute', 'POST', '/claim', claimBody(SERVICE)), null, 'not registered');
    await register(server, SERVICE);
    const [scope] = (claimBody(SERVICE) as { scopes: object[] }).scopes;
    for (const nothing of [
      { scopes: [] },
      { protocols: ['OtherProtocol'] },
      { scopes_exclude: [scope] },
      { scopes_exclude: [{ org: 'org_one', campaign: null, project: null }] },
    ]) {
      assert.deepEqual(
        await server.ask('compute', 'POST', '/claim', claimBody(SERVICE, { count: 2, ...nothing })),
        [null, null],
      );
    }
    assert.deepEqual(await server.ask('compute', 'POST', '/claim', claimBody(SERVICE, { count: 0 })), []);
    const everywhere = { org: null, campaign: null, project: null };
    const claimed = await server.ask<(string | null)[]>(
      'compute',
      'POST',
      '/claim',
      claimBody(SERVICE, { count: 5, scopes: [everywhere, scope] }),
    );
    assert.deepEqual(claimed.slice(0, 3).toSorted(), tasks.toSorted());
    assert.deepEqual(claimed.slice(3), [null, null]);
    assert.deepEqual(await server.ask('user', 'GET', `/networks/${network}/status`), { running: 3 });
  });

  it('lists hubs and claims from one', async () => {
    await using server = await startServer();
    const network = await submit(server, 'one');
    const [task] = await actioned(server, network, 1);
    const [hub = ''] = await server.ask<string[]>('compute', 'GET', '/taskhubs?return_gufe=False');
    assert.match(hub, /^TaskHub-[0-9a-f]{32}-org_one-campaign_a-project_1$/);
    const text = `{"network": "${network}", "weight": 0.5, "__qualname__": "TaskHub", "__module__": "alchemiscale.storage.models", ":version:": 1}`;
    assert.deepEqual(await server.ask('compute', 'GET', '/taskhubs?return_gufe=True&org=org_one'), {
      [hub]: text,
    });
    await server.ask('user', 'POST', `/networks/${network}/weight`, 1);
    assert.match(
      JSON.stringify(await server.ask('compute', 'GET', '/taskhubs?return_gufe=1')),
      /\\"weight\\": 1\.0,/,
    );
    const claim = (service: string): Promise<unknown> =>
      server.ask('compute', 'POST', `/taskhubs/${hub}/claim`, {
        compute_service_id: service,
        count: 2,
        protocols: null,
      });
    assert.deepEqual(await claim(SERVICE), [null, null], 'not registered');
    await register(server, SERVICE);
    assert.deepEqual(await claim(SERVICE), [task, null]);
  });

  it('is refused odd names of protocols and counts', async () => {
    await using server = await startServer();
    for (const bad of [
      { protocols: [] },
      { protocols: ['bad name'] },
      { protocols: ['ok', '1'] },
      { count: -1 },
      { count: 1e9 },
      { count: undefined },
      { scopes: [SCOPE] },
      { scopes: [{ org: 'a', campaign: null, project: 'c' }] },
    ]) {
      const answer = await server.send('compute', json('POST', '/claim', claimBody(SERVICE, bad)));
      assert.equal(answer.statusCode, 422, JSON.stringify(bad));
    }
  });

  it('gets the transformation as a keyed chain, or as text where it takes no gzip', async () => {
    await using server = await startServer();
    const network = await submit(server, 'one');
    const { task, transformation } = await claimedTask(server, network);
    assert.equal(await server.ask('compute', 'GET', `/tasks/${task}/transformation`), transformation);
    const url = `/tasks/${task}/transformation/gufe`;
    const newer = await server.send('compute', { url, headers: { 'accept-encoding': 'gzip' } });
    const [chain, nothing] = JSON.parse(gunzipSync(newer.rawPayload).toString()) as [
      [string, unknown][],
      unknown,
    ];
    assert.equal(`${chain.at(-1)?.[0]}-${SCOPE}`, transformation);
    assert.equal(nothing, null);
    const older = await server.send('compute', { url, headers: { 'accept-encoding': '' } });
    assert.equal(older.headers['content-encoding'], undefined);
    const [text] = older.json() as [string, null];
    assert.deepEqual(JSON.parse(text), fullDict(networkFixture('one').chain, transformation));
    const missing = await server.send('compute', {
      url: `/tasks/Task-${'f'.repeat(32)}-${SCOPE}/transformation/gufe`,
    });
    assert.deepEqual([missing.statusCode, missing.json()], [400, { detail: "'No such object in database'" }]);
  });

  it('that falls silent loses its tasks: to a timer, and to the heartbeats of others', async () => {
    await using server = await startServer({ jwt: { secret: SECRET, expireSeconds: 100_000 } });
    const network = await submit(server, 'one');
    const { task } = await claimedTask(server, network, SERVICE);
    await register(server, OTHER);
    server.passes(1799);
    await server.ask('compute', 'POST', `/computeservice/${OTHER}/heartbeat`, {});
    assert.equal(await server.ask('user', 'GET', `/tasks/${task}/status`), 'running');
    server.passes(2);
    await server.ask('compute', 'POST', `/computeservice/${OTHER}/heartbeat`, {});
    assert.equal(await server.ask('user', 'GET', `/tasks/${task}/status`), 'waiting');
    assert.equal(
      await server.ask('compute', 'POST', '/claim', claimBody(SERVICE)),
      null,
      'it must register again',
    );
    assert.deepEqual(await server.ask('compute', 'POST', '/claim', claimBody(OTHER)), [task]);

    server.passes(1802);
    const settings = compileServerSettings({ jwt: { secret: SECRET } });
    const logger = { warn() {}, error() {} } as never;
    const expiry = createExpiry({
      store: server.store,
      objects: server.objects,
      settings,
      clock: server.now,
      logger,
    });
    assert.deepEqual(await expiry.tick(), [OTHER]);
    assert.deepEqual(await expiry.tick(), []);
    assert.equal(await server.ask('user', 'GET', `/tasks/${task}/status`), 'waiting');
  });
});

describe('expiry', () => {
  it('runs on its own between start and stop, and survives a failing store', async () => {
    let turns = 0;
    const expire = async (): Promise<string[]> => {
      turns++;
      if (turns === 1) throw new Error('away');
      return [];
    };
    const errors: unknown[] = [];
    const settings = compileServerSettings({ jwt: { secret: SECRET }, registrationExpireSeconds: 1 });
    const expiry = createExpiry({
      store: { compute: { expire }, managers: { expire: async () => {} } } as never,
      objects: {} as never,
      settings,
      clock: () => new Date(),
      logger: { error: (facts: unknown) => errors.push(facts), warn() {} } as never,
    });
    expiry.start();
    expiry.start();
    // The timer keeps no process alive, so something else must.
    const awake = setTimeout(() => {}, 10_000);
    for (let i = 0; i < 200 && turns < 2; i++) await new Promise(resolve => setTimeout(resolve, 25));
    clearTimeout(awake);
    await expiry.stop();
    const stopped = turns;
    await new Promise(resolve => setTimeout(resolve, 400));
    assert.equal(turns, stopped);
    assert.ok(turns >= 2 && errors.length === 1, `${turns} turns, ${errors.length} errors`);
  });
});

/** What a chain means, spelled out: every reference replaced by the object. */
function fullDict(chain: readonly (readonly [string, unknown])[], key: string): unknown {
  const dicts = new Map(chain);
  const expand = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(expand);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [only] = entries;
    if (entries.length === 1 && only?.[0] === ':gufe-key:') return expand(dicts.get(String(only[1])));
    return Object.fromEntries(entries.map(([name, member]) => [name, expand(member)]));
  };
  return expand(dicts.get(key.split('-').slice(0, 2).join('-')));
}

it('fixtures: the original answers the same about the transformation of a task that extends', () => {
  const [chain] = JSON.parse(resultFixture('dummy_ok.compute_extends.json').toString()) as [unknown];
  assert.deepEqual(chain, JSON.parse(resultFixture('dummy_ok.transformation.chain.json').toString()));
});
