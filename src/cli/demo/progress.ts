// How far the demo is: task counts by status, elapsed and expected time. On a terminal one line is redrawn; elsewhere
// a line is written when the counts have changed.
import type { TaskStatus } from '../../domain/task-status.ts';
import { formatDuration } from './number.ts';

export type Counts = Readonly<Partial<Record<TaskStatus, number>>>;

/** The statuses a demo can meet, each with its sign: color is never the only mark. */
const SIGNS = { waiting: '○', running: '◐', complete: '●', error: '▲' } as const;

/**
 * Seconds until all tasks have ended, from the pace so far; before the first has ended, from what was expected.
 * A running task is taken to be half done.
 */
export function remainingSeconds(counts: Counts, elapsedSeconds: number, expectedSeconds: number): number {
  const ended = (counts.complete ?? 0) + (counts.error ?? 0);
  const running = counts.running ?? 0;
  const total = ended + running + (counts.waiting ?? 0);
  if (total === 0 || ended === total) return 0;
  if (ended === 0) return Math.max(0, expectedSeconds - elapsedSeconds);
  const done = ended + running / 2;
  return (elapsedSeconds / done) * (total - done);
}

/** One line: `○ 3 waiting  ◐ 2 running  ● 4 complete  ▲ 0 error · 12 s elapsed, about 15 s to go`. */
export function progressLine(counts: Counts, elapsedSeconds: number, expectedSeconds: number): string {
  const parts = Object.entries(SIGNS).map(
    ([status, sign]) => `${sign} ${counts[status as TaskStatus] ?? 0} ${status}`,
  );
  const left = formatDuration(remainingSeconds(counts, elapsedSeconds, expectedSeconds));
  return `${parts.join('  ')} · ${formatDuration(elapsedSeconds)} elapsed, about ${left} to go`;
}

/** Draws progress lines on a stream. */
export class ProgressDisplay {
  readonly #stream: NodeJS.WriteStream;
  #lastCounts = '';

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(counts: Counts, elapsedSeconds: number, expectedSeconds: number): void {
    const line = progressLine(counts, elapsedSeconds, expectedSeconds);
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\u001b[2K${line.slice(0, Math.max(20, this.#stream.columns - 1))}`);
      return;
    }
    const seen = JSON.stringify(counts);
    if (seen === this.#lastCounts) return;
    this.#lastCounts = seen;
    this.#stream.write(`${line}\n`);
  }

  /** Leaves the last line standing, so that what comes next starts on a line of its own. */
  end(): void {
    if (this.#stream.isTTY) this.#stream.write('\n');
  }
}
