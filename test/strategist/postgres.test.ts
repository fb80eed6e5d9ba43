// The strategist on PostgreSQL.
import { after, test } from 'node:test';
import { openStateStore } from '../../src/store/open.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { findPostgres } from '../support/services.ts';
import { strategistSuite } from './suite.ts';

const found = await findPostgres();

if ('skip' in found) test('strategist on PostgreSQL', { skip: found.skip });
else {
  let database: TestDatabase | null = null;
  after(() => database?.[Symbol.asyncDispose]());
  const open = async () => {
    database = await createTestDatabase(found.service);
    const store = await openStateStore(database.url, { seed: 1 });
    await store.initialize();
    return store;
  };
  strategistSuite('PostgreSQL', open, 4);
}
