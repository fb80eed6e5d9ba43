// The clients against real services: finding and walking, states, weights and hubs, restarts, strategies, managers, and what
// results are fetched as, kept as and archived as.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChemicalSystem } from '../../src/gufe/chemical-system.ts';
import {
  AlchemicalArchive,
  AlchemicalNetwork,
  AlchemiscaleClient,
  AlchemiscaleComputeClient,
  AlchemiscaleComputeManagerClient,
  type ClientOptions,
  decodeKeyedChain,
  type ScopedKey,
  Transformation,
} from '../../src/index.ts';
import { harmonicNetwork, PROTOCOL_REGISTRY } from '../../src/protocols/index.ts';
import { FailingProtocol, failingSettings } from '../../src/protocols/testing/protocols.ts';
import { type Stack, startStack } from '../../src/stack/stack.ts';
import { fixtures, readGolden } from '../support/golden.ts';

const SCOPE = 'test-client-first';
const OTHER_SCOPE = 'test-client-second';
const MISSING = `AlchemicalNetwork-${'f'.repeat(32)}-${SCOPE}`;
const STRATEGY = JSON.parse(
  new TextDecoder()
    .decode(readGolden(join(fixtures('gufe'), 'canonical.jsonl')))
    .split('\n')
    .find(line => line.includes('"strategy/connectivity-default"')) ?? 'null',
) as { readonly key: string; readonly dict: string };

const texts = (keys: readonly (ScopedKey | null)[]): string[] => keys.map(String).sort();

