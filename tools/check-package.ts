// What a user gets from npm: packs this package, installs it into an empty folder with the npm on PATH (any Node from
// 20 on), starts `alchemiscale up` there, asks both services for a sign of life and stops it again.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const READY_TIMEOUT_MS = 30_000;

/** Resolves with the URLs that the ready lines name. */
function readUrls(output: NodeJS.ReadableStream): Promise<{ user: string; compute: string }> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('not ready in time')), READY_TIMEOUT_MS);
    createInterface({ input: output }).on('line', line => {
      console.error(`  ${line}`);
      const [, user, compute] = /user API (http:[^\s,]+), compute API (http:[^\s,]+)/.exec(line) ?? [];
      if (user === undefined || compute === undefined) return;
      clearTimeout(timer);
      resolve({ user, compute });
    });
  });
}

async function checkUp(folder: string): Promise<void> {
  const program = join(folder, 'node_modules/.bin/alchemiscale');
  const args = ['up', '--data', join(folder, 'data'), '--user-port', '0', '--compute-port', '0'];
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const exited = new Promise<number | null>(resolve => child.on('exit', resolve));
  try {
    const urls = await readUrls(child.stdout);
    for (const [url, api] of [
      [urls.user, 'AlchemiscaleAPI'],
      [urls.compute, 'AlchemiscaleComputeAPI'],
    ] as const) {
      assert.deepEqual(await (await fetch(new URL('/ping', url))).json(), { api });
    }
    child.kill('SIGTERM');
    assert.equal(await exited, 0, 'the first signal ends it cleanly');
    await assert.rejects(fetch(new URL('/ping', urls.user)), 'the service is gone after SIGTERM');
  } finally {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }
}

const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-package-'));
try {
  execFileSync('npm', ['pack', '--pack-destination', folder, '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const tarball = readdirSync(folder).find(name => name.endsWith('.tgz'));
  assert.ok(tarball, 'npm pack made a tarball');
  execFileSync('npm', ['install', `./${tarball}`, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
  });
  await checkUp(folder);
  console.log('the packed package installs and serves');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
