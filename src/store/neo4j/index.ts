// The state store on the original's graph in Neo4j, in place: the Python servers may use the same database at the same time.
// One file a noun, as in sql/.
import type { StateStore } from '../state-store.ts';
import { createAuditStore } from './audit.ts';
import { checkGraph } from './check.ts';
import { createComputeStore } from './compute.ts';
import { type Database, statement } from './database.ts';
import type { OnDifference } from './differences.ts';
import { createHubStore } from './hubs.ts';
import { createIdentityStore } from './identities.ts';
import { createManagerStore } from './managers.ts';
import { createNetworkStore } from './networks.ts';
import { createRestartStore } from './restarts.ts';
import { createResultStore } from './results.ts';
import { createSchema, dropSchema } from './schema.ts';
import { createStrategyStore } from './strategies.ts';
import { createTaskStore } from './tasks.ts';
import { createTransferStore } from './transfer.ts';

const ANSWER = statement<Record<never, never>, { readonly one: bigint }>('RETURN 1 AS one');

/** Puts the slices on a database. `onDifference` hears of objects that came with other content than those kept. */
export function createNeo4jStateStore(database: Database, onDifference: OnDifference = () => {}): StateStore {
  return {
    capabilities: database.capabilities,
    networks: createNetworkStore(database, onDifference),
    tasks: createTaskStore(database),
    hubs: createHubStore(database),
    compute: createComputeStore(database),
    managers: createManagerStore(database),
    results: createResultStore(database),
    restarts: createRestartStore(database),
    strategies: createStrategyStore(database, onDifference),
    identities: createIdentityStore(database),
    audit: createAuditStore(database),
    transfer: createTransferStore(database),
    initialize: () => createSchema(database),
    async ping() {
      await database.read(tx => tx.run(ANSWER({})));
    },
    check: () => checkGraph(database),
    reset: () => dropSchema(database),
    // What a crash leaves in the graph is whole objects, which the next submission of the same finds, and the original leaves
    // them there as well: nothing tells them from those that are to be used.
    sweep: async () => 0,
    [Symbol.asyncDispose]: () => database.close(),
  };
}
