// The object stores: the contract in memory and in a folder, and what only a folder can get wrong.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openFolderObjects } from '../../src/objects/fs.ts';
import { openObjectStore } from '../../src/objects/open.ts';
import { objectStoreContract, STREAMING } from '../contract/object-store.ts';

const home = await mkdtemp(join(tmpdir(), 'alchemiscale-objects-'));
after(() => rm(home, { recursive: true, force: true }));
let folders = 0;
const newFolder = (): string => join(home, `store-${folders++}`, 'objects');

objectStoreContract('memory', () => openObjectStore('memory:'), {
  gaps: { [STREAMING]: 'it keeps objects in memory' },
});
objectStoreContract('folder', () => openObjectStore(pathToFileURL(newFolder()).href));

describe('object store in a folder', () => {
  it('leaves no spool file after commit, abort and a refused commit', async () => {
    const folder = newFolder();
    await using store = await openFolderObjects(folder);
    for (const end of ['commit', 'abort', 'refuse']) {
      const upload = await store.createUpload();
      await upload.write(Buffer.from('x'));
      if (end === 'commit') await upload.commit('a/b');
      if (end === 'refuse') await assert.rejects(upload.commit('../b'));
      await upload.abort();
    }
    assert.deepEqual(await readdir(join(folder, '.uploads')), []);
  });

  it('sweeps spool files that a crash left a day ago, and only those', async () => {
    const folder = newFolder();
    await mkdir(join(folder, '.uploads'), { recursive: true });
    const now = new Date('2026-01-02T12:00:00Z');
    for (const [name, hours] of [
      ['old.tmp', 25],
      ['new.tmp', 23],
    ] as const) {
      await writeFile(join(folder, '.uploads', name), 'x');
      const time = new Date(now.getTime() - hours * 3_600_000);
      await utimes(join(folder, '.uploads', name), time, time);
    }
    await using store = await openFolderObjects(folder);
    assert.equal(await store.sweep(new Date(now.getTime() - 24 * 3_600_000)), 1);
    assert.deepEqual(await readdir(join(folder, '.uploads')), ['new.tmp']);
  });

  it('is still there when opened again', async () => {
    const folder = newFolder();
    {
      await using store = await openFolderObjects(folder);
      const upload = await store.createUpload();
      await upload.write(Buffer.from('kept'));
      await upload.commit('a/b/c');
    }
    await using again = await openFolderObjects(folder);
    assert.equal((await again.get('a/b/c'))?.size, 4);
  });

  it('does not empty a folder that it did not make', async () => {
    const folder = newFolder();
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'thesis.txt'), 'years of work');
    await using store = await openFolderObjects(folder);
    await assert.rejects(store.reset(), { code: 'CONFLICT' });
    assert.ok((await readdir(folder)).includes('thesis.txt'));
  });

  it('names the folder when it cannot be opened', async () => {
    const file = join(home, 'a-file');
    await writeFile(file, '');
    await assert.rejects(openFolderObjects(join(file, 'objects')), {
      code: 'STORE_UNAVAILABLE',
      message: `cannot open the object store's folder ${join(file, 'objects')}: a part of the path is not a folder`,
    });
  });

  it('says that an object is unreadable when something else is in its place', async () => {
    const folder = newFolder();
    await using store = await openFolderObjects(folder);
    await mkdir(join(folder, 'a', 'b'), { recursive: true });
    await assert.rejects(store.get('a/b'), { code: 'OBJECT_UNREADABLE' });
  });

  it('explains a folder without permission', async () => {
    const folder = newFolder();
    await using store = await openFolderObjects(folder);
    await chmod(join(folder, '.uploads'), 0o500);
    // Permissions do not bind root, so as root the attempt is made as somebody else.
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65534);
    try {
      await assert.rejects(store.createUpload(), {
        code: 'STORE_UNAVAILABLE',
        message: 'the object store cannot be written: permission denied',
      });
    } finally {
      if (root) process.seteuid?.(0);
      await chmod(join(folder, '.uploads'), 0o700);
    }
  });

  it('says that its folder is gone, and not where it was: the answer may reach anybody', async () => {
    const folder = newFolder();
    await using store = await openFolderObjects(folder);
    const upload = await store.createUpload();
    await rm(folder, { recursive: true });
    const gone = {
      code: 'STORE_UNAVAILABLE',
      message: 'the object store cannot be written: its folder is gone',
    };
    await assert.rejects(store.createUpload(), gone);
    await assert.rejects(upload.commit('a/b'), gone);
    await upload.abort();
  });

  it('says that the disk is full and keeps nothing of what did not fit', async () => {
    // A limit on the size of files is the full disk that needs no mount: the write takes a part, then fails.
    const folder = newFolder();
    const script = `
      import { openFolderObjects } from ${JSON.stringify(new URL('../../src/objects/fs.ts', import.meta.url).href)};
      await using store = await openFolderObjects(${JSON.stringify(folder)});
      const upload = await store.createUpload();
      try {
        await upload.write(new Uint8Array(1024 * 1024));
        await upload.commit('a/b');
      } catch (error) {
        console.log(error.code, error.message);
      }
      await upload.abort();
      console.log(await store.get('a/b'));`;
    const run = spawnSync(
      'sh',
      ['-c', `trap '' XFSZ; ulimit -f 64; exec "$0" --input-type=module -e "$1"`, process.execPath, script],
      { encoding: 'utf8' },
    );
    assert.equal(run.stdout, 'STORAGE_FULL the object store is full: nothing was stored\nnull\n', run.stderr);
    assert.deepEqual(await readdir(join(folder, '.uploads')), []);
  });

  it('refuses a URL that names no store', async () => {
    for (const url of ['s3://', 'file:relative', '/plain/path', '']) {
      await assert.rejects(openObjectStore(url), { code: 'BAD_REQUEST' }, url);
    }
  });
});
