// The graph of a network as strategies see it: chemical systems are nodes, transformations are edges. It is given by keys alone,
// so a network need not be read into objects for it.
import type { AlchemicalNetwork } from '../network.ts';
import type { GufeObject } from '../values.ts';
import { eccentricitiesOf } from './eccentricity.ts';

/** A transformation: its key, and the keys of its states. A NonTransformation has one state twice. */
export interface StrategyEdge {
  readonly key: string;
  readonly stateA: string;
  readonly stateB: string;
}

/** An edge between nodes by number. */
export interface GraphEdge {
  readonly key: string;
  readonly a: number;
  readonly b: number;
}

/** The edges of a network. */
export function edgesOf(network: AlchemicalNetwork): readonly StrategyEdge[] {
  return network.edges.map(edge => {
    const [stateA, stateB]: readonly [GufeObject, GufeObject] = [edge.stateA, edge.stateB];
    return { key: edge.key, stateA: stateA.key, stateB: stateB.key };
  });
}

/** A part of a network that hangs together. Nodes that no edge touches belong to none. */
export class StateGraph {
  /** In order of key. */
  readonly edges: readonly GraphEdge[];
  readonly nodeCount: number;

  constructor(edges: readonly GraphEdge[], nodeCount: number) {
    this.edges = edges;
    this.nodeCount = nodeCount;
  }

  /** For each node the ends of edges at it: an edge from a node to itself has two there. */
  degrees(): Int32Array {
    const degrees = new Int32Array(this.nodeCount);
    for (const { a, b } of this.edges) {
      degrees[a] = (degrees[a] ?? 0) + 1;
      degrees[b] = (degrees[b] ?? 0) + 1;
    }
    return degrees;
  }

  /** For each node the distance to the node farthest from it, directions ignored. */
  eccentricities(): Int32Array {
    return eccentricitiesOf(this.nodeCount, this.edges);
  }
}

/** The parts of the network that hang together, in order of their smallest edge key. Edges given twice count once. */
export function componentsOf(edges: Iterable<StrategyEdge>): readonly StateGraph[] {
  const sorted = [...new Map([...edges].map(edge => [edge.key, edge] as const)).values()].sort((a, b) =>
    a.key < b.key ? -1 : 1,
  );
  const groups = new DisjointSets();
  for (const { stateA, stateB } of sorted) groups.join(stateA, stateB);
  const parts = new Map<string, { readonly edges: GraphEdge[]; readonly nodes: Map<string, number> }>();
  for (const { key, stateA, stateB } of sorted) {
    const root = groups.rootOf(stateA);
    let part = parts.get(root);
    if (part === undefined) {
      part = { edges: [], nodes: new Map() };
      parts.set(root, part);
    }
    part.edges.push({ key, a: numberIn(part.nodes, stateA), b: numberIn(part.nodes, stateB) });
  }
  return [...parts.values()].map(part => new StateGraph(part.edges, part.nodes.size));
}

function numberIn(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  numbers.set(name, numbers.size);
  return numbers.size - 1;
}

class DisjointSets {
  readonly #parents = new Map<string, string>();

  rootOf(name: string): string {
    let root = name;
    for (let up = this.#parents.get(root); up !== undefined && up !== root; up = this.#parents.get(root)) {
      // Each step halves the way for the next.
      this.#parents.set(root, this.#parents.get(up) ?? up);
      root = up;
    }
    return root;
  }

  join(a: string, b: string): void {
    const [first, second] = [this.rootOf(a), this.rootOf(b)];
    this.#parents.set(first, second);
    if (!this.#parents.has(second)) this.#parents.set(second, second);
  }
}
