// What the npm scripts take for installed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MODULE = fileURLToPath(new URL('../../tools/installed.mjs', import.meta.url));

interface Entry {
  readonly version: string;
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly os?: string | readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

const PURE = { version: '1.0.0', integrity: 'sha512-a' };
const HERE = { version: '2.0.0', optional: true, os: 'linux', cpu: ['x64'], libc: ['glibc'] };
const LOCK = {
  '': { version: '0.1.0' },
  'node_modules/pure': PURE,
  'node_modules/here': HERE,
  'node_modules/musl': { ...HERE, libc: ['musl'] },
  'node_modules/mac': { ...HERE, os: ['darwin'] },
  'node_modules/helper': { version: '3.0.0', optional: true },
};

/** The module is JavaScript that Node 20 can read, so it is asked from outside. */
function isInstalled(record: Readonly<Record<string, Entry>> | null): boolean {
  const texts = [LOCK, record].map(packages => (packages === null ? '' : JSON.stringify({ packages })));
  const program = `import { isInstalled } from ${JSON.stringify(MODULE)};
    const machine = { os: 'linux', cpu: 'x64', libc: 'glibc' };
    console.log(isInstalled(${texts.map(text => JSON.stringify(text)).join(', ')}, machine));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  return stdout.trim() === 'true';
}

test('an install by hand is accepted when it is what the lock lists', () => {
  const record = { 'node_modules/pure': PURE, 'node_modules/here': HERE };
  assert.equal(isInstalled(record), true);
  assert.equal(isInstalled({ ...record, 'node_modules/helper': LOCK['node_modules/helper'] }), true);
});

test('anything else is installed anew', () => {
  const record = { 'node_modules/pure': PURE, 'node_modules/here': HERE };
  assert.equal(isInstalled(null), false, 'nothing is there');
  assert.equal(isInstalled({ 'node_modules/here': HERE }), false, 'one is missing');
  assert.equal(isInstalled({ 'node_modules/pure': PURE }), false, 'the one for this machine is missing');
  assert.equal(isInstalled({ ...record, 'node_modules/pure': { ...PURE, version: '1.0.1' } }), false);
  assert.equal(isInstalled({ ...record, 'node_modules/pure': { ...PURE, integrity: 'sha512-b' } }), false);
  assert.equal(isInstalled({ ...record, 'node_modules/other': PURE }), false, 'one too many');
});
