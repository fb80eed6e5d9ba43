// What the pages for users show works: the pieces of a page, put together, are a program that runs against a stack.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Stack, startStack } from '../../src/stack/stack.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The TypeScript in a page, from top to bottom. */
async function programIn(page: string): Promise<string> {
  const text = await readFile(join(ROOT, 'docs', page), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code).join('\n');
}

describe('the pages for users', { timeout: 120_000 }, () => {
  let folder = '';
  let stack: Stack;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alchemiscale-docs-'));
    const dataDir = join(folder, 'data');
    stack = await startStack({ dataDir, userPort: 0, computePort: 0, services: 1, slots: 2 });
  });
  after(async () => {
    await stack?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('how-to/typescript-client.md', async () => {
    const program = await programIn('how-to/typescript-client.md');
    assert.ok(program.split('\n').length > 40);
    // The package finds itself by name only from within, but what the program writes belongs in the folder.
    const chdir = `process.chdir(${JSON.stringify(folder)});\n`;
    const { identifier, key } = stack.userIdentity;
    const child = spawn(
      process.execPath,
      ['--conditions=@alchemiscale/source', '--input-type=module-typescript', '-e', chdir + program],
      {
        cwd: ROOT,
        env: {
          ...process.env,
          ALCHEMISCALE_URL: stack.userUrl,
          ALCHEMISCALE_ID: identifier,
          ALCHEMISCALE_KEY: key,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (part: Buffer) => (output.stdout += part.toString()));
    child.stderr.on('data', (part: Buffer) => (output.stderr += part.toString()));
    const code = await new Promise(resolve => child.on('close', resolve));
    assert.equal(code, 0, output.stderr);
    assert.match(output.stdout, /^I may use \*-\*-\*$/m);
    assert.match(output.stdout, /^1 active networks$/m);
    assert.match(output.stdout, /^5 of 5$/m);
    assert.equal(output.stdout.match(/^Transformation-\S+: -?\d+\.\d\d kcal\/mol$/gm)?.length, 5);
    assert.match(output.stdout, /^AlchemicalArchive-[0-9a-f]{32}: 5 transformations$/m);
    assert.ok((await stat(new URL('cache/v1', pathToFileURL(`${folder}/`)))).isDirectory());
  });
});
