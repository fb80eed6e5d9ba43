// What does a strategy buy? A network whose truth is known is run to the end under each way of choosing, and the error of its
// free energies is followed. And: how long does a proposal for a large network take?
import { writeFileSync } from 'node:fs';
import {
  CONNECTIVITY_STRATEGY_SETTINGS,
  ConnectivityStrategy,
  RADIAL_GROWTH_STRATEGY_SETTINGS,
  RadialGrowthStrategy,
} from '../../src/gufe/index.ts';
import { describeMachine } from '../measure.ts';
import { byKnownNoise, byStrategy, type Chooser, equalAllocation } from './allocations.ts';
import { type ChartLine, renderChart } from './chart.ts';
import { knownNetwork, MEDIAN_NOISE, NOISE_SPREAD, TRUE_SPREAD } from './network.ts';
import type { Quality } from './node-estimates.ts';
import { timeProposals } from './proposal-times.ts';
import { type Curve, simulate, valueAt } from './simulation.ts';

const MAX_RUNS = 4;
/** Tasks that run at a time, of the number of edges. */
const SLOTS_PER_EDGE = 0.1;
const COLORS: readonly (readonly [color: string, dash?: string])[] = [
  ['#57606a'],
  ['#0969da'],
  ['#bc4c00'],
  ['#1a7f37', '6 4'],
];

interface Size {
  readonly ligands: number;
  readonly edges: number;
  readonly draws: number;
  readonly timed: number;
}

/** One way of choosing and what came of it in each draw. */
interface Outcome {
  readonly name: string;
  readonly curves: readonly Curve[];
}

/** The report as Markdown; `write` puts it and its plot beside this file. */
export function reportStrategist(options: { readonly quick: boolean; readonly write: boolean }): string {
  const size: Size = options.quick
    ? { ligands: 50, edges: 100, draws: 2, timed: 200 }
    : { ligands: 500, edges: 1000, draws: 5, timed: 10_000 };
  const outcomes = runAll(size);
  const most = size.edges * MAX_RUNS;
  const checkpoints = [0.125, 0.25, 0.375, 0.5, 0.75, 1].map(share => share * most);
  const times = timeProposals(size.timed);
  const text = [
    ...head(size),
    '## Error by tasks',
    '',
    'Root mean square error of all free energies in kcal/mol, mean ± standard deviation over the draws.',
    '',
    ...table(outcomes, checkpoints, errorCell),
    '![Error over tasks](error-over-tasks.svg)',
    '',
    '## Only what has been reached',
    '',
    'Error of the ligands that have a result at one of their edges, and how many of all these are.',
    '',
    ...table(outcomes, checkpoints, reachedCell),
    ...READING,
    '## Time and memory of a proposal',
    '',
    `\`alchemiscale strategy propose --json\` for ${size.timed.toLocaleString('en-US')} transformations with three results each: the whole process, from its start to its end, best of three.`,
    'Neighbors in a ring is the shape with the most work for a RadialGrowthStrategy: all systems are alike.',
    '',
    ...times,
    '',
  ].join('\n');
  if (options.write) {
    writeFileSync(new URL('./RESULTS.md', import.meta.url), text);
    writeFileSync(new URL('./error-over-tasks.svg', import.meta.url), plot(outcomes, size));
  }
  return text;
}

function runAll({ ligands, edges, draws }: Size): readonly Outcome[] {
  const settings = { max_runs: MAX_RUNS };
  const choosers: readonly Chooser[] = [
    equalAllocation(MAX_RUNS),
    byStrategy(new ConnectivityStrategy(CONNECTIVITY_STRATEGY_SETTINGS.make(settings))),
    byStrategy(new RadialGrowthStrategy(RADIAL_GROWTH_STRATEGY_SETTINGS.make(settings))),
    byKnownNoise(MAX_RUNS * edges),
  ];
  const networks = Array.from({ length: draws }, (_, draw) => knownNetwork(ligands, edges, draw + 1));
  return choosers.map(chooser => ({
    name: chooser.name,
    curves: networks.map(network => simulate(network, chooser, edges * SLOTS_PER_EDGE)),
  }));
}

function head({ ligands, edges, draws }: Size): readonly string[] {
  return [
    '# What does a strategy buy?',
    '',
    `${new Date().toISOString().slice(0, 10)}, ${describeMachine()}. Made by \`npm run bench -- strategist --write\`; the simulation follows from its seeds and gives the same`,
    'numbers everywhere.',
    '',
    `A network of ${ligands} ligands and ${edges.toLocaleString('en-US')} edges, drawn ${draws} times. The ligands' true free energies scatter by ${TRUE_SPREAD} kcal/mol; each is joined to its neighbors (a spanning tree, then`,
    `nearest neighbors). One task gives one repeat of one edge: the true difference and normal noise, whose standard deviation is the edge's own, known, and log-normal among edges (median ${MEDIAN_NOISE} kcal/mol, ${NOISE_SPREAD} in`,
    'its logarithm). The same repeat of an edge gives the same value to everybody.',
    '',
    'The free energies are estimated from all results so far by least squares weighted with the known noise, with the prior that they scatter as they do; the error is their root mean',
    'square deviation from the truth, what all have in common left out. It begins where nothing is known.',
    '',
    `Strategies decide as the strategist does (weights, shares, targets, changes to the hub; mode \`full\`, at most 3 tasks a transformation, \`exponential\`), once for every ${edges * SLOTS_PER_EDGE} tasks, which then run;`,
    `what is claimed from the hub is left to chance. Both strategies have \`max_runs\` ${MAX_RUNS} and defaults otherwise, so that all but the last row end with ${MAX_RUNS} results an edge. *Equal allocation* runs every edge once, in an order of chance, then`,
    'every edge again. *Noise known beforehand* puts each task where it lowers the expected error most, which nobody can who does not know the noise: it tells how much there is to be gained.',
    '',
  ];
}

