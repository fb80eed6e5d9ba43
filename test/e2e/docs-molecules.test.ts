// The page on reading molecules works: its pieces, put together, are a program that runs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('how-to/read-molecules.md', { timeout: 60_000 }, async () => {
  const page = await readFile(join(ROOT, 'docs/how-to/read-molecules.md'), 'utf8');
  const program = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code).join('\n');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@alchemiscale/source', '--input-type=module-typescript', '-e', program],
    { cwd: ROOT },
  );
  assert.match(stdout, /^ethanol SmallMoleculeComponent-[0-9a-f]{32} CCO 0$/m);
  assert.match(stdout, /^methanol SmallMoleculeComponent-[0-9a-f]{32} CO 0$/m);
  assert.match(stdout, /^similarity 0\.\d\d$/m);
  assert.match(stdout, /^acetate has charge -1$/m);
});
