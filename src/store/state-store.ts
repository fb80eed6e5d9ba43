// The state store: what the service remembers, as one interface in slices by noun. Every backend keeps the same
// promises, which the suites in test/contract/ state as cases.
//
// Values that cross this seam are plain, since a backend may live on another thread: scoped keys as text
// (`Task-<token>-<org>-<campaign>-<project>`), scopes as their three parts, times as Date, priorities as bigint. Lists of
// answers are aligned with the lists asked for; null at a place means "not found" or "not allowed for this one".
// Time comes in as an argument: a store reads no clock. Callers have checked scopes and shapes; a store refuses with
// an AlchemiscaleError only what it alone can know. When a call has returned, what it says has been committed.
import type { Identity, IdentityType } from '../domain/identity.ts';
import type { NetworkState } from '../domain/network-state.ts';
import type { ScopeDict } from '../domain/scope.ts';
import type { TaskStatus, UserSettableStatus } from '../domain/task-status.ts';

/** The text of a ScopedKey. */
export type Key = string;

/** How many tasks are in each status; statuses without tasks are absent. */
export type StatusCounts = Readonly<Partial<Record<TaskStatus, number>>>;

export interface StateStore extends AsyncDisposable {
  readonly capabilities: StoreCapabilities;
  readonly networks: NetworkStore;
  readonly tasks: TaskStore;
  readonly hubs: HubStore;
  readonly compute: ComputeStore;
  readonly results: ResultStore;
  readonly identities: IdentityStore;
  /** Creates or migrates the schema, under a lock; harmless when repeated. Refuses a schema newer than the program. */
  initialize(): Promise<void>;
  /** Throws when the store cannot be reached or read. */
  ping(): Promise<void>;
  /** Looks the whole store over; an empty list means no inconsistency was found. */
  check(): Promise<readonly string[]>;
  /** Deletes everything, the schema included. */
  reset(): Promise<void>;
}

/** What a backend can do, asked by flag and never by name. */
export interface StoreCapabilities {
  /** Several API processes may use the store at once. */
  readonly manyWriters: boolean;
}

export interface NetworkStore {
  /** Stores a network with everything it refers to; the same one again is accepted and changes neither weight nor objects. */
  create(params: CreateNetwork): Promise<CreatedNetwork>;
  /** The keyed chain (JSON text, root last) of any stored gufe object; null when it is not stored. */
  getChain(params: { readonly key: Key }): Promise<Uint8Array | null>;
  exists(params: { readonly key: Key }): Promise<boolean>;
  /** Transformations and NonTransformations that are edges of the network; none for an unknown one. */
  listTransformations(params: { readonly network: Key }): Promise<readonly Key[]>;
  /** Status counts per network, aligned. */
  countStatuses(params: { readonly networks: readonly Key[] }): Promise<readonly StatusCounts[]>;
  /** Status counts of the tasks in the scopes whose transformation is in a network of one of the states; each task once. */
  countScopeStatuses(params: {
    readonly scopes: readonly ScopeDict[];
    readonly states: readonly NetworkState[];
  }): Promise<StatusCounts>;
}

export interface CreateNetwork {
  readonly scope: ScopeDict;
  readonly state: NetworkState;
  /** The network as a keyed chain: the JSON text as it came. The store takes it over: do not use it afterwards. */
  readonly chain: Uint8Array;
}

export interface CreatedNetwork {
  readonly network: Key;
  /** False when the network was there before. */
  readonly created: boolean;
}

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

export interface HubStore {
  /**
   * Actions tasks on the network's hub; aligned, in order. A task is actioned when its transformation belongs to the
   * network and it is waiting, running or in error; null otherwise and when it was actioned here already.
   * `weights` (one number for all, or one a task) are set on old and new actions alike; null leaves old ones alone.
   */
  action(params: ActionTasks): Promise<readonly (Key | null)[]>;
  /** Takes tasks off the hub; status and claims stay as they are. Null where a task was not actioned here. */
  cancel(params: { readonly network: Key; readonly tasks: readonly Key[] }): Promise<readonly (Key | null)[]>;
  /** Tasks actioned on each network's hub with their weights, aligned; empty for an unknown network. */
  listActioned(params: { readonly networks: readonly Key[] }): Promise<readonly (readonly ActionedTask[])[]>;
  getWeights(params: { readonly networks: readonly Key[] }): Promise<readonly (number | null)[]>;
  setWeights(params: {
    readonly networks: readonly Key[];
    readonly weights: readonly number[];
  }): Promise<readonly (Key | null)[]>;
  list(params: { readonly scopes: readonly ScopeDict[] }): Promise<readonly Hub[]>;
  /** Claims across hubs by the claim law (domain/claim.ts). */
  claim(params: ClaimTasks): Promise<ClaimAnswer>;
  /** Claims from one hub, in the order drawn; no failure limit applies. Shorter than `count` when there is not enough work. */
  claimFromHub(params: ClaimFromHub): Promise<readonly Key[]>;
}

