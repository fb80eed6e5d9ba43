// Compute managers: one registration a name.
import type { ManagerStatus } from '../../domain/manager.ts';
import type { ScopeDict } from '../../domain/scope.ts';

export interface ManagerStore {
  /**
   * Registers a manager as OK; services registered under its name are attached to it. The status of the registration in
   * the way when the name is taken, else null. `steal` replaces one that is OK, whoever registered it, never one in ERROR.
   * The same id again is accepted while it is OK: its answer may have been lost.
   */
  register(params: RegisterManager): Promise<ManagerStatus | null>;
  /** Removes the registration of this name and uuid unless it is in ERROR; harmless otherwise. Services stay. */
  deregister(params: { readonly manager: ManagerName; readonly owner: string }): Promise<void>;
  /** False when no such manager of this owner is registered. OK clears the detail, ERROR the saturation. */
  updateStatus(params: UpdateManagerStatus): Promise<boolean>;
  /** Removes a manager in ERROR, by name; says what was found. */
  clearError(params: { readonly name: string }): Promise<'cleared' | 'unknown' | 'not in error'>;
  /** Forgets managers last heard of before these times; services stay. */
  expire(params: { readonly okBefore: Date; readonly errorBefore: Date }): Promise<void>;
  /** What a manager should know before it starts services; null when it is not registered by this name and uuid. */
  survey(params: SurveyForManager): Promise<ManagerSurvey | null>;
}

/** A manager's id, taken apart. */
export interface ManagerName {
  readonly name: string;
  readonly uuid: string;
}

export interface RegisterManager {
  readonly manager: ManagerName;
  readonly owner: string;
  readonly steal: boolean;
  readonly now: Date;
}

export interface UpdateManagerStatus {
  readonly manager: ManagerName;
  readonly owner: string;
  readonly status: ManagerStatus;
  /** With ERROR only. */
  readonly detail: string | null;
  /** 0 to 1, with OK only. */
  readonly saturation: number | null;
  readonly now: Date;
}

export interface SurveyForManager {
  readonly manager: ManagerName;
  readonly scopes: readonly ScopeDict[];
  /** Class names of protocols; null means any. */
  readonly protocols: readonly string[] | null;
  readonly maxFailures: number;
  readonly failuresSince: Date;
}

export interface ManagerSurvey {
  /** Ids of the services attached to it. */
  readonly services: readonly string[];
  /** True when one of them has more than `maxFailures` failures since. */
  readonly isFailing: boolean;
  /** Distinct tasks that some service could claim now, by the predicate of claims. */
  readonly claimableTasks: number;
}
