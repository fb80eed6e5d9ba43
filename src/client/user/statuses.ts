// Part of AlchemiscaleClient: how far tasks are, counted by status.
import type { NetworkState } from '../../domain/network-state.ts';
import type { TaskStatus } from '../../domain/task-status.ts';
import { USER_ENDPOINTS } from '../../wire/user.ts';
import type { CallOptions } from '../http.ts';
import { type KeyLike, keyText, type ScopeLike, toScope } from '../keys.ts';
import { NavigationMethods } from './navigation.ts';

/** How many tasks are in each status; a status without tasks is absent. */
export type StatusCounts = Partial<Record<TaskStatus, number>>;

export class StatusMethods extends NavigationMethods {
  /**
   * Task counts by status in a scope (everything you may see by default). Only networks in `networkState` count: a state
   * or a regular expression over states, `active` by default, null for all.
   */
  async getScopeStatus(
    scope: ScopeLike = '*-*-*',
    options: CallOptions & { readonly networkState?: NetworkState | (string & {}) | null | undefined } = {},
  ): Promise<StatusCounts> {
    const { networkState = 'active', signal } = options;
    const params = { scope: toScope(scope).toString() };
    const query = networkState === null ? {} : { network_state: networkState };
    return await this.transport.call(USER_ENDPOINTS.getScopeStatus, { params, query, signal });
  }

  /** Task counts by status of a network. */
  async getNetworkStatus(network: KeyLike, options: CallOptions = {}): Promise<StatusCounts> {
    const params = { network: keyText(network) };
    return await this.transport.call(USER_ENDPOINTS.getNetworkStatus, { params, ...options });
  }

  /** Task counts by status of networks, aligned with the input. */
  async getNetworksStatus(networks: readonly KeyLike[], options: CallOptions = {}): Promise<StatusCounts[]> {
    const body = { networks: networks.map(keyText) };
    return await this.transport.call(USER_ENDPOINTS.getNetworksStatus, { body, ...options });
  }

  /** Task counts by status of a transformation. */
  async getTransformationStatus(transformation: KeyLike, options: CallOptions = {}): Promise<StatusCounts> {
    const params = { transformation: keyText(transformation) };
    return await this.transport.call(USER_ENDPOINTS.getTransformationStatus, { params, ...options });
  }
}
