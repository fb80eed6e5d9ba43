// The contract of a state store on Neo4j: the original's graph on a real server.
import { after, before, test } from 'node:test';
import { stateStoreContract } from '../contract/state-store/index.ts';
import { openEmptyStore } from '../support/neo4j-graph.ts';
import { findNeo4j, neo4jLock } from '../support/services.ts';

const found = await findNeo4j();
if ('skip' in found) {
  test('state store: Neo4j', { skip: found.skip });
} else {
  let lock: AsyncDisposable;
  before(async () => {
    lock = await neo4jLock();
  });
  after(() => lock[Symbol.asyncDispose]());
  stateStoreContract('Neo4j', () => openEmptyStore(found.service), { draws: 10_000, sequences: 4 });
}
