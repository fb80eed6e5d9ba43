// ConnectivityStrategy of stratocaster: transformations between well-connected systems first, each less urgent with every
// result it has.
import { readInteger, readNumber } from '../read-dict.ts';
import type { GufeClass } from '../registry.ts';
import { float, integer, nullable } from '../settings/field-kinds.ts';
import { SettingsModel } from '../settings/settings-model.ts';
import type { Settings } from '../settings.ts';
import type { StateGraph } from './state-graph.ts';
import {
  countedResults,
  type NetworkProgress,
  Strategy,
  strategyClass,
  type WeightReason,
} from './strategy.ts';

const MODULE = 'stratocaster.strategies.connectivity';

/** Settings of a ConnectivityStrategy; `max_runs` or `cutoff` must be given. */
export const CONNECTIVITY_STRATEGY_SETTINGS: SettingsModel = new SettingsModel({
  className: 'ConnectivityStrategySettings',
  module: MODULE,
  fields: [
    ['decay_rate', float({ above: 0, below: 1 }), 0.5],
    ['cutoff', nullable(float({ above: 0 })), null],
    ['max_runs', nullable(integer({ from: 1 })), null],
  ],
  check: fields =>
    fields.get('cutoff') === null && fields.get('max_runs') === null
      ? "at least one of 'max_runs' and 'cutoff' must be set"
      : null,
});

/** @example new ConnectivityStrategy(CONNECTIVITY_STRATEGY_SETTINGS.make({ cutoff: 0.1 })) */
export class ConnectivityStrategy extends Strategy {
  override readonly qualname: string = 'ConnectivityStrategy';
  override readonly module: string = MODULE;

  /** Without settings: at most 3 runs each. */
  constructor(settings: Settings = CONNECTIVITY_STRATEGY_SETTINGS.make({ max_runs: 3 })) {
    super(settings, CONNECTIVITY_STRATEGY_SETTINGS);
  }

  protected override weigh(graph: StateGraph, progress: NetworkProgress): ReadonlyMap<string, WeightReason> {
    const { fields } = this.settings;
    const decayRate = readNumber(fields, 'decay_rate');
    const cutoff = fields.get('cutoff') === null ? null : readNumber(fields, 'cutoff');
    const maxRuns = fields.get('max_runs') === null ? null : readInteger(fields, 'max_runs');
    const degrees = graph.degrees();
    const weights = new Map<string, WeightReason>();
    for (const { key, a, b } of graph.edges) {
      const count = progress.get(key)?.count ?? 0;
      const ends = [degrees[a] ?? 0, degrees[b] ?? 0] as const;
      const weight = (decayRate ** count * (ends[0] + ends[1])) / 2;
      const known = countedResults(count);
      if (maxRuns !== null && count >= maxRuns) {
        weights.set(key, { weight: null, reason: `${known}, and at most ${maxRuns} are wanted` });
      } else if (cutoff !== null && weight < cutoff) {
        const below = `its weight of ${formatWeight(weight)} is below the cutoff of ${formatWeight(cutoff)}`;
        weights.set(key, { weight: null, reason: `${known}: ${below}` });
      } else {
        weights.set(key, { weight, reason: `${known}; its states have ${ends[0]} and ${ends[1]} edges` });
      }
    }
    return weights;
  }
}

function formatWeight(weight: number): string {
  return String(Number(weight.toPrecision(4)));
}

/** How it is read. */
export const CONNECTIVITY_STRATEGY: GufeClass = strategyClass(
  'ConnectivityStrategy',
  MODULE,
  settings => new ConnectivityStrategy(settings),
);
