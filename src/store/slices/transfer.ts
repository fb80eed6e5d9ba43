// Everything that a store holds, as records that any other store can take: how an instance moves house, and what a backup
// consists of. Derived things (counts, queues, edges, hubs and marks, restarts that were never used) are no records: the store
// that takes records makes them itself.
//
// Records are plain JSON but for the bytes of objects and of runs. Times are milliseconds since 1970; what a store keeps finer than that is
// cut off. A time or a text that the original's graph may lack is 0 or ''.
import type { IdentityType } from '../../domain/identity.ts';
import type { ManagerStatus } from '../../domain/manager.ts';
import type { NetworkState } from '../../domain/network-state.ts';
import type { StrategyMode, StrategyStatus, TaskScaling } from '../../domain/strategy.ts';
import type { TaskStatus } from '../../domain/task-status.ts';
import type { Key } from './values.ts';

/**
 * The kinds of records, in the order in which they are read and written: nothing refers to what comes later. Identities are the
 * last, so that nobody can log in to a store before it holds the rest.
 */
export const TRANSFER_KINDS = [
  'object',
  'network',
  'pattern',
  'manager',
  'service',
  'task',
  'strategy',
  'run',
  'identity',
] as const;
export type TransferKind = (typeof TRANSFER_KINDS)[number];

export type TransferRecord =
  | IdentityRecord
  | ObjectRecord
  | NetworkRecord
  | PatternRecord
  | ManagerRecord
  | ServiceRecord
  | TaskRecord
  | StrategyRecord
  | RunRecord;

export interface IdentityRecord {
  readonly kind: 'identity';
  readonly type: IdentityType;
  readonly identifier: string;
  readonly hashedKey: string;
  readonly disabled: boolean;
  readonly expiresMs: number | null;
  /** Texts of scopes, in the order in which they were given. */
  readonly scopes: readonly string[];
  /** The original has room for these; nobody reads them. */
  readonly email: string | null;
  readonly fullName: string | null;
}

/** A gufe object; what it refers to has come before. */
export interface ObjectRecord {
  readonly kind: 'object';
  readonly key: Key;
  /** The keyed dict's JSON text. */
  readonly bytes: Uint8Array;
}

/** That an object is a network, with what its hub and mark say. */
export interface NetworkRecord {
  readonly kind: 'network';
  readonly key: Key;
  readonly state: NetworkState;
  readonly weight: number;
}

export interface PatternRecord {
  readonly kind: 'pattern';
  readonly network: Key;
  readonly pattern: string;
  readonly maxRetries: number;
}

export interface ManagerRecord {
  readonly kind: 'manager';
  readonly name: string;
  readonly uuid: string;
  /** '' for one that a server of the original registered. */
  readonly owner: string;
  readonly status: ManagerStatus;
  readonly detail: string | null;
  readonly saturation: number | null;
  readonly registeredMs: number;
  readonly updatedMs: number;
}

export interface ServiceRecord {
  readonly kind: 'service';
  readonly identifier: string;
  /** As a manager's. */
  readonly owner: string;
  readonly registeredMs: number;
  readonly heartbeatMs: number;
  /** The name of its manager. */
  readonly manager: string | null;
  /** Newest first. */
  readonly failuresMs: readonly number[];
}

/** A task with all that hangs on it, so that it is whole wherever it is read. */
export interface TaskRecord {
  readonly kind: 'task';
  readonly key: Key;
  readonly transformation: Key;
  /** Has come before. */
  readonly extends: Key | null;
  readonly status: TaskStatus;
  /** Decimal: up to 2^63 - 1. */
  readonly priority: string;
  readonly createdMs: number;
  readonly creator: string | null;
  readonly claim: { readonly service: string; readonly claimedMs: number } | null;
  readonly actions: readonly ActionRecord[];
  /** Oldest first. */
  readonly results: readonly ResultRecord[];
}

/** That a task is on a network's hub. */
export interface ActionRecord {
  readonly network: Key;
  readonly weight: number;
  /** Restarts that patterns of the hub have given the task; 1 or more each. */
  readonly restarts: readonly { readonly pattern: string; readonly retries: number }[];
}

/** A reference to a stored result. The original can link one to several tasks; then each has it. */
export interface ResultRecord {
  readonly key: Key;
  readonly objKey: string;
  readonly ok: boolean;
  readonly location: string;
  readonly createdMs: number;
  readonly creator: string | null;
  readonly tracebacks: readonly TracebackRecord[];
}

