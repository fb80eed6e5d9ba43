// What every benchmark shares: timing, percentiles, the table, and what machine it ran on.
import { cpus, totalmem } from 'node:os';

/** Milliseconds at the 50th and 99th percentile, and calls a second. */
export interface Timing {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
}

/** Runs `call` `count` times, one after another, and times each. */
export async function timeCalls(
  count: number,
  call: (index: number) => Promise<unknown> | unknown,
): Promise<Timing> {
  const times: number[] = [];
  const start = performance.now();
  for (let index = 0; index < count; index += 1) {
    const before = performance.now();
    await call(index);
    times.push(performance.now() - before);
  }
  return summarize(times, performance.now() - start);
}

/** Runs `call` `count` times in all, `width` at a time. */
export async function timeConcurrentCalls(
  count: number,
  width: number,
  call: (index: number) => Promise<unknown>,
): Promise<Timing> {
  const times: number[] = [];
  let next = 0;
  const start = performance.now();
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      const before = performance.now();
      await call(index);
      times.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return summarize(times, performance.now() - start);
}

function summarize(times: number[], elapsedMs: number): Timing {
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), perSecond: (times.length / elapsedMs) * 1000 };
}

/** The best of a few runs, in milliseconds: what the machine can do when nothing else disturbs it. */
export async function bestOf(runs: number, call: () => Promise<unknown> | unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run += 1) {
    const before = performance.now();
    await call();
    best = Math.min(best, performance.now() - before);
  }
  return best;
}

/** A table of one benchmark: what was measured, ours, the floor measured in the same run, and their ratio. */
export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly floor: string;
  /** Ours over the floor where both are times, floor over ours where both are rates: 1 is perfect. */
  readonly ratio: number | null;
}

export interface Benchmark {
  readonly name: string;
  readonly question: string;
  /** Where `--write` puts the table; RESULTS.md if left out. */
  readonly file?: string;
  /** `quick` asks for small sizes: to see that the benchmark works. */
  run(options: { readonly quick: boolean }): Promise<readonly Row[]>;
}

export function renderTable(benchmark: Benchmark, rows: readonly Row[]): string {
  const lines = rows.map(
    row => `| ${row.what} | ${row.ours} | ${row.floor} | ${row.ratio?.toFixed(2) ?? '—'} |`,
  );
  return [
    `## ${benchmark.question}`,
    '',
    '| | ours | floor | ratio |',
    '|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

export function describeMachine(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${model}, ${memory} GiB, Node ${process.versions.node}`;
}

export function formatMs(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return `${milliseconds.toPrecision(3)} ms`;
}

export function formatRate(perSecond: number): string {
  return `${Math.round(perSecond).toLocaleString('en-US')}/s`;
}
