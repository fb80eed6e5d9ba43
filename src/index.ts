// What a program imports: the clients, keys and scopes, their errors, and gufe's objects. Protocols are in
// `alchemiscale/protocols`.
export {
  AlchemiscaleComputeClient,
  type ClaimOptions,
  type TaskHub,
  type TaskWork,
} from './client/compute.ts';
export { AlchemiscaleClientError, AlchemiscaleConnectionError } from './client/errors.ts';
export type { CallOptions } from './client/http.ts';
export type { KeyLike, ScopeLike } from './client/keys.ts';
export type { ClientEnvironment, ClientOptions } from './client/service-client.ts';
export type { BatchOptions } from './client/user/batched.ts';
export type { CreateNetworkOptions, DownloadOptions, StatusCounts } from './client/user/networks.ts';
export type { ProgressOptions, ResultForm, ResultForms, ResultOptions } from './client/user/results.ts';
export type { StatusFilter, TransformationTasksOptions } from './client/user/tasks.ts';
export { AlchemiscaleClient } from './client/user.ts';
export { AlchemiscaleError, type ErrorCode } from './domain/errors.ts';
export { NETWORK_STATES, type NetworkState } from './domain/network-state.ts';
export { Scope, type ScopeDict } from './domain/scope.ts';
export { ScopedKey, type ScopedKeyDict } from './domain/scoped-key.ts';
export { TASK_STATUSES, type TaskStatus, type UserSettableStatus } from './domain/task-status.ts';

export * from './gufe/index.ts';
