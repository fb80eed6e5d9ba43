// `npm run bench [-- NAME…] [--quick] [--write]`: each benchmark answers one question and prints ours beside the floor of this
// machine, measured in the same run. `--write` puts the tables into bench/RESULTS.md, or where a benchmark says.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CLAIM } from './claim.ts';
import { GUFE } from './gufe.ts';
import { type Benchmark, describeMachine, renderTable } from './measure.ts';
import { OBJECTS } from './objects.ts';
import { SERVER } from './server.ts';
import { SUBMIT } from './submit.ts';

const ALL: readonly Benchmark[] = [CLAIM, SUBMIT, OBJECTS, SERVER, GUFE];

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter(name => !ALL.some(benchmark => benchmark.name === name));
if (unknown.length > 0) {
  console.error(
    `no such benchmark: ${unknown.join(', ')}. There are: ${ALL.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}

const chosen = ALL.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const head = [
  '# Benchmarks',
  '',
  `${new Date().toISOString().slice(0, 10)}, ${describeMachine()}. Client, server and store share the machine. The floor is the least`,
  'that the same work costs there, measured in the same run; a ratio of 1 is perfect. Made by `npm run bench -- --write`.',
  '',
].join('\n');
console.log(head);
const tables = new Map<string, string[]>();
for (const benchmark of chosen) {
  const table = renderTable(benchmark, await benchmark.run({ quick: values.quick }));
  console.log(table);
  const file = benchmark.file ?? 'RESULTS.md';
  tables.set(file, [...(tables.get(file) ?? []), table]);
}
if (values.write) {
  for (const [file, of] of tables) {
    writeFileSync(new URL(`./${file}`, import.meta.url), [head, ...of].join('\n'));
  }
}
