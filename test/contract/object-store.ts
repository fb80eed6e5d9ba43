// What every object store promises, as cases. A backend runs them with a function that opens an empty store.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import type { ObjectStore } from '../../src/objects/object-store.ts';

const AT = 'protocoldagresult/org/campaign/project/Transformation-1/results/ProtocolDAGResult-2/obj.json.zst';

/** Runs the suite; `open` gives an empty store each time. */
export function objectStoreContract(name: string, open: () => Promise<ObjectStore>): void {
  const on = (title: string, body: (store: ObjectStore) => Promise<void>): void => {
    it(title, async () => {
      await using store = await open();
      await body(store);
    });
  };

  describe(`object store: ${name}`, () => {
    on('gives back what was committed, in one piece or many', async store => {
      const bytes = randomBytes(700_000);
      await put(store, AT, bytes.subarray(0, 1), bytes.subarray(1, 300_000), bytes.subarray(300_000));
      assert.equal((await store.get(AT))?.size, bytes.length);
      assert.deepEqual(await read(store, AT), bytes);
    });

    on('keeps an empty object', async store => {
      await put(store, AT);
      assert.equal((await store.get(AT))?.size, 0);
      assert.deepEqual(await read(store, AT), Buffer.alloc(0));
    });

    on('shows nothing before the commit, and nothing after an abort', async store => {
      const upload = await store.createUpload();
      await upload.write(Buffer.from('half'));
      assert.equal(await store.get(AT), null);
      await upload.abort();
      await upload.abort();
      assert.equal(await store.get(AT), null);
      assert.deepEqual(await all(store, ''), []);
    });

    on('takes nothing more after commit or abort', async store => {
      const committed = await store.createUpload();
      await committed.commit(AT);
      await assert.rejects(committed.write(Buffer.from('x')), { code: 'CONFLICT' });
      await assert.rejects(committed.commit('other'), { code: 'CONFLICT' });
      await committed.abort();
      assert.notEqual(await store.get(AT), null, 'abort after commit changes nothing');
    });

    on('does not keep the writer’s buffer', async store => {
      const chunk = Buffer.from('before');
      const upload = await store.createUpload();
      await upload.write(chunk);
      chunk.fill('!');
      await upload.commit(AT);
      assert.equal((await read(store, AT)).toString(), 'before');
    });

    on('replaces an object in one step', async store => {
      await put(store, AT, Buffer.from('first'));
      await put(store, AT, Buffer.from('second'));
      assert.equal((await read(store, AT)).toString(), 'second');
    });

    on('keeps uploads that run at once apart', async store => {
      const contents = Array.from({ length: 8 }, (_, i) => Buffer.alloc(10_000, i));
      await Promise.all(contents.map((bytes, i) => put(store, `at/once/${i}`, bytes)));
      for (const [i, bytes] of contents.entries()) assert.deepEqual(await read(store, `at/once/${i}`), bytes);
    });

    on('says null for what is not there', async store => {
      await put(store, AT, Buffer.from('x'));
      assert.equal(await store.get('nothing/here'), null);
      assert.equal(await store.get(`${AT}/below-a-file`), null);
    });

    on('deletes, and deletes again', async store => {
      await put(store, AT, Buffer.from('x'));
      await store.delete(AT);
      await store.delete(AT);
      assert.equal(await store.get(AT), null);
    });

    on('lists by prefix', async store => {
      for (const location of ['b/2', 'a/1', 'a/12/3', 'ab/4']) await put(store, location, Buffer.from('x'));
      assert.deepEqual(await all(store, ''), ['a/1', 'a/12/3', 'ab/4', 'b/2']);
      assert.deepEqual(await all(store, 'a/'), ['a/1', 'a/12/3']);
      assert.deepEqual(await all(store, 'a/1'), ['a/1', 'a/12/3']);
      assert.deepEqual(await all(store, 'a'), ['a/1', 'a/12/3', 'ab/4']);
      assert.deepEqual(await all(store, 'z'), []);
    });

    on('refuses locations that leave the store', async store => {
      const bad = [
        '',
        '/etc/passwd',
        '../x',
        'a/../../x',
        'a//b',
        'a/',
        './a',
        'a/.hidden',
        'a\\b',
        'a/\0',
        'x'.repeat(300),
      ];
      for (const location of bad) {
        await assert.rejects(store.get(location), { code: 'BAD_REQUEST' }, location);
        await assert.rejects(store.delete(location), { code: 'BAD_REQUEST' }, location);
        const upload = await store.createUpload();
        await assert.rejects(upload.commit(location), { code: 'BAD_REQUEST' }, location);
        await upload.abort();
      }
      assert.deepEqual(await all(store, ''), []);
    });

    on('checks itself and leaves nothing behind', async store => {
      await store.check();
      assert.deepEqual(await all(store, ''), []);
    });

    on('forgets everything on reset and goes on', async store => {
      await put(store, AT, Buffer.from('x'));
      await store.reset();
      assert.deepEqual(await all(store, ''), []);
      await put(store, AT, Buffer.from('y'));
      assert.equal((await read(store, AT)).toString(), 'y');
    });
  });
}

async function put(store: ObjectStore, location: string, ...chunks: Uint8Array[]): Promise<void> {
  const upload = await store.createUpload();
  for (const chunk of chunks) await upload.write(chunk);
  await upload.commit(location);
}

async function read(store: ObjectStore, location: string): Promise<Buffer> {
  const stored = await store.get(location);
  assert.ok(stored !== null, `${location} is there`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of stored.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function all(store: ObjectStore, prefix: string): Promise<string[]> {
  const locations: string[] = [];
  for await (const location of store.list(prefix)) locations.push(location);
  return locations.sort();
}
