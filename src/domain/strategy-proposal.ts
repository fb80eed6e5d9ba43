// What a network's strategy proposes, from its survey. Strategies see a network's shape by keys, and how many results each
// transformation has; estimates are handed in for those that look at them.
import { decodeKeyedChain, GUFE_REGISTRY } from '../gufe/keyed-chain.ts';
import { OpaqueTokenizable } from '../gufe/opaque.ts';
import type { Registry } from '../gufe/registry.ts';
import type { StrategyEdge } from '../gufe/strategy/state-graph.ts';
import { type NetworkProgress, Strategy, type TransformationProgress } from '../gufe/strategy/strategy.ts';
import { StrategyResult } from '../gufe/strategy/strategy-result.ts';
import { gufeKeyOf, type ProposedShares, type TransformationSurvey } from './strategy-cycle.ts';

/** A network has a strategy that cannot be run here. */
export class UnknownStrategyError extends Error {
  override readonly name: string = 'UnknownStrategyError';
}

/** The strategy in a keyed chain. Throws UnknownStrategyError for one that is only known by name. */
export function readStrategy(chain: Uint8Array, registry: Registry = GUFE_REGISTRY): Strategy {
  const object = decodeKeyedChain(chain, { registry });
  if (object instanceof Strategy) return object;
  const name = `${object.module}.${object.qualname}`;
  const why = object instanceof OpaqueTokenizable ? object.why : 'it is no strategy';
  throw new UnknownStrategyError(
    `${name} cannot be run here (${why}): its network is left alone. Set another strategy, or run this one with the Python strategist`,
  );
}

/** What is known of transformations when only results are counted; null for those without any, as strategies want it. */
export function countedProgress(surveys: readonly TransformationSurvey[]): NetworkProgress {
  const progress = new Map<string, TransformationProgress | null>();
  for (const { transformation, results } of surveys) {
    progress.set(gufeKeyOf(transformation), results === 0 ? null : { count: results });
  }
  return progress;
}

/** The network as strategies see it. */
export function edgesOfSurvey(surveys: readonly TransformationSurvey[]): readonly StrategyEdge[] {
  return surveys.map(({ transformation, stateA, stateB }) => ({
    key: gufeKeyOf(transformation),
    stateA,
    stateB,
  }));
}

/** What a strategy is asked. */
export interface ProposalJob {
  readonly strategy: Strategy;
  readonly edges: readonly StrategyEdge[];
  readonly progress: NetworkProgress;
}

/** `[gufe key, weight, reason]` of each transformation: plain, so that it may come from another thread. */
export type Explained = readonly (readonly [key: string, weight: number | null, reason: string])[];

/** Asks a strategy; where, is the caller's choice. */
export type Proposer = (job: ProposalJob) => Promise<Explained>;

/** Asks it here and now. */
export function explainHere({ strategy, edges, progress }: ProposalJob): Explained {
  const explained = strategy.explain(edges, progress);
  return [...explained].map(([key, { weight, reason }]) => [
    key,
    weight === null ? null : Number(weight),
    reason,
  ]);
}

/** Brings weights into relation. Throws ZeroWeightsError when all that are not null are 0. */
export function sharesOf(explained: Explained): ProposedShares {
  const weights = new Map(explained.map(([key, weight]) => [key, weight]));
  const reasons = new Map(explained.map(([key, , reason]) => [key, reason]));
  return { weights, shares: new StrategyResult(weights).resolve(), reasons };
}
