// Tasks: create, find, status, priority, and what to run.
import type { ScopeDict } from '../../domain/scope.ts';
import type { TaskStatus, UserSettableStatus } from '../../domain/task-status.ts';
import type { ResultRef } from './results.ts';
import type { Key, StatusCounts } from './values.ts';

export interface TaskStore {
  /** Creates a waiting task per item, in order; all or none. */
  create(params: CreateTasks): Promise<readonly Key[]>;
  /** Tasks in any of the scopes, ordered by org, campaign, project, gufe key. */
  query(params: {
    readonly scopes: readonly ScopeDict[];
    readonly status: TaskStatus | null;
  }): Promise<readonly Key[]>;
  listForNetwork(params: {
    readonly network: Key;
    readonly status: TaskStatus | null;
  }): Promise<readonly Key[]>;
  /** Tasks of a transformation with their parents; `extends` keeps only the strict descendants of that task. */
  listForTransformation(params: ListTransformationTasks): Promise<readonly TaskLink[]>;
  getStatuses(params: { readonly tasks: readonly Key[] }): Promise<readonly (TaskStatus | null)[]>;
  /** Applies what a user may ask for; aligned, null where the task is unknown or its status refuses. */
  setStatuses(params: SetStatuses): Promise<readonly (Key | null)[]>;
  getPriorities(params: { readonly tasks: readonly Key[] }): Promise<readonly (bigint | null)[]>;
  setPriorities(params: {
    readonly tasks: readonly Key[];
    readonly priority: bigint;
  }): Promise<readonly (Key | null)[]>;
  /** What a compute service needs to run a task; null when the task is unknown. */
  getWork(params: { readonly task: Key }): Promise<TaskWork | null>;
  /** Status counts of all tasks of one transformation. */
  countForTransformation(params: { readonly transformation: Key }): Promise<StatusCounts>;
}

export interface CreateTasks {
  readonly items: readonly { readonly transformation: Key; readonly extends: Key | null }[];
  readonly creator: string | null;
  readonly now: Date;
}

export interface ListTransformationTasks {
  readonly transformation: Key;
  readonly extends: Key | null;
  readonly status: TaskStatus | null;
}

export interface TaskLink {
  readonly task: Key;
  readonly extends: Key | null;
}

export interface SetStatuses {
  readonly tasks: readonly Key[];
  readonly status: UserSettableStatus;
}

export interface TaskWork {
  readonly transformation: Key;
  /** The newest successful result of the task this one extends; null when it extends none or there is none. */
  readonly extendsResult: ResultRef | null;
}
