import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { AlchemiscaleError } from '../domain/errors.ts';
import {
  createFolder,
  dataFolderAt,
  folderRefusal,
  keepSecret,
  makeSecret,
  readSecret,
  writeSecret,
} from './data-folder.ts';

function temporaryFolder(t: { after(fn: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-data-'));
  t.after(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

const mode = (path: string): number => statSync(path).mode & 0o777;

describe('data folder', () => {
  test('names its parts by absolute URLs', () => {
    const folder = dataFolderAt('/srv/my data');
    assert.equal(folder.storeUrl, 'sqlite:///srv/my%20data/state.db');
    assert.equal(folder.objectsUrl, 'file:///srv/my%20data/objects');
    assert.equal(folder.secretPath, '/srv/my data/jwt-secret');
  });

  test('is made for its owner only', async t => {
    const path = join(temporaryFolder(t), 'a', 'b');
    await createFolder(path);
    assert.equal(mode(path), 0o700);
    await createFolder(path);
  });

  test('a file in the way is one clear refusal', async t => {
    const path = join(temporaryFolder(t), 'file');
    writeFileSync(path, '');
    await assert.rejects(createFolder(join(path, 'sub')), (error: unknown) => {
      assert.ok(error instanceof AlchemiscaleError);
      assert.match(error.message, /cannot be made: a part of the path is a file$/);
      return true;
    });
  });
});

describe('secrets', () => {
  test('are made once, whole, and for their owner only', async t => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'jwt-secret');
    assert.equal(await readSecret(path), null);
    const secret = await keepSecret(path);
    assert.equal(Buffer.from(secret, 'base64url').length, 32);
    assert.equal(await keepSecret(path), secret);
    assert.equal(await readSecret(path), secret);
    assert.equal(mode(path), 0o600);
    assert.deepEqual(readdirSync(folder), ['jwt-secret'], 'no sibling is left');
    assert.notEqual(makeSecret(), makeSecret());
  });

  test('writing replaces, and a wide umask changes nothing', async t => {
    const path = join(temporaryFolder(t), 'secret');
    const umask = process.umask(0);
    try {
      await writeSecret(path, 'one');
      await writeSecret(path, 'two');
    } finally {
      process.umask(umask);
    }
    assert.equal(readFileSync(path, 'utf8'), 'two\n');
    assert.equal(mode(path), 0o600);
  });

  test('an empty file is refused, since a server would sign with nothing', async t => {
    const path = join(temporaryFolder(t), 'secret');
    writeFileSync(path, '\n');
    await assert.rejects(keepSecret(path), /is empty: remove it/);
  });

  test('what the operating system says becomes a sentence', () => {
    const full = folderRefusal('/x', 'written', Object.assign(new Error('…'), { code: 'ENOSPC' }));
    assert.equal(full.code, 'STORAGE_FULL');
    assert.equal(full.message, '/x cannot be written: no space left on the device');
    const readOnly = folderRefusal('/x', 'written', Object.assign(new Error('…'), { code: 'EROFS' }));
    assert.equal(readOnly.message, '/x cannot be written: the file system is read-only');
  });
});
