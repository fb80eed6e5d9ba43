// The whole loop through the real ports: submit, act, claim, compute, push, gather; failures that say why; and a stack
// that is stopped and started again on the same folder.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AlchemiscaleClient } from '../../src/client/user.ts';
import type { ScopedKey } from '../../src/domain/scoped-key.ts';
import { ChemicalSystem } from '../../src/gufe/chemical-system.ts';
import { AlchemicalNetwork } from '../../src/gufe/network.ts';
import { type AnyTransformation, Transformation } from '../../src/gufe/transformation.ts';
import {
  exactFreeEnergy,
  HarmonicProtocol,
  HarmonicWell,
  harmonicNetwork,
  harmonicSettings,
  PROTOCOL_REGISTRY,
} from '../../src/protocols/index.ts';
import {
  FailingProtocol,
  failingSettings,
  SlowProtocol,
  slowSettings,
} from '../../src/protocols/testing/protocols.ts';
import { type Stack, startStack } from '../../src/stack/stack.ts';

const SCOPE = 'test-loop-first';
const EMPTY = new ChemicalSystem({}, 'nothing');
const OTHER = new ChemicalSystem({}, 'nothing else');

function wellOf(system: ChemicalSystem): HarmonicWell {
  const [well] = system.components.values();
  assert.ok(well instanceof HarmonicWell);
  return well;
}

function networkOf(name: string, protocol: Transformation['protocol']): AlchemicalNetwork {
  const edge = new Transformation({ stateA: EMPTY, stateB: OTHER, protocol, name });
  return new AlchemicalNetwork({ edges: [edge], name });
}

