// Real processes, killed without warning. After each: no acknowledged result is missing, no task is lost, none is complete
// twice, and the database is in order.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { AlchemiscaleComputeClient } from '../../src/client/compute.ts';
import { AlchemiscaleClient } from '../../src/client/user.ts';
import type { ScopedKey } from '../../src/domain/scoped-key.ts';
import { ChemicalSystem } from '../../src/gufe/chemical-system.ts';
import { decodeKeyedChainAs } from '../../src/gufe/keyed-chain.ts';
import { AlchemicalNetwork } from '../../src/gufe/network.ts';
import { ProtocolDAGResult } from '../../src/gufe/protocol/result.ts';
import { ProtocolUnitResult } from '../../src/gufe/protocol/unit-result.ts';
import { Transformation } from '../../src/gufe/transformation.ts';
import { nodeZstd, type Zstd } from '../../src/lib/zstd.ts';
import { openObjectStore } from '../../src/objects/open.ts';
import { SlowProtocol, slowSettings } from '../../src/protocols/testing/protocols.ts';
import { openStateStore } from '../../src/store/open.ts';
import {
  killPrograms,
  type Program,
  processesWith,
  runProgram,
  type Serving,
  startProgram,
  startUp,
  until,
} from '../support/program.ts';

const SCOPE = 'test-chaos-first';
const zstd = nodeZstd() as Zstd;
const ROOT = mkdtempSync(join(tmpdir(), 'alchemiscale-chaos-'));
after(() => {
  killPrograms();
  rmSync(ROOT, { recursive: true, force: true });
});

/** Tries for ever, often: what a server that is being restarted needs. */
const STUBBORN = { maxRetries: -1, retryBaseSeconds: 1.01, retryMaxSeconds: 0.1, random: () => 0 };

function slowTransformation(seconds: number): Transformation {
  const [stateA, stateB] = [new ChemicalSystem({}, 'A'), new ChemicalSystem({}, 'B')];
  return new Transformation({ stateA, stateB, protocol: new SlowProtocol(slowSettings({ seconds })) });
}

/** A server that can be killed and started again under the same addresses. */
class Server {
  readonly folder: string;
  readonly #more: readonly string[];
  #running: Serving | null = null;
  #keys: readonly string[] = [];

  constructor(folder: string, more: readonly string[] = []) {
    this.folder = folder;
    this.#more = more;
  }

  async start(): Promise<void> {
    const earlier = this.#running;
    const ports = [earlier?.userUrl, earlier?.computeUrl].map(url =>
      url === undefined ? '0' : new URL(url).port,
    );
    const flags = ['--user-port', ports[0] ?? '0', '--compute-port', ports[1] ?? '0', ...this.#more];
    this.#running = await startUp(['--data', this.folder, '--services', '0', ...flags]);
    if (earlier === null) {
      this.#keys = [...this.#running.stdout().matchAll(/export ALCHEMISCALE_KEY=(\S+)/g)].map(
        match => match[1] ?? '',
      );
    }
  }

