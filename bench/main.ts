// `npm run bench [-- NAME…] [--quick] [--write]`: each benchmark answers one question and prints ours beside the floor of this
// machine, measured in the same run. `--write` puts the tables into bench/RESULTS.md, or where a benchmark says.
// `npm run bench -- stores …` compares the state stores, and has options of its own: stores/main.ts.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CLAIM } from './claim.ts';
import { GUFE } from './gufe.ts';
import { type Benchmark, describeMachine, renderTable } from './measure.ts';
import { OBJECTS } from './objects.ts';
import { SERVER } from './server.ts';
import { reportStrategist } from './strategist/report.ts';
import { SUBMIT } from './submit.ts';

const ALL: readonly Benchmark[] = [CLAIM, SUBMIT, OBJECTS, SERVER, GUFE];
/** Those that have more to say than one table, and write it themselves. */
const REPORTS = [{ name: 'strategist', report: reportStrategist }] as const;
const NAMES: readonly string[] = [...ALL, ...REPORTS].map(({ name }) => name);

if (process.argv.includes('stores')) {
  await import('./stores/main.ts');
  process.exit();
}

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter(name => !NAMES.includes(name));
if (unknown.length > 0) {
  console.error(`no such benchmark: ${unknown.join(', ')}. There are: ${NAMES.join(', ')}`);
  process.exit(2);
}

const isChosen = ({ name }: { readonly name: string }): boolean =>
  positionals.length === 0 || positionals.includes(name);
const chosen = ALL.filter(isChosen);
const head = [
  '# Benchmarks',
  '',
  `${new Date().toISOString().slice(0, 10)}, ${describeMachine()}. Client, server and store share the machine. The floor is the least`,
  'that the same work costs there, measured in the same run; a ratio of 1 is perfect. Made by `npm run bench -- --write`.',
  '',
].join('\n');
if (chosen.length > 0) console.log(head);
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
for (const { report } of REPORTS.filter(isChosen)) console.log(report(values));