describe('the loop', { timeout: 300_000 }, () => {
  let folder = '';
  let stack: Stack;
  let client: AlchemiscaleClient;

  async function start(services: number): Promise<void> {
    stack = await startStack({ dataDir: folder, userPort: 0, computePort: 0, services, slots: 2 });
    client = new AlchemiscaleClient({
      apiUrl: stack.userUrl,
      ...stack.userIdentity,
      registry: PROTOCOL_REGISTRY,
    });
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alchemiscale-loop-'));
    await start(2);
  });
  after(async () => {
    await stack?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Submits a network and offers `count` tasks of each transformation; gives the keys. */
  async function submit(network: AlchemicalNetwork, count = 1) {
    const key = await client.createNetwork(network, SCOPE);
    const transformations = await client.getNetworkTransformations(key);
    const wanted = transformations.flatMap(each => Array.from({ length: count }, () => each));
    const tasks = await client.createTransformationsTasks(wanted);
    await client.actionTasks(tasks, key);
    return { key, transformations, tasks };
  }

  async function settled(network: ScopedKey): Promise<Readonly<Record<string, number | undefined>>> {
    for (;;) {
      const counts = await client.getNetworkStatus(network);
      if (!counts.waiting && !counts.running) return counts;
      await sleep(100);
    }
  }

  test('free energies of harmonic wells come out right', async () => {
    const network = harmonicNetwork({ name: 'loop', nRepeats: 1, nWindows: 3, nSamples: 300 });
    const { key } = await submit(network, 2);
    assert.deepEqual(await settled(key), { complete: 2 * network.edges.length });
    const results = await client.getNetworkResults(key);
    const edges = new Map<string, AnyTransformation>(
      network.edges.map(edge => [`${edge.key}-${SCOPE}`, edge]),
    );
    assert.deepEqual([...results.keys()].sort(), [...edges.keys()].sort());
    for (const [transformation, result] of results) {
      const edge = edges.get(transformation);
      assert.ok(edge !== undefined && result !== null);
      assert.equal(result.nProtocolDagResults, 2);
      assert.equal(result.estimate?.unit, 'kilocalorie_per_mole');
      const exact = exactFreeEnergy(wellOf(edge.stateA), wellOf(edge.stateB), 298.15);
      const difference = Math.abs(Number(result.estimate.magnitude) - exact);
      // 300 samples a window and two repeats: a standard error of some 0.05 kcal/mol.
      assert.ok(difference < 0.3, `${edge.name}: ${result.estimate.magnitude}, exactly ${exact}`);
    }
  });

  test('a unit that fails says why, after its retries', async () => {
    const { key, transformations } = await submit(networkOf('fails', new FailingProtocol(failingSettings())));
    assert.deepEqual(await settled(key), { error: 1 });
    const [failed] = await client.getTransformationFailures(transformations[0] as ScopedKey);
    assert.equal(failed?.ok, false);
    assert.equal(failed.failures.length, 4, 'n_retries is 3');
    assert.match(failed.failures[0]?.traceback ?? '', /Error: .*\n\s+at /);
    assert.equal(await client.getTransformationResults(transformations[0] as ScopedKey), null);
  });

  test('a task that the protocol refuses is an error with the reason, and the services go on', async () => {
    const protocol = new HarmonicProtocol(harmonicSettings({ nSamples: 10 }));
    const { key, tasks } = await submit(networkOf('no wells', protocol));
    assert.deepEqual(await settled(key), { error: 1 });
    const [failed] = await client.getTaskFailures(tasks[0] as ScopedKey);
    assert.match(
      failed?.failures[0]?.traceback ?? '',
      /ProtocolValidationError: state A must consist of one HarmonicWell/,
    );
    assert.equal(failed?.name, String(tasks[0]));
    assert.equal(stack.servicesRunning(), 2);
  });

  test('a task that extends another runs after it and goes on from its result', async () => {
    const network = harmonicNetwork({ name: 'extended', nRepeats: 1, nWindows: 3, nSamples: 50 });
    const key = await client.createNetwork(network, SCOPE);
    const [transformation] = await client.getNetworkTransformations(key);
    assert.ok(transformation);
    const [first] = await client.createTasks(transformation, { count: 1 });
    const [second] = await client.createTasks(transformation, { count: 1, extends: first as ScopedKey });
    await client.actionTasks([second as ScopedKey, first as ScopedKey], key);
    assert.deepEqual(await settled(key), { complete: 2 });
    const [before] = await client.getTaskResults(first as ScopedKey);
    const [result] = await client.getTaskResults(second as ScopedKey);
    assert.equal(result?.extendsKey, before?.key);
  });

  test('stopping finishes what runs; a start on the same folder finds everything, and the same keys', async () => {
    const slow = new SlowProtocol(slowSettings({ seconds: 1 }));
    const { key, tasks } = await submit(networkOf('slow', slow));
    while ((await client.getTasksStatus(tasks))[0] !== 'running') await sleep(50);
    const identity = stack.userIdentity;
    await stack.stop();
    assert.equal(stack.servicesRunning(), 0);

    await start(0);
    assert.deepEqual(stack.userIdentity, identity);
    assert.equal(stack.isFirstStart, false);
    assert.deepEqual(await client.getNetworkStatus(key), { complete: 1 });
    assert.deepEqual(await stack.store.check(), []);
    assert.deepEqual(await stack.store.compute.list(), [], 'every service has said good-bye');
  });

  test('a second stop does not wait: the task goes back to waiting', async () => {
    await stack.stop();
    await start(1);
    const { tasks } = await submit(networkOf('endless', new SlowProtocol(slowSettings({ seconds: 600 }))));
    while ((await client.getTasksStatus(tasks))[0] !== 'running') await sleep(50);
    const began = performance.now();
    const drained = stack.stop();
    await sleep(100);
    assert.deepEqual(await client.getTasksStatus(tasks), ['running'], 'draining, it still answers');
    await stack.stop();
    await drained;
    assert.ok(performance.now() - began < 10_000);
    await start(0);
    assert.deepEqual(await client.getTasksStatus(tasks), ['waiting']);
  });
});
