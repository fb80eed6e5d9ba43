// Generated names differ from run to run: Task and result reference keys, and tokens. What was recorded is mapped to what we
// gave at the same place of the same answer, and replaced in everything sent later.

const GENERATED = /\b(Task|ProtocolDAGResultRef)-[0-9a-f]{32}/g;

/** Recorded name → ours. */
export class IdMap {
  readonly #map = new Map<string, string>();

  /** Learns from two answers to the same request: the n-th new generated name of one is the n-th of the other. */
  learn(recorded: string, ours: string): void {
    const theirs = recorded.match(GENERATED) ?? [];
    const mine = ours.match(GENERATED) ?? [];
    const known = new Set(this.#map.values());
    const freshTheirs = [...new Set(theirs)].filter(name => !this.#map.has(name));
    const freshMine = [...new Set(mine)].filter(name => !known.has(name));
    for (const [place, name] of freshTheirs.entries()) {
      // Where the original makes a new thing and we find the old one: that one, as there is no other.
      const match = freshMine[place] ?? (theirs.length === 1 && mine.length === 1 ? mine[0] : undefined);
      if (match !== undefined) this.#map.set(name, match);
    }
  }

  set(recorded: string, ours: string): void {
    this.#map.set(recorded, ours);
  }

  get(recorded: string): string | undefined {
    return this.#map.get(recorded);
  }

  /** The text with every recorded generated name replaced by ours. */
  translate(text: string): string {
    return text.replace(GENERATED, name => this.#map.get(name) ?? name);
  }
}
