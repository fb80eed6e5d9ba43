import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeFolders } from './unit-folders.ts';

test('a folder that cannot be removed is told of, and the others go', async t => {
  const root = mkdtempSync(join(tmpdir(), 'alchemiscale-folders-'));
  t.after(() => rmSync(root, { recursive: true }));
  const [stuck, full] = [join(root, 'file', 'below'), join(root, 'full')];
  writeFileSync(join(root, 'file'), '');
  mkdirSync(join(full, 'deep'), { recursive: true });
  const errors = await removeFolders([stuck, null, join(root, 'absent'), full]);
  assert.equal(errors.length, 1);
  assert.match(errors[0]?.message ?? '', /ENOTDIR/);
  assert.equal(existsSync(full), false);
});
