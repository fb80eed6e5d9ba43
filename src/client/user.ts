// The client of the user API: submit networks, make and action tasks, watch them, take results home.
//
// Its methods are in user/, one file a noun; each file extends the one before, so that they are all methods of one
// object with one connection:
// networks → navigation → statuses → tasks → hubs → restarts → strategies → results → archives.
import type { Scope } from '../domain/scope.ts';
import type { CallOptions } from './http.ts';
import { type ClientEnvironment, type ClientOptions, optionsFromEnvironment } from './service-client.ts';
import { ArchiveMethods } from './user/archives.ts';

/**
 * Talks to the user API as one identity. Keys and scopes may be given as text or as objects; every call takes a `signal`.
 *
 * @example
 * const client = new AlchemiscaleClient({ apiUrl: 'http://localhost:8000', identifier: 'ada', key: '…' });
 * const network = await client.createNetwork(alchemicalNetwork, 'openff-tyk2-first');
 */
export class AlchemiscaleClient extends ArchiveMethods {
  /**
   * A client from `ALCHEMISCALE_URL`, `ALCHEMISCALE_ID` and `ALCHEMISCALE_KEY` in `env`, on Node the environment of the
   * process; says which of them are missing.
   */
  static fromEnvironment(
    env: ClientEnvironment,
    options: Omit<ClientOptions, 'apiUrl' | 'identifier' | 'key'> = {},
  ): AlchemiscaleClient {
    return new AlchemiscaleClient({ ...optionsFromEnvironment(env), ...options });
  }

  /** The scopes this identity may use, in order: listScopes under its older name. */
  async getScopes(options: CallOptions = {}): Promise<Scope[]> {
    return await this.listScopes(options);
  }
}
