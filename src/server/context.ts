// What handlers stand on: the parts of the system they may use, and who is calling.
import type { Logger } from 'pino';
import type { Scope } from '../domain/scope.ts';
import type { Proposer } from '../domain/strategy-proposal.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { StateStore } from '../store/state-store.ts';
import type { ServerSettings } from './settings.ts';

/** What a service is made of. The stores belong to the caller, who closes them after the service. */
export interface AppDeps {
  readonly store: StateStore;
  readonly objects: ObjectStore;
  readonly settings: ServerSettings;
  /** The time; stores and domain read no clock of their own. */
  readonly clock: () => Date;
  readonly logger: Logger;
  /** Asks strategies for previews; here and now unless told, which large networks make long. */
  readonly propose?: Proposer;
}

/** The identity behind a token, with the scopes that were written into the token. */
export interface Caller {
  readonly identifier: string;
  readonly scopes: readonly Scope[];
}
