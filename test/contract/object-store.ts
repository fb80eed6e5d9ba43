// What every object store promises, as cases. A backend runs them with a function that opens an empty store.
import assert from 'node:assert/strict';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ObjectStore } from '../../src/objects/object-store.ts';

const AT = 'protocoldagresult/org/campaign/project/Transformation-1/results/ProtocolDAGResult-2/obj.json.zst';

/** What a backend cannot do, by the title of the case, with the reason. */
export type ObjectStoreGaps = Readonly<Record<string, string>>;

/** Runs the suite; `open` gives an empty store each time. Without a service every case is skipped with the reason. */
export function objectStoreContract(
  name: string,
  open: () => Promise<ObjectStore>,
  { gaps = {}, skip }: { readonly gaps?: ObjectStoreGaps; readonly skip?: string } = {},
): void {
  const on = (title: string, body: (store: ObjectStore) => Promise<void>): void => {
    if (title in gaps) return;
    it(title, { skip: skip ?? false }, async () => {
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

    on('keeps what is there when asked to, also of many that come at once', async store => {
      const bodies = Array.from({ length: 6 }, () => randomBytes(50_000));
      const uploads = await Promise.all(
        bodies.map(async bytes => {
          const upload = await store.createUpload();
          await upload.write(bytes);
          return upload;
        }),
      );
      await Promise.all(uploads.map(upload => upload.commit(AT, { keep: true })));
      const first = await read(store, AT);
      assert.ok(bodies.some(bytes => bytes.equals(first)));
      const late = await store.createUpload();
      await late.write(Buffer.from('late'));
      await late.commit(AT, { keep: true });
      assert.deepEqual(await read(store, AT), first);
      assert.deepEqual(await all(store, ''), [AT]);
      await put(store, AT, Buffer.from('instead'));
      assert.equal((await read(store, AT)).toString(), 'instead');
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

    on('lets one of several writers of a location win, whole', async store => {
      const contents = Array.from({ length: 6 }, (_, i) => Buffer.alloc(200_000 + i, i));
      await Promise.all(contents.map(bytes => put(store, AT, bytes)));
      const left = await read(store, AT);
      assert.ok(contents.some(bytes => bytes.equals(left)));
      assert.deepEqual(await all(store, ''), [AT]);
    });

    on('replaces a long object by a short one, and back', async store => {
      for (const bytes of [randomBytes(500_000), Buffer.from('short'), randomBytes(300_000)]) {
        await put(store, AT, bytes);
        assert.equal((await store.get(AT))?.size, bytes.length);
        assert.deepEqual(await read(store, AT), bytes);
      }
    });

    on('reads parts of an object, and reads it again', async store => {
      const bytes = randomBytes(700_000);
      await put(store, AT, bytes);
      const stored = await store.get(AT);
      assert.ok(stored);
      const [last, size] = [bytes.length - 1, bytes.length];
      for (const [start, end] of [
        [0, 1],
        [0, size],
        [100, 200_000],
        [131_071, 131_073],
        [131_072, 131_072],
        [400_000, 600_001],
        [last, size],
        [size, size],
      ] as const) {
        const part = await together(stored.read({ start, end }));
        assert.ok(part.equals(bytes.subarray(start, end)), `${start} to ${end}`);
      }
      assert.deepEqual(await together(stored.read({ start: 699_990 })), bytes.subarray(699_990));
      for (const [start, end] of [
        [-1, 5],
        [5, 4],
        [0, size + 1],
        [size + 1, size + 1],
        [0.5, 2],
      ] as const) {
        assert.throws(() => stored.read({ start, end }), { code: 'BAD_REQUEST' });
      }
    });

    on('never mixes two versions of an object', async store => {
      const [before, after] = [randomBytes(400_000), randomBytes(350_000)];
      await put(store, AT, before);
      const stored = await store.get(AT);
      assert.ok(stored);
      await put(store, AT, after);
      const whole = await together(stored.read()).catch(error => error);
      if (whole instanceof Error)
        assert.equal('code' in whole && whole.code, 'STORE_UNAVAILABLE', String(whole));
      else assert.ok(whole.equals(before));
      assert.ok((await read(store, AT)).equals(after));
    });

    on('may be stopped reading in the middle', async store => {
      await put(store, AT, randomBytes(2_000_000));
      const stored = await store.get(AT);
      assert.ok(stored);
      for await (const chunk of stored.read()) if (chunk.length > 0) break;
      assert.equal((await store.get(AT))?.size, 2_000_000);
    });

    on(STREAMING, async store => {
      const size = 64 * 1024 * 1024;
      const [sent, got] = [createHash('sha256'), createHash('sha256')];
      const memory = peakMemory();
      const upload = await store.createUpload();
      for (const chunk of randomChunks(size)) {
        sent.update(chunk);
        await upload.write(chunk);
        memory.look();
      }
      await upload.commit(AT);
      memory.look();
      const stored = await store.get(AT);
      assert.equal(stored?.size, size);
      for await (const chunk of stored.read()) {
        got.update(chunk);
        memory.look();
      }
      assert.equal(got.digest('hex'), sent.digest('hex'));
      // A store may hold a few parts of it, and what is freed is counted until a thread of the engine has come to it.
      assert.ok(memory.peakBytes() < size / 2, `it took ${memory.peakBytes()} bytes`);
    });

    on('sweeps nothing that is younger', async store => {
      const upload = await store.createUpload();
      await upload.write(randomBytes(100_000));
      assert.equal(await store.sweep(new Date(Date.now() - 60_000)), 0);
      await upload.commit(AT);
      await store.sweep(new Date(Date.now() + 60_000));
      assert.equal((await store.get(AT))?.size, 100_000, 'what is committed is not swept');
    });

    on('makes links that work without credentials, or says that it has none', async store => {
      if (store.signUrl === null) return;
      const bytes = randomBytes(5000);
      await put(store, AT, bytes);
      const answer = await fetch(await store.signUrl(AT, 60_000));
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);
      const elsewhere = (await store.signUrl(AT, 60_000)).replace(
        'ProtocolDAGResult-2',
        'ProtocolDAGResult-3',
      );
      assert.equal((await fetch(elsewhere)).status, 403, 'a link is for one object');
      assert.equal((await fetch(await store.signUrl('nothing/here', 60_000))).status, 404);
      for (const lifetimeMs of [0, 999, 7 * 86_400_000 + 1, Number.NaN]) {
        await assert.rejects(store.signUrl(AT, lifetimeMs), { code: 'BAD_REQUEST' });
      }
      await assert.rejects(store.signUrl('../x', 60_000), { code: 'BAD_REQUEST' });
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

/** The case that a store in memory has no use for. */
export const STREAMING = 'carries 64 MiB in memory that does not depend on its size';

/** Incompressible and different everywhere; never all in memory. */
function* randomChunks(size: number): Generator<Uint8Array> {
  const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16));
  for (let at = 0; at < size; at += 100_000) yield stream.update(Buffer.alloc(Math.min(100_000, size - at)));
}

/** Of buffers, beyond what there were at the start. Garbage does not count: it is collected before each look. */
function peakMemory(): { look(): void; peakBytes(): number } {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const inUse = (): number => {
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  const before = inUse();
  let peak = 0;
  let looks = 0;
  return {
    look() {
      // Collecting takes some milliseconds.
      if (looks++ % 20 === 0) peak = Math.max(peak, inUse() - before);
    },
    peakBytes: () => peak,
  };
}

async function put(store: ObjectStore, location: string, ...chunks: Uint8Array[]): Promise<void> {
  const upload = await store.createUpload();
  for (const chunk of chunks) await upload.write(chunk);
  await upload.commit(location);
}

async function read(store: ObjectStore, location: string): Promise<Buffer> {
  const stored = await store.get(location);
  assert.ok(stored !== null, `${location} is there`);
  return await together(stored.read());
}

async function together(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of pieces) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function all(store: ObjectStore, prefix: string): Promise<string[]> {
  const locations: string[] = [];
  for await (const location of store.list(prefix)) locations.push(location);
  return locations.sort();
}
