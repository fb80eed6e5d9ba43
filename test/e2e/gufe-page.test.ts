// The reference page on gufe objects: its pieces of code, put together, run.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { killPrograms, startNode } from '../support/program.ts';

const PAGE = fileURLToPath(new URL('../../docs/reference/gufe.md', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-page-'));
after(() => {
  killPrograms();
  rmSync(folder, { recursive: true, force: true });
});

test('docs/reference/gufe.md', async () => {
  const text = readFileSync(PAGE, 'utf8');
  const program = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code).join('\n');
  assert.ok(program.split('\n').length > 60);
  // The package finds itself by name only from within, but what the program writes belongs in the folder.
  const chdir = `process.chdir(${JSON.stringify(folder)});\n`;
  const run = startNode([
    '--conditions=@alchemiscale/source',
    '--input-type=module-typescript',
    '-e',
    `${chdir}${program}\nconsole.log('the end');`,
  ]);
  assert.equal(await run.ended, 0, run.stderr());
  assert.equal(run.stdout(), 'the end\n');
});