type Cell = (curves: readonly Curve[], tasks: number) => string;

const errorCell: Cell = (curves, tasks) => {
  const { mean, spread } = overDraws(curves, tasks, 'error');
  return `${mean.toFixed(2)} ± ${spread.toFixed(2)}`;
};

const reachedCell: Cell = (curves, tasks) => {
  const reached = overDraws(curves, tasks, 'reached').mean;
  return `${overDraws(curves, tasks, 'errorOfReached').mean.toFixed(2)} (${Math.round(100 * reached)} %)`;
};

function table(outcomes: readonly Outcome[], checkpoints: readonly number[], cell: Cell): readonly string[] {
  const rows = outcomes.map(
    ({ name, curves }) =>
      `| ${[name, ...checkpoints.map(tasks => cell(curves, tasks)), cyclesOf(curves)].join(' | ')} |`,
  );
  const heads = checkpoints.map(tasks => `${tasks.toLocaleString('en-US')} tasks`);
  return [
    `| | ${heads.join(' | ')} | cycles |`,
    `|---|${'---|'.repeat(checkpoints.length + 1)}`,
    ...rows,
    '',
  ];
}

/** How long it takes when every cycle takes the same time. */
function cyclesOf(curves: readonly Curve[]): string {
  return (curves.reduce((sum, curve) => sum + curve.length - 1, 0) / curves.length).toFixed(0);
}

function overDraws(
  curves: readonly Curve[],
  tasks: number,
  value: keyof Quality,
): { readonly mean: number; readonly spread: number } {
  const values = curves.map(curve => valueAt(curve, tasks, value));
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
  const squares = values.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  return { mean, spread: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}

function plot(outcomes: readonly Outcome[], { ligands, edges }: Size): string {
  const most = edges * MAX_RUNS;
  const grid = Array.from({ length: 81 }, (_, i) => (i / 80) * most);
  const lines = outcomes.map(({ name, curves }, i): ChartLine => {
    const at = grid.map(tasks => overDraws(curves, tasks, 'error'));
    const [color, dash] = COLORS[i] ?? ['#000000'];
    return {
      name,
      color,
      ...(dash === undefined ? {} : { dash }),
      points: grid.map((tasks, j) => [tasks, at[j]?.mean ?? 0] as const),
      spread: at.map(({ spread }) => spread),
    };
  });
  return renderChart({
    title: `Error of the free energies of ${ligands} ligands by tasks done`,
    xLabel: 'tasks done',
    yLabel: 'root mean square error, kcal/mol',
    xTicks: [0, 0.25, 0.5, 0.75, 1].map(share => share * most),
    yTicks: [0, 0.5, 1, 1.5, 2],
    lines,
  });
}

/** What the tables show; to be read again whenever the simulation is changed. */
const READING: readonly string[] = [
  '## What it shows',
  '',
  '- **Equal allocation is the better choice here, at every number of tasks before the end.** At the end all three have run the same tasks and have the same error. After one task an edge it is at 0.53',
  '  kcal/mol, a ConnectivityStrategy at 0.76, a RadialGrowthStrategy at 1.69. Neither strategy looks at noise or estimates, so there is nothing by which they could be better for the network as a whole.',
  '- **ConnectivityStrategy** is nearly equal allocation, in an order of chance. Weights are made shares of one over the whole network: of a thousand edges each has about a thousandth, and whatever the weight, that is one task at a time.',
  '  So an edge may get its second result before another has its first, and ligands with few edges wait longest: that is the difference at 1,000 tasks. From 3,000 on it is less than the draws differ.',
  '- **RadialGrowthStrategy** finishes the middle before it goes on. After 500 tasks it has reached a sixth of the ligands, and knows these as well (0.43) as equal allocation knows any after 2,000. It is for those who want a part of the',
  '  network soon and may stop there; whoever wants all ligands pays for the order until the end. Its first cycles have fewer candidates than there is room for tasks, so it takes a few cycles more.',
  '- **There is something to be gained by looking at uncertainties**: with the noise known beforehand 2,000 tasks do what 3,000 to 4,000 equal ones do. A strategy would first have to find the noise out, and gain less.',
  '',
  'Not in it: tasks that fail or take longer than others, edges whose noise follows from where they are, free energies that are wrong by more than noise.',
  '',
];
