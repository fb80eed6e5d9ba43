// An instance of ours moves into the graph and bucket of the original, which then serves it as its own: its check finds nothing,
// its answers are those that ours gave, its compute API hands out the tasks. And back.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { AlchemiscaleComputeClient } from '../../src/client/compute.ts';
import { AlchemiscaleClient } from '../../src/client/user.ts';
import { ConnectivityStrategy } from '../../src/gufe/index.ts';
import { AlchemicalNetwork } from '../../src/gufe/network.ts';
import { transfer } from '../../src/moving/transfer.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { openObjectStore } from '../../src/objects/open.ts';
import { type Stack, startStack } from '../../src/stack/stack.ts';
import { openStateStore } from '../../src/store/open.ts';
import type { StateStore } from '../../src/store/state-store.ts';
import { createBucket, type TestBucket } from '../support/buckets.ts';
import { emptyGraph, neo4jUrl } from '../support/neo4j-graph.ts';
import { NO_ORIGINAL, type Original, startOriginal } from '../support/original.ts';
import { makeResult, quickTransformation } from '../support/results.ts';
import { findNeo4j, findS3, neo4jLock } from '../support/services.ts';

const [neo4j, s3] = [await findNeo4j(), await findS3()];
const skip = NO_ORIGINAL || ('skip' in neo4j ? neo4j.skip : 'skip' in s3 ? s3.skip : false);
const SCOPE = 'moved-campaign-project';
const PREFIX = 'objs';

interface Opened {
  readonly store: StateStore;
  readonly objects: ObjectStore;
}

