// What a program imports: the clients, keys and scopes, their errors, and gufe's objects. Protocols are in
// `alchemiscale/protocols`.
export type { ClientCache } from './client/cache/cache.ts';
export { DiskCache, type DiskCacheOptions } from './client/cache/disk.ts';
export {
  AlchemiscaleComputeClient,
  type ClaimOptions,
  type TaskHub,
  type TaskWork,
} from './client/compute.ts';
export type { ProgressOptions } from './client/concurrency.ts';
export { AlchemiscaleClientError, AlchemiscaleConnectionError } from './client/errors.ts';
export type { CallOptions } from './client/http.ts';
export type { KeyLike, ScopeLike } from './client/keys.ts';
export {
  AlchemiscaleComputeManagerClient,
  type ManagerInstruction,
  type ManagerReport,
} from './client/manager.ts';
export type { ClientEnvironment, ClientOptions } from './client/service-client.ts';
export type { ArchiveRequestOptions, ArchivesRequestOptions } from './client/user/archives.ts';
export type { BatchOptions } from './client/user/batched.ts';
export type { NetworkQuery, ObjectQuery } from './client/user/navigation.ts';
export type { CreateNetworkOptions, DownloadOptions } from './client/user/networks.ts';
export type { ResultForm, ResultForms, ResultOptions } from './client/user/results.ts';
export type { StatusCounts } from './client/user/statuses.ts';
export type { SetStrategyOptions } from './client/user/strategies.ts';
export type { StrategyHistory, StrategyHistoryOptions } from './client/user/strategy-runs.ts';
export type { StatusFilter, TransformationTasksOptions } from './client/user/tasks.ts';
export { AlchemiscaleClient } from './client/user.ts';
export { AlchemiscaleError, type ErrorCode } from './domain/errors.ts';
export { NETWORK_STATES, type NetworkState } from './domain/network-state.ts';
export { Scope, type ScopeDict } from './domain/scope.ts';
export { ScopedKey, type ScopedKeyDict } from './domain/scoped-key.ts';
export {
  STRATEGY_MODES,
  STRATEGY_STATUSES,
  type StrategyMode,
  type StrategyState,
  type StrategyStatus,
  TASK_SCALINGS,
  type TaskScaling,
} from './domain/strategy.ts';
export type { Change } from './domain/strategy-cycle.ts';
export type { StrategyPreview, TransformationPreview } from './domain/strategy-preview.ts';
export type { StrategyRun, TransformationRun } from './domain/strategy-run.ts';
export { TASK_STATUSES, type TaskStatus, type UserSettableStatus } from './domain/task-status.ts';

export * from './gufe/index.ts';
