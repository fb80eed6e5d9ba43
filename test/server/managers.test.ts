// Compute managers, beyond what was recorded: whose registration it is, what is counted, when one is forgotten.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { claimedTask, json, SCOPE, SECRET, type Server, startServer, submit } from './setup.ts';

const id = (name: string, digit = '1'): string => `${name}-${digit.repeat(32)}`;

describe('compute managers', () => {
  let server: Server;
  before(async () => {
    server = await startServer({ jwt: { secret: SECRET, expireSeconds: 1_000_000 } });
  });
  after(() => server[Symbol.asyncDispose]());

  const ask = <T>(manager: string, action: string, body: object = {}): Promise<T> =>
    server.ask<T>('compute', 'POST', `/computemanager/${manager}/${action}`, body);
  const refuse = async (
    status: number,
    words: RegExp,
    manager: string,
    action: string,
    body: object = {},
    identity?: string,
  ): Promise<void> => {
    const answer = await server.send(
      'compute',
      json('POST', `/computemanager/${manager}/${action}`, body),
      identity,
    );
    assert.equal(answer.statusCode, status, answer.body);
    assert.match(String((answer.json() as { detail: string }).detail), words);
  };
  const instruction = (manager: string): Promise<{ instruction: string }> =>
    ask(manager, 'instruction', { scopes: [], protocols: [] });

  it('belong to the identity that registered them', async () => {
    const manager = id('own');
    assert.equal(await ask(manager, 'register'), manager);
    await refuse(400, /^No record for ComputeManager: own-1/, manager, 'status', OK, 'compute-narrow');
    const other = await server.send(
      'compute',
      json('POST', `/computemanager/${manager}/deregister`, {}),
      'compute-narrow',
    );
    assert.equal(other.json(), manager, 'nothing happens, and managers that end need not care');
    assert.equal((await instruction(manager)).instruction, 'OK');
    await refuse(422, /registered with status OK$/, manager, 'register', {}, 'compute-narrow');
    await ask(manager, 'deregister');
    assert.equal((await instruction(manager)).instruction, 'SHUTDOWN');
  });

  it('are refused with a name or id that cannot be', async () => {
    for (const [bad, words] of [
      ['x', /^ComputeManagerID must have the form `\{name\}-\{uuid\}` with uuid in hex form$/],
      [id('1x'), /^ComputeManagerID must either start with an alphabetical/],
      ['x-123', /^Could not interpret the provided UUID.$/],
    ] as const) {
      for (const action of ['register', 'deregister', 'instruction']) await refuse(422, words, bad, action);
      await refuse(422, words, bad, 'status', OK);
    }
    await refuse(
      400,
      /^Could not find a compute manager with the name 'no name'$/,
      'no%20name',
      'clear_error',
    );
  });

  it('that are not there cannot be named by a service, which then is not registered', async () => {
    const service = id('svc');
    const register = (manager: unknown): ReturnType<Server['send']> =>
      server.send(
        'compute',
        json('POST', `/computeservice/${service}/register`, { compute_manager_id: manager }),
      );
    await ask(id('known'), 'register');
    for (const unknown of [id('unknown'), id('known', '2')]) {
      const answer = await register(unknown);
      assert.equal(answer.statusCode, 422);
      assert.deepEqual(answer.json(), { detail: 'Could not find ComputeManagerRegistration' });
    }
    for (const bad of ['', 'x', 3]) assert.equal((await register(bad)).statusCode, 422, String(bad));
    assert.deepEqual(await server.store.compute.list(), []);
    assert.equal((await register(id('known'))).statusCode, 200);
    assert.deepEqual(await instruction(id('known')), {
      instruction: 'OK',
      compute_service_ids: [service],
      num_tasks: 0,
    });
    await server.ask('compute', 'POST', `/computeservice/${service}/deregister`, {});
  });

  it('are told of the tasks in the scopes of their token only', async () => {
    const network = await submit(server, 'one');
    const { task, service } = await claimedTask(server, network, id('worker'));
    await server.ask('user', 'POST', `/tasks/${task}/status`, 'waiting');
    const manager = id('counting');
    await ask(manager, 'register');
    const count = async (scopes: readonly object[], protocols: readonly string[] = []): Promise<unknown> =>
      ((await ask(manager, 'instruction', { scopes, protocols })) as { num_tasks: number }).num_tasks;
    const [org, campaign, project] = SCOPE.split('-');
    assert.equal(await count([]), 1);
    assert.equal(
      await count([
        { org, campaign, project },
        { org: null, campaign: null, project: null },
      ]),
      1,
    );
    assert.equal(await count([{ org, campaign, project: 'project_2' }]), 0);
    assert.equal(await count([], ['NoSuchProtocol']), 0);
    const foreign = await server.send(
      'compute',
      json('POST', `/computemanager/${manager}/instruction`, {
        scopes: [{ org: 'org_three', campaign: null, project: null }],
      }),
    );
    assert.equal((foreign.json() as { num_tasks: number }).num_tasks, 0);
    await server.ask('compute', 'POST', `/computeservice/${service}/deregister`, {});
  });

  it('are forgotten when they fall silent, those in error later', async () => {
    const [healthy, failing] = [id('healthy'), id('failing')];
    await ask(healthy, 'register');
    await ask(failing, 'register');
    await ask(failing, 'status', { status: 'ERROR', detail: 'boom' });
    server.passes(3600);
    await ask(id('other'), 'register');
    await ask(id('other'), 'status', OK);
    assert.equal((await instruction(healthy)).instruction, 'OK', 'an hour to the second');
    server.passes(1);
    await ask(id('other'), 'status', OK);
    assert.equal((await instruction(healthy)).instruction, 'SHUTDOWN');
    assert.equal((await instruction(failing)).instruction, 'OK');
    server.passes(86_400);
    await ask(id('other'), 'register');
    await ask(id('other'), 'status', OK);
    assert.equal((await instruction(failing)).instruction, 'SHUTDOWN');
    await refuse(400, /^The compute manager 'other' is not in ERROR$/, 'other', 'clear_error');
  });
});

const OK = { status: 'OK', saturation: 0.5 };
