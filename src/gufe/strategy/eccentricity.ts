// Eccentricities: how far from each node of a connected graph the farthest one is. They are asked for in networks of ten
// thousand nodes and more, where a search from every node takes too long.
//
// Trees that hang on the rest are taken off first, leaf by leaf; what they reach is worked out from the node that they hang on.
// What is left (nothing of a tree but one node) is searched from a node at a time. Each search also bounds the eccentricities
// of all other nodes; those whose bounds have met need no search of their own (Takes and Kosters, Algorithms 6, 100 (2013)).

/** An undirected edge between nodes by number. */
export interface NodePair {
  readonly a: number;
  readonly b: number;
}

/** The eccentricity of each node of a connected graph; edges from a node to itself and repeated ones do not matter. */
export function eccentricitiesOf(nodeCount: number, edges: readonly NodePair[]): Int32Array {
  const graph = new Adjacency(nodeCount, edges);
  const peeled = peel(graph);
  const core = searchCore(graph, peeled);
  return hangBack(graph, peeled, core);
}

/** An element that is there. */
function at(array: Int32Array, index: number): number {
  return array[index] as number;
}

/** Neighbors of node i stand from starts[i] to starts[i + 1], each once. */
class Adjacency {
  readonly count: number;
  readonly starts: Int32Array;
  readonly neighbors: Int32Array;

  constructor(nodeCount: number, edges: readonly NodePair[]) {
    this.count = nodeCount;
    const lists: Set<number>[] = Array.from({ length: nodeCount }, () => new Set());
    for (const { a, b } of edges) {
      if (a === b) continue;
      lists[a]?.add(b);
      lists[b]?.add(a);
    }
    this.starts = new Int32Array(nodeCount + 1);
    for (const [i, list] of lists.entries()) this.starts[i + 1] = at(this.starts, i) + list.size;
    this.neighbors = Int32Array.from(lists.flatMap(list => [...list]));
  }

  degree(node: number): number {
    return at(this.starts, node + 1) - at(this.starts, node);
  }
}

/** Leaves in the order in which they were taken off, and what they hung on. */
interface Peeled {
  readonly order: readonly number[];
  /** -1 for nodes of the core. */
  readonly parents: Int32Array;
  /** How deep the trees are that hang on each node. */
  readonly heights: Int32Array;
}

function peel(graph: Adjacency): Peeled {
  const degrees = Int32Array.from({ length: graph.count }, (_, node) => graph.degree(node));
  const parents = new Int32Array(graph.count).fill(-1);
  const heights = new Int32Array(graph.count);
  const isOff = new Uint8Array(graph.count);
  const order: number[] = [];
  const leaves = [...degrees.keys()].filter(node => degrees[node] === 1);
  for (let leaf = leaves.pop(); leaf !== undefined; leaf = leaves.pop()) {
    // The last node of a tree has no neighbor left to hang on: it is the core.
    if (degrees[leaf] !== 1) continue;
    isOff[leaf] = 1;
    order.push(leaf);
    for (let i = at(graph.starts, leaf); i < at(graph.starts, leaf + 1); i++) {
      const neighbor = at(graph.neighbors, i);
      if (isOff[neighbor] === 1) continue;
      parents[leaf] = neighbor;
      heights[neighbor] = Math.max(at(heights, neighbor), at(heights, leaf) + 1);
      degrees[neighbor] = at(degrees, neighbor) - 1;
      if (degrees[neighbor] === 1) leaves.push(neighbor);
    }
  }
  return { order, parents, heights };
}

/** What the core tells: eccentricities of its nodes in the whole graph. */
interface Core {
  readonly eccentricities: Int32Array;
  /** The farthest by way of the core alone from the one node whose own trees are as deep as anything else is far; else -1. */
  readonly outside: { readonly node: number; readonly distance: number };
}

