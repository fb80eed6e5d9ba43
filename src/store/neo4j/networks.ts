// Networks: finding them, their states, and counting the tasks of their transformations. Writing one is in network-create.ts,
// walking between the objects it is made of in network-links.ts, reading an object back as a keyed chain in chains.ts.
import { AlchemiscaleError } from '../../domain/errors.ts';
import type { NetworkState } from '../../domain/network-state.ts';
import { TASK_STATUSES, type TaskStatus } from '../../domain/task-status.ts';
import type { Key, NetworkStore, NetworkSummary, StatusCounts } from '../state-store.ts';
import { readChain } from './chains.ts';
import { type Database, statement, type Value } from './database.ts';
import type { OnDifference } from './differences.ts';
import { isIn, scopeList, splitKey } from './keys.ts';
import { createNetwork } from './network-create.ts';
import {
  listChemicalSystems,
  listNetworks,
  listTransformations,
  listTransformationsOf,
  queryObjects,
} from './network-links.ts';

/** The network slice of a Neo4j store. `onDifference` hears of objects that came with other content than those kept. */
export function createNetworkStore(database: Database, onDifference: OnDifference): NetworkStore {
  return {
    create: params => createNetwork(database, params, onDifference),
    getChain: ({ key }) => readChain(database, key),
    exists: ({ key }) => exists(database, key),
    async list({ scopes }) {
      return database.read(tx => tx.all(LIST({ scopes: scopeList(scopes) })));
    },
    getStates: ({ networks }) => getStates(database, networks),
    setStates: ({ networks, states }) => setStates(database, networks, states),
    query: params => queryObjects(database, params),
    listTransformations: ({ network }) => listTransformations(database, network),
    listChemicalSystems: ({ of }) => listChemicalSystems(database, of),
    listNetworks: ({ of }) => listNetworks(database, of),
    listTransformationsOf: ({ chemicalSystem }) => listTransformationsOf(database, chemicalSystem),
    countStatuses: ({ networks }) => countStatuses(database, networks),
    async countScopeStatuses({ scopes, states }) {
      const ask = COUNT_IN_SCOPES({ scopes: scopeList(scopes), states });
      return statusCounts(await database.read(tx => tx.all(ask)));
    },
  };
}

const EXISTS = statement<{ readonly key: Key; readonly label: string }, { readonly key: Key }>(
  `MATCH (n:GufeTokenizable {_scoped_key: $key})
  WHERE $label IN labels(n)
  RETURN n._scoped_key AS key`,
);

/** Anything that has a key exists under it: objects, tasks, result references, hubs and marks. */
async function exists(database: Database, key: Key): Promise<boolean> {
  const parts = splitKey(key);
  if (parts === null) return false;
  return (await database.read(tx => tx.first(EXISTS({ key, label: parts.qualname })))) !== null;
}

// A network without a mark, as version 0.3 of the original left them, is in no list there either.
const LIST = statement<{ readonly scopes: readonly Value[] }, NetworkSummary>(
  `MATCH (n:AlchemicalNetwork)<-[:MARKS]-(m:NetworkMark)
  WHERE ${isIn('n')}
  RETURN n._scoped_key AS network, n.name AS name, m.state AS state
  ORDER BY network`,
);

const GET_STATES = statement<
  { readonly networks: readonly Key[] },
  { readonly network: Key; readonly state: NetworkState }
>(
  `UNWIND $networks AS network
  MATCH (n:GufeTokenizable {_scoped_key: network})<-[:MARKS]-(m:NetworkMark)
  RETURN network, m.state AS state`,
);

async function getStates(
  database: Database,
  networks: readonly Key[],
): Promise<readonly (NetworkState | null)[]> {
  const rows = await database.read(tx => tx.all(GET_STATES({ networks: [...new Set(networks)] })));
  const states = new Map(rows.map(({ network, state }) => [network, state]));
  return networks.map(network => states.get(network) ?? null);
}

const SET_STATES = statement<{ readonly changes: readonly Value[] }, { readonly network: Key }>(
  `UNWIND $changes AS change
  MATCH (n:GufeTokenizable {_scoped_key: change[0]})<-[:MARKS]-(m:NetworkMark)
  SET m.state = change[1]
  RETURN change[0] AS network`,
);

async function setStates(
  database: Database,
  networks: readonly Key[],
  states: readonly NetworkState[],
): Promise<readonly (Key | null)[]> {
  if (states.length !== networks.length) {
    throw new AlchemiscaleError(
      'BAD_REQUEST',
      `${networks.length} states are needed, one each, not ${states.length}`,
    );
  }
  // Of a network that is named twice the last state stays; written in the order of keys, as locks are taken.
  const last = new Map(networks.map((network, place) => [network, states[place] as NetworkState]));
  const changes = [...last].sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = await database.write(tx => tx.all(SET_STATES({ changes })));
  const changed = new Set(rows.map(({ network }) => network));
  return networks.map(network => (changed.has(network) ? network : null));
}

interface StatusRow {
  readonly status: TaskStatus;
  readonly n: bigint;
}

/** Counts by status from rows of a query, in the order of the statuses. */
export function statusCounts(rows: readonly StatusRow[]): StatusCounts {
  const counts = new Map(rows.map(({ status, n }) => [status, Number(n)]));
  return Object.fromEntries(
    TASK_STATUSES.flatMap(status => {
      const count = counts.get(status);
      return count === undefined ? [] : [[status, count]];
    }),
  );
}

const COUNT_BY_NETWORK = statement<
  { readonly networks: readonly Key[] },
  StatusRow & { readonly network: Key }
>(
  `UNWIND $networks AS network
  MATCH (n:GufeTokenizable {_scoped_key: network})
  WHERE n:AlchemicalNetwork
  MATCH (n)-[:DEPENDS_ON]->(:Transformation|NonTransformation)<-[:PERFORMS]-(t:Task)
  RETURN network, t.status AS status, count(t) AS n`,
);

async function countStatuses(database: Database, networks: readonly Key[]): Promise<readonly StatusCounts[]> {
  const rows = await database.read(tx => tx.all(COUNT_BY_NETWORK({ networks: [...new Set(networks)] })));
  const byNetwork = Map.groupBy(rows, ({ network }) => network);
  return networks.map(network => statusCounts(byNetwork.get(network) ?? []));
}

// A transformation counts once, however many of the networks it is in; its tasks live in the scope of these.
const COUNT_IN_SCOPES = statement<
  { readonly scopes: readonly Value[]; readonly states: readonly NetworkState[] },
  StatusRow
>(
  `MATCH (n:AlchemicalNetwork)<-[:MARKS]-(m:NetworkMark)
  WHERE m.state IN $states AND ${isIn('n')}
  MATCH (n)-[:DEPENDS_ON]->(x:Transformation|NonTransformation)
  WITH DISTINCT x
  MATCH (x)<-[:PERFORMS]-(t:Task)
  RETURN t.status AS status, count(t) AS n`,
);
