// Claims as the queue grows. The stores take turns within a round, so that what else the machine does meets all of them; figures
// are medians over the rounds.
import { formatMs, formatRate, timeConcurrentCalls } from '../measure.ts';
import { type Figure, median, quantile } from './figures.ts';
import type { Load, Progress } from './load.ts';
import type { StoreName } from './places.ts';

/** How much is measured. */
export interface ClaimPlan {
  /** Waiting tasks. */
  readonly levels: readonly number[];
  readonly clients: readonly number[];
  readonly rounds: number;
  /** Claims at one point of one round, at most. */
  readonly claims: number;
  /** For how long at one point; a point that is cut short says so. */
  readonly pointMs: number;
  readonly fillMs: number;
}

/** A server with both layouts, and what has been measured of it. */
export interface Contender {
  readonly name: StoreName;
  readonly loads: readonly Load[];
  readonly figures: Figure[];
}

interface Sample {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
  readonly calls: number;
  readonly isCut: boolean;
}

/** Measures every level on every server. */
export async function measureClaims(contenders: readonly Contender[], plan: ClaimPlan): Promise<void> {
  for (const level of plan.levels) {
    for (const place of [0, 1]) {
      const ready: Contender[] = [];
      for (const contender of contenders)
        if (await reach(contender, place, level, plan)) ready.push(contender);
      await measureLevel(ready, place, level, plan);
    }
  }
}

/**
 * Brings so many tasks to the hubs of a layout. When that takes too long, the level is measured at the length that was
 * reached, which its figures say, and no longer one is tried.
 */
async function reach(
  { name, loads, figures }: Contender,
  place: number,
  level: number,
  plan: ClaimPlan,
): Promise<boolean> {
  const load = loads[place];
  if (load === undefined) return false;
  if (load.isShort) return false;
  const missing = level - load.waiting - load.fresh;
  const created = await load.create(missing + spare(level, plan), plan.fillMs);
  const filled = await load.fill(level, plan.fillMs);
  console.error(
    `${name}, ${load.layout.name}: ${load.waiting} of ${level} wait, after ${formatMs(created.ms + filled.ms)}`,
  );
  if (level === Math.max(...plan.levels) || filled.isCut) {
    const hubs = load.layout.hubs === 1 ? 'one hub' : `${load.layout.hubs} hubs`;
    figures.push(bulkFigure(`tasks actioned, ${hubs}`, filled, plan.fillMs));
  }
  load.isShort = filled.isCut;
  return load.waiting > 0;
}

/** How fast something was written in bulk. */
export function bulkFigure(row: string, { done, ms, isCut }: Progress, limitMs: number): Figure {
  const text = `${done.toLocaleString('en-US')} in ${formatMs(ms)}, ${formatRate((done / ms) * 1000)}`;
  const figure = { table: 'Bulk writes', row, text, ...finiteCost(ms / done) };
  return isCut ? { ...figure, note: `stopped after ${limitMs / 1000} s` } : figure;
}

/** Where nothing was done there is nothing to compare. */
function finiteCost(cost: number): Pick<Figure, 'cost'> {
  return Number.isFinite(cost) ? { cost } : {};
}

/** Tasks that replace those that were claimed. */
function spare(level: number, plan: ClaimPlan): number {
  return 2 * plan.rounds * (plan.clients.length + 1) * claimsAt(level, plan);
}

/** A queue is to stay about as long as it is said to be. */
function claimsAt(level: number, plan: ClaimPlan): number {
  return Math.max(1, Math.min(plan.claims, Math.floor(level / 5)));
}

interface Point {
  readonly clients: number;
  readonly pushes: boolean;
  readonly table: string;
  readonly row: string;
}

function points({ layout }: Load, level: number, { clients }: ClaimPlan): readonly Point[] {
  const hubs = layout.hubs === 1 ? 'one hub' : `${layout.hubs} hubs`;
  const at = `${level.toLocaleString('en-US')} waiting, ${hubs}`;
  const table = 'Claims: p50 / p99';
  const alone = clients.map(n => ({
    clients: n,
    pushes: false,
    table,
    row: `${at}, ${n} client${n === 1 ? '' : 's'}`,
  }));
  return [
    ...alone,
    {
      clients: 8,
      pushes: true,
      table: 'Claim and push of a result: rate, p50 / p99 of both',
      row: `${at}, 8 clients`,
    },
  ];
}

async function measureLevel(
  contenders: readonly Contender[],
  place: number,
  level: number,
  plan: ClaimPlan,
): Promise<void> {
  const samples = new Map<Contender, Map<Point, Sample[]>>();
  for (const contender of contenders) {
    const load = contender.loads[place];
    if (load !== undefined)
      samples.set(contender, new Map(points(load, level, plan).map(point => [point, []])));
  }
  for (let round = 0; round < plan.rounds; round++) {
    for (const [{ loads }, ofPoints] of samples) {
      const load = loads[place];
      if (load === undefined) continue;
      await load.heartbeat();
      for (const [point, found] of ofPoints) {
        if (!load.isShort) await load.fill(level, plan.fillMs);
        found.push(
          await measurePoint(load, point, claimsAt(Math.min(level, load.waiting), plan), plan.pointMs),
        );
      }
    }
  }
  for (const [{ figures, loads }, ofPoints] of samples) {
    const load = loads[place];
    const short =
      load?.isShort === true ? [`at ${load.waiting.toLocaleString('en-US')}, filled no further in time`] : [];
    for (const [point, found] of ofPoints) figures.push(figureOf(point, found, plan, short));
  }
}

async function measurePoint(load: Load, point: Point, count: number, pointMs: number): Promise<Sample> {
  const times: number[] = [];
  const start = performance.now();
  const free = Array.from({ length: point.clients }, (_, client) => client);
  const isOver = (): boolean => performance.now() - start > pointMs;
  await timeConcurrentCalls(count, point.clients, async () => {
    if (isOver()) return;
    const client = free.pop() ?? 0;
    const before = performance.now();
    const task = await load.claim(client);
    if (point.pushes) await load.push(client, task);
    times.push(performance.now() - before);
    free.push(client);
  });
  const elapsedMs = performance.now() - start;
  return {
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    perSecond: (times.length / elapsedMs) * 1000,
    calls: times.length,
    isCut: times.length < count,
  };
}

function figureOf(
  { table, row, pushes }: Point,
  samples: readonly Sample[],
  plan: ClaimPlan,
  short: readonly string[],
): Figure {
  const of = (value: (sample: Sample) => number): number => median(samples.map(value));
  const rates = samples.map(({ perSecond }) => perSecond);
  const spread = `${formatRate(Math.min(...rates))} to ${formatRate(Math.max(...rates))}`;
  const times = `${formatMs(of(({ p50 }) => p50))} / ${formatMs(of(({ p99 }) => p99))}`;
  const text = pushes ? `${formatRate(of(({ perSecond }) => perSecond))} [${spread}], ${times}` : times;
  const notes = [...short];
  const calls = samples.reduce((sum, sample) => sum + sample.calls, 0);
  if (samples.some(({ isCut }) => isCut))
    notes.push(`stopped after ${plan.pointMs / 1000} s, ${calls} calls`);
  const cost = pushes ? 1000 / of(({ perSecond }) => perSecond) : of(({ p50 }) => p50);
  const figure = { table, row, text, ...finiteCost(cost) };
  return notes.length === 0 ? figure : { ...figure, note: notes.join('; ') };
}