  async kill(): Promise<void> {
    this.#running?.child.kill('SIGKILL');
    assert.equal(await this.#running?.ended, 'SIGKILL');
  }

  async stop(): Promise<void> {
    this.#running?.child.kill('SIGTERM');
    assert.equal(await this.#running?.ended, 0);
    const { stdout, stderr } = await runProgram(['database', 'check', '--data', this.folder]);
    assert.equal(stdout, 'No inconsistencies found in database.\n', stderr);
  }

  user(): AlchemiscaleClient {
    const apiUrl = this.#running?.userUrl ?? '';
    return new AlchemiscaleClient({
      apiUrl,
      identifier: 'local-user',
      key: this.#keys[0] ?? '',
      ...STUBBORN,
    });
  }

  get computeUrl(): string {
    return this.#running?.computeUrl ?? '';
  }

  get computeKey(): string {
    return this.#keys[1] ?? '';
  }
}

/** Submits one transformation and offers `count` tasks of it. */
async function offer(
  client: AlchemiscaleClient,
  transformation: Transformation,
  count: number,
): Promise<readonly ScopedKey[]> {
  const network = await client.createNetwork(new AlchemicalNetwork({ edges: [transformation] }), SCOPE);
  const tasks = await client.createTasks(`${transformation.key}-${SCOPE}`, { count });
  const actioned = await client.actionTasks(tasks, network);
  assert.equal(actioned.filter(task => task !== null).length, count);
  return tasks;
}

describe('the server is killed during 1,000 claims and pushes', { timeout: 300_000 }, () => {
  const TASKS = 1000;
  const WORKERS = 8;
  /** Numbers of acknowledged results at which the server is killed. */
  const KILLS = [150, 400, 750];

  test('every acknowledged result is there, every task complete, once', async () => {
    const server = new Server(join(ROOT, 'server'));
    await server.start();
    const transformation = slowTransformation(0);
    const tasks = await offer(server.user(), transformation, TASKS);
    const acknowledged = await pushAll(server, transformation);
    await server.stop();

    assert.equal(acknowledged.size, TASKS);
    await verify(server.folder, transformation, tasks, acknowledged);
  });

  /** Workers claim and push until every task is acknowledged, while the server is killed and restarted among them. */
  async function pushAll(
    server: Server,
    transformation: Transformation,
  ): Promise<ReadonlyMap<string, string>> {
    const acknowledged = new Map<string, string>();
    const client = new AlchemiscaleComputeClient({
      apiUrl: server.computeUrl,
      identifier: 'local-compute',
      key: server.computeKey,
      ...STUBBORN,
    });
    const work = async (worker: number): Promise<void> => {
      const id = `worker-${String(worker).padStart(32, '0')}`;
      await client.register(id);
      while (acknowledged.size < TASKS) {
        const claimed = (await client.claimTasks(['*-*-*'], id, { count: 5 })) ?? [];
        const mine = claimed.filter(task => task !== null);
        for (const task of mine) {
          const ref = await client.setTaskResult(task, resultOf(transformation, task), id);
          acknowledged.set(String(task), String(ref));
        }
        if (mine.length > 0) continue;
        // Claims whose answers were lost are still this worker's: leaving gives them back.
        await client.deregister(id);
        await client.register(id);
      }
    };
    const workers = Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
    for (const count of KILLS) {
      await until(() => acknowledged.size >= count, `${count} results are acknowledged`);
      await server.kill();
      await server.start();
    }
    await workers;
    return acknowledged;
  }
});

/** A successful result of its own for each task. */
function resultOf(transformation: Transformation, task: ScopedKey): ProtocolDAGResult {
  const dag = transformation.createDag({ name: String(task) });
  const results = dag.protocolUnits.map(
    unit =>
      new ProtocolUnitResult({
        name: null,
        sourceKey: unit.key,
        inputs: {},
        outputs: { task: String(task) },
      }),
  );
  return new ProtocolDAGResult({
    name: dag.name,
    protocolUnits: dag.protocolUnits,
    protocolUnitResults: results,
    transformationKey: transformation.key,
  });
}

/** Looks into the stores themselves. */
async function verify(
  folder: string,
  transformation: Transformation,
  tasks: readonly ScopedKey[],
  acknowledged: ReadonlyMap<string, string>,
): Promise<void> {
  await using store = await openStateStore(`sqlite://${join(folder, 'state.db')}`);
  await using objects = await openObjectStore(pathToFileURL(join(folder, 'objects')).href);
  const statuses = await store.tasks.getStatuses({ tasks: tasks.map(String) });
  assert.deepEqual(new Set(statuses), new Set(['complete']));
  const of = { transformation: `${transformation.key}-${SCOPE}` };
  const refs = await store.results.list({ of, ok: true });
  assert.equal(new Set(refs).size, tasks.length, 'as many results as tasks');
  const tasksWithResult = new Set<string>();
  for (const ref of refs) {
    const found = await store.results.get({ ref });
    assert.ok(found !== null);
    assert.equal(acknowledged.get(found.task), ref, 'the answer named what is stored');
    const object = await objects.get(found.location);
    assert.ok(object !== null, `${found.location} is there`);
    const pieces: Uint8Array[] = [];
    for await (const piece of object.read()) pieces.push(piece);
    const result = decodeKeyedChainAs(ProtocolDAGResult, zstd.decompress(Buffer.concat(pieces), 1e8));
    assert.equal(result.key, found.objKey);
    assert.equal(result.name, found.task);
    tasksWithResult.add(found.task);
  }
  assert.equal(tasksWithResult.size, tasks.length, 'one for each');
}

describe('a compute service is killed', { timeout: 300_000 }, () => {
  const server = new Server(join(ROOT, 'services'), ['--registration-expire-seconds', '2']);

  /** Starts a compute service with folders of its own. */
  function startService(name: string): Program {
    const folder = join(ROOT, name);
    const settings = {
      api_url: server.computeUrl,
      identifier: 'local-compute',
      key: server.computeKey,
      name,
      shared_basedir: join(folder, 'shared'),
      scratch_basedir: join(folder, 'scratch'),
      heartbeat_interval: 0.5,
      sleep_interval: 0.2,
      deep_sleep_interval: 0.2,
      client_max_retries: 0,
      client_retry_base_seconds: 1.01,
      client_retry_max_seconds: 0.2,
    };
    // JSON is YAML.
    writeFileSync(join(ROOT, `${name}.yaml`), JSON.stringify(settings));
    return startProgram(['compute', 'synchronous', '-c', join(ROOT, `${name}.yaml`)]);
  }

  const status = async (task: ScopedKey | undefined) =>
    (await server.user().getTasksStatus([task as ScopedKey]))[0];
  const unitsOf = (name: string) => processesWith(join(ROOT, name, 'scratch'));

  test('in the middle of a task: its units die with it, and another service completes the task', async () => {
    await server.start();
    const transformation = slowTransformation(1);
    const first = startService('first');
    const [task] = await offer(server.user(), transformation, 1);
    await until(() => unitsOf('first').length > 0, 'a unit runs');
    first.child.kill('SIGKILL');
    await first.ended;
    assert.equal(await status(task), 'running', 'nobody knows yet');
    await until(() => unitsOf('first').length === 0, 'its unit is gone');
    const second = startService('second');
    await until(async () => (await status(task)) === 'complete', 'the other service has completed it');
    const results = await server.user().getTaskResults(task as ScopedKey);
    assert.equal(results.length, 1);
    second.child.kill('SIGTERM');
    assert.equal(await second.ended, 0);
  });

  test('with a result in hand and the server gone: the next service delivers it', async () => {
    const transformation = slowTransformation(0.5);
    const first = startService('third');
    const [task] = await offer(server.user(), transformation, 1);
    await until(() => unitsOf('third').length > 0, 'the unit runs');
    await server.kill();
    const spool = join(ROOT, 'third', 'shared', 'undelivered-results');
    const kept = () => (existsSync(spool) ? readdirSync(spool).filter(name => name.endsWith('.json')) : []);
    await until(() => kept().length === 1, 'the result waits on disk');
    first.child.kill('SIGKILL');
    await first.ended;

    await server.start();
    assert.notEqual(await status(task), 'complete');
    const next = startService('third');
    await until(async () => (await status(task)) === 'complete', 'the result is delivered');
    await until(() => kept().length === 0, 'the spool is empty');
    const results = await server.user().getTaskResults(task as ScopedKey);
    assert.equal(results.length, 1, 'and was not computed again');
    next.child.kill('SIGTERM');
    assert.equal(await next.ended, 0);
    await server.stop();
    assert.deepEqual(processesWith(ROOT), []);
  });
});
