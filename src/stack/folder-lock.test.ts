import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AlchemiscaleError } from '../domain/errors.ts';
import { lockFolder } from './folder-lock.ts';

function refusal(folder: string, path: string): AlchemiscaleError {
  try {
    lockFolder(folder, path)[Symbol.dispose]();
  } catch (error) {
    assert.ok(error instanceof AlchemiscaleError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'the lock was given twice' });
}

test('a second owner is refused, in this process and in another, until the first lets go or is killed', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-lock-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'lock');

  const first = lockFolder(folder, path);
  const error = refusal(folder, path);
  assert.equal(error.code, 'CONFLICT');
  assert.match(error.message, new RegExp(`in use by process ${process.pid} on `));
  first[Symbol.dispose]();
  first[Symbol.dispose]();

  const program = `
    const { lockFolder } = await import(${JSON.stringify(fileURLToPath(new URL('./folder-lock.ts', import.meta.url)))});
    globalThis.lock = lockFolder(${JSON.stringify(folder)}, ${JSON.stringify(path)});
    console.log('locked');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  assert.match(refusal(folder, path).message, new RegExp(`in use by process ${child.pid} on `));
  child.kill('SIGKILL');
  await exited;
  lockFolder(folder, path)[Symbol.dispose]();
});
