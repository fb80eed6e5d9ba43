// RadialGrowthStrategy of stratocaster: from the middle of a network outward. A system's place is its eccentricity; a
// transformation is a candidate when its outer end is at most some steps beyond the part that has been run.
import { readInteger, readNumber } from '../read-dict.ts';
import type { GufeClass } from '../registry.ts';
import { float, integer } from '../settings/field-kinds.ts';
import { SettingsModel } from '../settings/settings-model.ts';
import type { Settings } from '../settings.ts';
import type { GraphEdge, StateGraph } from './state-graph.ts';
import {
  countedResults,
  type NetworkProgress,
  Strategy,
  strategyClass,
  type WeightReason,
} from './strategy.ts';

const MODULE = 'stratocaster.strategies.radialgrowth';

/** Settings of a RadialGrowthStrategy. */
export const RADIAL_GROWTH_STRATEGY_SETTINGS: SettingsModel = new SettingsModel({
  className: 'RadialGrowthStrategySettings',
  module: MODULE,
  fields: [
    ['max_runs', integer({ from: 1 }), 3],
    ['candidacy_max_distance', integer({ from: 1 }), 1],
    ['decay_repeat_rate', float({ above: 0, below: 1 }), 0.5],
    ['decay_distance_rate', float({ above: 0, below: 1 }), 0.5],
  ],
});

/** An edge and the eccentricities of its ends. */
interface PlacedEdge {
  readonly edge: GraphEdge;
  readonly lower: number;
  readonly upper: number;
}

/** @example new RadialGrowthStrategy(RADIAL_GROWTH_STRATEGY_SETTINGS.make({ max_runs: 5 })) */
export class RadialGrowthStrategy extends Strategy {
  override readonly qualname: string = 'RadialGrowthStrategy';
  override readonly module: string = MODULE;

  constructor(settings: Settings = RADIAL_GROWTH_STRATEGY_SETTINGS.make()) {
    super(settings, RADIAL_GROWTH_STRATEGY_SETTINGS);
  }

  /**
   * Differs from stratocaster, where the order of visits depends on chance and with it, now and then, the outcome: edges are
   * visited from the middle outward.
   */
  protected override weigh(graph: StateGraph, progress: NetworkProgress): ReadonlyMap<string, WeightReason> {
    const { fields } = this.settings;
    const [maxRuns, maxDistance] = [
      readInteger(fields, 'max_runs'),
      readInteger(fields, 'candidacy_max_distance'),
    ];
    const repeatRate = readNumber(fields, 'decay_repeat_rate');
    const distanceRate = readNumber(fields, 'decay_distance_rate');
    const placed = placedEdges(graph);
    const reached = lowestComplete(placed, progress);
    const weights = new Map<string, WeightReason>();
    for (const { edge, upper } of placed) {
      const known = progress.get(edge.key) ?? null;
      const results = countedResults(known?.count ?? 0);
      if ((known?.count ?? 0) >= maxRuns) {
        weights.set(edge.key, { weight: null, reason: `${results}, and at most ${maxRuns} are wanted` });
        continue;
      }
      const distance = upper - reached;
      // Python's integers 1 and 0 stay integers in a product of integers.
      const repeats = known === null ? 1n : repeatRate ** known.count;
      let share: bigint | number = 0n;
      if (distance === 0) share = 1n;
      else if (distance <= maxDistance) share = distanceRate ** (distance - 1);
      const isInteger = typeof repeats === 'bigint' && typeof share === 'bigint';
      const weight = isInteger ? share : Number(repeats) * Number(share);
      const isTooFar = distance > maxDistance ? `, and at most ${maxDistance} is allowed` : '';
      weights.set(edge.key, { weight, reason: `${results}; ${placeInWords(distance)}${isTooFar}` });
    }
    return weights;
  }
}

/** Where the outer state of an edge is, seen from where the part that has been run ends. */
function placeInWords(distance: number): string {
  if (distance === 0) return 'at the rim of what has been run';
  const steps = `${Math.abs(distance)} step${Math.abs(distance) === 1 ? '' : 's'}`;
  return distance < 0 ? `${steps} within what has been run` : `${steps} beyond what has been run`;
}

/** From the middle outward; ties by key, in which the edges come. */
function placedEdges(graph: StateGraph): readonly PlacedEdge[] {
  const eccentricities = graph.eccentricities();
  return graph.edges
    .map(edge => {
      const [a, b] = [eccentricities[edge.a] ?? 0, eccentricities[edge.b] ?? 0];
      return { edge, lower: Math.min(a, b), upper: Math.max(a, b) };
    })
    .sort((a, b) => a.upper - b.upper || a.lower - b.lower);
}

/** The eccentricity up to which everything has been run, as far as edges without results tell. */
function lowestComplete(placed: readonly PlacedEdge[], progress: NetworkProgress): number {
  let lowest = placed.at(-1)?.upper ?? 0;
  for (const { edge, lower, upper } of placed) {
    if ((progress.get(edge.key) ?? null) === null && upper < lowest) lowest = lower;
  }
  return lowest;
}

/** How it is read. */
export const RADIAL_GROWTH_STRATEGY: GufeClass = strategyClass(
  'RadialGrowthStrategy',
  MODULE,
  settings => new RadialGrowthStrategy(settings),
);
