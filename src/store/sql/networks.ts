// Networks and the gufe objects they are made of: reading them, and counting the tasks of their transformations. Writing
// one is in network-create.ts, reading an object back as a keyed chain in chains.ts.
import type { NetworkState } from '../../domain/network-state.ts';
import { TASK_STATUSES } from '../../domain/task-status.ts';
import type { Key, NetworkStore, StatusCounts } from '../state-store.ts';
import { readChain } from './chains.ts';
import { type Connection, type Database, list, statement } from './database.ts';
import { coveredScopes, findObjects, findTasks, keyOf, scopeList, splitKey } from './keys.ts';
import { createNetwork, type DifferingObject } from './network-create.ts';
import type { Tally } from './schema.ts';
import { statusCounts } from './tasks.ts';

/** The network slice of a SQL store. `onDifference` hears of objects that came with other bytes than those kept. */
export function createNetworkStore(
  database: Database,
  onDifference: (difference: DifferingObject) => void,
): NetworkStore {
  return {
    create: params => createNetwork(database, params, onDifference),
    getChain: ({ key }) => database.read(connection => readChain(connection, key)),
    exists: ({ key }) => database.read(connection => exists(connection, key)),
    listTransformations: ({ network }) =>
      database.read(connection => listTransformations(connection, network)),
    countStatuses: ({ networks }) => database.read(connection => countStatuses(connection, networks)),
    countScopeStatuses: ({ scopes, states }) =>
      database.read(connection => countScopeStatuses(connection, scopeList(scopes), states)),
  };
}

type KeyParameters = [token: string, org: string, campaign: string, project: string];

const HUB_EXISTS = statement<KeyParameters, { readonly id: number }>(
  `SELECT n.id
  FROM network n
  JOIN scope s ON s.id = n.scope
  WHERE n.token = ? AND s.org = ? AND s.campaign = ? AND s.project = ?`,
);
const RESULT_EXISTS = statement<KeyParameters, { readonly id: number }>(
  `SELECT r.id
  FROM result r
  JOIN task t ON t.id = r.task
  JOIN scope s ON s.id = t.scope
  WHERE r.token = ? AND s.org = ? AND s.campaign = ? AND s.project = ?`,
);

/** Anything that has a key exists under it: objects, tasks, result references, hubs and marks. */
async function exists(connection: Connection, key: Key): Promise<boolean> {
  const parts = splitKey(key);
  if (parts === null) return false;
  const asked = [parts.token, parts.org, parts.campaign, parts.project] as const;
  switch (parts.qualname) {
    case 'Task':
      return (await findTasks(connection, [key])).has(key);
    case 'ProtocolDAGResultRef':
      return (await connection.first(RESULT_EXISTS(...asked))) !== null;
    case 'TaskHub':
    case 'NetworkMark':
      return (await connection.first(HUB_EXISTS(...asked))) !== null;
    default:
      return (await findObjects(connection, [key])).has(key);
  }
}

const LIST_TRANSFORMATIONS = statement<[network: number], { readonly gufe_key: string }>(
  `SELECT o.gufe_key
  FROM edge e
  JOIN object o ON o.id = e.transformation
  WHERE e.network = ?
  ORDER BY o.gufe_key`,
);

async function listTransformations(connection: Connection, network: Key): Promise<readonly Key[]> {
  const found = (await findObjects(connection, [network], 'network')).get(network);
  const parts = splitKey(network);
  if (found === undefined || parts === null) return [];
  const rows = await connection.all(LIST_TRANSFORMATIONS(found.id));
  return rows.map(row => keyOf(row.gufe_key, parts));
}

const SUMS = TASK_STATUSES.map(status => `coalesce(sum(f.${status}), 0) AS ${status}`).join(', ');

const COUNT_BY_NETWORK = statement<[networks: string], Tally & { readonly network: number }>(
  `SELECT e.network, ${SUMS}
  FROM edge e
  JOIN transformation f ON f.id = e.transformation
  WHERE e.network IN (SELECT value FROM json_each(?))
  GROUP BY e.network`,
);

async function countStatuses(
  connection: Connection,
  networks: readonly Key[],
): Promise<readonly StatusCounts[]> {
  const found = await findObjects(connection, networks, 'network');
  const counts = new Map<number, StatusCounts>();
  const ids = list([...found.values()].map(({ id }) => id));
  for (const row of await connection.all(COUNT_BY_NETWORK(ids))) counts.set(row.network, statusCounts(row));
  return networks.map(network => counts.get(found.get(network)?.id ?? -1) ?? {});
}

// A transformation counts once, however many of the networks it is in; its tasks live in the scope of these.
const COUNT_IN_SCOPES = statement<[states: string, scopes: string], Tally>(
  `SELECT ${SUMS}
  FROM transformation f
  WHERE f.id IN (
    SELECT e.transformation
    FROM network n
    JOIN edge e ON e.network = n.id
    WHERE n.state IN (SELECT value FROM json_each(?))
      AND n.scope IN (${coveredScopes()})
  )`,
);

async function countScopeStatuses(
  connection: Connection,
  scopes: string,
  states: readonly NetworkState[],
): Promise<StatusCounts> {
  const tally = await connection.first(COUNT_IN_SCOPES(list(states), scopes));
  return tally === null ? {} : statusCounts(tally);
}
