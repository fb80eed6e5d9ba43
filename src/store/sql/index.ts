// The state store on a SQL database: one file a noun, one code for every dialect.
import type { StateStore } from '../state-store.ts';
import { createAuditStore } from './audit.ts';
import { checkStore } from './check.ts';
import { createComputeStore } from './compute.ts';
import { type Database, statement } from './database.ts';
import { createHubStore } from './hubs.ts';
import { createIdentityStore } from './identities.ts';
import { createManagerStore } from './managers.ts';
import { dropSchema, migrate } from './migrate.ts';
import { createNetworkStore } from './networks.ts';
import { sweepStaged } from './object-sweep.ts';
import type { DifferingObject } from './object-write.ts';
import { createRestartStore } from './restarts.ts';
import { createResultStore } from './results.ts';
import { createStrategyStore } from './strategies.ts';
import { createTaskStore } from './tasks.ts';
import { createTransferStore } from './transfer.ts';

const ANY_SCOPE = statement<[], { readonly id: number }>('SELECT id FROM scope LIMIT 1');

/** Puts the slices on a database. `onDifference`: see createNetworkStore. */
export function createSqlStateStore(
  database: Database,
  onDifference: (difference: DifferingObject) => void = () => {},
): StateStore {
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
    initialize: () => migrate(database),
    async ping() {
      await database.ask(connection => connection.first(ANY_SCOPE()));
    },
    check: () => database.readWhole(checkStore),
    reset: () => dropSchema(database),
    sweep: before => sweepStaged(database, before),
    [Symbol.asyncDispose]: () => database.close(),
  };
}
