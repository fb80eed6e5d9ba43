// A bucket that the original filled is served in place: its keys, its bytes, its older form; and ours land beside them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { readLatin1, readResult } from '../../src/client/reading.ts';
import { resultLocation } from '../../src/domain/result-location.ts';
import { ScopedKey } from '../../src/domain/scoped-key.ts';
import { GUFE_REGISTRY } from '../../src/gufe/index.ts';
import { nodeZstd } from '../../src/lib/zstd.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { openObjectStore } from '../../src/objects/open.ts';
import { openResult, resultAsText } from '../../src/server/stored-result.ts';
import type { ResultRef } from '../../src/store/state-store.ts';
import { createBucket, type TestBucket } from '../support/buckets.ts';
import { fixtures } from '../support/golden.ts';
import { findS3 } from '../support/services.ts';

interface KeptObject {
  readonly key: string;
  readonly file: string;
  readonly sha256: string;
}

const FOLDER = fixtures('bucket');
const { prefix, objects }: { prefix: string; objects: readonly KeptObject[] } = JSON.parse(
  readFileSync(join(FOLDER, 'objects.json'), 'utf8'),
);
const bytesOf = ({ file }: KeptObject): Buffer => readFileSync(join(FOLDER, file.replace('objects/', '')));
const locationOf = ({ key }: KeptObject): string => key.slice(prefix.length + 1);

/** What the state store knows of it. */
function refOf(object: KeptObject): ResultRef {
  const location = locationOf(object);
  const [, org, campaign, project, transformation, folder, objKey] = location.split('/');
  const scope = `${org}-${campaign}-${project}`;
  return {
    ref: `ProtocolDAGResultRef-1-${scope}`,
    objKey: String(objKey),
    ok: folder === 'results',
    location,
    task: `Task-1-${scope}`,
    transformation: `${transformation}-${scope}`,
    created: new Date(),
    creator: null,
  };
}

const found = await findS3();
const skip = 'skip' in found ? found.skip : false;

describe('a bucket of the original', { skip }, () => {
  let bucket: TestBucket;
  let store: ObjectStore;

  before(async () => {
    if ('skip' in found) return;
    bucket = await createBucket(found.service);
    for (const object of objects) {
      await bucket.client.send(
        new PutObjectCommand({ Bucket: bucket.name, Key: object.key, Body: bytesOf(object) }),
      );
    }
    store = await openObjectStore(bucket.url(prefix), bucket.credentials);
  });
  after(async () => {
    await store?.[Symbol.asyncDispose]();
    await bucket?.[Symbol.asyncDispose]();
  });

  test('lists the locations that references name', async () => {
    const listed: string[] = [];
    for await (const location of store.list('protocoldagresult/')) listed.push(location);
    assert.deepEqual(listed.sort(), objects.map(locationOf).sort());
  });

  test('hands every result out as the bytes that the original hands out', async () => {
    let older = 0;
    for (const object of objects) {
      const ref = refOf(object);
      const place = resultLocation(ScopedKey.parse(ref.transformation), ref.objKey, ref.ok);
      if (place !== ref.location) older += 1;
      const text = await resultAsText(await openResult(store, ref), '[', ']');
      assert.ok(text instanceof Uint8Array);
      const [answer] = JSON.parse(Buffer.from(text).toString()) as [string];
      const bytes = readLatin1(answer, ref.ref);
      assert.equal(createHash('sha256').update(bytes).digest('hex'), object.sha256, object.key);
    }
    assert.equal(older, 1, 'the one that is plain JSON is found where its reference says');
  });

  test('takes more of the same keys', async () => {
    const location = locationOf(objects[0] ?? assert.fail()).replace(
      /ProtocolDAGResult-[^/]*/,
      'ProtocolDAGResult-0',
    );
    const upload = await store.createUpload();
    await upload.write(Buffer.from('new'));
    await upload.commit(location);
    assert.ok((await bucket.keys()).includes(`${prefix}/${location}`));
    assert.equal((await bucket.keys()).length, objects.length + 1);
  });
});

test('results of either form are read', () => {
  const reading = { zstd: nodeZstd() ?? assert.fail(), decode: { registry: GUFE_REGISTRY } };
  for (const object of objects) {
    const { objKey } = refOf(object);
    assert.equal(readResult(bytesOf(object), objKey, reading).key, objKey);
  }
});
