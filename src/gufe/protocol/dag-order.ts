// The order in which gufe runs the units of a DAG: dependencies first, ties by key. It is networkx's lexicographical
// topological sort of the graph unit → dependency, reversed: among units on which no remaining unit depends the one with
// the smallest key is taken away, again and again; the last one taken runs first.
import { GufeError } from '../error.ts';

/** One thing to be put in order. */
export interface DagNode {
  readonly key: string;
  /** Keys of what must come before; each must be among the nodes. */
  readonly dependencies: ReadonlySet<string>;
}

/** The nodes in gufe's order. Throws when one depends on itself, directly or not. */
export function dagOrder<T extends DagNode>(nodes: readonly T[]): T[] {
  const byKey = new Map(nodes.map(node => [node.key, node] as const));
  const dependents = new Map<string, number>(nodes.map(node => [node.key, 0]));
  for (const node of nodes) {
    for (const key of node.dependencies) dependents.set(key, (dependents.get(key) ?? 0) + 1);
  }
  const free = [...byKey.keys()].filter(key => dependents.get(key) === 0).sort();
  const taken: T[] = [];
  for (let key = free.shift(); key !== undefined; key = free.shift()) {
    const node = byKey.get(key);
    if (node === undefined) throw new GufeError(`${key} is depended on but not listed`);
    taken.push(node);
    for (const dependency of node.dependencies) {
      const left = (dependents.get(dependency) ?? 0) - 1;
      dependents.set(dependency, left);
      if (left === 0) insertSorted(free, dependency);
    }
  }
  if (taken.length !== byKey.size) throw new GufeError('units depend on each other in a circle');
  return taken.reverse();
}

function insertSorted(keys: string[], key: string): void {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  keys.splice(low, 0, key);
}
