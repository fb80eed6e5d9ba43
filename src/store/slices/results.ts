// Results: references to stored objects, and what a push does to its task.
import type { TaskStatus } from '../../domain/task-status.ts';
import type { Key } from './values.ts';

export interface ResultStore {
  /**
   * Records a result whose bytes the object store already keeps, and moves the task (domain/push.ts), in one
   * transaction. A failure of the holder also counts against the service and is judged for restarts (domain/restart.ts).
   * The same result again is accepted and changes nothing. Null when the task is unknown. `stale` when a pattern was
   * attached to the task that was not tried: nothing has been changed, judge again.
   */
  push(params: PushResult): Promise<PushedResult | 'stale' | null>;
  /** Results (`ok`) or failures of one task, or of all tasks of a transformation; each once, oldest first. */
  list(params: ListResults): Promise<readonly Key[]>;
  get(params: { readonly ref: Key }): Promise<ResultRef | null>;
}

export interface PushResult {
  readonly task: Key;
  /** The gufe key of the ProtocolDAGResult. */
  readonly objKey: string;
  readonly ok: boolean;
  /** Where the object store keeps the bytes. */
  readonly location: string;
  /** The compute service that pushes; null when it gave no id. */
  readonly service: string | null;
  /** The identity that pushes: a task held by a service which another registered is not held by it. Left out by trusted callers. */
  readonly owner?: string;
  /** Tracebacks of failed units, in the order of the result. */
  readonly failures: readonly UnitFailure[];
  /** For a failure: how the patterns attached to the task were judged against its tracebacks. */
  readonly restarts: { readonly tried: readonly string[]; readonly matched: readonly string[] };
  readonly now: Date;
}

export interface UnitFailure {
  readonly traceback: string;
  /** Key of the unit that failed, and of the failure itself. */
  readonly sourceKey: string;
  readonly failureKey: string;
}

export interface PushedResult {
  readonly ref: Key;
  readonly status: TaskStatus;
}

export interface ListResults {
  readonly of: { readonly task: Key } | { readonly transformation: Key };
  readonly ok: boolean;
}

export interface ResultRef {
  readonly ref: Key;
  readonly objKey: string;
  readonly ok: boolean;
  readonly location: string;
  readonly task: Key;
  readonly transformation: Key;
  readonly created: Date;
  readonly creator: string | null;
}
