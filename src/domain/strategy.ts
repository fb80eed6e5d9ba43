// The strategy of a network: how it is doing. The words and defaults are the original's.

export const STRATEGY_MODES = ['full', 'partial', 'disabled'] as const;
export type StrategyMode = (typeof STRATEGY_MODES)[number];

export const STRATEGY_STATUSES = ['awake', 'dormant', 'error'] as const;
export type StrategyStatus = (typeof STRATEGY_STATUSES)[number];

export const TASK_SCALINGS = ['linear', 'exponential'] as const;
export type TaskScaling = (typeof TASK_SCALINGS)[number];

/** A network has at most one strategy, and each strategy one state. */
export interface StrategyState {
  readonly mode: StrategyMode;
  readonly status: StrategyStatus;
  readonly iterations: number;
  /** Seconds between runs. */
  readonly sleepInterval: number;
  readonly lastIteration: Date | null;
  readonly lastIterationResultCount: number;
  readonly maxTasksPerTransformation: number;
  readonly taskScaling: TaskScaling;
  /** Class name and message of what went wrong. */
  readonly exception: readonly [name: string, message: string] | null;
  readonly traceback: string | null;
}

export const DEFAULT_STRATEGY_STATE: StrategyState = {
  mode: 'partial',
  status: 'awake',
  iterations: 0,
  sleepInterval: 3600,
  lastIteration: null,
  lastIterationResultCount: 0,
  maxTasksPerTransformation: 3,
  taskScaling: 'exponential',
  exception: null,
  traceback: null,
};
