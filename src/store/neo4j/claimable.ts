// What can be claimed now, as Cypher: one predicate for claims, for "is there work?", and for what managers are told of it.

const WAITS = "t.status = 'waiting' AND a.weight > 0";
const PARENT_COMPLETE = `NOT EXISTS { MATCH (t)-[:EXTENDS]->(parent:Task) WHERE parent.status <> 'complete' }`;
const ADMITTED = `EXISTS {
      MATCH (t)-[:PERFORMS]->(:Transformation|NonTransformation)-[:DEPENDS_ON]->(protocol)
      WHERE any(label IN labels(protocol) WHERE label IN $protocols)
    }`;

/**
 * Holds for a task `t` on a hub by the action `a` when it waits, is held by nobody, has weight there, and extends nothing or
 * something complete. With `isFiltered`, its protocol must be of one of the classes in `$protocols`, by exact name: class
 * names are labels, and a transformation depends on its protocol.
 */
export function claimable(isFiltered: boolean): string {
  const base = `${WAITS}
    AND NOT EXISTS { (t)<-[:CLAIMS]-() }
    AND ${PARENT_COMPLETE}`;
  return isFiltered ? `${base}\n    AND ${ADMITTED}` : base;
}

/**
 * Holds for all of these, and nearly no others: it asks properties of the task instead of walking its relationships, which
 * halves the time for a long queue. What waits is held by nobody, and a task that extends another says so.
 */
export function nearlyClaimable(isFiltered: boolean): string {
  const base = `${WAITS} AND (t.extends IS NULL OR ${PARENT_COMPLETE})`;
  return isFiltered ? `${base}\n    AND ${ADMITTED}` : base;
}
