// Networks: finding them, their states, and counting the tasks of their transformations. Writing one is in
// network-create.ts, walking between the objects it is made of in network-links.ts, reading an object back as a keyed chain
// in chains.ts.
import { AlchemiscaleError } from '../../domain/errors.ts';
import type { NetworkState } from '../../domain/network-state.ts';
import { TASK_STATUSES } from '../../domain/task-status.ts';
import type { Key, NetworkStore, NetworkSummary, StatusCounts } from '../state-store.ts';
import { readChain } from './chains.ts';
import { type Connection, type Database, list, statement } from './database.ts';
import {
  coveredScopes,
  findObjects,
  findTasks,
  keyOf,
  type SpecificScope,
  scopeList,
  splitKey,
} from './keys.ts';
import { createNetwork } from './network-create.ts';
import {
  listChemicalSystems,
  listNetworks,
  listTransformations,
  listTransformationsOf,
  queryObjects,
} from './network-links.ts';
import { STATE } from './network-settings.ts';
import type { DifferingObject } from './object-write.ts';
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
    list: ({ scopes }) => database.read(connection => listSummaries(connection, scopeList(scopes))),
    getStates: ({ networks }) => database.read(connection => STATE.get(connection, networks)),
    async setStates({ networks, states }) {
      if (states.length !== networks.length) {
        throw new AlchemiscaleError(
          'BAD_REQUEST',
          `${networks.length} states are needed, one each, not ${states.length}`,
        );
      }
      return database.write(connection => STATE.set(connection, networks, states));
    },
    query: ({ scopes, kind, name }) =>
      database.read(connection => queryObjects(connection, scopeList(scopes), { kind, name })),
    listTransformations: ({ network }) =>
      database.read(connection => listTransformations(connection, network)),
    listChemicalSystems: ({ of }) => database.read(connection => listChemicalSystems(connection, of)),
    listNetworks: ({ of }) => database.read(connection => listNetworks(connection, of)),
    listTransformationsOf: ({ chemicalSystem }) =>
      database.read(connection => listTransformationsOf(connection, chemicalSystem)),
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
  JOIN scope s ON s.id = (SELECT t.scope FROM task t WHERE t.id = r.task)
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

interface NetworkRow extends SpecificScope {
  readonly gufe_key: string;
  readonly name: string | null;
  readonly state: NetworkState;
}

// Ordered by the text of the key: the hyphen between its parts comes before every character of them.
const LIST_NETWORKS = statement<[scopes: string], NetworkRow>(
  `SELECT o.gufe_key, o.name, n.state, s.org, s.campaign, s.project
  FROM network n
  JOIN object o ON o.id = n.id
  JOIN scope s ON s.id = n.scope
  WHERE n.scope IN (${coveredScopes()})
  ORDER BY o.gufe_key, s.org, s.campaign, s.project`,
);

async function listSummaries(connection: Connection, scopes: string): Promise<readonly NetworkSummary[]> {
  const rows = await connection.all(LIST_NETWORKS(scopes));
  return rows.map(row => ({ network: keyOf(row.gufe_key, row), name: row.name, state: row.state }));
}

const SUMS = TASK_STATUSES.map(status => `coalesce(sum(f.${status}), 0) AS ${status}`).join(', ');

const COUNT_BY_NETWORK = statement<[networks: string], Tally & { readonly network: number }>(
  `SELECT e.network, ${SUMS}
  FROM edge e
  JOIN transformation f ON f.id = e.transformation
  WHERE e.network IN numbers(?)
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
    WHERE n.state IN texts(?)
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
