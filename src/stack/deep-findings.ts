// What a look over a whole instance finds: many of one kind become one finding with a few examples, so that a store with a
// million faults is still one page to read.

/** Something that was found, once or often. */
export interface Finding {
  readonly what: string;
  readonly count: number;
  /** The first few. */
  readonly examples: readonly string[];
}

const MAX_EXAMPLES = 5;
/** An example may quote data. */
const MAX_EXAMPLE_CHARACTERS = 400;

export class Findings {
  readonly #found = new Map<string, { count: number; readonly examples: string[] }>();

  /** Counts one more of a kind. */
  add(what: string, example?: string): void {
    let found = this.#found.get(what);
    if (found === undefined) this.#found.set(what, (found = { count: 0, examples: [] }));
    found.count += 1;
    if (example === undefined || found.examples.length >= MAX_EXAMPLES) return;
    found.examples.push(example.slice(0, MAX_EXAMPLE_CHARACTERS));
  }

  list(): readonly Finding[] {
    return [...this.#found].map(([what, { count, examples }]) => ({ what, count, examples }));
  }
}
