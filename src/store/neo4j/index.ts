// The state store on the original's graph in Neo4j, in place: the Python servers may use the same database at the same time.
// One file a noun, as in sql/.
import type { StateStore } from '../state-store.ts';
import { checkGraph } from './check.ts';
import { type Database, statement } from './database.ts';
import { createIdentityStore } from './identities.ts';
import { createNetworkStore } from './networks.ts';
import { createSchema, dropSchema } from './schema.ts';

const ANSWER = statement<Record<never, never>, { readonly one: bigint }>('RETURN 1 AS one');

type Slices =
  | 'capabilities'
  | 'networks'
  | 'identities'
  | 'initialize'
  | 'ping'
  | 'check'
  | 'reset'
  | typeof Symbol.asyncDispose;

/** Puts the slices on a database. */
export function createNeo4jStateStore(database: Database): Pick<StateStore, Slices> {
  return {
    capabilities: database.capabilities,
    networks: createNetworkStore(database),
    identities: createIdentityStore(database),
    initialize: () => createSchema(database),
    async ping() {
      await database.read(tx => tx.run(ANSWER({})));
    },
    check: () => checkGraph(database),
    reset: () => dropSchema(database),
    [Symbol.asyncDispose]: () => database.close(),
  };
}