export interface TracebackRecord {
  readonly text: string;
  readonly sourceKey: string;
  readonly failureKey: string;
}

export interface StrategyRecord {
  readonly kind: 'strategy';
  readonly network: Key;
  /** Of the object. */
  readonly strategy: Key;
  readonly mode: StrategyMode;
  readonly status: StrategyStatus;
  readonly iterations: number;
  /** Seconds. */
  readonly sleepInterval: number;
  readonly lastIterationMs: number | null;
  readonly lastIterationResultCount: number;
  readonly maxTasksPerTransformation: number;
  readonly taskScaling: TaskScaling;
  readonly exception: readonly [name: string, message: string] | null;
  readonly traceback: string | null;
}

/** A run of a strategy, from the history; oldest first. */
export interface RunRecord {
  readonly kind: 'run';
  readonly network: Key;
  /** Counts the runs of a network that are kept, from 0. */
  readonly place: number;
  readonly strategy: string;
  readonly mode: StrategyMode;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly iteration: number;
  readonly statusBefore: StrategyStatus;
  readonly statusAfter: StrategyStatus;
  readonly resultCount: number;
  readonly created: number;
  readonly actioned: number;
  readonly cancelled: number;
  readonly exception: readonly [name: string, message: string] | null;
  /** What was decided for each transformation, as it is kept. */
  readonly bytes: Uint8Array;
}

export interface TransferStore {
  /**
   * Begins to read everything while others write; a number by which the view is named. What is read through one view agrees with itself: nothing is
   * named that is not there. It is one moment's state where a database has such a thing (a gap of Neo4j, see docs).
   */
  openView(): Promise<number>;
  /** How many records of each kind there are, about. */
  countRecords(params: { readonly view: number }): Promise<Readonly<Record<TransferKind, number>>>;
  /** The next records of a kind, after what an earlier page says; null begins. Kinds are asked for in their order. */
  readPage(params: ReadPage): Promise<TransferPage>;
  closeView(params: { readonly view: number }): Promise<void>;
  /** What has been begun here and not ended; null in a store that may be served. */
  findUnfinished(): Promise<UnfinishedTransfer | null>;
  /** What a copy would find here; also of a store without a schema, or with an older one, which is left as it is. */
  inspect(): Promise<TransferTarget>;
  /**
   * Begins to take records from a source, or goes on: what may have gone from the source since (all but objects, networks, tasks and
   * results) is removed, to be written again. Makes the schema, or brings it up to date, in a store that may be filled. Throws
   * CONFLICT when the store holds something else, which is then left as it is.
   *
   * Returns the number of this run, which the calls below name. They throw CONFLICT once another run has begun (transfer-runs.ts).
   */
  begin(params: UnfinishedTransfer): Promise<number>;
  /** Writes records, which may be there already; without any it only looks whether the run is still the last. Throws INVALID_BODY for one that this store cannot hold. */
  write(params: WriteRecords): Promise<void>;
  /** Makes what is derived; harmless when repeated. */
  settle(params: { readonly run: number }): Promise<void>;
  /** From now on the store may be served. */
  end(params: { readonly run: number }): Promise<void>;
}

export interface WriteRecords {
  readonly run: number;
  readonly records: readonly TransferRecord[];
}

export interface ReadPage {
  readonly view: number;
  readonly kind: TransferKind;
  readonly after: string | null;
}

export interface TransferPage {
  /** Of the kind asked for; objects that it needs and that came late may stand before. */
  readonly records: readonly TransferRecord[];
  /** Null when there is no more. */
  readonly next: string | null;
  /** What was left out because it breaks the rules of the store, one sentence each. */
  readonly notes: readonly string[];
}

/** A transfer or restore. */
export interface UnfinishedTransfer {
  /** Names where the records come from. */
  readonly source: string;
  /** When it was begun, or last gone on with. */
  readonly started: Date;
}

/** A store as somebody sees it who wants to fill it. */
export interface TransferTarget {
  /** False for a database in which no program of ours has been. */
  readonly hasSchema: boolean;
  /** True when it holds nothing but perhaps a schema. */
  readonly isEmpty: boolean;
  readonly unfinished: UnfinishedTransfer | null;
}

/** Those of one kind, in their order. */
export function ofKind<K extends TransferKind>(
  records: readonly TransferRecord[],
  kind: K,
): readonly Extract<TransferRecord, { readonly kind: K }>[] {
  return records.filter(record => record.kind === kind) as Extract<TransferRecord, { readonly kind: K }>[];
}
