// How long a proposal from files takes, and how much memory: each in a process of its own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  AlchemicalNetwork,
  CONNECTIVITY_STRATEGY_SETTINGS,
  ConnectivityStrategy,
  RADIAL_GROWTH_STRATEGY_SETTINGS,
  RadialGrowthStrategy,
  type Strategy,
  Transformation,
} from '../../src/gufe/index.ts';
import { seededRandom } from '../../src/protocols/random.ts';
import { formatMs } from '../measure.ts';
import { syntheticNetwork } from '../synthetic-network.ts';

const RUNS = 3;
const RESULTS_EACH = 3;
/** One run more than there are results, so that there is something to propose. */
const STRATEGIES: readonly Strategy[] = [
  new ConnectivityStrategy(CONNECTIVITY_STRATEGY_SETTINGS.make({ max_runs: RESULTS_EACH + 1 })),
  new RadialGrowthStrategy(RADIAL_GROWTH_STRATEGY_SETTINGS.make({ max_runs: RESULTS_EACH + 1 })),
];
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** Tells the most memory that the process had, in KiB, and for how many microseconds it was busy. */
const TELL =
  "data:text/javascript,process.on('exit',()=>{const u=process.resourceUsage();console.error(JSON.stringify([u.maxRSS,u.userCPUTime+u.systemCPUTime]))})";

/** The lines of a table. */
export function timeProposals(transformations: number): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-bench-'));
  const loadBefore = loadavg()[0] ?? 0;
  try {
    const ring = syntheticNetwork(transformations, 'strategist');
    const rows: string[] = [];
    for (const [shape, network] of [
      ['neighbors in a ring', ring],
      ['at random', rewired(ring)],
    ] as const) {
      for (const strategy of STRATEGIES) {
        rows.push(timed(folder, { shape, network, strategy }));
      }
    }
    const loads = `${loadBefore.toFixed(1)}, ${(loadavg()[0] ?? 0).toFixed(1)}`;
    return [
      '| network | strategy | time | processor | memory at most |',
      '|---|---|---|---|---|',
      ...rows,
      '',
      `Load of the machine at the beginning and the end: ${loads}; below 1 nothing else disturbs. Wanted: less than 2 s and 500 MB.`,
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As many transformations between the same systems, joined by chance: a tree, so that all hangs together, and the rest anyhow. */
function rewired({ edges, nodes }: AlchemicalNetwork): AlchemicalNetwork {
  const random = seededRandom(1);
  const below = (count: number): number => Math.floor(random.uniform() * count);
  const pick = (index: number) => nodes[index] as (typeof nodes)[number];
  const joined = edges.map(({ protocol, name }, i) => {
    const isTree = i + 1 < nodes.length;
    const a = isTree ? below(i + 1) : below(nodes.length);
    const b = isTree ? i + 1 : (a + 1 + below(nodes.length - 1)) % nodes.length;
    return new Transformation({ stateA: pick(a), stateB: pick(b), protocol, name });
  });
  return new AlchemicalNetwork({ edges: joined, name: 'at random' });
}

interface Timed {
  readonly shape: string;
  readonly network: AlchemicalNetwork;
  readonly strategy: Strategy;
}

function timed(folder: string, { shape, network, strategy }: Timed): string {
  const repeats = Array.from({ length: RESULTS_EACH }, (_, i) => ({
    estimate: 1.25 * i - 1,
    uncertainty: i === 0 ? null : 0.125 * i,
    unit: 'kilocalorie_per_mole',
  }));
  const files = {
    network: join(folder, 'network.json'),
    estimates: join(folder, 'estimates.json'),
    strategy: join(folder, 'strategy.json'),
  };
  writeFileSync(files.network, network.toJson());
  writeFileSync(
    files.estimates,
    JSON.stringify(Object.fromEntries(network.edges.map(({ key }) => [key, repeats]))),
  );
  writeFileSync(files.strategy, strategy.toJson());
  const runs = Array.from({ length: RUNS }, () => timeOnce(files));
  const megabytes = Math.round(statSync(files.network).size / 1e6);
  return `| ${[
    `${shape}, ${network.edges.length.toLocaleString('en-US')} transformations, ${megabytes} MB`,
    strategy.qualname,
    formatMs(Math.min(...runs.map(run => run.elapsedMs))),
    formatMs(Math.min(...runs.map(run => run.cpuMs))),
    `${Math.round(Math.max(...runs.map(run => run.peakBytes)) / 1e6)} MB`,
  ].join(' | ')} |`;
}

interface Once {
  readonly elapsedMs: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
}

function timeOnce(files: {
  readonly network: string;
  readonly estimates: string;
  readonly strategy: string;
}): Once {
  const options = Object.entries(files).flatMap(([name, path]) => [`--${name}`, path]);
  const args = [...process.execArgv, '--import', TELL, MAIN, 'strategy', 'propose', ...options, '--json'];
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const elapsedMs = performance.now() - start;
  if (status !== 0) throw new Error(stderr);
  const [peakKib = 0, cpuMicroseconds = 0] = JSON.parse(stderr) as readonly number[];
  return { elapsedMs, cpuMs: cpuMicroseconds / 1000, peakBytes: peakKib * 1024 };
}
