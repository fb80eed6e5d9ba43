// What can be claimed now, as Cypher: one predicate for claims, for "is there work?", and for what managers are told of it.

/**
 * Holds for a task `t` on a hub by the action `a` when it waits, is held by nobody, has weight there, and extends nothing or
 * something complete. With `isFiltered`, its protocol must be of one of the classes in `$protocols`, by exact name: class
 * names are labels, and a transformation depends on its protocol.
 */
export function claimable(isFiltered: boolean): string {
  const base = `t.status = 'waiting'
    AND a.weight > 0
    AND NOT EXISTS { (t)<-[:CLAIMS]-(:ComputeServiceRegistration) }
    AND NOT EXISTS { MATCH (t)-[:EXTENDS]->(parent:Task) WHERE parent.status <> 'complete' }`;
  if (!isFiltered) return base;
  return `${base}
    AND EXISTS {
      MATCH (t)-[:PERFORMS]->(:Transformation|NonTransformation)-[:DEPENDS_ON]->(protocol)
      WHERE any(label IN labels(protocol) WHERE label IN $protocols)
    }`;
}
