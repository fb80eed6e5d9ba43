// Task hubs: what is offered to compute services, at what weight, and who claims it.
import type { ScopeDict } from '../../domain/scope.ts';
import type { Key } from './values.ts';

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
  /** The networks on whose hubs a task is actioned, with its weight there. */
  listActionedNetworks(params: { readonly task: Key }): Promise<readonly ActionedNetwork[]>;
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

export interface ActionedNetwork {
  readonly network: Key;
  readonly weight: number;
}

export interface Hub {
  readonly hub: Key;
  readonly network: Key;
  readonly weight: number;
}

export interface ClaimTasks {
  readonly service: string;
  /** The identity that asks: a service which another registered is none of its own. Left out by trusted callers. */
  readonly owner?: string;
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
  /** The identity that asks: a service which another registered is none of its own. Left out by trusted callers. */
  readonly owner?: string;
  readonly count: number;
  readonly protocols: readonly string[] | null;
  readonly now: Date;
}
