// The strategist on Neo4j: the original's graph on a real server.
import { after, before, test } from 'node:test';
import { openEmptyStore } from '../support/neo4j-graph.ts';
import { findNeo4j, neo4jLock } from '../support/services.ts';
import { strategistSuite } from './suite.ts';

const found = await findNeo4j();

if ('skip' in found) test('strategist on Neo4j', { skip: found.skip });
else {
  let lock: AsyncDisposable;
  before(async () => {
    lock = await neo4jLock();
  });
  after(() => lock[Symbol.asyncDispose]());
  strategistSuite('Neo4j', () => openEmptyStore(found.service), 6);
}
