// What a view of the graph remembers of what it has handed out.

/** About 150 bytes for each object and network, and nothing for tasks. */
export class GraphView {
  /** Keys of objects. */
  readonly objects: Set<string> = new Set();
  /** Keys of networks. */
  readonly networks: Set<string> = new Set();
  /** Identifiers of compute services. */
  readonly services: Set<string> = new Set();
  /** Class names of objects, those that others are made of first; null until objects are read. */
  classes: readonly string[] | null = null;
  readonly #patterns = new Set<string>();

  addPattern(network: string, pattern: string): void {
    this.#patterns.add(`${network} ${pattern}`);
  }

  hasPattern(network: string, pattern: string): boolean {
    return this.#patterns.has(`${network} ${pattern}`);
  }
}
