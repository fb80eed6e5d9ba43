// A network whose answers are known: ligands with true free energies, neighbors joined by edges, and for each edge how much one
// repeat of it scatters. Everything follows from the seed.
import type { StrategyEdge } from '../../src/gufe/index.ts';
import { deriveSeed, seededRandom } from '../../src/protocols/random.ts';

/** True free energies of ligands scatter by so much, in kcal/mol. */
export const TRUE_SPREAD = 2;
/** The scatter of a repeat, in kcal/mol, is log-normal: this is its median, and the standard deviation of its logarithm. */
export const MEDIAN_NOISE = 0.6;
export const NOISE_SPREAD = 0.5;

export interface KnownEdge extends StrategyEdge {
  /** Ligands by number. */
  readonly a: number;
  readonly b: number;
  /** Standard deviation of one repeat, kcal/mol. */
  readonly noise: number;
}

export interface KnownNetwork {
  readonly seed: number;
  readonly edges: readonly KnownEdge[];
  /** The free energy of each ligand, kcal/mol. */
  readonly truth: Float64Array;
}

/** Ligands lie at random in a square that stands for their chemistry; each is joined to those next to it. */
export function knownNetwork(ligands: number, edges: number, seed: number): KnownNetwork {
  const random = seededRandom(seed);
  const places = Array.from({ length: ligands }, () => [random.uniform(), random.uniform()] as const);
  const truth = Float64Array.from(places, () => TRUE_SPREAD * random.gaussian());
  const pairs = joinedPairs(places, edges);
  return {
    seed,
    truth,
    edges: pairs.map(([a, b], i) => ({
      key: `Transformation-${String(i).padStart(6, '0')}`,
      stateA: `ChemicalSystem-${a}`,
      stateB: `ChemicalSystem-${b}`,
      a,
      b,
      noise: MEDIAN_NOISE * Math.exp(NOISE_SPREAD * random.gaussian()),
    })),
  };
}

/** What a repeat of an edge gives. The same for every strategy, so that luck does not decide between them. */
export function repeatOf(network: KnownNetwork, edge: number, repeat: number): number {
  const { a, b, noise } = network.edges[edge] as KnownEdge;
  const random = seededRandom(deriveSeed(network.seed, edge, repeat));
  return (network.truth[b] as number) - (network.truth[a] as number) + noise * random.gaussian();
}

type Place = readonly [x: number, y: number];
type Pair = readonly [a: number, b: number];

/** A minimal spanning tree, then pairs by how near they are among the neighbors of either. */
function joinedPairs(places: readonly Place[], count: number): readonly Pair[] {
  const distance = ([a, b]: Pair): number => {
    const [[ax, ay], [bx, by]] = [places[a] as Place, places[b] as Place];
    return Math.hypot(ax - bx, ay - by);
  };
  const all: Pair[] = places.flatMap((_, a) => places.slice(a + 1).map((_, i): Pair => [a, a + 1 + i]));
  all.sort((a, b) => distance(a) - distance(b));
  const groups = Int32Array.from(places.keys());
  const ranks = new Int32Array(places.length);
  const tree: Pair[] = [];
  const others: { readonly pair: Pair; readonly rank: number }[] = [];
  for (const pair of all) {
    const [one, other] = [groups[pair[0]] as number, groups[pair[1]] as number];
    const rank = Math.min(ranks[pair[0]] as number, ranks[pair[1]] as number);
    for (const end of pair) ranks[end] = (ranks[end] as number) + 1;
    if (one === other) others.push({ pair, rank });
    else {
      tree.push(pair);
      for (const [i, group] of groups.entries()) if (group === other) groups[i] = one;
    }
  }
  others.sort((a, b) => a.rank - b.rank);
  return [...tree, ...others.map(({ pair }) => pair)].slice(0, count);
}
