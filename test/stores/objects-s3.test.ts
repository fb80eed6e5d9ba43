// Objects in a bucket: the contract on a real S3 server, and what only a network and a shared bucket can get wrong.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { AlchemiscaleError } from '../../src/domain/errors.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { openObjectStore } from '../../src/objects/open.ts';
import { objectStoreContract } from '../contract/object-store.ts';
import { createBucket, type TestBucket } from '../support/buckets.ts';
import { findS3, privateServer } from '../support/services.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const AT = 'protocoldagresult/org/campaign/project/Transformation-1/results/ProtocolDAGResult-2/obj.json.zst';
const MIB = 1024 * 1024;

const found = await findS3();
const skip = 'skip' in found ? found.skip : false;
const port = 'skip' in found ? 0 : Number(new URL(found.service.endpoint).port);
let bucket: TestBucket;
let places = 0;

before(async () => {
  if (!('skip' in found)) bucket = await createBucket(found.service);
});
after(async () => await bucket?.[Symbol.asyncDispose]());

/** An empty place in the bucket. */
async function openPlace(prefix = `place-${places++}/below`, at?: number): Promise<ObjectStore> {
  return await openObjectStore(bucket.url(prefix, at), bucket.credentials);
}

objectStoreContract('S3', () => openPlace(), skip === false ? {} : { skip });

describe('the network between', { skip }, () => {
  it('is cut in the middle of an upload: the part is sent again', async () => {
    await using proxy = await startTcpProxy(port);
    await using store = await openPlace(undefined, proxy.port);
    const bytes = randomBytes(20 * MIB);
    for (const cutAfter of [1 * MIB, 12 * MIB]) {
      proxy.cutAfter(cutAfter, 'up');
      await put(store, AT, bytes);
      assert.ok((await read(store, AT)).equals(bytes));
    }
    assert.equal(proxy.cuts, 2);
    assert.equal(await bucket.openUploads(), 0);
  });

  it('is cut in the middle of a download: the rest is asked for', async () => {
    await using proxy = await startTcpProxy(port);
    await using store = await openPlace(undefined, proxy.port);
    const bytes = randomBytes(6 * MIB);
    await put(store, AT, bytes);
    for (const cutAfter of [50_000, 200_000, 3 * MIB]) {
      proxy.cutAfter(cutAfter, 'down');
      assert.ok((await read(store, AT)).equals(bytes));
    }
    assert.equal(proxy.cuts, 3);
  });

  it('carries no part to its end: no object, no parts left', async () => {
    await using proxy = await startTcpProxy(port);
    await using store = await openPlace(undefined, proxy.port);
    await put(store, AT, Buffer.from('what was there before'));
    proxy.cutLongUploads(2 * MIB);
    const upload = await store.createUpload();
    await upload.write(randomBytes(9 * MIB));
    await assert.rejects(upload.commit(AT), { code: 'STORE_UNAVAILABLE' });
    await upload.abort();
    assert.equal((await read(store, AT)).toString(), 'what was there before');
    assert.equal(await bucket.openUploads(), 0);
  });

  it('is gone for good in the middle of an upload: parts stay behind, and are swept', async () => {
    await using there = await openPlace('swept');
    const proxy = await startTcpProxy(port);
    await using store = await openPlace('swept', proxy.port);
    const upload = await store.createUpload();
    await upload.write(randomBytes(20 * MIB));
    proxy.cutAfter(12 * MIB, 'up');
    const committed = upload.commit(AT);
    const lost = assert.rejects(committed, {
      code: 'STORE_UNAVAILABLE',
      message: 'the object store cannot be written: it does not answer (ECONNREFUSED)',
    });
    while (proxy.cuts === 0) await new Promise(resolve => setTimeout(resolve, 1));
    await proxy[Symbol.asyncDispose]();
    await lost;
    assert.equal(await there.get(AT), null);
    assert.equal(await bucket.openUploads(), 1);
    assert.equal(await there.sweep(new Date(Date.now() - 60_000)), 0, 'it may still be under way');
    assert.equal(await there.sweep(new Date(Date.now() + 60_000)), 1);
    assert.equal(await bucket.openUploads(), 0);
  });
});

