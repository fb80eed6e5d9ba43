// The whole graph page by page, in the order of keys. The graph keeps no checksums.
import type { AuditStore, Page, PageParams, ResultRef } from '../state-store.ts';
import { type Database, statement } from './database.ts';
import { RESULT, type ResultRow, resultRef } from './result-refs.ts';

/** The audit slice of a Neo4j store. */
export function createAuditStore(database: Database): AuditStore {
  return {
    listResults: params => listResults(database, params),
    checkTexts: async () => ({ checked: 0, damaged: [], next: null }),
    // Neo4j has a checksum on every record and page, and looks at it as it reads.
    checkFiles: async () => [],
  };
}

// Served by the constraint on the key: keys of one class are neighbors, so a page is one walk along its index.
const LIST = statement<
  { readonly after: string; readonly limit: bigint },
  { readonly key: string; readonly result: ResultRow | null }
>(
  `MATCH (r:GufeTokenizable)
  WHERE r._scoped_key > $after AND r._scoped_key STARTS WITH 'ProtocolDAGResultRef-'
  WITH r ORDER BY r._scoped_key LIMIT $limit
  CALL (r) {
    MATCH (r)<-[:RESULTS_IN]-(t:Task)-[:PERFORMS]->(n:Transformation|NonTransformation)
    RETURN ${RESULT({ ref: 'r', task: 't', transformation: 'n' })} AS result
    ORDER BY t._scoped_key
    LIMIT 1
  }
  RETURN r._scoped_key AS key, result
  ORDER BY key`,
);

async function listResults(database: Database, { after, limit }: PageParams): Promise<Page<ResultRef>> {
  const rows = await database.read(tx => tx.all(LIST({ after: after ?? '', limit: BigInt(limit) })));
  const items = rows.flatMap(({ result }) => (result === null ? [] : [resultRef(result)]));
  return { items, next: rows.length < limit ? null : (rows.at(-1)?.key ?? null) };
}
