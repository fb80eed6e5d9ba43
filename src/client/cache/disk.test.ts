// The disk cache: what is kept comes back, whole or not at all, within the limit, whatever happens to the files.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { DiskCache, type DiskCacheOptions } from './disk.ts';

/** Bytes that do not shrink, different for each seed. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed * 2654435761 + 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

describe('DiskCache', () => {
  let base = '';
  let directory = '';
  let folders = 0;
  const problems: unknown[] = [];

  before(async () => {
    base = await mkdtemp(join(tmpdir(), 'alchemiscale-cache-'));
  });
  beforeEach(() => {
    directory = join(base, `cache ${(folders += 1)}`);
    problems.length = 0;
  });
  after(async () => {
    await rm(base, { recursive: true, force: true });
  });

  function cacheOf(options: DiskCacheOptions = {}): DiskCache {
    return new DiskCache({ directory, onProblem: error => problems.push(error), ...options });
  }

  async function filesOf(): Promise<string[]> {
    const found = await readdir(directory, { recursive: true, withFileTypes: true });
    return found.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
  }

  async function sizeOnDisk(): Promise<number> {
    const sizes = await Promise.all((await filesOf()).map(async path => (await stat(path)).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  test('keeps bytes of all sizes exactly, packed where that helps', async () => {
    const values = [0, 1, 511, 512, 100_000].flatMap(length => [
      noise(length, length),
      new Uint8Array(length),
    ]);
    const cache = cacheOf();
    for (const [i, bytes] of values.entries()) await cache.set(`http://host/${i}`, bytes);
    const other = cacheOf();
    for (const [i, bytes] of values.entries()) {
      assert.deepEqual(new Uint8Array((await other.get(`http://host/${i}`)) ?? [1]), bytes);
    }
    assert.equal(await other.get('http://host/none'), null);
    assert.equal((await filesOf()).length, values.length);
    assert.ok((await sizeOnDisk()) < 105_000, 'zeros are packed');
    await other.delete('http://host/3');
    assert.equal(await cache.get('http://host/3'), null);
    await other.delete('http://host/3');
    assert.deepEqual(problems, []);
  });

  test('is readable by its owner alone', {
    skip: process.platform === 'win32' && 'no modes there',
  }, async () => {
    await cacheOf().set('a', noise(10, 1));
    const [file = ''] = await filesOf();
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await stat(join(directory, 'v1'))).mode & 0o777, 0o700);
  });

  test('a damaged file, byte by byte, is as none, and is removed', async () => {
    const cache = cacheOf();
    const bytes = noise(40, 7);
    await cache.set('name', bytes);
    const [file = ''] = await filesOf();
    const whole = await readFile(file);
    for (let i = 0; i < whole.length; i++) {
      const damaged = Buffer.from(whole);
      damaged[i] = (damaged[i] ?? 0) ^ 0x10;
      await writeFile(file, damaged);
      assert.equal(await cache.get('name'), null, `byte ${i}`);
      await assert.rejects(stat(file), { code: 'ENOENT' });
    }
    for (const length of [0, 3, 38, 39, whole.length - 1]) {
      await writeFile(file, whole.subarray(0, length));
      assert.equal(await cache.get('name'), null, `${length} bytes`);
    }
    await cache.set('name', bytes);
    assert.deepEqual(new Uint8Array((await cache.get('name')) ?? []), bytes);
    assert.deepEqual(problems, []);
  });

  test('another entry under its file name is as none', async () => {
    const cache = cacheOf();
    await cache.set('one', noise(40, 1));
    const [one = ''] = await filesOf();
    await cache.set('two', noise(40, 2));
    const two = (await filesOf()).find(file => file !== one) ?? '';
    await writeFile(two, await readFile(one));
    assert.equal(await cache.get('two'), null);
  });

  test('drops the least recently read, and stays within the limit at every moment', async () => {
    const limit = 50_000;
    const cache = cacheOf({ sizeLimitBytes: limit });
    for (let i = 0; i < 30; i++) {
      await cache.set(`${i}`, noise(5000, i));
      assert.ok((await sizeOnDisk()) <= limit);
      // Read all the time, hence kept; the times of files are set apart since a loop is faster than a clock's tick.
      assert.ok((await cache.get('0')) !== null, `after ${i}`);
      for (const file of await filesOf()) {
        const { mtimeMs } = await stat(file);
        await utimes(file, new Date(), new Date(mtimeMs - 1000));
      }
      assert.ok((await cache.get('0')) !== null);
    }
    assert.ok((await cache.get('29')) !== null);
    assert.equal(await cache.get('1'), null);
    await cache.set('huge', noise(limit + 1, 1));
    assert.equal(await cache.get('huge'), null);
    assert.ok((await cache.get('29')) !== null, 'what does not fit alone drives nothing out');
  });

  test('many at once, from two caches on one folder', async () => {
    const limit = 200_000;
    const caches = [cacheOf({ sizeLimitBytes: limit }), cacheOf({ sizeLimitBytes: limit })];
    const names = Array.from({ length: 60 }, (_, i) => i);
    await Promise.all(caches.flatMap(cache => names.map(name => cache.set(`${name}`, noise(6000, name)))));
    // Each may write a sixteenth before it looks at what the other has written.
    assert.ok((await sizeOnDisk()) <= limit * (1 + 1 / 16));
    let found = 0;
    for (const name of names) {
      const bytes = await caches[0]?.get(`${name}`);
      if (bytes) {
        found += 1;
        assert.deepEqual(new Uint8Array(bytes), noise(6000, name));
      }
    }
    assert.ok(found >= 20, `${found} found`);
    assert.ok((await filesOf()).every(file => !file.includes('part-')));
    assert.deepEqual(problems, []);
  });

  test('removes what dead programs left, and nothing of others', async () => {
    const cache = cacheOf({ sizeLimitBytes: 10_000 });
    await mkdir(join(directory, 'v1', 'mine'), { recursive: true });
    const [abandoned, fresh, mine, note] = [
      join(directory, 'v1', `part-${'0'.repeat(32)}`),
      join(directory, 'v1', `part-${'1'.repeat(32)}`),
      join(directory, 'v1', 'mine', 'thesis.txt'),
      join(directory, 'notes.txt'),
    ] as [string, string, string, string];
    for (const file of [abandoned, fresh, mine, note]) await writeFile(file, noise(9000, 1));
    await utimes(abandoned, new Date(0), new Date(0));
    for (let i = 0; i < 4; i++) await cache.set(`${i}`, noise(4000, i));
    await assert.rejects(stat(abandoned), { code: 'ENOENT' });
    for (const file of [fresh, mine, note]) assert.equal((await stat(file)).size, 9000);
  });

  test('a folder that cannot be used costs a warning, once, and nothing else', async () => {
    await writeFile(directory, 'a file stands in the way');
    const cache = cacheOf();
    await cache.set('a', noise(10, 1));
    await cache.set('b', noise(10, 1));
    assert.equal(await cache.get('a'), null);
    await cache.delete('a');
    assert.equal(problems.length, 1);
    assert.match(String(problems[0]), /ENOTDIR|EEXIST/);
  });

  test('the warning is one of the process', async () => {
    await writeFile(directory, 'a file stands in the way');
    const warned = new Promise<Error>(resolve => process.once('warning', resolve));
    await new DiskCache({ directory }).set('a', noise(10, 1));
    const warning = await warned;
    assert.equal(warning.name, 'AlchemiscaleWarning');
    assert.ok(warning.message.startsWith(`the cache in ${directory} cannot be used: `));
  });

  test('limits that are none are refused', () => {
    for (const sizeLimitBytes of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => cacheOf({ sizeLimitBytes }), { name: 'AlchemiscaleError', code: 'BAD_REQUEST' });
    }
  });

  test('with a limit of nothing nothing is kept', async () => {
    const cache = cacheOf({ sizeLimitBytes: 0 });
    await cache.set('a', noise(10, 1));
    assert.equal(await cache.get('a'), null);
    await assert.rejects(stat(directory), { code: 'ENOENT' });
  });
});