describe('the server', { skip }, () => {
  it('is killed and comes back: what was committed is there, what was not goes on', async t => {
    const own = await privateServer('s3');
    if ('skip' in own) return t.skip(own.skip);
    await using server = own.service;
    const ownBucket = await createBucket(server.service);
    await using store = await openObjectStore(ownBucket.url('p'), ownBucket.credentials);
    const bytes = randomBytes(MIB);
    await put(store, 'a/1', bytes);
    const upload = await store.createUpload();
    await upload.write(bytes);
    const reading = store.get('a/1');
    await server.stop();
    await reading.catch(() => null);
    const committing = upload.commit('a/2');
    await server.start();
    await committing;
    assert.ok((await read(store, 'a/1')).equals(bytes));
    assert.ok((await read(store, 'a/2')).equals(bytes));
    await server.stop();
    await assert.rejects(store.get('a/1'), { code: 'STORE_UNAVAILABLE' });
    await assert.rejects(store.check(), { code: 'STORE_UNAVAILABLE' });
    ownBucket.client.destroy();
  });

  it('says what is wrong when it is opened, and nothing that is secret', async () => {
    const { secretAccessKey, accessKeyId } = bucket.credentials;
    const refused = async (url: string, credentials = bucket.credentials): Promise<string> => {
      try {
        await using _store = await openObjectStore(url, credentials);
      } catch (error) {
        assert.ok(error instanceof AlchemiscaleError, String(error));
        const everything = inspect(error, { depth: 10, showHidden: true });
        assert.ok(!everything.includes(secretAccessKey) && !everything.includes('wrong-secret'), everything);
        return `${error.code}: ${error.message}`;
      }
      return 'opened';
    };
    const at = `at http://127.0.0.1:${port}`;
    const name = `s3://${bucket.name}/p ${at}`;
    assert.equal(
      await refused(bucket.url('p').replace(bucket.name, 'there-is-no-such-bucket')),
      `STORE_UNAVAILABLE: cannot open the object store s3://there-is-no-such-bucket/p ${at}: there is no such bucket; make it first`,
    );
    for (const wrong of [
      { accessKeyId, secretAccessKey: 'wrong-secret' },
      { accessKeyId: 'nobody', secretAccessKey },
    ]) {
      assert.equal(
        await refused(bucket.url('p'), wrong),
        `STORE_UNAVAILABLE: cannot open the object store ${name}: the credentials are not accepted`,
      );
    }
    assert.match(
      await refused(bucket.url('p', 1)),
      /^STORE_UNAVAILABLE: .* at http:\/\/127\.0\.0\.1:1: it does not answer \(ECONNREFUSED\)$/,
    );
    assert.match(
      await refused(`${bucket.url('p')}&spool=/dev/null/x`),
      /^STORE_UNAVAILABLE: uploads cannot be spooled in \/dev\/null\/x: ENOTDIR/,
    );
  });
});

describe('a bucket', { skip }, () => {
  it('holds places that do not see each other', async () => {
    await using one = await openPlace('one');
    await using oneMore = await openPlace('one-more/');
    await put(one, AT, Buffer.from('1'));
    await put(oneMore, AT, Buffer.from('2'));
    assert.ok(
      (await bucket.keys()).includes(`one/${AT}`) && (await bucket.keys()).includes(`one-more/${AT}`),
    );
    await one.reset();
    assert.equal(await one.get(AT), null);
    assert.equal((await read(oneMore, AT)).toString(), '2');
  });

  it('without a prefix is not emptied of what others keep there', async () => {
    if ('skip' in found) return;
    await using own = await createBucket(found.service);
    await using store = await openObjectStore(own.url(''), own.credentials);
    await put(store, AT, Buffer.from('x'));
    const thesis = { Bucket: own.name, Key: 'thesis/chapter 1.txt', Body: 'years of work' };
    await own.client.send(new PutObjectCommand(thesis));
    assert.deepEqual(await keysOf(store), [AT], 'what is no location is not listed');
    await assert.rejects(store.reset(), { code: 'CONFLICT', message: /it holds 'thesis\/chapter 1\.txt'/ });
    assert.equal((await own.keys()).length, 2);
  });

  it('is listed and emptied in pages', async t => {
    const own = await privateServer('s3');
    if ('skip' in own) return t.skip(own.skip);
    await using server = own.service;
    const large = await createBucket(server.service);
    await using store = await openObjectStore(large.url('pages'), large.credentials);
    await put(store, 'many/0000', Buffer.from('x'));
    const locations = Array.from({ length: 1001 }, (_, i) => `many/${String(i).padStart(4, '0')}`);
    // A file in its folder is an object of this server, and takes no time to make.
    const folder = join(server.service.folder, 'buckets', large.name, 'pages');
    for (const location of locations) await writeFile(join(folder, location), 'x');
    assert.deepEqual(await keysOf(store), locations);
    await store.reset();
    assert.deepEqual(await keysOf(store), []);
    large.client.destroy();
  });

  it('is served while large uploads wait in a folder of choice, where nothing is left', async t => {
    const spool = await mkdtemp(join(tmpdir(), 'alchemiscale-spool-'));
    t.after(() => rm(spool, { recursive: true }));
    await using store = await openObjectStore(
      `${bucket.url('spooled')}&spool=${encodeURIComponent(spool)}`,
      bucket.credentials,
    );
    const upload = await store.createUpload();
    await upload.write(randomBytes(3 * MIB));
    assert.deepEqual(await readdir(spool), []);
    await upload.commit(AT);
    assert.equal((await store.get(AT))?.size, 3 * MIB);
  });
});

async function put(store: ObjectStore, location: string, bytes: Uint8Array): Promise<void> {
  const upload = await store.createUpload();
  await upload.write(bytes);
  await upload.commit(location);
}

async function read(store: ObjectStore, location: string): Promise<Buffer> {
  const stored = await store.get(location);
  assert.ok(stored, `${location} is there`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of stored.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function keysOf(store: ObjectStore): Promise<readonly string[]> {
  const locations: string[] = [];
  for await (const location of store.list('')) locations.push(location);
  return locations;
}
