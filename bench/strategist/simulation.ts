// Runs a network to the end under one way of choosing, and keeps the error after every cycle.
import type { Chooser } from './allocations.ts';
import { type KnownNetwork, repeatOf } from './network.ts';
import { type Quality, qualityOf } from './node-estimates.ts';

/** How good the estimates are once so many tasks are done. */
export interface CurvePoint extends Quality {
  readonly tasks: number;
}

/** By tasks; each point ends a cycle, the first is at no tasks. */
export type Curve = readonly CurvePoint[];

/** Cycle by cycle: what is chosen runs, up to `slots` tasks at a time, and all is done before the next cycle. */
export function simulate(network: KnownNetwork, chooser: Chooser, slots: number): Curve {
  const counts = new Int32Array(network.edges.length);
  const sums = new Float64Array(network.edges.length);
  const choose = chooser.start(network);
  const curve = [{ tasks: 0, ...qualityOf(network, { counts, sums }) }];
  for (let tasks = 0; ; ) {
    const chosen = choose(counts, slots);
    if (chosen.length === 0) return curve;
    for (const edge of chosen) {
      const repeat = counts[edge] as number;
      sums[edge] = (sums[edge] as number) + repeatOf(network, edge, repeat);
      counts[edge] = repeat + 1;
    }
    tasks += chosen.length;
    curve.push({ tasks, ...qualityOf(network, { counts, sums }) });
  }
}

/** A value at so many tasks, between cycles in proportion; beyond the end that at the end. */
export function valueAt(curve: Curve, tasks: number, value: keyof Quality): number {
  const after = curve.findIndex(point => point.tasks >= tasks);
  const [to, from] = [curve.at(after), curve[Math.max(0, after - 1)]];
  if (to === undefined || from === undefined) return Number.NaN;
  if (after <= 0 || to.tasks === from.tasks) return to[value];
  return from[value] + ((tasks - from.tasks) / (to.tasks - from.tasks)) * (to[value] - from[value]);
}
