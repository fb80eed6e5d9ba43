// Restart patterns of networks, and the restarts they gave to tasks. A store knows no regular expressions: callers say which
// patterns a traceback matches, and the store makes sure that they judged every pattern it has.
import type { Key } from './values.ts';

export interface RestartStore {
  /**
   * Adds patterns to the network's hub, attached with no restarts used to every task actioned there; one that is there
   * gets the new limit and keeps its counts. False for an unknown network.
   */
  add(params: ChangePatterns): Promise<boolean>;
  /** Removes patterns with their counts; unknown ones are ignored. */
  remove(params: { readonly network: Key; readonly patterns: readonly string[] }): Promise<void>;
  clear(params: { readonly network: Key }): Promise<void>;
  /** Changes limits; unknown patterns are ignored. */
  setMaxRetries(params: ChangePatterns): Promise<void>;
  /** The patterns of each network, aligned, ordered by text; empty for an unknown one. */
  list(params: { readonly networks: readonly Key[] }): Promise<readonly (readonly RestartPattern[])[]>;
  /** The distinct patterns attached to a task, whatever hub enforces them. */
  listForTask(params: { readonly task: Key }): Promise<readonly string[]>;
  /** The tasks in error on the network's hub, with their newest tracebacks: what adding a pattern may restart. */
  listErrors(params: { readonly network: Key }): Promise<readonly ErroredTask[]>;
  /** Judges tasks in error by domain/restart.ts and restarts or cancels them; others are left alone. */
  resolve(params: { readonly judgements: readonly Judgement[] }): Promise<void>;
}

export interface RestartPattern {
  readonly pattern: string;
  readonly maxRetries: number;
}

export interface ChangePatterns {
  readonly network: Key;
  readonly patterns: readonly string[];
  readonly maxRetries: number;
}

export interface ErroredTask {
  readonly task: Key;
  /** Of its newest failed result, in order; none when it has no tracebacks. */
  readonly tracebacks: readonly string[];
}

/** Which of the patterns attached to a task its newest tracebacks match. */
export interface Judgement {
  readonly task: Key;
  /** Every pattern that was tried. A task with an attached pattern that was not tried is left for a later judgement. */
  readonly tried: readonly string[];
  readonly matched: readonly string[];
}
