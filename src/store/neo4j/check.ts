// Looks the whole graph over. First the schema, as the original's check does; then what must hold between nodes, which it does
// not look at. Its servers can break some of these rules themselves (a task that is deleted while it is claimed): what is found
// says where.
import { TASK_STATUSES } from '../../domain/task-status.ts';
import { type Database, statement } from './database.ts';
import { checkConstraints } from './schema.ts';

/** What must never be, as a pattern that finds it and an example of it. */
interface Rule {
  readonly sentence: string;
  readonly find: string;
  readonly example: string;
}

const TRANSFORMATION = 'Transformation|NonTransformation';
const ENDED = "['complete', 'invalid', 'deleted']";

const RULES: readonly Rule[] = [
  {
    sentence: 'networks that have no mark (`alchemiscale database migrate v03-to-v04` gives them one)',
    find: 'MATCH (x:AlchemicalNetwork) WHERE NOT (x)<-[:MARKS]-(:NetworkMark)',
    example: 'x._scoped_key',
  },
  {
    sentence: 'networks that have no hub',
    find: 'MATCH (x:AlchemicalNetwork) WHERE NOT (x)<-[:PERFORMS]-(:TaskHub)',
    example: 'x._scoped_key',
  },
  {
    sentence: 'hubs or marks that are not of one network, by name and by relationship',
    find: `MATCH (x:TaskHub|NetworkMark)
      WHERE COUNT { (x)-[:PERFORMS|MARKS]->(n:AlchemicalNetwork {_scoped_key: coalesce(x.network, x.target)}) } <> 1
        OR COUNT { (x)-[:PERFORMS|MARKS]->() } <> 1`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'hubs that a claim has left locked',
    find: 'MATCH (x:TaskHub) WHERE x._lock IS NOT NULL',
    example: 'x._scoped_key',
  },
  {
    sentence: 'nodes whose key is not made of their parts',
    find: `MATCH (x:GufeTokenizable)
      WHERE x._scoped_key <> x._gufe_key + '-' + x._org + '-' + x._campaign + '-' + x._project
        OR NOT split(x._gufe_key, '-')[0] IN labels(x) + CASE WHEN size(labels(x)) = 1 THEN [x.__qualname__] ELSE [] END
        OR x._json_props IS NULL`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'objects that refer to objects of another scope',
    find: `MATCH (x:GufeTokenizable)-[:DEPENDS_ON]->(y)
      WHERE x._org <> y._org OR x._campaign <> y._campaign OR x._project <> y._project`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'tasks without a status that there is',
    find: `MATCH (x:Task) WHERE NOT coalesce(x.status, '') IN [${TASK_STATUSES.map(word => `'${word}'`).join(', ')}]`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'tasks that do not perform exactly one transformation of their scope',
    find: `MATCH (x:Task)
      WHERE COUNT { (x)-[:PERFORMS]->(t:${TRANSFORMATION})
        WHERE t._org = x._org AND t._campaign = x._campaign AND t._project = x._project } <> 1`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'tasks that are held by a service and do not run',
    find: `MATCH (x:Task)<-[:CLAIMS]-() WHERE x.status <> 'running'`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'tasks that are held more than once',
    find: 'MATCH (x:Task) WHERE COUNT { (x)<-[:CLAIMS]-() } > 1',
    example: 'x._scoped_key',
  },
  {
    sentence: 'tasks that run and are held by no service, so that they never end',
    find: `MATCH (x:Task) WHERE x.status = 'running' AND NOT (x)<-[:CLAIMS]-()`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'tasks that are held though the task that they extend is not complete',
    find: `MATCH (:ComputeServiceRegistration)-[:CLAIMS]->(x:Task)-[:EXTENDS]->(p:Task)
      WHERE p.status <> 'complete'`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'tasks that go on though the task that they extend has been given up',
    find: `MATCH (x:Task)-[:EXTENDS]->(p:Task)
      WHERE p.status IN ['invalid', 'deleted'] AND NOT x.status IN ${ENDED}`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'complete tasks without a successful result',
    find: `MATCH (x:Task)
      WHERE x.status = 'complete' AND NOT EXISTS { (x)-[:RESULTS_IN]->(:ProtocolDAGResultRef {ok: true}) }`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'tasks in error without a failed result',
    find: `MATCH (x:Task)
      WHERE x.status = 'error' AND NOT EXISTS { (x)-[:RESULTS_IN]->(:ProtocolDAGResultRef {ok: false}) }`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'tasks that have ended and are still on a hub or under a pattern',
    find: `MATCH (x:Task)<-[:ACTIONS|APPLIES]-() WHERE x.status IN ${ENDED}`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'tasks on a hub whose network does not have their transformation',
    find: `MATCH (h:TaskHub)-[:ACTIONS]->(x:Task)
      WHERE NOT EXISTS { (h)-[:PERFORMS]->(:AlchemicalNetwork)-[:DEPENDS_ON]->(:${TRANSFORMATION})<-[:PERFORMS]-(x) }`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'tasks that are on a hub, or under a pattern, twice',
    find: `MATCH (h:TaskHub|TaskRestartPattern)-[r:ACTIONS|APPLIES]->(x:Task)
      WITH h, x, count(r) AS times
      WHERE times > 1`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'actions with a weight that is none, or that name another task',
    find: `MATCH (:TaskHub)-[r:ACTIONS]->(x:Task)
      WHERE r.weight IS NULL OR NOT 0 <= r.weight <= 1 OR r.task <> x._scoped_key`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'restarts counted for a task that is not on the hub of the pattern',
    find: `MATCH (p:TaskRestartPattern)-[:APPLIES]->(x:Task)
      WHERE NOT EXISTS { (p)-[:ENFORCES]->(:TaskHub)-[:ACTIONS]->(x) }`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'restart patterns that belong to no hub',
    find: 'MATCH (x:TaskRestartPattern) WHERE COUNT { (x)-[:ENFORCES]->(:TaskHub) } <> 1',
    example: 'x._scoped_key',
  },
  {
    sentence: 'tasks that extend a task of another transformation',
    find: `MATCH (x:Task)-[:EXTENDS]->(p:Task)
      WHERE NOT EXISTS { (x)-[:PERFORMS]->(:${TRANSFORMATION})<-[:PERFORMS]-(p) }`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'results of no task',
    find: 'MATCH (x:ProtocolDAGResultRef) WHERE NOT (x)<-[:RESULTS_IN]-(:Task)',
    example: 'x._scoped_key',
  },
  {
    sentence: 'failures without a result, or of a successful one',
    find: `MATCH (x:Tracebacks)
      WHERE NOT EXISTS { MATCH (x)-[:DETAILS]->(r:ProtocolDAGResultRef) WHERE NOT r.ok }`,
    example: 'x._scoped_key',
  },
  {
    sentence: 'networks with more than one strategy',
    find: 'MATCH (x:AlchemicalNetwork) WHERE COUNT { (x)<-[:PROGRESSES]-() } > 1',
    example: 'x._scoped_key',
  },
  {
    sentence: 'names under which more than one compute manager is registered',
    find: `MATCH (m:ComputeManagerRegistration)
      WITH m.name AS x, count(m) AS times
      WHERE times > 1`,
    example: 'x',
  },
];

/** One sentence per rule that does not hold. */
export async function checkGraph(database: Database): Promise<readonly string[]> {
  return database.read(async tx => {
    const sentences = [...(await checkConstraints(tx))];
    for (const { sentence, find, example } of RULES) {
      const ask = statement<Record<never, never>, { readonly n: bigint; readonly example: string | null }>(
        `${find} WITH DISTINCT x RETURN count(x) AS n, min(${example}) AS example`,
      );
      const found = await tx.first(ask({}));
      if (found !== null && found.n > 0n) {
        sentences.push(`${found.n} ${sentence}, for example ${found.example}`);
      }
    }
    return sentences;
  });
}
