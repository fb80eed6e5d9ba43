// Wrong words and numbers are refused before anything is sent; answers of unknown shape are one clear error.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Reply, tinyService } from '../../test/support/tiny-service.ts';
import { AlchemiscaleError } from '../domain/errors.ts';
import { AlchemicalNetwork } from '../gufe/network.ts';
import { AlchemiscaleComputeManagerClient } from './manager.ts';
import { AlchemiscaleClient } from './user.ts';

const SCOPE = 'org-campaign-project';
const NETWORK = `AlchemicalNetwork-7d856d3dcfd3bf2286e9ad739a9359b6-${SCOPE}`;
const MANAGER = 'manager-c240642ddef994358c96da82c0361a58';
const STATE = {
  mode: 'full',
  status: 'error',
  iterations: 2,
  sleep_interval: 60,
  last_iteration: null as string | null,
  last_iteration_result_count: 5,
  max_tasks_per_transformation: 3,
  task_scaling: 'linear',
  exception: ['ValueError', 'no'],
  traceback: 'Traceback …',
};

const options = { identifier: 'ada', key: 'k', maxRetries: 0 };
const userOf = (apiUrl: string): AlchemiscaleClient => new AlchemiscaleClient({ apiUrl, ...options });
const managerOf = (apiUrl: string): AlchemiscaleComputeManagerClient =>
  new AlchemiscaleComputeManagerClient({ apiUrl, ...options });

test('what cannot be set is refused before anything is sent', async () => {
  await using service = await tinyService(() => ({ json: null }));
  const client = userOf(service.url);
  const chain = new TextEncoder().encode('[]');
  const refused: [() => Promise<unknown>, RegExp][] = [
    [
      () => client.setNetworkState(NETWORK, 'odd' as never),
      /'odd' is not a valid state. Valid values include: active/,
    ],
    [() => client.setNetworksState([NETWORK], []), /states must be as long as networks: 0 against 1/],
    [
      () => client.setNetworkStrategy(NETWORK, chain, { mode: 'odd' as never }),
      /mode must be one of full, partial/,
    ],
    [
      () => client.setNetworkStrategy(NETWORK, chain, { taskScaling: 'odd' as never }),
      /taskScaling must be one of linear, exponential; got 'odd'/,
    ],
    [
      () => client.setNetworkStrategy(NETWORK, chain, { maxTasksPerTransformation: 0 }),
      /maxTasksPerTransformation must be a positive whole number; got 0/,
    ],
    [
      () => client.setNetworkStrategy(NETWORK, chain, { sleepInterval: 0.5 }),
      /sleepInterval must be a positive/,
    ],
    [() => client.addTaskRestartPatterns('network', ['x'], 1), /does not appear to be a `ScopedKey`/],
    [() => managerOf(service.url).register('manager'), /ComputeManagerID must/],
    [() => managerOf(service.url).getInstruction('a-b-c'), /ComputeManagerID must/],
  ];
  for (const [attempt, why] of refused) {
    await assert.rejects(
      attempt,
      (error: Error) => error instanceof AlchemiscaleError && why.test(error.message),
    );
  }
  assert.equal(service.logIns.length, 0);
});

test('getScopedKey puts a key and a scope together', () => {
  const network = new AlchemicalNetwork({ name: 'n' });
  const client = userOf('http://host');
  assert.equal(String(client.getScopedKey(network, SCOPE)), `${network.key}-${SCOPE}`);
  assert.throws(() => client.getScopedKey(network, 'org-*-*'), { code: 'INVALID_BODY' });
});

describe('strategies', () => {
  test('times are read as UTC, with an offset and without', async () => {
    const times = ['2026-01-02T03:04:05.000678+00:00', '2026-01-02T03:04:05', '2026-01-02T05:04:05+02:00'];
    await using service = await tinyService((_, count) => ({
      json: { ...STATE, last_iteration: times[count - 1] ?? 'soon' },
    }));
    const client = userOf(service.url);
    for (const _ of times) {
      const state = await client.getNetworkStrategyState(NETWORK);
      assert.equal(state?.lastIteration?.toISOString().slice(0, 19), '2026-01-02T03:04:05');
      assert.deepEqual(state?.exception, ['ValueError', 'no']);
      assert.equal(state?.lastIterationResultCount, 5);
    }
    await assert.rejects(client.getNetworkStrategyState(NETWORK), /'soon' is no time/);
  });

  test('a gufe object is sent as its chain, bytes as they are', async () => {
    await using service = await tinyService(() => ({ json: null }));
    const client = userOf(service.url);
    const object = new AlchemicalNetwork({ name: 'é' });
    await client.setNetworkStrategy(NETWORK, object);
    await client.setNetworkStrategy(NETWORK, new TextEncoder().encode('[["X-1", {"cutoff": 1e-07}]]'));
    const state =
      '"max_tasks_per_transformation":3,"task_scaling":"exponential","mode":"partial","sleep_interval":3600';
    assert.deepEqual(
      service.requests.map(request => request.text),
      [`{"strategy": ${object.toJson()}, ${state}}`, `{"strategy": [["X-1", {"cutoff": 1e-07}]], ${state}}`],
    );
  });

  test('an answer that is none says of which network', async () => {
    const replies: Reply[] = [{ body: '[' }, { body: 'nul' }, { body: ' null ' }];
    await using service = await tinyService((_, count) => replies[count - 1] ?? {});
    const client = userOf(service.url);
    for (const _ of [1, 2]) {
      await assert.rejects(client.getNetworkStrategy(NETWORK), {
        code: 'OBJECT_UNREADABLE',
        message: new RegExp(`^the strategy of ${NETWORK} cannot be read: `),
      });
    }
    assert.equal(await client.getNetworkStrategy(NETWORK), null);
  });
});

test('an instruction that is not known is an error, not a guess', async () => {
  await using service = await tinyService(() => ({ json: { instruction: 'DANCE' } }));
  await assert.rejects(
    managerOf(service.url).getInstruction(MANAGER),
    /'DANCE' is no instruction known here/,
  );
});

test('the manager client from the environment says what is missing', () => {
  assert.throws(() => AlchemiscaleComputeManagerClient.fromEnvironment({}), /the environment lacks/);
  const env = { ALCHEMISCALE_URL: 'http://localhost:1841', ALCHEMISCALE_ID: 'ada', ALCHEMISCALE_KEY: 'k' };
  assert.ok(AlchemiscaleComputeManagerClient.fromEnvironment(env));
});
