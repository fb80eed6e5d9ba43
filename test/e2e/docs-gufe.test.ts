// The pages on proteins, settings and strategies show what works: the pieces of each, put together, are a program that runs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

for (const page of ['how-to/read-proteins.md', 'how-to/protocol-settings.md', 'how-to/strategies.md']) {
  test(page, { timeout: 60_000 }, async () => {
    const text = await readFile(join(ROOT, 'docs', page), 'utf8');
    const program = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code).join('\n');
    assert.ok(program.split('\n').length > 20);
    const options = ['--conditions=@alchemiscale/source', '--input-type=module-typescript', '-e', program];
    await run(process.execPath, options, { cwd: ROOT });
  });
}
