// Things that are done together because they came at the same moment. To go to a server and back, and to commit, costs more
// than what is done there; so while something is under way, what comes waits for the next turn and shares it.

export interface TurnLimits {
  /** In one turn at most. More make it longer without making it cheaper. */
  readonly most: number;
  /** Turns at a time. While one is flushed to disk, the next is made. */
  readonly turns: number;
}

/** Does one kind of thing, in turns. */
export class Turns<T> {
  readonly #turn: (all: readonly T[]) => Promise<void>;
  readonly #limits: TurnLimits;
  #waiting: T[] = [];
  #running = 0;
  #isScheduled = false;

  /** `turn` answers for everything that it is given, and never rejects. */
  constructor(limits: TurnLimits, turn: (all: readonly T[]) => Promise<void>) {
    this.#limits = limits;
    this.#turn = turn;
  }

  add(one: T): void {
    this.#waiting.push(one);
    this.#schedule();
  }

  /** What else arrives in this turn of the event loop joins. */
  #schedule(): void {
    if (this.#isScheduled || this.#running >= this.#limits.turns || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    const all = this.#waiting.splice(0, this.#limits.most);
    this.#running++;
    this.#schedule();
    await this.#turn(all);
    this.#running--;
    this.#schedule();
  }
}
