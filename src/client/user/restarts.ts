// Part of AlchemiscaleClient: which failures mend themselves. A pattern is a regular expression in Python's syntax; a
// task of the network that fails with a traceback in which it is found goes back to waiting, so many times.

import type { ScopedKey } from '../../domain/scoped-key.ts';
import { USER_ENDPOINTS } from '../../wire/user.ts';
import type { CallOptions } from '../http.ts';
import { type KeyLike, keyText, toKey } from '../keys.ts';
import { HubMethods } from './hubs.ts';

export class RestartMethods extends HubMethods {
  /**
   * Restarts tasks of a network whose tracebacks match, `allowedRestarts` times each; tasks that are in error now as well. A
   * pattern that is there already gets the new number; what was restarted before counts. Gives the key of the network.
   */
  async addTaskRestartPatterns(
    network: KeyLike,
    patterns: readonly string[],
    allowedRestarts: number,
    options: CallOptions = {},
  ): Promise<ScopedKey> {
    const params = { network: keyText(network) };
    const body = { patterns: [...patterns], num_allowed_restarts: allowedRestarts };
    await this.transport.call(USER_ENDPOINTS.addTaskRestartPatterns, { params, body, ...options });
    return toKey(network);
  }

  /** The patterns of a network, and how many restarts each allows. */
  async getTaskRestartPatterns(network: KeyLike, options: CallOptions = {}): Promise<Map<string, number>> {
    const key = keyText(network);
    const body = { networks: [key] };
    const patterns = await this.transport.call(USER_ENDPOINTS.getTaskRestartPatterns, { body, ...options });
    return new Map(patterns[key] ?? []);
  }

  /** Changes how many restarts patterns of a network allow; ones that are not there are ignored. */
  async setTaskRestartPatternsAllowedRestarts(
    network: KeyLike,
    patterns: readonly string[],
    allowedRestarts: number,
    options: CallOptions = {},
  ): Promise<void> {
    const params = { network: keyText(network) };
    const body = { patterns: [...patterns], max_retries: allowedRestarts };
    const endpoint = USER_ENDPOINTS.setTaskRestartPatternsAllowedRestarts;
    await this.transport.call(endpoint, { params, body, ...options });
  }

  /** Removes patterns from a network; ones that are not there are ignored. */
  async removeTaskRestartPatterns(
    network: KeyLike,
    patterns: readonly string[],
    options: CallOptions = {},
  ): Promise<void> {
    const params = { network: keyText(network) };
    const body = { patterns: [...patterns] };
    await this.transport.call(USER_ENDPOINTS.removeTaskRestartPatterns, { params, body, ...options });
  }

  /** Removes all patterns from a network. */
  async clearTaskRestartPatterns(network: KeyLike, options: CallOptions = {}): Promise<void> {
    const params = { network: keyText(network) };
    await this.transport.call(USER_ENDPOINTS.clearTaskRestartPatterns, { params, ...options });
  }
}
