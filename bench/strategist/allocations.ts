// Ways to choose what runs next, cycle by cycle. Strategies go through the decisions of the strategist itself: weights, shares,
// targets, changes to the hub; what is on the hub is claimed at random, as tasks of one priority and weight are.
import { DEFAULT_STRATEGY_STATE } from '../../src/domain/strategy.ts';
import { changeOf, conclude, countAdded, countCancelled } from '../../src/domain/strategy-cycle.ts';
import { countedProgress, edgesOfSurvey, explainHere, sharesOf } from '../../src/domain/strategy-proposal.ts';
import type { Strategy } from '../../src/gufe/index.ts';
import { type RandomSource, seededRandom } from '../../src/protocols/random.ts';
import { type KnownEdge, type KnownNetwork, TRUE_SPREAD } from './network.ts';

/** Chooses for one network: which edges run next, at most `slots` of them; none when all is over. */
export type Allocation = (counts: Int32Array, slots: number) => readonly number[];

/** How to choose, and what it is called. */
export interface Chooser {
  readonly name: string;
  readonly start: (network: KnownNetwork) => Allocation;
}

/** Every edge once, in an order of chance, then every edge again. */
export function equalAllocation(maxRuns: number): Chooser {
  return {
    name: 'equal allocation',
    start: ({ edges, seed }) => {
      const random = seededRandom(seed);
      const queue = Array.from({ length: maxRuns }, () => shuffled([...edges.keys()], random)).flat();
      return (_, slots) => queue.splice(0, slots);
    },
  };
}

/** As a network in mode `full` with the service's defaults. */
export function byStrategy(strategy: Strategy): Chooser {
  return {
    name: strategy.qualname,
    start: network => {
      const hub = new SimulatedHub(strategy, network);
      return (counts, slots) => hub.cycle(counts, slots);
    },
  };
}

class SimulatedHub {
  readonly #strategy: Strategy;
  readonly #edges: readonly KnownEdge[];
  readonly #waiting: Int32Array;
  readonly #random: RandomSource;

  constructor(strategy: Strategy, { edges, seed }: KnownNetwork) {
    this.#strategy = strategy;
    this.#edges = edges;
    this.#waiting = new Int32Array(edges.length);
    this.#random = seededRandom(seed);
  }

  cycle(counts: Int32Array, slots: number): readonly number[] {
    this.#decide(counts);
    const tasks = [...this.#waiting].flatMap((count, edge) => Array.from({ length: count }, () => edge));
    const claimed = shuffled(tasks, this.#random).slice(0, slots);
    for (const edge of claimed) this.#waiting[edge] = (this.#waiting[edge] as number) - 1;
    return claimed;
  }

  /** What the strategist does: a survey, a proposal, changes. */
  #decide(counts: Int32Array): void {
    const surveys = this.#edges.map(({ key, stateA, stateB }, i) => ({
      transformation: key,
      name: null,
      stateA,
      stateB,
      results: counts[i] as number,
      errors: 0,
      actioned: { waiting: this.#waiting[i] as number, running: 0, error: 0 },
      idle: { waiting: 0, running: 0 },
    }));
    const explained = explainHere({
      strategy: this.#strategy,
      edges: edgesOfSurvey(surveys),
      progress: countedProgress(surveys),
    });
    const { status, decisions } = conclude(surveys, sharesOf(explained), DEFAULT_STRATEGY_STATE);
    const numbers = new Map(this.#edges.map(({ key }, i) => [key, i] as const));
    for (const decision of decisions) {
      const change = changeOf(decision, status, 'full');
      const edge = numbers.get(decision.survey.transformation) as number;
      this.#waiting[edge] = (this.#waiting[edge] as number) + countAdded(change) - countCancelled(change);
    }
  }
}

/**
 * Who knows the noise of every edge beforehand: each task goes where it lowers the mean square error expected most (greedy, an
 * A-optimal design). No strategy knows that much; it tells how much there is to be gained.
 */
export function byKnownNoise(maxTasks: number): Chooser {
  return {
    name: 'noise known beforehand',
    start: network => {
      const covariance = new Covariance(network.truth.length);
      let left = maxTasks;
      return (_, slots) => {
        const count = Math.min(slots, left);
        left -= count;
        return Array.from({ length: count }, () => covariance.takeBest(network.edges));
      };
    },
  };
}

/** Of the ligands' free energies, given which edges have been run; symmetric, row by row. */
class Covariance {
  readonly #rows: readonly Float64Array[];

  constructor(size: number) {
    this.#rows = Array.from({ length: size }, (_, i) => {
      const row = new Float64Array(size);
      row[i] = TRUE_SPREAD ** 2;
      return row;
    });
  }

  takeBest(edges: readonly KnownEdge[]): number {
    let [best, most] = [0, -1];
    for (const [i, edge] of edges.entries()) {
      const gain = this.#gain(edge);
      if (gain > most) [best, most] = [i, gain];
    }
    this.#take(edges[best] as KnownEdge);
    return best;
  }

  /** By how much the trace falls with one repeat of an edge. */
  #gain({ a, b, noise }: KnownEdge): number {
    const [rowA, rowB] = [this.#rows[a] as Float64Array, this.#rows[b] as Float64Array];
    let square = 0;
    for (let i = 0; i < rowA.length; i++) square += ((rowB[i] as number) - (rowA[i] as number)) ** 2;
    return square / (noise ** 2 + varianceOf(rowA, rowB, a, b));
  }

  #take({ a, b, noise }: KnownEdge): void {
    const [rowA, rowB] = [this.#rows[a] as Float64Array, this.#rows[b] as Float64Array];
    const difference = rowB.map((value, i) => value - (rowA[i] as number));
    const scale = 1 / (noise ** 2 + varianceOf(rowA, rowB, a, b));
    for (const [i, row] of this.#rows.entries()) {
      const factor = scale * (difference[i] as number);
      for (let j = 0; j < row.length; j++) row[j] = (row[j] as number) - factor * (difference[j] as number);
    }
  }
}

/** Of the difference of two ligands. */
function varianceOf(rowA: Float64Array, rowB: Float64Array, a: number, b: number): number {
  return (rowA[a] as number) - 2 * (rowA[b] as number) + (rowB[b] as number);
}

function shuffled<T>(values: readonly T[], random: RandomSource): T[] {
  const all = [...values];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [all[i], all[j]] = [all[j] as T, all[i] as T];
  }
  return all;
}
