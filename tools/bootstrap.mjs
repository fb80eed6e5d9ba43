// What every npm script of this repository starts with, on whatever Node runs npm: install what package-lock.json
// asks for if that has not been done, then run the given TypeScript file on Node 24 with the rest of the arguments.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runOnNode24 } from '../bin/node24.mjs';
import { isInstalled, thisMachine } from './installed.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.installed-from-lock');

function readOrEmpty(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
const wanted = createHash('sha256').update(lock).digest('hex');
if (readOrEmpty(stamp) !== wanted) {
  // It may have been installed by hand.
  if (!isInstalled(lock, readOrEmpty(join(root, 'node_modules', '.package-lock.json')), thisMachine()))
    install();
  writeFileSync(stamp, wanted);
}

function install() {
  // All of npm's words go to stderr: a script's stdout may be a document (npm run -s demo -- --json).
  console.error('alchemiscale: installing what package-lock.json lists…');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

const [script, ...args] = process.argv.slice(2);
runOnNode24(['--conditions=@alchemiscale/source', join(root, script), ...args]);