function searchCore(graph: Adjacency, { parents, heights }: Peeled): Core {
  const search = new CoreSearch(graph, parents, heights);
  const lower = new Int32Array(graph.count);
  const upper = new Int32Array(graph.count).fill(2 * graph.count);
  const open = [...parents.keys()].filter(node => parents[node] === -1);
  let [next, other] = [open[0] ?? 0, open[0] ?? 0];
  for (let round = 0; open.length > 0; round++) {
    // A node at the rim bounds from below, one in the middle from above: by turns.
    const source = round % 2 === 0 ? next : other;
    const eccentricity = search.from(source);
    const height = at(heights, source);
    lower[source] = eccentricity;
    upper[source] = eccentricity;
    let [kept, most, least] = [0, -1, Number.POSITIVE_INFINITY];
    for (const node of open) {
      const distance = at(search.distances, node);
      const low = Math.max(at(lower, node), distance + height, eccentricity - distance);
      const high = Math.min(at(upper, node), eccentricity + distance);
      lower[node] = low;
      upper[node] = high;
      if (low === high) continue;
      open[kept++] = node;
      if (high > most) [most, next] = [high, node];
      if (low < least) [least, other] = [low, node];
    }
    open.length = kept;
  }
  return { eccentricities: lower, outside: outsideOf(search, lower, { parents, heights }) };
}

function outsideOf(
  search: CoreSearch,
  eccentricities: Int32Array,
  { parents, heights }: Pick<Peeled, 'parents' | 'heights'>,
): Core['outside'] {
  const node = heights.findIndex(
    (height, i) => parents[i] === -1 && height > 0 && height === eccentricities[i],
  );
  if (node === -1) return { node, distance: 0 };
  search.from(node);
  let distance = 0;
  for (const [other, way] of search.distances.entries()) {
    if (other !== node && way > 0) distance = Math.max(distance, way + at(heights, other));
  }
  return { node, distance };
}

/** Searches from one node after another through the core. */
class CoreSearch {
  /** From the last source; -1 for nodes that are not of the core. */
  readonly distances: Int32Array;
  readonly #graph: Adjacency;
  readonly #parents: Int32Array;
  readonly #heights: Int32Array;
  readonly #queue: Int32Array;

  constructor(graph: Adjacency, parents: Int32Array, heights: Int32Array) {
    this.#graph = graph;
    this.#parents = parents;
    this.#heights = heights;
    this.distances = new Int32Array(graph.count);
    this.#queue = new Int32Array(graph.count);
  }

  /** The eccentricity of a node of the core: the farthest node of it, or of the trees that hang on it. */
  from(source: number): number {
    const [{ starts, neighbors }, parents, heights] = [this.#graph, this.#parents, this.#heights];
    const [distances, queue] = [this.distances, this.#queue];
    distances.fill(-1);
    distances[source] = 0;
    queue[0] = source;
    let farthest = 0;
    for (let [head, tail] = [0, 1]; head < tail; head++) {
      const node = at(queue, head);
      const distance = at(distances, node);
      farthest = Math.max(farthest, distance + at(heights, node));
      for (let i = at(starts, node), end = at(starts, node + 1); i < end; i++) {
        const neighbor = at(neighbors, i);
        if (at(distances, neighbor) !== -1 || at(parents, neighbor) !== -1) continue;
        distances[neighbor] = distance + 1;
        queue[tail++] = neighbor;
      }
    }
    return farthest;
  }
}

/** Eccentricities of what was taken off, from the core outward. */
function hangBack(graph: Adjacency, { order, parents, heights }: Peeled, core: Core): Int32Array {
  const { eccentricities, outside } = core;
  // The deepest branch of each node, and the deepest but one.
  const first = new Int32Array(graph.count);
  const second = new Int32Array(graph.count);
  for (const node of order) {
    const [parent, depth] = [at(parents, node), at(heights, node) + 1];
    if (depth > at(first, parent)) [second[parent], first[parent]] = [at(first, parent), depth];
    else if (depth > at(second, parent)) second[parent] = depth;
  }
  // The farthest from a node but not down its own branches.
  const above = new Int32Array(graph.count);
  for (const node of order.toReversed()) {
    const [parent, depth] = [at(parents, node), at(heights, node) + 1];
    const beside = at(first, parent) === depth ? at(second, parent) : at(first, parent);
    let beyond = at(above, parent);
    if (at(parents, parent) === -1) {
      beyond = parent === outside.node ? outside.distance : at(eccentricities, parent);
    }
    above[node] = 1 + Math.max(beside, beyond);
    eccentricities[node] = Math.max(at(above, node), at(heights, node));
  }
  return eccentricities;
}
