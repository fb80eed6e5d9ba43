import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Spool } from './spool.ts';

const ADDRESS = {
  task: 'Task-00-o-c-p',
  service: 'svc-00',
  apiUrl: 'http://127.0.0.1:8001',
  identifier: 'cluster',
};

function open(t: { after(fn: () => void): void }) {
  const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-spool-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const warnings: unknown[] = [];
  return {
    folder,
    warnings,
    spool: new Spool(folder, { warn: (warning: unknown) => warnings.push(warning) }),
  };
}

test('a result is there until it is removed, for the next service too', async t => {
  const { folder, spool, warnings } = open(t);
  const kept = await spool.keep(ADDRESS, new Uint8Array([1, 2, 3]));
  const next = new Spool(folder, { warn: () => undefined });
  assert.deepEqual(await next.list(ADDRESS), [kept]);
  const frame = await next.read(kept.id);
  assert.deepEqual(new Uint8Array((await frame?.arrayBuffer()) ?? []), new Uint8Array([1, 2, 3]));
  await next.remove(kept.id);
  assert.deepEqual(readdirSync(folder), []);
  assert.equal(await spool.read(kept.id), null, 'gone means delivered');
  await spool.remove(kept.id);
  assert.deepEqual(await spool.list(ADDRESS), []);
  assert.deepEqual(warnings, []);
});

test('results for another server or of another identity are left alone', async t => {
  const { spool } = open(t);
  await spool.keep(ADDRESS, new Uint8Array([1]));
  assert.deepEqual(await spool.list({ ...ADDRESS, apiUrl: 'http://elsewhere' }), []);
  assert.deepEqual(await spool.list({ ...ADDRESS, identifier: 'other' }), []);
});

test('an entry that was cut off, or is damaged, is no entry', async t => {
  const { folder, spool, warnings } = open(t);
  writeFileSync(join(folder, 'cut.zst'), 'half');
  writeFileSync(join(folder, 'cut.tmp'), '{"task": "T');
  assert.deepEqual(await spool.list(ADDRESS), []);
  assert.deepEqual(warnings, []);
  writeFileSync(join(folder, 'bad.json'), '{"task": "T');
  writeFileSync(join(folder, 'odd.json'), '{"task": 1}');
  assert.deepEqual(await spool.list(ADDRESS), []);
  assert.equal(warnings.length, 2);
});

test('what the server refuses is put aside, not thrown away', async t => {
  const { folder, spool } = open(t);
  const { id } = await spool.keep(ADDRESS, new Uint8Array([7]));
  const path = await spool.putAside(id);
  assert.deepEqual(new Uint8Array(readFileSync(path)), new Uint8Array([7]));
  assert.deepEqual(await spool.list(ADDRESS), []);
  assert.deepEqual(readdirSync(folder), ['refused']);
});

test('no folder yet is no entry', async t => {
  const { folder } = open(t);
  assert.deepEqual(await new Spool(join(folder, 'none'), { warn: () => undefined }).list(ADDRESS), []);
});