describe('an instance that moved to the original', { skip, timeout: 600_000 }, () => {
  const undo = new AsyncDisposableStack();
  const edges = [quickTransformation('first'), quickTransformation('second')];
  const [edge] = edges as [(typeof edges)[number]];
  const network = new AlchemicalNetwork({ edges, name: 'moved' });
  const key = `${network.key}-${SCOPE}`;
  const transformation = `${edge.key}-${SCOPE}`;
  let folder = '';
  let bucket: TestBucket;
  let here: Stack;
  let original: Original;
  let answersBefore: object;

  before(async () => {
    assert.ok('service' in neo4j && 'service' in s3);
    undo.use(await neo4jLock());
    await emptyGraph(neo4j.service);
    bucket = undo.use(await createBucket(s3.service));
    folder = await mkdtemp(join(tmpdir(), 'alchemiscale-moved-'));
    undo.defer(() => rm(folder, { recursive: true, force: true }));
    here = undo.use(await startStack({ dataDir: join(folder, 'here'), userPort: 0, computePort: 0 }));
    await fill();
    answersBefore = await seen(userOf(here.userUrl));
    await move(await openFolder('here'), await openTheirs());
    const place = {
      neo4j: neo4j.service,
      s3: s3.service,
      bucket,
      prefix: PREFIX,
      jwtSecret: 'no consequence',
    };
    original = undo.use(await startOriginal(place));
  });
  after(() => undo.disposeAsync());

  const userOf = (apiUrl: string): AlchemiscaleClient =>
    new AlchemiscaleClient({ apiUrl, ...here.userIdentity });
  const computeOf = (apiUrl: string): AlchemiscaleComputeClient =>
    new AlchemiscaleComputeClient({ apiUrl, ...here.computeIdentity });

  async function openFolder(name: string): Promise<Opened> {
    await mkdir(join(folder, name), { recursive: true });
    const store = undo.use(await openStateStore(`sqlite://${join(folder, name, 'state.db')}`));
    const objects = undo.use(await openObjectStore(pathToFileURL(join(folder, name, 'objects')).href));
    return { store, objects };
  }

  async function openTheirs(): Promise<Opened> {
    assert.ok('service' in neo4j);
    const store = undo.use(await openStateStore(neo4jUrl(neo4j.service)));
    return { store, objects: undo.use(await openObjectStore(bucket.url(PREFIX), bucket.credentials)) };
  }

  async function move(from: Opened, to: Opened): Promise<void> {
    await to.store.initialize();
    const objects = { from: from.objects, to: to.objects };
    const rest = {
      name: 'before',
      now: new Date(),
      signal: new AbortController().signal,
      onProgress: () => {},
    };
    const moved = await transfer({ from: from.store, to: to.store, objects, ...rest });
    assert.deepEqual([moved.differences, moved.notes.first, moved.bodies?.problems], [[], [], []]);
  }

  /** Claims a task and pushes its result. */
  async function complete(apiUrl: string, name: string, traceback: string | null = null): Promise<string> {
    const client = computeOf(apiUrl);
    const service = `${name}-${'0'.repeat(32)}`;
    await client.register(service);
    const [task] = (await client.claimTasks([SCOPE], service)) ?? [];
    assert.ok(task, `${name} got a task`);
    await client.setTaskResult(task, makeResult(edge, name, traceback), service);
    await client.deregister(service);
    return String(task);
  }

  async function fill(): Promise<void> {
    const user = userOf(here.userUrl);
    await user.createNetwork(network, SCOPE);
    const tasks = await user.createTasks(transformation, { count: 4 });
    const parent = tasks[0] as (typeof tasks)[number];
    await user.createTasks(transformation, { extends: parent });
    await user.actionTasks(tasks, key, { weight: [0.25, 0.5, 0.75, 1] });
    await user.setTasksPriority(tasks.slice(2), 3n);
    await user.setNetworkWeight(key, 0.75);
    await user.addTaskRestartPatterns(key, ['boom \\d+'], 2);
    await user.setNetworkStrategy(key, new ConnectivityStrategy(), { mode: 'full', sleepInterval: 60 });
    await complete(here.computeUrl, 'good');
    await complete(here.computeUrl, 'bad', 'boom 1');
  }

  /** What a user sees of it. */
  async function seen(user: AlchemiscaleClient): Promise<object> {
    const tasks = (await user.getNetworkTasks(key)).map(String).sort();
    const actioned = await user.getNetworkActionedTasks(key, { taskWeights: true });
    const results = await user.getTransformationResults(transformation, { returnAs: 'ProtocolDAGResults' });
    return {
      network: (await user.getNetwork(key)).key,
      state: await user.getNetworkState(key),
      weight: await user.getNetworkWeight(key),
      tasks,
      statuses: await user.getTasksStatus(tasks),
      priorities: await user.getTasksPriority(tasks),
      actioned: Object.fromEntries([...actioned].map(([task, weight]) => [String(task), weight])),
      graph: [...(await user.getTransformationTasks(transformation, { returnAs: 'graph' }))]
        .map(String)
        .sort(),
      patterns: await user.getTaskRestartPatterns(key),
      strategy: (await user.getNetworkStrategy(key))?.key,
      strategyState: await user.getNetworkStrategyState(key),
      results: results.map(result => result.key).sort(),
      failures: (await user.getTransformationFailures(transformation)).map(failure => failure.key).sort(),
    };
  }

  test('its own check finds nothing', async () => {
    assert.match(await original.run('database', 'check'), /No inconsistencies found/);
  });

  test('gives the answers that ours gave', async () => {
    assert.deepEqual(await seen(userOf(original.userUrl)), answersBefore);
  });

  test('hands out its tasks, and takes what they give', async () => {
    const user = userOf(original.userUrl);
    const task = await complete(original.computeUrl, 'there');
    assert.deepEqual(await user.getTasksStatus([task]), ['complete']);
    assert.equal((await user.getTaskResults(task)).length, 1);
    const failed = await complete(original.computeUrl, 'there.bad', 'boom 2');
    assert.deepEqual(await user.getTasksStatus([failed]), ['waiting'], 'it is restarted by the pattern');
    await user.setNetworkStrategy(key, new ConnectivityStrategy(), { mode: 'partial' });
    assert.match(await original.run('database', 'check'), /No inconsistencies found/);
  });

  test('and moves back as the original left it', async () => {
    const then = await seen(userOf(original.userUrl));
    const back = await openFolder('back');
    await move(await openTheirs(), back);
    assert.deepEqual(await back.store.check(), []);
    await using again = await startStack({ dataDir: join(folder, 'back'), userPort: 0, computePort: 0 });
    const { userUrl: apiUrl, userIdentity } = again;
    assert.deepEqual(await seen(new AlchemiscaleClient({ apiUrl, ...userIdentity })), then);
  });
});
