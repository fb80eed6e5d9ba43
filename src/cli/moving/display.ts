// How far a copy is: on a terminal a bar that is redrawn, elsewhere one line when a stage begins.
import type { Progress } from '../../moving/progress.ts';
import { formatDuration } from '../demo/number.ts';

const WIDTH = 24;
const REDRAW_MS = 100;

/** Counted in bytes; all else is counted one by one. */
const STAGES_IN_BYTES: readonly string[] = ['checking the file'];

/** `4,321`, or `4.3 MB` where the stage counts bytes. */
function amount(stage: string, count: number): string {
  if (!STAGES_IN_BYTES.includes(stage)) return count.toLocaleString('en-US');
  return `${(count / 1e6).toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })} MB`;
}

/** One line: `copying records ████████░░░░ 4,321 of 9,000, 48 %, about 12 s to go`. */
export function progressLine({ stage, done, total }: Progress, elapsedSeconds: number): string {
  const count = amount(stage, done);
  if (total === null || total === 0) return done === 0 ? stage : `${stage} ${count}`;
  // The total is an estimate while others write.
  const share = Math.min(1, done / total);
  const full = Math.floor(share * WIDTH);
  const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full);
  const line = `${stage} ${bar} ${count} of ${amount(stage, Math.max(done, total))}, ${Math.floor(100 * share)} %`;
  if (share === 0 || share === 1 || elapsedSeconds < 2) return line;
  return `${line}, about ${formatDuration((elapsedSeconds / share) * (1 - share))} to go`;
}

/** What stands in a log: `copying records: 9,000`. */
export function stageLine({ stage, total }: Progress): string {
  return total === null ? stage : `${stage}: ${amount(stage, total)}`;
}

/** Shows progress on a stream. */
export class CopyDisplay {
  readonly #stream: NodeJS.WriteStream;
  readonly #now: () => number;
  #stage = '';
  #stageMs = 0;
  #shownMs = Number.NEGATIVE_INFINITY;
  #shown = '';

  constructor(stream: NodeJS.WriteStream, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#now = now;
  }

  show(progress: Progress): void {
    const now = this.#now();
    const isNew = progress.stage !== this.#stage;
    if (isNew) {
      this.end();
      this.#stage = progress.stage;
      this.#stageMs = now;
    }
    if (!this.#stream.isTTY) {
      if (isNew) this.#stream.write(`${stageLine(progress)}\n`);
      return;
    }
    const isDone = progress.done === progress.total;
    if (!isNew && !isDone && now - this.#shownMs < REDRAW_MS) return;
    const line = progressLine(progress, (now - this.#stageMs) / 1000);
    if (line === this.#shown) return;
    this.#shownMs = now;
    this.#shown = line;
    this.#stream.write(`\r\u001b[2K${line.slice(0, Math.max(20, this.#stream.columns - 1))}`);
  }

  /** Leaves the last line standing, so that what comes next starts on a line of its own. */
  end(): void {
    if (this.#shown !== '') this.#stream.write('\n');
    this.#shown = '';
  }
}
