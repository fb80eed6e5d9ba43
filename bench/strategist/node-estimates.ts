// Free energies of ligands from results of edges: least squares weighted by the known noise, which is the maximum likelihood
// estimate, with the prior that free energies scatter by TRUE_SPREAD around a common value. Without the prior a ligand that no
// result leads to yet would have no estimate; with it, it counts with the error of knowing nothing.
import { type KnownNetwork, TRUE_SPREAD } from './network.ts';

/** Results by edge: how many, and their sum in kcal/mol. */
export interface Results {
  readonly counts: Int32Array;
  readonly sums: Float64Array;
}

/** How good the estimates are: root mean square errors in kcal/mol, what all ligands concerned have in common left out. */
export interface Quality {
  /** Of all ligands. */
  readonly error: number;
  /** Of those with a result at one of their edges. */
  readonly errorOfReached: number;
  /** How many these are, of 1. */
  readonly reached: number;
}

/** Compares what results tell with the truth. */
export function qualityOf(network: KnownNetwork, results: Results): Quality {
  const found = estimate(network, results);
  const differences = [...found].map((value, i) => value - (network.truth[i] as number));
  const touched = new Set(
    network.edges.flatMap(({ a, b }, i) => ((results.counts[i] as number) > 0 ? [a, b] : [])),
  );
  return {
    error: scatterOf(differences),
    errorOfReached: scatterOf(differences.filter((_, i) => touched.has(i))),
    reached: touched.size / network.truth.length,
  };
}

/** Around their mean; NaN of nothing. */
function scatterOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

const TOLERANCE = 1e-10;

/** Solves the normal equations by conjugate gradients. */
function estimate({ edges, truth }: KnownNetwork, { counts, sums }: Results): Float64Array {
  const precisions = edges.map(({ noise }, i) => (counts[i] as number) / noise ** 2);
  const multiply = (x: Float64Array): Float64Array => {
    const y = x.map(value => value / TRUE_SPREAD ** 2);
    for (const [i, { a, b }] of edges.entries()) {
      const flow = (precisions[i] as number) * ((x[b] as number) - (x[a] as number));
      y[b] = (y[b] as number) + flow;
      y[a] = (y[a] as number) - flow;
    }
    return y;
  };
  const residual = new Float64Array(truth.length);
  for (const [i, { a, b, noise }] of edges.entries()) {
    const pull = (sums[i] as number) / noise ** 2;
    residual[b] = (residual[b] as number) + pull;
    residual[a] = (residual[a] as number) - pull;
  }
  const x = new Float64Array(truth.length);
  const direction = residual.slice();
  let square = dot(residual, residual);
  const enough = TOLERANCE ** 2 * square;
  while (square > enough) {
    const image = multiply(direction);
    const step = square / dot(direction, image);
    for (const i of x.keys()) {
      x[i] = (x[i] as number) + step * (direction[i] as number);
      residual[i] = (residual[i] as number) - step * (image[i] as number);
    }
    const next = dot(residual, residual);
    const share = next / square;
    for (const i of x.keys()) direction[i] = (residual[i] as number) + share * (direction[i] as number);
    square = next;
  }
  return x;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (const [i, value] of a.entries()) sum += value * (b[i] as number);
  return sum;
}
