// The contract of a state store on PostgreSQL, each suite in a database of its own.
import { after, test } from 'node:test';
import { openStateStore } from '../../src/store/open.ts';
import { stateStoreContract } from '../contract/state-store/index.ts';
import type { OpenStore } from '../contract/state-store/world.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { findPostgres } from '../support/services.ts';

const found = await findPostgres();

if ('skip' in found) test('state store: PostgreSQL', { skip: found.skip });
else {
  const databases: TestDatabase[] = [];
  after(async () => {
    for (const database of databases) await database[Symbol.asyncDispose]();
  });
  const open: OpenStore = async () => {
    const database = await createTestDatabase(found.service);
    databases.push(database);
    const store = await openStateStore(database.url, { seed: 1 });
    await store.initialize();
    return store;
  };
  // Each statement goes to the server and back.
  stateStoreContract('PostgreSQL', open, { draws: 20_000, sequences: 5 });
}
