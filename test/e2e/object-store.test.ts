// The whole system on a bucket: started by the original's options, results that outlive the server, and an object store that
// is killed while results are on their way.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { AlchemiscaleClient } from '../../src/client/user.ts';
import { harmonicNetwork, PROTOCOL_REGISTRY } from '../../src/protocols/index.ts';
import { createBucket } from '../support/buckets.ts';
import { killPrograms, type Serving, startUp, until } from '../support/program.ts';
import { findS3, privateServer } from '../support/services.ts';

const SCOPE = 'test-objects-first';
const s3 = await findS3();
const skip = 'skip' in s3 ? s3.skip : false;

after(killPrograms);

function clientOf(folder: string, serving: Serving): AlchemiscaleClient {
  const identity = JSON.parse(readFileSync(join(folder, 'user-identity'), 'utf8'));
  return new AlchemiscaleClient({ apiUrl: serving.userUrl, ...identity, registry: PROTOCOL_REGISTRY });
}

test('results go to the bucket, and outlive server and object store', { skip, timeout: 120_000 }, async t => {
  const own = await privateServer('s3');
  if ('skip' in own) return t.skip(own.skip);
  await using server = own.service;
  const bucket = await createBucket(server.service);
  const folder = await mkdtemp(join(tmpdir(), 'alchemiscale-bucket-'));
  t.after(async () => {
    bucket.client.destroy();
    await rm(folder, { recursive: true, force: true });
  });
  const { accessKeyId, secretAccessKey, endpoint } = server.service;
  const start = (services: number): Promise<Serving> =>
    startUp(
      [
        ...['--data', folder, '--services', String(services), '--user-port', '0', '--compute-port', '0'],
        ...['--s3-bucket', bucket.name, '--s3-prefix', 'my/prefix', '--default-region', 'us-east-1'],
      ],
      {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_ENDPOINT_URL: endpoint,
      },
    );
  const first = await start(1);
  const client = clientOf(folder, first);
  const network = harmonicNetwork({ name: 'bucket', nRepeats: 1, nWindows: 2, nSamples: 50 });
  const key = await client.createNetwork(network, SCOPE);
  const transformations = await client.getNetworkTransformations(key);
  const tasks = await client.createTransformationsTasks(transformations.slice(0, 3));
  await client.actionTasks(tasks, key);

  await until(async () => Boolean((await client.getNetworkStatus(key)).complete), 'a result is there');
  await server.stop();
  const { complete: before = 0 } = await client.getNetworkStatus(key);
  // Before a result is stored it is looked whether it is there.
  const refusal = /the object store cannot be (?:read|written): it does not answer/;
  await until(() => refusal.test(first.stderr()), 'a result is refused');
  await server.start();
  const settled = async (): Promise<boolean> => {
    const { waiting, running } = await client.getNetworkStatus(key);
    return !waiting && !running;
  };
  await until(settled, 'all results are there');
  assert.deepEqual(await client.getNetworkStatus(key), { complete: tasks.length });
  assert.ok(before < tasks.length);

  first.child.kill('SIGKILL');
  await first.ended;
  const second = await start(0);
  const results = await clientOf(folder, second).getNetworkResults(key);
  assert.equal([...results.values()].filter(result => result !== null).length, tasks.length);
  const keys = await bucket.keys();
  assert.equal(keys.length, tasks.length);
  for (const each of keys)
    assert.match(each, /^my\/prefix\/protocoldagresult\/test\/objects\/first\/.*\/obj\.json\.zst$/);
  second.child.kill('SIGINT');
  assert.equal(await second.ended, 0, second.stderr());
});
