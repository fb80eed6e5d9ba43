// Tasks and strategies from transfer records into the graph. Hubs, patterns and services have come before.
import { hash } from 'node:crypto';
import type { ActionRecord, ResultRecord, StrategyRecord, TaskRecord } from '../slices/transfer.ts';
import { statement, type Transaction, type Value } from './database.ts';
import { MODELS_MODULE, objectProperties, scopeProperties, specificScopeOf } from './keys.ts';
import { pythonTime, tracebackProperties } from './result-refs.ts';
import { propertiesOf } from './strategies.ts';

type Row = { readonly [name: string]: Value };
type Rows = { readonly rows: readonly Row[] };

const PUT_TASKS = statement<Rows>(
  `UNWIND $rows AS row
  MATCH (n:GufeTokenizable {_scoped_key: row.transformation})
  MERGE (t:GufeTokenizable {_scoped_key: row.properties._scoped_key})
  SET t:Task, t = row.properties
  MERGE (t)-[p:PERFORMS]->(n)
  SET p = row.scope`,
);
const PUT_PARENTS = statement<Rows>(
  `UNWIND $rows AS row
  MATCH (t:GufeTokenizable {_scoped_key: row.task})
  MATCH (p:GufeTokenizable {_scoped_key: row.parent})
  MERGE (t)-[e:EXTENDS]->(p)
  SET e = row.scope`,
);
const PUT_CLAIMS = statement<Rows>(
  `UNWIND $rows AS row
  MATCH (t:GufeTokenizable {_scoped_key: row.task})
  MATCH (s:ComputeServiceRegistration {identifier: row.service})
  MERGE (s)-[c:CLAIMS]->(t)
  SET c.claimed = row.claimed`,
);
// Every pattern of a hub applies to every task on it, from 0 restarts on.
const PUT_ACTIONS = statement<Rows>(
  `UNWIND $rows AS row
  MATCH (t:GufeTokenizable {_scoped_key: row.task})
  MATCH (h:GufeTokenizable {_scoped_key: row.hub})
  MERGE (h)-[a:ACTIONS]->(t)
  SET a.weight = row.weight, a.task = row.task
  WITH row, t, h
  MATCH (h)<-[:ENFORCES]-(p:TaskRestartPattern)
  MERGE (p)-[r:APPLIES]->(t)
  SET r.num_retries = coalesce([one IN row.restarts WHERE one[0] = p.pattern | one[1]][0], 0)`,
);
const PUT_RESULTS = statement<Rows>(
  `UNWIND $rows AS row
  MATCH (t:GufeTokenizable {_scoped_key: row.task})
  MERGE (r:GufeTokenizable {_scoped_key: row.properties._scoped_key})
  SET r:ProtocolDAGResultRef, r = row.properties
  MERGE (t)-[link:RESULTS_IN]->(r)
  SET link = row.scope`,
);
// The key of tracebacks is made of what they say: two results that failed in the same way share them.
const PUT_TRACEBACKS = statement<Rows>(
  `UNWIND $rows AS row
  MATCH (r:GufeTokenizable {_scoped_key: row.result})
  MERGE (b:GufeTokenizable {_scoped_key: row.properties._scoped_key})
  ON CREATE SET b:Tracebacks, b = row.properties
  MERGE (b)-[:DETAILS]->(r)`,
);

/** Writes tasks with what hangs on them; a task that one extends stands before it, or is there. */
export async function writeTaskRecords(tx: Transaction, records: readonly TaskRecord[]): Promise<void> {
  const runs = [
    [PUT_TASKS, records.map(taskRow)],
    [PUT_PARENTS, records.flatMap(parentRow)],
    [PUT_CLAIMS, records.flatMap(claimRow)],
    [PUT_ACTIONS, records.flatMap(({ key, actions }) => actions.map(action => actionRow(key, action)))],
    [PUT_RESULTS, records.flatMap(({ key, results }) => results.map(result => resultRow(key, result)))],
    [PUT_TRACEBACKS, records.flatMap(({ results }) => results.flatMap(tracebackRow))],
  ] as const;
  for (const [put, rows] of runs) if (rows.length > 0) await tx.run(put({ rows }));
}

function taskRow(record: TaskRecord): Row {
  const scope = specificScopeOf(record.key);
  const [qualname, token] = record.key.split('-');
  const gufeKey = `${qualname}-${token}`;
  const properties = {
    ...objectProperties(gufeKey, scope, MODELS_MODULE),
    _key: gufeKey,
    status: record.status,
    priority: BigInt(record.priority),
    datetime_created: record.createdMs === 0 ? null : new Date(record.createdMs),
    creator: record.creator,
    extends: record.extends,
  };
  return { properties, transformation: record.transformation, scope: scopeProperties(scope) };
}

function parentRow({ key, extends: parent }: TaskRecord): readonly Row[] {
  return parent === null ? [] : [{ task: key, parent, scope: scopeProperties(specificScopeOf(key)) }];
}

function claimRow({ key, claim }: TaskRecord): readonly Row[] {
  return claim === null ? [] : [{ task: key, service: claim.service, claimed: new Date(claim.claimedMs) }];
}

/** The key of a network's hub. */
export function hubOf(network: string): string {
  const { _org, _campaign, _project } = scopeProperties(specificScopeOf(network));
  return `TaskHub-${hash('md5', network, 'hex')}-${_org}-${_campaign}-${_project}`;
}

function actionRow(task: string, { network, weight, restarts }: ActionRecord): Row {
  const counts = restarts.map(({ pattern, retries }): readonly Value[] => [pattern, BigInt(retries)]);
  return { task, hub: hubOf(network), weight, restarts: counts };
}

function resultRow(task: string, result: ResultRecord): Row {
  const scope = specificScopeOf(result.key);
  const [qualname, token] = result.key.split('-');
  const properties = {
    ...objectProperties(`${qualname}-${token}`, scope, MODELS_MODULE),
    obj_key: result.objKey,
    ok: result.ok,
    location: result.location === '' ? null : result.location,
    scope: `${scope.org}-${scope.campaign}-${scope.project}`,
    datetime_created: result.createdMs === 0 ? null : pythonTime(new Date(result.createdMs)),
    creator: result.creator,
  };
  return { task, properties, scope: scopeProperties(scope) };
}

function tracebackRow({ key, tracebacks }: ResultRecord): readonly Row[] {
  const failures = tracebacks.map(({ text, ...keys }) => ({ traceback: text, ...keys }));
  const properties = tracebackProperties(failures, specificScopeOf(key));
  return properties === null ? [] : [{ result: key, properties }];
}

const PUT_STRATEGIES = statement<Rows>(
  `UNWIND $rows AS row
  MATCH (n:GufeTokenizable {_scoped_key: row.network})
  MATCH (s:GufeTokenizable {_scoped_key: row.strategy})
  MERGE (s)-[r:PROGRESSES]->(n)
  SET r = row.state`,
);

/** Gives networks their strategies, whose objects have come before. */
export async function writeStrategyRecords(
  tx: Transaction,
  records: readonly StrategyRecord[],
): Promise<void> {
  const rows = records.map(({ network, strategy, lastIterationMs, ...state }) => {
    const lastIteration = lastIterationMs === null ? null : new Date(lastIterationMs);
    return { network, strategy, state: propertiesOf({ ...state, lastIteration }) };
  });
  if (rows.length > 0) await tx.run(PUT_STRATEGIES({ rows }));
}
