// `npm test`: every test of the repository, by Node's own runner. With `--no-skips` (continuous integration) a skipped test is a
// failure, but for those that want a Python with gufe or data from elsewhere. Further arguments name test files.
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { values, positionals } = parseArgs({
  options: { 'no-skips': { type: 'boolean', default: false } },
  allowPositionals: true,
});

const files = globSync(positionals.length > 0 ? positionals : ['src/**/*.test.ts', 'test/**/*.test.ts'], {
  cwd: root,
});
if (files.length === 0) {
  console.error(`no test file matches ${positionals.join(' ')}`);
  process.exit(1);
}
const skipped: string[] = [];
/** What no command brings: a Python with gufe, and data that are not part of the project. */
const ELSEWHERE = /ALCHEMISCALE_(?:PYTHON|GOLDEN|BENCHMARKS)\b/;

const stream = run({
  cwd: root,
  files: files.map(file => join(root, file)).sort(),
  concurrency: 2,
  execArgv: ['--conditions=@alchemiscale/source', `--import=${import.meta.resolve('./test-deadline.ts')}`],
});
stream.on('test:fail', () => {
  process.exitCode = 1;
});
stream.on('test:pass', ({ name, skip }) => {
  if (skip !== undefined && !ELSEWHERE.test(String(skip))) skipped.push(`${name}: ${skip}`);
});
stream.compose(new spec()).pipe(process.stdout);
stream.on('end', () => {
  if (!values['no-skips'] || skipped.length === 0) return;
  console.error(`skipped, though every service should be here:\n  ${skipped.join('\n  ')}`);
  process.exitCode = 1;
});
