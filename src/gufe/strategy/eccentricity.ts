// Eccentricities: how far from each node of a connected graph the farthest one is. They are asked for in networks of ten
// thousand nodes and more, where a search from every node takes too long.
//
// Trees that hang on the rest are taken off first, leaf by leaf; what they reach is worked out from the node that they hang on.
// What is left (nothing of a tree but one node) is searched from a node at a time. Each search also bounds the eccentricities
// of all other nodes; those whose bounds have met need no search of their own (Takes and Kosters, Algorithms 6, 100 (2013)).
// Where nodes are few steps apart and bounds do not meet, 32 of them are searched from at once, a bit each.

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

/** After so many searches bounds have met where they ever will, as a rule. */
const BOUNDING_ROUNDS = 32;
/** Sources of one search by bits. */
const BITS = 32;
/** Searching by bits looks at all edges for each step outward: it pays while there are fewer steps than sources. */
const SHALLOW_STEPS = 40;

function searchCore(graph: Adjacency, { parents, heights }: Peeled): Core {
  const search = new CoreSearch(graph, parents, heights);
  const { count } = search;
  const lower = new Int32Array(count);
  const upper = new Int32Array(count).fill(2 * graph.count);
  const open = Int32Array.from({ length: count }, (_, node) => node);
  let [next, other] = [0, 0];
  let left = count;
  for (let round = 0; left > 0 && !(round >= BOUNDING_ROUNDS && search.isShallow); round++) {
    // A node at the rim bounds from below, one in the middle from above: by turns.
    const source = round % 2 === 0 ? next : other;
    const eccentricity = search.from(source);
    const { distances } = search;
    const height = at(search.heights, source);
    lower[source] = eccentricity;
    upper[source] = eccentricity;
    let [kept, most, least] = [0, -1, Number.POSITIVE_INFINITY];
    for (let i = 0; i < left; i++) {
      const node = at(open, i);
      const distance = at(distances, node);
      const low = Math.max(at(lower, node), distance + height, eccentricity - distance);
      const high = Math.min(at(upper, node), eccentricity + distance);
      lower[node] = low;
      upper[node] = high;
      if (low === high) continue;
      open[kept++] = node;
      if (high > most) [most, next] = [high, node];
      if (low < least) [least, other] = [low, node];
    }
    left = kept;
  }
  for (let i = 0; i < left; i += BITS) search.fromMany(open.subarray(i, Math.min(left, i + BITS)), lower);
  const eccentricities = new Int32Array(graph.count);
  for (const [i, node] of search.nodes.entries()) eccentricities[node] = at(lower, i);
  return { eccentricities, outside: outsideOf(search, lower) };
}

function outsideOf(search: CoreSearch, eccentricities: Int32Array): Core['outside'] {
  const { heights, nodes } = search;
  const node = heights.findIndex((height, i) => height > 0 && height === eccentricities[i]);
  if (node === -1) return { node, distance: 0 };
  search.from(node);
  let distance = 0;
  for (const [other, way] of search.distances.entries()) {
    if (other !== node) distance = Math.max(distance, way + at(heights, other));
  }
  return { node: at(nodes, node), distance };
}

/** Searches from one node after another through the core, whose nodes are numbered anew: most of the time goes here. */
class CoreSearch {
  readonly count: number;
  /** Their numbers in the whole graph. */
  readonly nodes: Int32Array;
  readonly heights: Int32Array;
  /** From the last source. */
  readonly distances: Int32Array;
  /** Nodes are few steps apart: twice an eccentricity is at least any other. */
  isShallow = false;
  readonly #starts: Int32Array;
  readonly #neighbors: Int32Array;
  readonly #queue: Int32Array;

  constructor(graph: Adjacency, parents: Int32Array, heights: Int32Array) {
    this.nodes = Int32Array.from([...parents.keys()].filter(node => parents[node] === -1));
    this.count = this.nodes.length;
    this.heights = this.nodes.map(node => at(heights, node));
    this.distances = new Int32Array(this.count);
    this.#queue = new Int32Array(this.count);
    this.#starts = new Int32Array(this.count + 1);
    const numbers = new Int32Array(graph.count).fill(-1);
    for (const [i, node] of this.nodes.entries()) numbers[node] = i;
    const neighbors: number[] = [];
    for (const [i, node] of this.nodes.entries()) {
      for (let j = at(graph.starts, node); j < at(graph.starts, node + 1); j++) {
        const neighbor = at(numbers, at(graph.neighbors, j));
        if (neighbor !== -1) neighbors.push(neighbor);
      }
      this.#starts[i + 1] = neighbors.length;
    }
    this.#neighbors = Int32Array.from(neighbors);
  }

  /** The eccentricity of a node of the core: the farthest node of it, or of the trees that hang on it. */
  from(source: number): number {
    const [starts, neighbors, heights] = [this.#starts, this.#neighbors, this.heights];
    const [distances, queue] = [this.distances, this.#queue];
    distances.fill(-1);
    distances[source] = 0;
    queue[0] = source;
    let farthest = 0;
    let tail = 1;
    for (let head = 0; head < tail; head++) {
      const node = queue[head] as number;
      const distance = distances[node] as number;
      const reach = distance + (heights[node] as number);
      if (reach > farthest) farthest = reach;
      const end = starts[node + 1] as number;
      for (let i = starts[node] as number; i < end; i++) {
        const neighbor = neighbors[i] as number;
        if ((distances[neighbor] as number) >= 0) continue;
        distances[neighbor] = distance + 1;
        queue[tail++] = neighbor;
      }
    }
    this.isShallow ||= 2 * farthest <= SHALLOW_STEPS;
    return farthest;
  }

  /** As `from` for up to 32 sources, into `eccentricities`: one bit of a word for each tells whether it has reached a node. */
  fromMany(sources: Int32Array, eccentricities: Int32Array): void {
    const [starts, neighbors, heights] = [this.#starts, this.#neighbors, this.heights];
    let [reached, next] = [new Int32Array(this.count), new Int32Array(this.count)];
    for (const [bit, source] of sources.entries()) {
      reached[source] = 1 << bit;
      eccentricities[source] = at(heights, source);
    }
    const everyone = sources.length === BITS ? -1 : (1 << sources.length) - 1;
    for (let [step, arrived] = [1, everyone]; arrived !== 0; step++) {
      arrived = 0;
      for (let node = 0; node < this.count; node++) {
        const before = reached[node] as number;
        let now = before;
        const end = starts[node + 1] as number;
        for (let i = starts[node] as number; now !== everyone && i < end; i++) {
          now |= reached[neighbors[i] as number] as number;
        }
        next[node] = now;
        const height = heights[node] as number;
        if (now !== before && height > 0) raise(eccentricities, sources, now ^ before, step + height);
        arrived |= now ^ before;
      }
      raise(eccentricities, sources, arrived, step);
      [reached, next] = [next, reached];
    }
  }
}

/** Where a bit is set its source is at least that far from something. */
function raise(eccentricities: Int32Array, sources: Int32Array, bits: number, distance: number): void {
  for (let left = bits; left !== 0; left &= left - 1) {
    const source = at(sources, 31 - Math.clz32(left & -left));
    if (at(eccentricities, source) < distance) eccentricities[source] = distance;
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
