// The one Neo4j database that tests share: emptied, and opened as a store or as it is.
import { type Database, statement } from '../../src/store/neo4j/database.ts';
import { openDatabase } from '../../src/store/neo4j/driver.ts';
import { openNeo4jStore } from '../../src/store/neo4j/open.ts';
import type { StateStore } from '../../src/store/state-store.ts';
import type { Neo4jService } from './services.ts';

/** The URL that `openNeo4jStore` takes. */
export function neo4jUrl({ url, user, password }: Neo4jService): string {
  return url.replace('://', `://${encodeURIComponent(user)}:${encodeURIComponent(password)}@`);
}

/** The database itself, for statements of a test's own. */
export function openGraph({ url, user, password }: Neo4jService): Database {
  return openDatabase({ url, user, password, database: 'neo4j' }, { busyMs: 30_000, random: Math.random });
}

// A transaction lives in the server's memory: a large graph is deleted piece by piece.
const PIECE = 10_000n;
const DELETE_PIECE = statement<{ readonly limit: bigint }, { readonly n: bigint }>(
  'MATCH (n) WITH n LIMIT $limit DETACH DELETE n RETURN count(*) AS n',
);

/** Deletes what is in it. The schema stays: to make it takes longer than most tests. Take `neo4jLock` first. */
export async function emptyGraph(service: Neo4jService): Promise<void> {
  const graph = openGraph(service);
  for (let deleted = PIECE; deleted === PIECE; ) {
    deleted = (await graph.changeSchema(tx => tx.first(DELETE_PIECE({ limit: PIECE }))))?.n ?? 0n;
  }
  await graph.close();
}

/** A store on the emptied, initialized database. */
export async function openEmptyStore(service: Neo4jService): Promise<StateStore> {
  await emptyGraph(service);
  const store = openNeo4jStore(neo4jUrl(service));
  await store.initialize();
  return store;
}
