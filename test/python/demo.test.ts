// The demo's network as a Python user sees it: submitted and computed in TypeScript, read and gathered in Python, and a network
// that Python builds and submits, computed in TypeScript. What Python must find is said in python/tests/checks_demo.py.
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
import { Transformation } from '../../src/gufe/transformation.ts';
import { hydrationNetwork } from '../../src/protocols/gromacs/network.ts';
import { harmonicNetwork } from '../../src/protocols/harmonic/network.ts';
import { PROTOCOL_REGISTRY } from '../../src/protocols/index.ts';
import { FailingProtocol } from '../../src/protocols/testing/protocols.ts';
import { type Stack, startStack } from '../../src/stack/stack.ts';
import { environment, NO_PYTHON, reportChecks, runPython } from './python.ts';

const SCOPE = 'test-python-demo';
const NAME = 'harmonic wells, for Python';
const TASKS_PER_EDGE = 2;

describe('the demo from Python', { skip: NO_PYTHON, timeout: 600_000 }, () => {
  let folder = '';
  let stack: Stack;
  let client: AlchemiscaleClient;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alchemiscale-python-'));
    stack = await startStack({ dataDir: folder, userPort: 0, computePort: 0, services: 1 });
    client = new AlchemiscaleClient({
      apiUrl: stack.userUrl,
      ...stack.userIdentity,
      registry: PROTOCOL_REGISTRY,
    });
  });
  after(async () => {
    await stack?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function compute(network: AlchemicalNetwork, count: number): Promise<ScopedKey> {
    const key = await client.createNetwork(network, SCOPE);
    const transformations = await client.getNetworkTransformations(key);
    const wanted = transformations.flatMap(each => Array.from({ length: count }, () => each));
    await client.actionTasks(await client.createTransformationsTasks(wanted), key);
    for (;;) {
      const { complete = 0, error = 0 } = await client.getNetworkStatus(key);
      if (complete + error === wanted.length) return key;
      await sleep(100);
    }
  }

  async function resultsOf(network: ScopedKey): Promise<Record<string, unknown>> {
    const gathered = await client.getNetworkResults(network);
    const raw = await client.getNetworkResults(network, { returnAs: 'ProtocolDAGResults' });
    return Object.fromEntries(
      [...gathered].map(([transformation, result]) => [
        transformation,
        {
          estimate: Number(result?.estimate?.magnitude),
          uncertainty: Number(result?.uncertainty?.magnitude),
          results: raw.get(transformation)?.map(each => each.key),
        },
      ]),
    );
  }

  test('read, gathered, archived; built and submitted', async t => {
    const harmonic = harmonicNetwork({ name: NAME, nRepeats: 1, nWindows: 3, nSamples: 100 });
    const key = await compute(harmonic, TASKS_PER_EDGE);
    const [a, b] = ['A', 'B'].map(name => new ChemicalSystem({}, name));
    assert.ok(a !== undefined && b !== undefined);
    const edge = new Transformation({
      stateA: a,
      stateB: b,
      protocol: new FailingProtocol(),
      name: 'fails',
    });
    const failing = await compute(new AlchemicalNetwork({ edges: [edge], name: 'fails' }), 1);
    const hydration = await client.createNetwork(
      hydrationNetwork({ molecules: ['methane', 'ethane'], preset: 'quick' }),
      SCOPE,
    );
    const demo = {
      name: NAME,
      settings: { n_repeats: 1, n_windows: 3, n_samples: 100 },
      harmonic: String(key),
      failing: String(failing),
      hydration: String(hydration),
      results: await resultsOf(key),
    };
    const env = { ...environment(stack), ALCHEMISCALE_DEMO: JSON.stringify(demo) };
    const ran = await runPython('check_clients.py', ['--only', 'demo'], env, t.signal);
    await reportChecks(t, ran, { atLeast: 7 });
  });
});
