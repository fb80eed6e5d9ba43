// Part of AlchemiscaleClient: finding networks, transformations and chemical systems, and the ways from one to another.
//
// A key under which nothing is stored leads nowhere: its lists are empty, not an error.
import type { NetworkState } from '../../domain/network-state.ts';
import type { ScopedKey } from '../../domain/scoped-key.ts';
import { USER_ENDPOINTS } from '../../wire/user.ts';
import type { CallOptions } from '../http.ts';
import { type KeyLike, keyText, readKeys, type ScopeLike, scopeQuery } from '../keys.ts';
import { NetworkMethods } from './networks.ts';

export interface NetworkQuery extends CallOptions {
  /** Everything you may see by default. */
  readonly scope?: ScopeLike | undefined;
  /** A regular expression that matches the whole name. */
  readonly name?: string | null | undefined;
  /** A state or a regular expression that matches the whole state: `active` by default, null for any. */
  readonly state?: NetworkState | (string & {}) | null | undefined;
}

export interface ObjectQuery extends CallOptions {
  /** Everything you may see by default. */
  readonly scope?: ScopeLike | undefined;
  /** The name, exactly. */
  readonly name?: string | null | undefined;
}

export class NavigationMethods extends NetworkMethods {
  /** The networks in a scope, in no order; the active ones unless asked for otherwise. */
  async queryNetworks(options: NetworkQuery = {}): Promise<ScopedKey[]> {
    const { scope, name, state = 'active', signal } = options;
    const query = { ...scopeQuery(scope), name: name ?? undefined, state: state ?? undefined };
    return readKeys(await this.transport.call(USER_ENDPOINTS.queryNetworks, { query, signal }));
  }

  /** The transformations in a scope, ordered. */
  async queryTransformations(options: ObjectQuery = {}): Promise<ScopedKey[]> {
    const { scope, name, signal } = options;
    const query = { ...scopeQuery(scope), name: name ?? undefined };
    return readKeys(await this.transport.call(USER_ENDPOINTS.queryTransformations, { query, signal }));
  }

  /** The chemical systems in a scope, ordered. */
  async queryChemicalSystems(options: ObjectQuery = {}): Promise<ScopedKey[]> {
    const { scope, name, signal } = options;
    const query = { ...scopeQuery(scope), name: name ?? undefined };
    return readKeys(await this.transport.call(USER_ENDPOINTS.queryChemicalSystems, { query, signal }));
  }

  /** The transformations of a network. */
  async getNetworkTransformations(network: KeyLike, options: CallOptions = {}): Promise<ScopedKey[]> {
    const params = { network: keyText(network) };
    return readKeys(
      await this.transport.call(USER_ENDPOINTS.getNetworkTransformations, { params, ...options }),
    );
  }

  /** The chemical systems of a network. */
  async getNetworkChemicalSystems(network: KeyLike, options: CallOptions = {}): Promise<ScopedKey[]> {
    const params = { network: keyText(network) };
    return readKeys(
      await this.transport.call(USER_ENDPOINTS.getNetworkChemicalSystems, { params, ...options }),
    );
  }

  /** The networks that a transformation belongs to. */
  async getTransformationNetworks(transformation: KeyLike, options: CallOptions = {}): Promise<ScopedKey[]> {
    const params = { transformation: keyText(transformation) };
    return readKeys(
      await this.transport.call(USER_ENDPOINTS.getTransformationNetworks, { params, ...options }),
    );
  }

  /** The chemical systems of a transformation: state A, then state B; the one system of a NonTransformation. */
  async getTransformationChemicalSystems(
    transformation: KeyLike,
    options: CallOptions = {},
  ): Promise<ScopedKey[]> {
    const params = { transformation: keyText(transformation) };
    return readKeys(
      await this.transport.call(USER_ENDPOINTS.getTransformationChemicalSystems, { params, ...options }),
    );
  }

  /** The networks that a chemical system belongs to. */
  async getChemicalSystemNetworks(system: KeyLike, options: CallOptions = {}): Promise<ScopedKey[]> {
    const params = { chemicalsystem: keyText(system) };
    return readKeys(
      await this.transport.call(USER_ENDPOINTS.getChemicalSystemNetworks, { params, ...options }),
    );
  }

  /** The transformations that begin or end in a chemical system. */
  async getChemicalSystemTransformations(system: KeyLike, options: CallOptions = {}): Promise<ScopedKey[]> {
    const params = { chemicalsystem: keyText(system) };
    return readKeys(
      await this.transport.call(USER_ENDPOINTS.getChemicalSystemTransformations, { params, ...options }),
    );
  }
}
