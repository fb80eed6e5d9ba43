// gufe objects, networks and their states.
import type { NetworkState } from '../../domain/network-state.ts';
import type { ScopeDict } from '../../domain/scope.ts';
import type { Key, StatusCounts } from './values.ts';

export interface NetworkStore {
  /** Stores a network with everything it refers to; the same one again is accepted and changes neither weight nor objects. */
  create(params: CreateNetwork): Promise<CreatedNetwork>;
  /** The keyed chain (JSON text, root last) of any stored gufe object; null when it is not stored. */
  getChain(params: { readonly key: Key }): Promise<Uint8Array | null>;
  exists(params: { readonly key: Key }): Promise<boolean>;
  /** Transformations and NonTransformations that are edges of the network; none for an unknown one. */
  listTransformations(params: { readonly network: Key }): Promise<readonly Key[]>;
  /** Every network in the scopes with the name it was submitted under and its state, ordered by key. */
  list(params: { readonly scopes: readonly ScopeDict[] }): Promise<readonly NetworkSummary[]>;
  /** Aligned; null for an unknown network. */
  getStates(params: { readonly networks: readonly Key[] }): Promise<readonly (NetworkState | null)[]>;
  /** Sets each network's state; aligned, null for an unknown network. */
  setStates(params: {
    readonly networks: readonly Key[];
    readonly states: readonly NetworkState[];
  }): Promise<readonly (Key | null)[]>;
  /** Transformations of both classes, or chemical systems, in the scopes; ordered by org, campaign, project, gufe key. */
  query(params: QueryObjects): Promise<readonly Key[]>;
  /** The chemical systems of a network, or of a transformation (state A, then state B; one for a NonTransformation). */
  listChemicalSystems(params: {
    readonly of: { readonly network: Key } | { readonly transformation: Key };
  }): Promise<readonly Key[]>;
  /** The networks that a transformation, a chemical system, or a task's transformation belongs to. */
  listNetworks(params: {
    readonly of: { readonly transformation: Key } | { readonly chemicalSystem: Key } | { readonly task: Key };
  }): Promise<readonly Key[]>;
  /** The transformations that begin or end in a chemical system. */
  listTransformationsOf(params: { readonly chemicalSystem: Key }): Promise<readonly Key[]>;
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

export interface NetworkSummary {
  readonly network: Key;
  readonly name: string | null;
  readonly state: NetworkState;
}

export interface QueryObjects {
  readonly scopes: readonly ScopeDict[];
  readonly kind: 'transformation' | 'chemicalSystem';
  /** The exact name; null for any, including none. */
  readonly name: string | null;
}
