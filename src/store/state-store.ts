// The state store: what the service remembers, as one interface in slices by noun. Every backend keeps the same
// promises, which the suites in test/contract/ state as cases.
//
// Values that cross this seam are plain, since a backend may live on another thread: scoped keys as text
// (`Task-<token>-<org>-<campaign>-<project>`), scopes as their three parts, times as Date, priorities as bigint. Lists of
// answers are aligned with the lists asked for; null at a place means "not found" or "not allowed for this one".
// Time comes in as an argument: a store reads no clock. Callers have checked scopes and shapes; a store refuses with
// an AlchemiscaleError only what it alone can know. When a call has returned, what it says has been committed.
import type { AuditStore } from './slices/audit.ts';
import type { ComputeStore } from './slices/compute.ts';
import type { HubStore } from './slices/hubs.ts';
import type { IdentityStore } from './slices/identities.ts';
import type { ManagerStore } from './slices/managers.ts';
import type { NetworkStore } from './slices/networks.ts';
import type { RestartStore } from './slices/restarts.ts';
import type { ResultStore } from './slices/results.ts';
import type { StrategyStore } from './slices/strategies.ts';
import type { TaskStore } from './slices/tasks.ts';
import type { TransferStore } from './slices/transfer.ts';

export type * from './slices/audit.ts';
export type * from './slices/compute.ts';
export type * from './slices/hubs.ts';
export type * from './slices/identities.ts';
export type * from './slices/managers.ts';
export type * from './slices/networks.ts';
export type * from './slices/restarts.ts';
export type * from './slices/results.ts';
export type * from './slices/strategies.ts';
export type * from './slices/tasks.ts';
export type * from './slices/transfer.ts';
export type * from './slices/values.ts';

export interface StateStore extends AsyncDisposable {
  readonly capabilities: StoreCapabilities;
  readonly networks: NetworkStore;
  readonly tasks: TaskStore;
  readonly hubs: HubStore;
  readonly compute: ComputeStore;
  readonly managers: ManagerStore;
  readonly results: ResultStore;
  readonly restarts: RestartStore;
  readonly strategies: StrategyStore;
  readonly identities: IdentityStore;
  readonly audit: AuditStore;
  readonly transfer: TransferStore;
  /** Creates or migrates the schema, under a lock; harmless when repeated. Refuses a schema newer than the program. */
  initialize(): Promise<void>;
  /** Throws when the store cannot be reached or read. */
  ping(): Promise<void>;
  /** Looks the whole store over; an empty list means no inconsistency was found. */
  check(): Promise<readonly string[]>;
  /** Deletes everything, the schema included. */
  reset(): Promise<void>;
  /**
   * Removes what calls that began before then left behind, never to be seen, when their process ended in the middle. Returns how
   * many rows; some may wait for a later sweep, until their age is sure.
   */
  sweep(before: Date): Promise<number>;
}

/** What a backend can do, asked by flag and never by name. */
export interface StoreCapabilities {
  /** Several API processes may use the store at once. */
  readonly manyWriters: boolean;
  /**
   * An object reads back as the bytes that came; else as an equal one, of which
   * members may be in another order, and null where they were left out or the reverse.
   */
  readonly keepsBytes: boolean;
}
