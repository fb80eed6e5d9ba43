// The client of the user API: submit networks, make and action tasks, watch them, take results home.
//
// Its methods are in user/, one file a noun; each file extends the one before, so that they are all methods of one
// object with one connection: networks → tasks → hubs → results.
import { type ClientEnvironment, type ClientOptions, optionsFromEnvironment } from './service-client.ts';
import { ResultMethods } from './user/results.ts';

/**
 * Talks to the user API as one identity. Keys and scopes may be given as text or as objects; every call takes a `signal`.
 *
 * @example
 * const client = new AlchemiscaleClient({ apiUrl: 'http://localhost:8000', identifier: 'ada', key: '…' });
 * const network = await client.createNetwork(alchemicalNetwork, 'openff-tyk2-first');
 */
export class AlchemiscaleClient extends ResultMethods {
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
}
