// Answers of a moment ago. Which hubs have work is asked before each claim, and to list them costs more than the claim where there are
// many; so where a question is a way to the server, claims that come within a few milliseconds use one list. They may: what a claim
// takes, it looks at again under its locks (take.ts), and a list that gives too little is asked for again. All that can be
// stale is in what proportion the hubs are drawn, for that long, when another process has changed it: what this process
// writes is known here at once.
import type { Database } from './database.ts';

/** Far more than there are questions at a time. */
const MAX_KEPT = 1000;

interface Kept<T> {
  readonly value: T;
  readonly untilMs: number;
  readonly writes: number;
}

/** Keeps answers by question, each for `database.recentMs`. */
export class Recent<T> {
  readonly #database: Pick<Database, 'recentMs' | 'countWrites'>;
  readonly #kept = new Map<string, Kept<T>>();

  constructor(database: Pick<Database, 'recentMs' | 'countWrites'>) {
    this.#database = database;
  }

  /** The answer of a moment ago, if there is one. */
  get(question: string): T | null {
    const kept = this.#kept.get(question);
    if (kept === undefined) return null;
    if (kept.untilMs > performance.now() && kept.writes === this.#database.countWrites()) return kept.value;
    this.#kept.delete(question);
    return null;
  }

  /** Asks, and keeps what is not null. It counts as known from the moment when it was asked. */
  async ask(question: string, ask: () => Promise<T | null>): Promise<T | null> {
    const { recentMs, countWrites } = this.#database;
    const [untilMs, writes] = [performance.now() + recentMs, countWrites()];
    const value = await ask();
    if (value === null || recentMs === 0) return value;
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(question, { value, untilMs, writes });
    return value;
  }
}