describe('the clients', { timeout: 180_000 }, () => {
  const network = harmonicNetwork({ name: 'wells', nRepeats: 1, nWindows: 2, nSamples: 20 });
  let folder = '';
  let stack: Stack;
  let client: AlchemiscaleClient;
  let key: ScopedKey;
  let other: ScopedKey;
  let transformations: ScopedKey[];

  function clientOf(options: Partial<ClientOptions> = {}): AlchemiscaleClient {
    const { userUrl: apiUrl, userIdentity } = stack;
    return new AlchemiscaleClient({ apiUrl, ...userIdentity, registry: PROTOCOL_REGISTRY, ...options });
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alchemiscale-client-'));
    const dataDir = join(folder, 'data');
    stack = await startStack({ dataDir, userPort: 0, computePort: 0, services: 1, slots: 2 });
    client = clientOf();
    key = await client.createNetwork(network, SCOPE);
    other = await client.createNetwork(network, OTHER_SCOPE, { state: 'inactive' });
    transformations = await client.getNetworkTransformations(key);
  });
  after(async () => {
    await stack?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function settled(of: ScopedKey): Promise<Readonly<Record<string, number | undefined>>> {
    for (;;) {
      const counts = await client.getNetworkStatus(of);
      if (!counts.waiting && !counts.running) return counts;
      await sleep(100);
    }
  }

  test('find networks, transformations and chemical systems', async () => {
    assert.deepEqual(texts(await client.queryNetworks({ scope: 'test-client-*' })), texts([key]));
    assert.deepEqual(texts(await client.queryNetworks({ state: null })), texts([key, other]));
    assert.deepEqual(texts(await client.queryNetworks({ state: 'in.*', name: 'we.*' })), texts([other]));
    assert.deepEqual(await client.queryNetworks({ name: 'well' }), []);
    const [edge] = network.edges;
    const name = edge?.name ?? '';
    const found = await client.queryTransformations({ scope: SCOPE, name });
    assert.deepEqual(texts(found), [`${edge?.key}-${SCOPE}`]);
    assert.equal((await client.queryTransformations()).length, 2 * network.edges.length);
    const systems = await client.queryChemicalSystems({ scope: OTHER_SCOPE });
    assert.deepEqual(
      texts(systems),
      network.nodes.map(node => `${node.key}-${OTHER_SCOPE}`),
    );
    const node = network.nodes[1];
    assert.deepEqual(texts(await client.queryChemicalSystems({ scope: SCOPE, name: node?.name ?? '' })), [
      `${node?.key}-${SCOPE}`,
    ]);
    assert.deepEqual(await client.getScopes(), await client.listScopes());
  });

  test('walk from each to each', async () => {
    const [transformation] = transformations as [ScopedKey];
    const edge = network.edges.find(one => one.key === transformation.gufeKey);
    const ends = [edge?.stateA, edge?.stateB].map(state => `${state?.key}-${SCOPE}`);
    assert.deepEqual((await client.getTransformationChemicalSystems(transformation)).map(String), ends);
    const [system = ''] = ends;
    assert.ok(texts(await client.getChemicalSystemTransformations(system)).includes(String(transformation)));
    assert.deepEqual(texts(await client.getChemicalSystemNetworks(system)), texts([key]));
    assert.deepEqual(texts(await client.getTransformationNetworks(transformation)), texts([key]));
    assert.equal((await client.getNetworkChemicalSystems(key)).length, network.nodes.length);
    assert.deepEqual(await client.getNetworkChemicalSystems(MISSING), []);
  });

  test('states, one by one and together', async () => {
    assert.equal(await client.getNetworkState(other), 'inactive');
    assert.equal(String(await client.setNetworkState(other, 'invalid')), String(other));
    const set = await client.setNetworksState([key, MISSING, other], ['active', 'active', 'deleted']);
    assert.deepEqual(set.map(String), [String(key), 'null', String(other)]);
    assert.deepEqual(await client.getNetworksState([other, MISSING, key]), ['deleted', null, 'active']);
    await assert.rejects(client.setNetworkState(String(transformations[0]), 'active'), { status: 400 });
    assert.equal(await client.setNetworkState(MISSING, 'active'), null);
  });

  test('which tasks are actioned where', async () => {
    await client.setNetworksWeight([key, other], [0, 0]);
    const [transformation] = transformations as [ScopedKey];
    const tasks = await client.createTasks(transformation, { count: 3 });
    const [first, second] = tasks as [ScopedKey, ScopedKey];
    await client.actionTasks([first], key, { weight: 0.25 });
    await client.actionTasks([second], key);
    const [here, there] = await client.getNetworksActionedTasks([key, other]);
    assert.deepEqual([texts(here ?? []), there], [texts([first, second]), []]);
    const [weights, none] = await client.getNetworksActionedTasks([key, other], { taskWeights: true });
    assert.deepEqual([weights?.get(String(first)), weights?.get(String(second))], [0.25, 0.5]);
    assert.equal(none?.size, 0);
    assert.deepEqual(texts(await client.getTaskActionedNetworks(first)), texts([key]));
    const networks = await client.getTaskActionedNetworks(first, { taskWeights: true });
    assert.deepEqual([...networks], [[String(key), 0.25]]);
    assert.deepEqual(texts(await client.getTaskNetworks(first)), texts([key]));
    assert.deepEqual(texts(await client.cancelTasks([first, second], key)), texts([first, second]));
    await client.setTasksStatus(tasks, 'deleted');
    await client.setNetworksWeight([key, other], [0.5, 0.5]);
  });

  test('restart patterns, and a failure that mends by one', async () => {
    const states = ['x', 'y'].map(name => new ChemicalSystem({}, name)) as [ChemicalSystem, ChemicalSystem];
    const protocol = new FailingProtocol(failingSettings());
    const edge = new Transformation({ stateA: states[0], stateB: states[1], protocol });
    const failing = await client.createNetwork(new AlchemicalNetwork({ edges: [edge] }), SCOPE);
    assert.equal((await client.getTaskRestartPatterns(failing)).size, 0);
    const added = await client.addTaskRestartPatterns(failing, ['no such words', 'Error: .*'], 1);
    assert.equal(String(added), String(failing));
    await client.setTaskRestartPatternsAllowedRestarts(failing, ['no such words'], 7);
    assert.deepEqual([...(await client.getTaskRestartPatterns(failing))].sort(), [
      ['Error: .*', 1],
      ['no such words', 7],
    ]);
    const [transformation] = (await client.getNetworkTransformations(failing)) as [ScopedKey];
    const [task] = (await client.createTasks(transformation)) as [ScopedKey];
    await client.actionTasks([task], failing);
    while ((await client.getTasksStatus([task]))[0] !== 'error') await sleep(50);
    const failures: string[] = [];
    for await (const run of client.iterateTransformationResults(transformation, { failures: true })) {
      failures.push(run.failures[0]?.traceback ?? '');
    }
    assert.equal(failures.length, 2, 'it ran, and once more');
    assert.match(failures[0] ?? '', /Error: /);
    await client.removeTaskRestartPatterns(failing, ['no such words', 'unknown']);
    assert.deepEqual([...(await client.getTaskRestartPatterns(failing)).keys()], ['Error: .*']);
    await client.clearTaskRestartPatterns(failing);
    assert.equal((await client.getTaskRestartPatterns(failing)).size, 0);
    await assert.rejects(client.addTaskRestartPatterns(failing, ['('], 1), { status: 400 });
  });

  test('strategies are set, read, woken and taken away', async () => {
    const chain = new TextEncoder().encode(`[["${STRATEGY.key}", ${STRATEGY.dict}]]`);
    assert.equal(await client.getNetworkStrategy(key), null);
    assert.equal(await client.getNetworkStrategyState(key), null);
    assert.equal(await client.setNetworkStrategyAwake(key), null);
    const set = await client.setNetworkStrategy(key, chain, { mode: 'disabled', sleepInterval: 60 });
    assert.equal(String(set), `${STRATEGY.key}-${SCOPE}`);
    const strategy = await client.getNetworkStrategy(key);
    assert.equal(strategy?.keyedDictText(), STRATEGY.dict);
    const state = await client.getNetworkStrategyState(key);
    assert.deepEqual(
      [
        state?.mode,
        state?.status,
        state?.sleepInterval,
        state?.maxTasksPerTransformation,
        state?.taskScaling,
      ],
      ['disabled', 'awake', 60, 3, 'exponential'],
    );
    assert.equal(state?.lastIteration, null);
    assert.equal(await client.getNetworkStrategyStatus(key), 'awake');
    assert.equal(String(await client.setNetworkStrategyAwake(key)), String(key));
    // What was read can be set again, as an object.
    assert.ok(strategy);
    assert.equal(String(await client.setNetworkStrategy(key, strategy, { mode: 'disabled' })), String(set));
    assert.equal(await client.setNetworkStrategy(key, null), null);
    assert.equal(await client.getNetworkStrategyStatus(key), null);
  });

  test('results: gathered, one by one, kept, archived', async () => {
    const tasks = await client.createTransformationsTasks([...transformations, ...transformations]);
    await client.actionTasks(tasks, key);
    const counts = await settled(key);
    assert.equal(counts.complete, tasks.length);

    const kept = { useLocalCache: true, cacheDirectory: join(folder, 'cache') };
    const gathered = await clientOf(kept).getNetworkResults(key);
    const seen = new Map<string, number | undefined>();
    for await (const [transformation, result] of clientOf(kept).iterateNetworkResults(key)) {
      seen.set(String(transformation), result?.estimate?.toNumber());
    }
    assert.equal(seen.size, network.edges.length);
    for (const [transformation, estimate] of seen) {
      assert.ok(estimate !== undefined);
      assert.equal(gathered.get(transformation)?.estimate?.toNumber(), estimate);
      assert.equal(gathered.get(transformation)?.nProtocolDagResults, 2);
    }

    const archive = await clientOf(kept).getNetworkArchive(key, { metadata: { by: 'ada' } });
    assert.ok(archive !== null);
    assert.equal(archive.network.key, network.key);
    assert.deepEqual(
      archive.transformationResults.map(([edge, results]) => [edge.key, results.length]),
      network.edges.map(edge => [edge.key, 2]),
    );
    const read = decodeKeyedChain(archive.toJson(), { registry: PROTOCOL_REGISTRY });
    assert.ok(read instanceof AlchemicalArchive);
    assert.equal(read.key, archive.key);
    assert.deepEqual(await client.getNetworkArchives([MISSING]), [null]);
  });

  test('what was kept needs no service but for references', async () => {
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = (input, init) => {
      asked.push(new URL(String(input)).pathname);
      return globalThis.fetch(input, init);
    };
    const keeping = clientOf({ useLocalCache: true, cacheDirectory: join(folder, 'cache'), fetch });
    await keeping.getNetwork(key);
    await keeping.getNetworkResults(key);
    assert.deepEqual(
      asked.filter(path => path !== '/token').sort(),
      [
        `/networks/${key}/transformations`,
        ...transformations.map(each => `/transformations/${each}/results`),
      ].sort(),
    );
  });

  test('a compute manager: register, ask, report, end', async () => {
    const apiUrl = stack.computeUrl;
    const manager = new AlchemiscaleComputeManagerClient({ apiUrl, ...stack.computeIdentity });
    const compute = new AlchemiscaleComputeClient({ apiUrl, ...stack.computeIdentity });
    const [id, successor, service] = ['pool', 'pool', 'svc'].map(
      name => `${name}-${crypto.randomUUID().replaceAll('-', '')}`,
    ) as [string, string, string];
    assert.equal((await manager.getInstruction(id)).instruction, 'SHUTDOWN');
    assert.equal(await manager.register(id), id);
    await assert.rejects(manager.register(successor), {
      status: 422,
      detail: 'ComputeManager with this name is already registered with status OK',
    });
    await compute.register(service, { computeManagerId: id });
    const told = await manager.getInstruction(id, { scopes: ['test-*-*'], protocols: ['HarmonicProtocol'] });
    assert.deepEqual(told, { instruction: 'OK', computeServiceIds: [service], numTasks: 0 });
    assert.equal(await manager.updateStatus(id, { status: 'OK', saturation: 0.5 }), id);
    await assert.rejects(manager.updateStatus(id, { status: 'OK', saturation: 2 }), { status: 400 });
    assert.equal(await manager.register(successor, { steal: true }), successor);
    assert.equal((await manager.getInstruction(id)).instruction, 'SHUTDOWN');
    await manager.updateStatus(successor, { status: 'ERROR', detail: 'no more nodes' });
    assert.equal(await manager.deregister(successor), successor);
    await assert.rejects(manager.register(id, { steal: true }), /registered with status ERROR/);
    await manager.clearError('pool');
    await assert.rejects(manager.clearError('pool'), { status: 400 });
    assert.equal(await manager.register(id), id);
    assert.equal(await manager.deregister(id), id);
    await compute.deregister(service);
    assert.deepEqual(await manager.getInfo(), { message: 'nothing yet' });
  });

  test('an unknown identity sees nothing', async () => {
    await assert.rejects(
      clientOf({ identifier: 'nobody', maxRetries: 0 }).queryNetworks(),
      (error: { status?: number }) => error.status === 401,
    );
  });
});
