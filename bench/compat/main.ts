// `ALCHEMISCALE_PYTHON=… node --conditions=@alchemiscale/source bench/compat/main.ts [--quick]`: the same Python client against our
// server and against the original. The original is measured too when ALCHEMISCALE_ORIGINAL_URL, _ID, _KEY, _COMPUTE_URL,
// _COMPUTE_ID and _COMPUTE_KEY say where one serves; else its figures are those measured once, on two cores with Neo4j.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine, formatMs, formatRate } from '../measure.ts';
import { startServer } from '../server-process.ts';
import { startReplayServer } from './replay-server.ts';

const SCRIPT = fileURLToPath(new URL('measure.py', import.meta.url));

interface Figure {
  readonly what: string;
  readonly unit: 's' | 'ms' | '/s';
  readonly value: number;
  /** The same when every answer comes at once: the client's own share. */
  readonly own: number | null;
}

/** alchemiscale 0.8.0, two cores, Neo4j 5.26; where it varied, the better figure. */
const MEASURED_ONCE: Readonly<Record<string, number>> = {
  'create_network, 2,000 transformations': 11,
  'get_network, 2,000 transformations, nothing cached': 11,
  'create 1,000 tasks in one call': 8,
  'action 1,000 tasks in one call': 2.6,
  'statuses of 1,000 tasks': 1.4,
  'claim with 1,000 tasks waiting, p50': 83,
  'claim with 10,000 tasks waiting, p50': 570,
  'claims of 16 services together': 10.7,
  'push of a small result, p50': 180,
  'heartbeat, p50': 44,
  'get_network_results, 1,000 transformations, 60 with results': 330,
};

type Variables = Readonly<Record<string, string>>;

/** Runs the script against one server and gives its figures. */
async function measure(python: string, server: Variables, quick: boolean): Promise<readonly Figure[]> {
  await using user = await startReplayServer(server.ALCHEMISCALE_URL ?? '');
  await using compute = await startReplayServer(server.ALCHEMISCALE_COMPUTE_URL ?? '');
  const args = [SCRIPT, '--replay', user.url, compute.url, ...(quick ? ['--quick'] : [])];
  const child = spawn(python, args, {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore', ...server },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const figures: Figure[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const figure = JSON.parse(line) as Figure;
    figures.push(figure);
    console.error(`${figure.what}: ${format(figure.unit, figure.value)}`);
  }
  const [exitCode] = await ended;
  if (exitCode !== 0) throw new Error(`measure.py ended with ${exitCode}`);
  return figures;
}

async function measureOurs(python: string, quick: boolean): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-bench-'));
  try {
    await using server = await startServer(folder);
    const variables = {
      ALCHEMISCALE_URL: server.userUrl,
      ALCHEMISCALE_ID: server.user.identifier,
      ALCHEMISCALE_KEY: server.user.key,
      ALCHEMISCALE_COMPUTE_URL: server.computeUrl,
      ALCHEMISCALE_COMPUTE_ID: server.compute.identifier,
      ALCHEMISCALE_COMPUTE_KEY: server.compute.key,
    };
    const figures = await measure(python, variables, quick);
    console.error(`memory of our process afterwards: ${Math.round(server.memory() / 1e6)} MB`);
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where the original serves, if the environment says so. */
function originalServer(): Variables | null {
  const names = ['URL', 'ID', 'KEY', 'COMPUTE_URL', 'COMPUTE_ID', 'COMPUTE_KEY'];
  const values = names.map(name => process.env[`ALCHEMISCALE_ORIGINAL_${name}`]);
  if (values.every(value => value === undefined)) return null;
  return Object.fromEntries(
    names.map((name, index) => {
      const value = values[index];
      if (value === undefined) throw new Error(`ALCHEMISCALE_ORIGINAL_${name} is not set`);
      return [`ALCHEMISCALE_${name}`, value];
    }),
  );
}

function format(unit: Figure['unit'], value: number): string {
  if (unit === '/s') return formatRate(value);
  return formatMs(unit === 's' ? value * 1000 : value);
}

/** Seconds that one of it takes, whatever the unit. */
function cost({ unit }: Figure, value: number): number {
  return unit === '/s' ? 1 / value : value;
}

/** How many times faster, all told and in what the server does; the latter only where it is more than measuring noise. */
function ratios(ours: Figure, original: number | undefined): readonly [total: string, server: string] {
  if (original === undefined) return ['', ''];
  const [mine, theirs] = [cost(ours, ours.value), cost(ours, original)];
  const total = times(theirs / mine);
  if (ours.own === null) return [total, ''];
  const own = cost(ours, ours.own);
  if (mine - own <= 0.05 * mine) return [total, 'nothing left'];
  return [total, theirs > own ? times((theirs - own) / (mine - own)) : '—'];
}

function times(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio).toLocaleString('en-US')} ×`;
}

function render(ours: readonly Figure[], original: Readonly<Record<string, number>>, source: string): string {
  const rows = ours.map(figure => {
    const theirs = original[figure.what];
    return [
      figure.what,
      format(figure.unit, figure.value),
      figure.own === null ? '' : format(figure.unit, figure.own),
      theirs === undefined ? '' : format(figure.unit, theirs),
      ...ratios(figure, theirs),
    ];
  });
  const head = ['', 'ours', "client's own", `original, ${source}`, 'faster', 'server faster'];
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');
}

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const python = process.env.ALCHEMISCALE_PYTHON;
if (!python) {
  console.error('no Python with gufe: set ALCHEMISCALE_PYTHON');
  process.exit(2);
}
const there = originalServer();
const ours = await measureOurs(python, values.quick);
const original = there === null ? null : await measure(python, there, values.quick);
console.log(`${new Date().toISOString().slice(0, 10)}, ${describeMachine()}, all on one machine\n`);
console.log(
  original === null
    ? render(ours, MEASURED_ONCE, 'measured once')
    : render(ours, Object.fromEntries(original.map(({ what, value }) => [what, value])), 'in this run'),
);
