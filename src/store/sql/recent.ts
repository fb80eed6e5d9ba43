// Answers of a moment ago. Which hubs have work is asked before each claim, and to list them costs more than the claim where there are
// many; so where a question is a way to the server, claims that come soon after each other use one list. They may: what a claim
// takes, it looks at again under its locks (take.ts), and a list that gives too little is asked for again. What can be stale for that
// long is in what proportion hubs are drawn, and that a hub has come: when another process did it, since what is written here is
// known here at once. Claims and results do not count as that; what they change, a claim finds out.
import type { Database } from './database.ts';

interface Kept<T> {
  readonly value: T;
  readonly untilMs: number;
  readonly writes: number;
}

/** Keeps answers by question, each for `database.recentMs`, or so many times as long. */
export class Recent<T> {
  readonly #database: Pick<Database, 'recentMs' | 'countWrites'>;
  /** The oldest first. */
  readonly #kept = new Map<string, Kept<T>>();
  readonly #times: number;

  constructor(database: Pick<Database, 'recentMs' | 'countWrites'>, times = 1) {
    this.#database = database;
    this.#times = times;
  }

  /** The answer of a moment ago, if there is one. */
  get(question: string): T | null {
    const kept = this.#kept.get(question);
    return kept !== undefined && this.#isRecent(kept) ? kept.value : null;
  }

  #isRecent({ untilMs, writes }: Kept<T>): boolean {
    return untilMs > performance.now() && writes === this.#database.countWrites();
  }

  /** An answer that has turned out to be of no use. */
  forget(question: string): void {
    this.#kept.delete(question);
  }

  /** Asks, and keeps what is not null. It counts as known from the moment when it was asked. */
  async ask(question: string, ask: () => Promise<T | null>): Promise<T | null> {
    const { recentMs, countWrites } = this.#database;
    const [untilMs, writes] = [performance.now() + recentMs * this.#times, countWrites()];
    const value = await ask();
    if (value === null || recentMs === 0) return value;
    this.#kept.delete(question);
    this.#kept.set(question, { value, untilMs, writes });
    for (const [oldest, kept] of this.#kept) {
      if (this.#isRecent(kept)) break;
      this.#kept.delete(oldest);
    }
    return value;
  }
}
