// Our servers and the original's on one Neo4j database and one bucket, at the same time.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AlchemiscaleComputeClient } from '../../src/client/compute.ts';
import { Scope } from '../../src/domain/scope.ts';
import { hashKey } from '../../src/server/key-hash.ts';
import { type Stack, startStack } from '../../src/stack/stack.ts';
import type { Key } from '../../src/store/state-store.ts';
import { type Stored, sampleNetwork, submit } from '../contract/state-store/samples.ts';
import { sorted } from '../contract/state-store/world.ts';
import { environment, LIMITED, reportChecks, runPython } from '../python/python.ts';
import { createBucket, type TestBucket } from '../support/buckets.ts';
import { emptyGraph, neo4jUrl } from '../support/neo4j-graph.ts';
import { NO_ORIGINAL, type Original, startOriginal } from '../support/original.ts';
import { findNeo4j, findS3, neo4jLock } from '../support/services.ts';

const [neo4j, s3] = [await findNeo4j(), await findS3()];
const skip = NO_ORIGINAL || ('skip' in neo4j ? neo4j.skip : 'skip' in s3 ? s3.skip : false);
const JWT_SECRET = 'a secret of no consequence';

describe('beside the original on one graph', { skip, timeout: 900_000 }, () => {
  const undo = new AsyncDisposableStack();
  let bucket: TestBucket;
  let stack: Stack;
  let original: Original;

  before(async () => {
    assert.ok('service' in neo4j && 'service' in s3);
    undo.use(await neo4jLock());
    bucket = undo.use(await createBucket(s3.service));
    const folder = await mkdtemp(join(tmpdir(), 'alchemiscale-together-'));
    undo.defer(() => rm(folder, { recursive: true, force: true }));
    await emptyGraph(neo4j.service);
    stack = undo.use(
      await startStack({
        dataDir: folder,
        storeUrl: neo4jUrl(neo4j.service),
        objectsUrl: bucket.url('objs'),
        objectsCredentials: bucket.credentials,
        jwtSecret: JWT_SECRET,
        userPort: 0,
        computePort: 0,
      }),
    );
    const place = { neo4j: neo4j.service, s3: s3.service, bucket, prefix: 'objs', jwtSecret: JWT_SECRET };
    original = undo.use(await startOriginal(place));
    const hashedKey = await hashKey(LIMITED.key);
    for (const type of ['user', 'compute'] as const) {
      const name = { type, identifier: LIMITED.identifier };
      const scopes = LIMITED.scopes.map(text => Scope.parse(text).toDict());
      await stack.store.identities.put({ ...name, hashedKey });
      await stack.store.identities.addScopes({ ...name, scopes });
    }
  });
  after(() => undo.disposeAsync());

  test('every method of the Python clients, each call to either of the two', async t => {
    const variables = {
      ...environment(stack),
      ALCHEMISCALE_BESIDE_URL: original.userUrl,
      ALCHEMISCALE_BESIDE_COMPUTE_URL: original.computeUrl,
      ALCHEMISCALE_SEED: '1',
    };
    const ran = await runPython('check_clients.py', ['--original'], variables, t.signal);
    await reportChecks(t, ran, { atLeast: 90 });
  });

  test('claims on hubs that share their tasks: none is given twice, none is left', async () => {
    const { one, two, tasks } = await sharedWork(60);
    // The original's claims on two hubs do not see each other, so its services all claim from one.
    const claimers = await Promise.all([
      ...[one, one, one].map(({ hub }) => claimer(original.computeUrl, hub)),
      ...[one, two, two].map(({ hub }) => claimer(stack.computeUrl, hub)),
    ]);
    const got = await Promise.all(claimers.map(claim => untilNothingIsLeft(claim)));
    const all = got.flat();
    assert.equal(new Set(all).size, all.length, 'a task was given out twice');
    assert.deepEqual(sorted(all), sorted(tasks));
    assert.ok(
      got.every(some => some.length > 0),
      `everybody got some: ${got.map(some => some.length)}`,
    );
  });

  test('claims against deletion by the other: nothing that is deleted runs', async () => {
    const { one, two, tasks } = await sharedWork(40);
    const theirs = await claimer(original.computeUrl, one.hub);
    const claims = untilNothingIsLeft(theirs);
    const ends = Promise.all(
      tasks.map(task => stack.store.tasks.setStatuses({ tasks: [task], status: 'deleted' })),
    );
    await Promise.all([claims, ends]);
    assert.deepEqual(new Set(await stack.store.tasks.getStatuses({ tasks })), new Set(['deleted']));
    assert.deepEqual(await stack.store.hubs.listActioned({ networks: [one.network, two.network] }), [[], []]);
  });

  test('both look the graph over and find nothing wrong', async () => {
    assert.match(await original.run('database', 'check'), /No inconsistencies found/);
    assert.deepEqual(await stack.store.check(), []);
  });

  let scopes = 0;

  /** Two networks with one transformation in common, and its tasks on both hubs. */
  async function sharedWork(count: number): Promise<{ one: Stored; two: Stored; tasks: readonly Key[] }> {
    const { store } = stack;
    const scope = { org: 'together', campaign: 'claims', project: `project_${++scopes}` };
    const edge = { name: 'shared', protocol: 'P' };
    const one = await submit(store, scope, sampleNetwork('one', [edge]));
    const two = await submit(store, scope, sampleNetwork('two', [edge]));
    const transformation = one.transformations[0] ?? '';
    const items = Array.from({ length: count }, () => ({ transformation, extends: null }));
    const tasks = await store.tasks.create({ items, creator: 'ada', now: new Date() });
    for (const { network } of [one, two]) await store.hubs.action({ network, tasks, weights: null });
    return { one, two, tasks };
  }

  type Claim = () => Promise<readonly Key[]>;
  let services = 0;

  /** A service registered at one of the servers that claims a few tasks of a hub at a time. */
  async function claimer(apiUrl: string, hub: Key): Promise<Claim> {
    const { identifier, key } = stack.computeIdentity;
    const client = new AlchemiscaleComputeClient({ apiUrl, identifier, key, maxRetries: 0 });
    const service = `together-${(++services).toString(16).padStart(32, '0')}`;
    await client.register(service);
    return async () => {
      const claimed = await client.claimTaskHubTasks(hub, service, { count: 2 });
      return claimed.flatMap(task => (task === null ? [] : [String(task)]));
    };
  }

  async function untilNothingIsLeft(claim: Claim): Promise<readonly Key[]> {
    const claimed: Key[] = [];
    for (;;) {
      // The original answers a deadlock with status 500 and has done nothing.
      const some = await claim().catch(error => {
        if (error instanceof Error && 'status' in error && error.status === 500) return null;
        throw error;
      });
      if (some?.length === 0) return claimed;
      claimed.push(...(some ?? []));
    }
  }
});
