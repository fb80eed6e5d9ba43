// Strategies of networks: stored and served; and what the strategist (src/strategist) needs to run them.
//
// A run holds a lease on its strategy: a name of its own, until a time. `set`, `remove` and `wake` end the lease, so what a
// user says during a run stands, and the run learns from `renew`, `applyTargets` or `finish` that it has lost. Nobody needs
// the lease to read.
import type { ScopeDict } from '../../domain/scope.ts';
import type { StrategyState, StrategyStatus } from '../../domain/strategy.ts';
import type { TransformationSurvey } from '../../domain/strategy-cycle.ts';
import type { StrategyRun } from '../../domain/strategy-run.ts';
import type { Key } from './values.ts';

export interface StrategyStore {
  /** Gives a network a strategy with this state, in place of the one it has; the strategy's key, or null for an unknown network. */
  set(params: SetStrategy): Promise<Key | null>;
  /** Takes the strategy away; harmless when there is none. */
  remove(params: { readonly network: Key }): Promise<void>;
  /** The keyed chain of the strategy; null without one. */
  getChain(params: { readonly network: Key }): Promise<Uint8Array | null>;
  getState(params: { readonly network: Key }): Promise<StrategyState | null>;
  /** Sets the status to awake and clears exception and traceback. False without a strategy. */
  wake(params: { readonly network: Key }): Promise<boolean>;
  /** The networks in the scopes whose strategy may run (domain/strategy-cycle.ts: isDue), each once, in the order of keys. */
  listDue(params: ListDue): Promise<readonly Key[]>;
  /**
   * Takes the lease when the strategy may run and nobody else holds it; null otherwise. Of one that ran out the history is told
   * (domain/strategy-lease.ts: silentRun).
   */
  begin(params: BeginRun): Promise<BegunRun | null>;
  /** Puts off the end of the lease. False when it is lost. */
  renew(params: { readonly network: Key; readonly holder: string; readonly until: Date }): Promise<boolean>;
  /** The transformations of a network, in the order of keys; null for an unknown network. */
  survey(params: { readonly network: Key }): Promise<readonly TransformationSurvey[] | null>;
  /** The sum of the survey's results, for less than a survey; 0 for an unknown network. */
  countResults(params: { readonly network: Key }): Promise<number>;
  /**
   * Brings transformations to their targets by `changeFor`, from what is counted in the same transaction under the hub's
   * lock: the same call again changes nothing. New tasks have no creator. The strategy's mode at that time is obeyed. Aligned;
   * a transformation that is none of the network's is left alone. Null, and nothing is done, when the lease is lost.
   */
  applyTargets(params: ApplyTargets): Promise<readonly AppliedTarget[] | null>;
  /** Takes up to `count` tasks off the hub, whatever their status. How many; null when the lease is lost. */
  clearHub(params: {
    readonly network: Key;
    readonly holder: string;
    readonly count: number;
  }): Promise<number | null>;
  /** Writes what came of a run, keeps the run in the history, and ends the lease. False, and nothing is written, when it was lost. */
  finish(params: FinishRun): Promise<boolean>;
  /**
   * Ends the lease; the state stays as it was. Harmless when it is lost. What was done of a run that was cut short goes into the
   * history, lost or not, unless a run that began at the same moment is there.
   */
  release(params: ReleaseRun): Promise<void>;
  /** Newest first, those before `before`; each with the number by which to go on. */
  listRuns(params: ListRuns): Promise<readonly KeptRun[]>;
}

export interface SetStrategy {
  readonly network: Key;
  /** The strategy as a keyed chain: the JSON text as it came. */
  readonly chain: Uint8Array;
  readonly state: StrategyState;
}

export interface ListDue {
  readonly scopes: readonly ScopeDict[];
  readonly now: Date;
  readonly minimumSleepSeconds: number;
}

export interface BeginRun {
  readonly network: Key;
  /** A name that no other run has. */
  readonly holder: string;
  readonly now: Date;
  readonly until: Date;
  readonly minimumSleepSeconds: number;
  /** How many runs of the network are kept; older ones go. */
  readonly keep: number;
}

export interface BegunRun {
  readonly strategy: Key;
  readonly state: StrategyState;
}

export interface ApplyTargets {
  readonly network: Key;
  readonly holder: string;
  readonly targets: readonly { readonly transformation: Key; readonly target: number }[];
  readonly now: Date;
}

/** What was done about a transformation. */
export interface AppliedTarget {
  /** Tasks on the hub before. */
  readonly actionedBefore: number;
  readonly created: number;
  /** Put on the hub, new ones among them. */
  readonly actioned: number;
  readonly cancelled: number;
}

export interface FinishRun {
  readonly network: Key;
  readonly holder: string;
  /** What the strategist owns of the state; iterations grow by one. Mode, sleep, maximum and scaling are the user's. */
  readonly outcome: {
    readonly status: StrategyStatus;
    readonly lastIteration: Date;
    readonly resultCount: number;
    readonly exception: readonly [name: string, message: string] | null;
    readonly traceback: string | null;
  };
  readonly run: StrategyRun;
  /** How many runs of the network are kept; older ones go. */
  readonly keep: number;
}

export interface ReleaseRun {
  readonly network: Key;
  readonly holder: string;
  readonly cutShort?: { readonly run: StrategyRun; readonly keep: number };
}

export interface ListRuns {
  readonly network: Key;
  /** Null begins with the newest. */
  readonly before: number | null;
  readonly limit: number;
}

export interface KeptRun {
  /** Grows with time, within a network. */
  readonly number: number;
  readonly run: StrategyRun;
}
