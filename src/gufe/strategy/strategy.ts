// A strategy proposes which transformations of a network to run next, from the network's shape and the results there are. It is
// deterministic, and proposes nothing more once results have piled up.
//
// Parts of a network that do not hang together are proposed for one by one.
import type { AlchemicalNetwork } from '../network.ts';
import type { ProtocolResult } from '../protocol/protocol.ts';
import { readSettings } from '../read-dict.ts';
import type { GufeClass } from '../registry.ts';
import type { SettingsModel } from '../settings/settings-model.ts';
import type { Settings } from '../settings.ts';
import { GufeTokenizable } from '../tokenizable.ts';
import type { Quantity } from '../units.ts';
import type { GufeDict, GufeObject, GufeValue } from '../values.ts';
import { componentsOf, edgesOf, type StateGraph, type StrategyEdge } from './state-graph.ts';
import { StrategyResult, type Weight, WeightOverflowError } from './strategy-result.ts';

/** What is known of a transformation that has been run. */
export interface TransformationProgress {
  /** How many results it has. */
  readonly count: number;
  /** For strategies that go by how sure an estimate is; those here do not. */
  readonly estimate?: Quantity | null;
  readonly uncertainty?: Quantity | null;
}

/** Progress by the key of a transformation; null or nothing for one that has never been run. */
export type NetworkProgress = ReadonlyMap<string, TransformationProgress | null>;

/** Gathered results as strategies take them. */
export function progressOf(result: ProtocolResult): TransformationProgress {
  return { count: result.nProtocolDagResults, estimate: result.estimate, uncertainty: result.uncertainty };
}

/** A weight, and why: one sentence without its end, for people, such as `3 results of at most 3`. */
export interface WeightReason {
  readonly weight: Weight;
  readonly reason: string;
}

/** `no result`, `1 result`, `2 results`, as reasons count them. */
export function countedResults(count: number): string {
  return `${count === 0 ? 'no' : count} result${count > 1 ? 's' : ''}`;
}

/** A way to choose what to run next. */
export abstract class Strategy extends GufeTokenizable {
  readonly settings: Settings;

  /** The model's checks are made here. */
  constructor(settings: Settings, model: SettingsModel) {
    super();
    model.update(settings, {});
    this.settings = settings;
  }

  /** True for a strategy that looks at estimates, not at counts alone: whole results are read for it. */
  get usesEstimates(): boolean {
    return false;
  }

  /** Weights, with reasons, for one part of a network that hangs together. */
  protected abstract weigh(graph: StateGraph, progress: NetworkProgress): ReadonlyMap<string, WeightReason>;

  /**
   * How urgent each transformation is. The network may be given by the keys of its edges and their states alone.
   *
   * Differs from stratocaster: of several transformations between the same two states, in the same direction, it weighs one that
   * chance chooses; here all are weighed.
   */
  propose(network: AlchemicalNetwork | Iterable<StrategyEdge>, progress: NetworkProgress): StrategyResult {
    const weights = new Map<string, Weight>();
    for (const [key, { weight }] of this.explain(network, progress)) weights.set(key, weight);
    return new StrategyResult(weights);
  }

  /**
   * As `propose`, with the reason for each weight. Throws WeightOverflowError for a weight beyond all numbers, where Python raises
   * OverflowError: a RadialGrowthStrategy's grows with every step into what has been run, and is too large after 1,000.
   */
  explain(
    network: AlchemicalNetwork | Iterable<StrategyEdge>,
    progress: NetworkProgress,
  ): ReadonlyMap<string, WeightReason> {
    const edges = Symbol.iterator in network ? network : edgesOf(network);
    const reasons = new Map<string, WeightReason>();
    for (const graph of componentsOf(edges)) {
      for (const [key, weighed] of this.weigh(graph, progress)) {
        if (weighed.weight !== null && !Number.isFinite(Number(weighed.weight))) {
          const why = `the weight of ${key} is ${weighed.weight}: it is too large, or none`;
          throw new WeightOverflowError(why, { path: key });
        }
        reasons.set(key, weighed);
      }
    }
    return reasons;
  }

  override fields(): GufeDict {
    return new Map<string, GufeValue>([['settings', this.settings]]);
  }

  /** For the usual constructor, which takes the settings; a class with another one overrides this. */
  protected override remake(fields: GufeDict): GufeObject {
    const Same = this.constructor as new (settings: Settings) => Strategy;
    return new Same(readSettings(fields, 'settings'));
  }
}

/** How to read a strategy of one's own. */
export function strategyClass(
  qualname: string,
  module: string,
  make: (settings: Settings) => Strategy,
): GufeClass {
  return {
    qualname,
    module,
    entries: ['settings'],
    decode: fields => make(readSettings(fields, 'settings')),
  };
}
