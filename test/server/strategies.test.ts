// Strategies, beyond what was recorded: what of a state is taken and given back, what is refused and changes nothing.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { json, SCOPE, type Server, startServer, submit } from './setup.ts';

/** Text that no parser and printer would give back: numbers as Python spells them. */
const CHAIN =
  '[["Settings-1", {"rate": 1.0, "small": 1e-05, "__qualname__": "Settings", "__module__": "s", ":version:": 1}], ["Radial-2", {"settings": {":gufe-key:": "Settings-1"}, "__qualname__": "Radial", "__module__": "s", ":version:": 1}]]';

describe('strategies', () => {
  let server: Server;
  let network = '';
  before(async () => {
    server = await startServer();
    network = await submit(server, 'one');
  });
  after(() => server[Symbol.asyncDispose]());

  const post = (payload: string, key = network): ReturnType<Server['send']> =>
    server.send('user', { ...json('POST', `/networks/${key}/strategy`), payload });
  const set = async (state: object): Promise<void> => {
    const answer = await post(
      JSON.stringify(state).replace('{', `{"strategy": ${CHAIN},`).replace(',}', '}'),
    );
    assert.equal(answer.statusCode, 200, answer.body);
    assert.equal(answer.json(), `Radial-2-${SCOPE}`);
  };
  const state = (): Promise<Record<string, unknown>> =>
    server.ask('user', 'GET', `/networks/${network}/strategy/state`);

  it('come back letter by letter, dependencies first', async () => {
    await set({});
    assert.equal((await server.send('user', { url: `/networks/${network}/strategy` })).body, CHAIN);
  });

  it('keep every member of their state, with the leniency of the original', async () => {
    const given = {
      mode: 'disabled',
      status: 'error',
      iterations: '7',
      sleep_interval: 60.0,
      last_iteration: '2026-01-02T03:04:05.678901+02:00',
      last_iteration_result_count: 2,
      max_tasks_per_transformation: 9,
      task_scaling: 'linear',
      exception: ['ValueError', 'no such thing'],
      traceback: 'Traceback …',
    };
    await set({ ...given, unknown: [1] });
    assert.deepEqual(await state(), {
      ...given,
      iterations: 7,
      last_iteration: '2026-01-02T01:04:05.678000+00:00',
    });
    assert.equal(await server.ask('user', 'GET', `/networks/${network}/strategy/status`), 'error');
    assert.equal(await server.ask('user', 'POST', `/networks/${network}/strategy/awake`, {}), network);
    const awake = await state();
    assert.deepEqual(
      [awake.status, awake.exception, awake.traceback, awake.iterations],
      ['awake', null, null, 7],
    );
    await set({ last_iteration: '2026-01-02 03:04:05' });
    assert.equal((await state()).last_iteration, '2026-01-02T03:04:05+00:00');
  });

  it('are refused whole when a member cannot be', async () => {
    await set({ iterations: 3 });
    for (const [members, words] of [
      [
        '"mode": 3, "status": null',
        /^2 validation errors for StrategyState\nmode\n .*input_type=int\]\nstatus\n .*input_value=None, input_type=NoneType\]$/,
      ],
      [
        '"iterations": 1.5',
        /iterations\n {2}Input should be a valid integer, got a number with a fractional part \[type=int_from_float, input_value=1.5, input_type=float\]$/,
      ],
      ['"iterations": 123456789012345678901234567890', /iterations\n.*int_parsing_size/],
      ['"sleep_interval": -1', /sleep_interval\n {2}Input should be greater than 0 /],
      ['"last_iteration": "yesterday"', /last_iteration\n {2}Input should be a valid datetime/],
      ['"last_iteration": "2026-13-45T00:00:00"', /last_iteration\n/],
      ['"exception": ["one"]', /exception\n.*input_value=\[\.\.\.\], input_type=list\]$/],
      ['"exception": "text"', /exception\n {2}Input should be a valid tuple/],
      ['"traceback": {}', /traceback\n {2}Input should be a valid string .*input_type=dict\]$/],
      ['"task_scaling": true', /task_scaling\n.*input_value=True, input_type=bool\]$/],
    ] as const) {
      const answer = await post(`{"strategy": ${CHAIN}, ${members}}`);
      assert.equal(answer.statusCode, 422, members);
      assert.match((answer.json() as { detail: string }).detail, words);
    }
    assert.equal((await state()).iterations, 3);
  });

  it('are refused when they are no keyed chain', async () => {
    for (const chain of [
      '[]',
      '3',
      '"x"',
      '{}',
      '[["Radial-2", {}]]',
      CHAIN.replace('"Settings-1", {', '"Other-1", {'),
    ]) {
      const answer = await post(`{"strategy": ${chain}}`);
      assert.equal(answer.statusCode, 422, chain);
      assert.match((answer.json() as { detail: string }).detail, /^Invalid strategy: /);
    }
    for (const body of ['', '[]', '{"strategy": }', 'null'])
      assert.equal((await post(body)).statusCode, 422, body);
    assert.equal((await state()).iterations, 3);
  });

  it('are for networks that exist', async () => {
    for (const key of [
      `AlchemicalNetwork-${'f'.repeat(32)}-${SCOPE}`,
      `Transformation-${'f'.repeat(32)}-${SCOPE}`,
    ]) {
      assert.equal((await post(`{"strategy": ${CHAIN}}`, key)).statusCode, 400, key);
      for (const what of ['', '/state', '/status']) {
        assert.equal(await server.ask('user', 'GET', `/networks/${key}/strategy${what}`), null);
      }
    }
    assert.equal((await post('{"strategy": null, "mode": "nonsense"}')).body, 'null');
    assert.equal(await server.ask('user', 'GET', `/networks/${network}/strategy`), null);
    assert.equal(await server.ask('user', 'POST', `/networks/${network}/strategy/awake`, {}), null);
  });
});
