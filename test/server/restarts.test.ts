// Restart patterns, beyond what was recorded: tried on the tracebacks of a push and on those that are there, asked again when
// more come up meanwhile, and refused before anything is stored.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import {
  claimBody,
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

const MISSION = 'I have failed my mission';

describe('restart patterns', () => {
  let server: Server;
  let network = '';
  let task = '';
  let service = '';

  before(async () => {
    server = await startServer();
    network = await submit(server, 'one');
  });
  after(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    ({ task, service } = await claimedTask(server, network));
  });
  afterEach(async () => {
    await server.ask('compute', 'POST', `/computeservice/${service}/deregister`, {});
    await server.ask('user', 'POST', `/tasks/${task}/status`, 'deleted');
    await server.ask('user', 'GET', `/networks/${network}/restartpatterns/clear`);
  });

  const add = (patterns: readonly string[], restarts = 1, key = network): ReturnType<Server['send']> =>
    server.send(
      'user',
      json('POST', `/networks/${key}/restartpatterns/add`, { patterns, num_allowed_restarts: restarts }),
    );
  const patterns = async (): Promise<unknown> =>
    Object.values(
      await server.ask<Record<string, unknown>>('user', 'POST', '/bulk/networks/restartpatterns/get', {
        networks: [network],
      }),
    )[0];
  const fail = (result: string): ReturnType<Server['send']> =>
    server.send('compute', {
      ...json('POST', `/tasks/${task}/results`),
      payload: resultBody(zstdCompressSync(resultFixture(`${result}.obj.json.zst`)), service),
    });
  const status = (): Promise<string> => server.ask('user', 'GET', `/tasks/${task}/status`);
  const isActioned = async (): Promise<boolean> => {
    const tasks = await server.ask<string[]>('user', 'POST', `/networks/${network}/tasks/actioned`, {
      task_weights: false,
    });
    return tasks.includes(task);
  };
  const claim = async (): Promise<void> => {
    assert.deepEqual(await server.ask('compute', 'POST', '/claim', claimBody(service)), [task]);
  };

  it('restart a task so many times, then take it off', async () => {
    assert.equal((await add([`${MISSION}"`, 'mission.*lol', 'mission.*lol'], 2)).body, 'null');
    assert.deepEqual(await patterns(), [
      [`${MISSION}"`, 2],
      ['mission.*lol', 2],
    ]);
    for (const result of ['broken_failed', 'broken_failed_2_retries']) {
      assert.equal((await fail(result)).statusCode, 200);
      assert.equal(await status(), 'waiting', result);
      await claim();
    }
    await server.ask('user', 'POST', `/networks/${network}/restartpatterns/maxretries`, {
      patterns: ['mission.*lol', 'unknown'],
      max_retries: 9,
    });
    // A third failure that no pattern matches.
    await fail('flaky_failed');
    assert.deepEqual([await status(), await isActioned()], ['error', false]);
  });

  it('that are added are tried on the tracebacks that are there', async () => {
    await fail('broken_failed');
    assert.deepEqual([await status(), await isActioned()], ['error', true]);
    assert.equal((await add([])).body, 'null');
    assert.deepEqual([await status(), await isActioned()], ['error', true], 'nothing was added');
    assert.equal((await add(['(?i)FAILED my [a-m]ission'])).body, 'null');
    assert.deepEqual([await status(), await isActioned()], ['waiting', true]);
    await claim();
    await fail('flaky_failed');
    assert.deepEqual([await status(), await isActioned()], ['error', false]);
  });

  it('that do not match take failed tasks off', async () => {
    await fail('broken_failed');
    await add(['^no such words$']);
    assert.deepEqual([await status(), await isActioned()], ['error', false]);
  });

  it('are asked for again when another one was attached meanwhile', async () => {
    await add(['no such words']);
    const { push } = server.store.results;
    let tries = 0;
    server.store.results.push = async params => {
      if (tries++ === 0) await server.store.restarts.add({ network, patterns: [MISSION], maxRetries: 3 });
      return push(params);
    };
    try {
      assert.equal((await fail('broken_failed')).statusCode, 200);
      assert.equal(tries, 2);
      assert.equal(await status(), 'waiting');
      server.store.results.push = async () => 'stale';
      await claim();
      const answer = await fail('flaky_failed');
      assert.equal(answer.statusCode, 503, 'clients try again');
      assert.equal(await status(), 'running');
    } finally {
      server.store.results.push = push;
    }
  });

  it('are refused before they are stored', async () => {
    for (const [bad, words] of [
      ['(unclosed', /^'\(unclosed' is not a regular expression that can be used here: missing closing \)/],
      ['(?<=a)b', /^'\(\?<=a\)b' is not/],
      ['(a)\\1', /^'\(a\)\\1' is not/],
      [`${'(x{99})'.repeat(100)}`, /too long for the repetitions in it$/],
    ] as const) {
      const answer = await add(['fine', bad]);
      assert.equal(answer.statusCode, 400, bad);
      assert.match((answer.json() as { detail: string }).detail, words);
    }
    for (const [bad, restarts] of [
      [['x'.repeat(4097)], 1],
      [[''], 1],
      [['x'], 2 ** 31],
      [['x'], 0.5],
    ] as const) {
      assert.equal((await add(bad, restarts)).statusCode, 422, String(bad).slice(0, 20));
    }
    assert.equal((await add(['x'], 1, `AlchemicalNetwork-${'f'.repeat(32)}-${SCOPE}`)).statusCode, 400);
    assert.equal((await add(['x'], 1, `Transformation-${'f'.repeat(32)}-${SCOPE}`)).statusCode, 400);
    assert.deepEqual(await patterns(), []);
  });

  it('are cleared by a GET that nothing between may answer from memory', async () => {
    await add(['x', 'y']);
    const answer = await server.send('user', { url: `/networks/${network}/restartpatterns/clear` });
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.deepEqual(answer.json(), [network]);
    assert.deepEqual(await patterns(), []);
    await server.ask('user', 'POST', `/networks/${network}/tasks/cancel`, { tasks: [keyDict(task)] });
  });
});
