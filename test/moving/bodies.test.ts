// Bodies that fail: the others stop and the one is named; one that the backup could not read counts once.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AlchemiscaleError } from '../../src/domain/errors.ts';
import { openBackup } from '../../src/moving/backup-read.ts';
import { backup } from '../../src/moving/backup-write.ts';
import { copyBodies } from '../../src/moving/copy-bodies.ts';
import { restore } from '../../src/moving/restore.ts';
import { openStoreSource } from '../../src/moving/source.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { openObjectStore } from '../../src/objects/open.ts';
import { openStateStore } from '../../src/store/open.ts';
import type { StateStore } from '../../src/store/state-store.ts';
import { fillRichly } from './rich-instance.ts';

const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-bodies-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const copying = { onProgress: () => {}, noticeMs: 0, signal: new AbortController().signal, now: new Date(0) };

async function openSqlite(): Promise<StateStore> {
  const store = await openStateStore('sqlite::memory:', { seed: 1 });
  await store.initialize();
  return store;
}

async function locationsOf(objects: ObjectStore): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const location of objects.list('')) all.push(location);
  return all;
}

test('when one cannot be written the copies under way stop, and the error names it', async () => {
  await using store = await openSqlite();
  await using from = await openObjectStore('memory:');
  await fillRichly(store, from);
  await using to = await openObjectStore('memory:');
  const results = (await locationsOf(from)).length;
  assert.ok(results > 3);
  const [full = ''] = await locationsOf(from);
  let [begun, aborted] = [0, 0];
  const target: ObjectStore = {
    ...to,
    get: location => to.get(location),
    async createUpload() {
      begun++;
      const upload = await to.createUpload();
      return {
        write: chunk => upload.write(chunk),
        async commit(location) {
          assert.equal(location, full);
          throw new AlchemiscaleError('STORAGE_FULL', 'the object store is full');
        },
        async abort() {
          aborted++;
          await upload.abort();
        },
      };
    },
  };
  /** All bodies but one never end. */
  const endless: ObjectStore = {
    ...from,
    async get(location) {
      const stored = await from.get(location);
      if (stored === null || location === full) return stored;
      return {
        size: stored.size,
        async *read() {
          for (;;) {
            yield new Uint8Array(1);
            await sleep(1);
          }
        },
      };
    },
  };
  await using source = await openStoreSource(store, 'the store');
  await assert.rejects(copyBodies(source, { from: endless, to: target }, { ...copying, results }), error => {
    assert.ok(error instanceof AlchemiscaleError);
    assert.equal(error.code, 'STORAGE_FULL');
    assert.match(
      error.message,
      /^the result of ProtocolDAGResultRef-\S+ cannot be copied: the object store is full$/,
    );
    return true;
  });
  assert.ok(begun > 1);
  assert.equal(aborted, begun);
  assert.deepEqual(await locationsOf(to), []);
});

test('a body that could not be read when the backup was made counts once', async () => {
  await using store = await openSqlite();
  await using objects = await openObjectStore('memory:');
  await fillRichly(store, objects);
  const [broken = '', lost = ''] = await locationsOf(objects);
  await objects.delete(lost);
  const damaged: ObjectStore = {
    ...objects,
    async get(location) {
      const stored = await objects.get(location);
      if (stored === null || location !== broken) return stored;
      return {
        size: stored.size,
        // biome-ignore lint/correctness/useYield: it fails before the first piece
        async *read() {
          throw new AlchemiscaleError('OBJECT_UNREADABLE', 'the disk is scratched');
        },
      };
    },
  };
  const path = join(folder, 'backup');
  const { bodies: saved } = await backup({ ...copying, store, objects: damaged, path });
  assert.ok(saved !== null && saved.problemCount > 1);
  assert.match(saved.problems.join('\n'), /cannot be read: the disk is scratched/);
  await using copy = await openSqlite();
  await using bodies = await openObjectStore('memory:');
  const { bodies: restored } = await restore({
    ...copying,
    file: await openBackup(path, copying),
    store: copy,
    objects: bodies,
  });
  assert.equal(restored?.problemCount, saved.problemCount);
  assert.equal(restored?.copied, saved.copied);
  assert.ok(restored?.problems.includes(`${broken} could not be read when the backup was made`));
});
