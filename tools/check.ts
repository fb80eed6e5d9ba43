// `npm run check`: format and lint, types, unused code and dependencies, architecture. All run; each failure is shown.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(root, 'node_modules');

const CHECKS: readonly (readonly [name: string, ...args: string[]])[] = [
  ['format and lint', join(modules, '@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.'],
  ['types', join(modules, 'typescript/bin/tsc'), '--noEmit'],
  ['unused code', join(modules, 'knip/bin/knip.js'), '--no-progress'],
  ['architecture', '--test', '--test-reporter=dot', join(root, 'test/architecture.test.ts')],
];

interface Outcome {
  readonly name: string;
  readonly code: number | null;
  readonly output: string;
}

function runCheck(name: string, args: readonly string[]): Promise<Outcome> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', chunk => (output += chunk));
    child.stderr.on('data', chunk => (output += chunk));
    child.on('close', code => resolve({ name, code, output }));
  });
}

let failed = 0;
for (const [name, ...args] of CHECKS) {
  const { code, output } = await runCheck(name, args);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  if (code !== 0) {
    failed += 1;
    console.log(output);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