export interface ActionTasks {
  readonly network: Key;
  readonly tasks: readonly Key[];
  readonly weights: number | readonly number[] | null;
}

export interface ActionedTask {
  readonly task: Key;
  readonly weight: number;
}

export interface Hub {
  readonly hub: Key;
  readonly network: Key;
  readonly weight: number;
}

export interface ClaimTasks {
  readonly service: string;
  /** Scopes to claim in: already cut to what the token covers. */
  readonly scopes: readonly ScopeDict[];
  readonly exclude: readonly ScopeDict[];
  readonly count: number;
  /** Class names of protocols the service runs; null means any. */
  readonly protocols: readonly string[] | null;
  readonly now: Date;
  /** More failures than `maxFailures` after `failuresSince` deny the claim; older ones are forgotten. */
  readonly maxFailures: number;
  readonly failuresSince: Date;
}

/** `denied`: unregistered, or too many recent failures. Otherwise the tasks that the service now holds, in the order drawn. */
export type ClaimAnswer =
  | { readonly denied: true }
  | { readonly denied: false; readonly tasks: readonly Key[] };

export interface ClaimFromHub {
  readonly hub: Key;
  readonly service: string;
  readonly count: number;
  readonly protocols: readonly string[] | null;
  readonly now: Date;
}

export interface ComputeStore {
  /** Registers a service; the same id again by the same owner is accepted. `owner` is the identity that registers. */
  register(params: RegisterService): Promise<void>;
  /** Notes a sign of life. False when no such service of this owner is registered. */
  heartbeat(params: {
    readonly service: string;
    readonly owner: string;
    readonly now: Date;
  }): Promise<boolean>;
  /** Removes a registration; its running tasks go back to waiting. False when there was none of this owner. */
  deregister(params: { readonly service: string; readonly owner: string }): Promise<boolean>;
  /** Removes every registration last heard of before `before` as if deregistered; says which. */
  expire(params: { readonly before: Date }): Promise<readonly string[]>;
  list(): Promise<readonly ServiceRegistration[]>;
}

export interface RegisterService {
  readonly service: string;
  readonly owner: string;
  readonly now: Date;
}

export interface ServiceRegistration {
  readonly service: string;
  readonly owner: string;
  readonly registered: Date;
  readonly heartbeat: Date;
}

export interface ResultStore {
  /**
   * Records a result whose bytes the object store already keeps, and moves the task (domain/push.ts), in one
   * transaction. The same result again is accepted and changes nothing. Null when the task is unknown.
   */
  push(params: PushResult): Promise<PushedResult | null>;
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
  /** Tracebacks of failed units, in the order of the result. */
  readonly failures: readonly UnitFailure[];
  readonly now: Date;
}

interface UnitFailure {
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

export interface IdentityStore {
  /** Creates an identity, or gives an existing one another key; its scopes stay. */
  put(params: PutIdentity): Promise<void>;
  get(params: IdentityName): Promise<Identity | null>;
  list(params: { readonly type: IdentityType }): Promise<readonly string[]>;
  /** False when there was none. */
  remove(params: IdentityName): Promise<boolean>;
  /** The scopes in the order they were added; null for an unknown identity. */
  listScopes(params: IdentityName): Promise<readonly ScopeDict[] | null>;
  /** Adding one that is there, or removing one that is not, is accepted. False for an unknown identity. */
  addScopes(params: IdentityName & { readonly scopes: readonly ScopeDict[] }): Promise<boolean>;
  removeScopes(params: IdentityName & { readonly scopes: readonly ScopeDict[] }): Promise<boolean>;
}

export interface IdentityName {
  readonly type: IdentityType;
  readonly identifier: string;
}

interface PutIdentity extends IdentityName {
  /** A bcrypt hash, `$2b$…`. */
  readonly hashedKey: string;
}
