// A put that must not overwrite, on servers that answer its condition in all the ways that there are. The server behind knows
// the condition; a front answers as others do.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { after, before, describe, it } from 'node:test';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { openObjectStore } from '../../src/objects/open.ts';
import { createBucket, type TestBucket } from '../support/buckets.ts';
import { type S3Refusal, startS3Front } from '../support/s3-front.ts';
import { findS3 } from '../support/services.ts';

const MIB = 1024 * 1024;
const found = await findS3();

describe('a put that must not overwrite', { skip: 'skip' in found && found.skip }, () => {
  let bucket: TestBucket;
  let port = 0;
  let places = 0;
  before(async () => {
    assert.ok('service' in found);
    bucket = await createBucket(found.service);
    port = Number(new URL(found.service.endpoint).port);
  });
  after(async () => await bucket?.[Symbol.asyncDispose]());

  /** A store whose conditional requests are answered by `answer`, given how many came before; null lets them through. */
  async function openBehind(
    undo: AsyncDisposableStack,
    answer: (nth: number) => S3Refusal | null,
  ): Promise<{ store: ObjectStore; asked: () => number; plain: ObjectStore }> {
    let asked = 0;
    const isConditional = ({ headers }: IncomingMessage): boolean => headers['if-none-match'] === '*';
    const front = undo.use(
      await startS3Front(port, request => (isConditional(request) ? answer(asked++) : null)),
    );
    const prefix = `keep-${places++}`;
    const store = undo.use(await openObjectStore(bucket.url(prefix, front.port), bucket.credentials));
    const plain = undo.use(await openObjectStore(bucket.url(prefix), bucket.credentials));
    return { store, asked: () => asked, plain };
  }

  // One request, and parts.
  for (const size of [1000, 9 * MIB]) {
    const conflict = { status: 409, code: 'ConditionalRequestConflict' };

    it(`of ${size} bytes is made anew when another writes at that moment`, async () => {
      await using undo = new AsyncDisposableStack();
      const { store, asked } = await openBehind(undo, nth => (nth < 2 ? conflict : null));
      const bytes = randomBytes(size);
      await put(store, 'a', bytes, true);
      assert.ok((await read(store, 'a')).equals(bytes));
      assert.equal(asked(), 3);
    });

    it(`of ${size} bytes stays behind when the other has written meanwhile`, async () => {
      await using undo = new AsyncDisposableStack();
      const other = Buffer.from('the first');
      const behind = await openBehind(undo, nth => (nth === 0 ? conflict : null));
      await put(behind.plain, 'a', other, false);
      await put(behind.store, 'a', randomBytes(size), true);
      assert.ok((await read(behind.store, 'a')).equals(other));
      assert.equal(behind.asked(), 2);
    });

    it(`of ${size} bytes is refused when others never end, and overwrites nothing`, async () => {
      await using undo = new AsyncDisposableStack();
      const { store, plain } = await openBehind(undo, () => conflict);
      const other = Buffer.from('the first');
      await put(plain, 'a', other, false);
      await assert.rejects(put(store, 'a', randomBytes(size), true), {
        code: 'STORE_UNAVAILABLE',
        message: 'the object store cannot be written: others write the same object at the moment; try again',
      });
      assert.ok((await read(store, 'a')).equals(other));
    });

    it(`of ${size} bytes looks first where the condition is not known`, async () => {
      await using undo = new AsyncDisposableStack();
      const { store } = await openBehind(undo, () => ({ status: 501, code: 'NotImplemented' }));
      const bytes = randomBytes(size);
      await put(store, 'a', bytes, true);
      await put(store, 'a', Buffer.from('late'), true);
      assert.ok((await read(store, 'a')).equals(bytes));
    });
  }

  it('is made anew when the upload in parts has been ended by a request whose answer was lost', async () => {
    await using undo = new AsyncDisposableStack();
    const { store, asked } = await openBehind(undo, nth =>
      nth === 0 ? { status: 404, code: 'NoSuchUpload' } : null,
    );
    const bytes = randomBytes(9 * MIB);
    await put(store, 'a', bytes, true);
    assert.ok((await read(store, 'a')).equals(bytes));
    assert.equal(asked(), 2);
  });

  it('takes 304 for "there already", as older servers of MinIO mean it', async () => {
    await using undo = new AsyncDisposableStack();
    const { store, plain } = await openBehind(undo, () => ({ status: 304, code: 'NotModified' }));
    await put(plain, 'a', Buffer.from('the first'), false);
    await put(store, 'a', Buffer.from('late'), true);
    assert.equal((await read(store, 'a')).toString(), 'the first');
  });

  it('leaves no parts', async () => assert.equal(await bucket.openUploads(), 0));
});

async function put(store: ObjectStore, location: string, bytes: Uint8Array, keep: boolean): Promise<void> {
  const upload = await store.createUpload();
  await upload.write(bytes);
  await upload.commit(location, { keep });
}

async function read(store: ObjectStore, location: string): Promise<Buffer> {
  const stored = await store.get(location);
  assert.ok(stored !== null);
  const chunks: Uint8Array[] = [];
  for await (const chunk of stored.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}
