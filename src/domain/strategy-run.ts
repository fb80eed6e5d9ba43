// What is kept of a run of a strategy: how it went, and for each transformation what was decided and why. The list of
// transformations is written as one document, columns without names, since a network may have ten thousand of them.
import type { StrategyMode, StrategyStatus } from './strategy.ts';

/** How a run went. */
export interface StrategyRun {
  /** Gufe key of the strategy. */
  readonly strategy: string;
  readonly mode: StrategyMode;
  readonly started: Date;
  readonly ended: Date;
  /** The number of runs since the strategy was set, this one included; those that were cut short are not counted. */
  readonly iteration: number;
  readonly statusBefore: StrategyStatus;
  readonly statusAfter: StrategyStatus;
  readonly resultCount: number;
  /** Sums over the transformations: tasks made new, tasks put on the hub (new ones among them), tasks taken off it. */
  readonly created: number;
  readonly actioned: number;
  readonly cancelled: number;
  /** Class name and message of what went wrong, or of what cut the run short (strategy-lease.ts). */
  readonly exception: readonly [name: string, message: string] | null;
  readonly transformations: readonly TransformationRun[];
}

/** What a run did about one transformation. */
export interface TransformationRun {
  /** Gufe key. */
  readonly transformation: string;
  readonly results: number;
  /** As the strategy proposed it; null: no more, or nothing proposed. */
  readonly weight: number | null;
  /** Of all weights of the network; null also with a task in error. */
  readonly share: number | null;
  readonly target: number;
  /** Tasks on the hub before. */
  readonly actionedBefore: number;
  readonly created: number;
  readonly actioned: number;
  readonly cancelled: number;
  readonly reason: string;
}

type Row = readonly [
  transformation: string,
  results: number,
  weight: number | null,
  share: number | null,
  target: number,
  actionedBefore: number,
  created: number,
  actioned: number,
  cancelled: number,
  reason: string,
];

/** The transformations of a run as JSON text. */
export function writeTransformationRuns(runs: readonly TransformationRun[]): string {
  const rows = runs.map(
    (run): Row => [
      run.transformation,
      run.results,
      run.weight,
      run.share,
      run.target,
      run.actionedBefore,
      run.created,
      run.actioned,
      run.cancelled,
      run.reason,
    ],
  );
  return JSON.stringify(rows);
}

/** Reads what `writeTransformationRuns` wrote. */
export function readTransformationRuns(text: string): readonly TransformationRun[] {
  return (JSON.parse(text) as readonly Row[]).map(
    ([
      transformation,
      results,
      weight,
      share,
      target,
      actionedBefore,
      created,
      actioned,
      cancelled,
      reason,
    ]) => ({
      transformation,
      results,
      weight,
      share,
      target,
      actionedBefore,
      created,
      actioned,
      cancelled,
      reason,
    }),
  );
}
