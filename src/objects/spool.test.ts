import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Spool } from './spool.ts';

const folder = join(await mkdtemp(join(tmpdir(), 'alchemiscale-spool-')), 'made-when-needed');
after(() => rm(join(folder, '..'), { recursive: true }));

async function readAll(spool: Spool): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of spool.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('keeps little in memory and much in a file without a name', async () => {
  for (const [bytes, isFile] of [
    [0, false],
    [1000, false],
    [1001, true],
    [600_000, true],
  ] as const) {
    const spool = new Spool(folder, 1000);
    const content = randomBytes(bytes);
    for (let at = 0; at < bytes; at += 333) await spool.write(content.subarray(at, at + 333));
    assert.equal(spool.size, bytes);
    assert.ok((await readAll(spool)).equals(content));
    assert.ok((await readAll(spool)).equals(content), 'may be read again');
    if (isFile) assert.deepEqual(await readdir(folder), [], 'nothing is left behind, whatever happens next');
    else await assert.rejects(readdir(folder), { code: 'ENOENT' });
    await spool.close();
    await spool.close();
  }
});

test('does not keep the writer’s buffer', async () => {
  const spool = new Spool(folder);
  const chunk = Buffer.from('before');
  await spool.write(chunk);
  chunk.fill('!');
  assert.equal((await readAll(spool)).toString(), 'before');
});
