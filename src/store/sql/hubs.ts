// Task hubs: which tasks are actioned on a network's hub, with which weight, and the weight of the hub itself. A hub has
// no row of its own: it is the network seen as a queue. Claims are in claims.ts.
import { AlchemiscaleError } from '../../domain/errors.ts';
import { DEFAULT_WEIGHT, isWeight } from '../../domain/task.ts';
import type { ActionedNetwork, ActionedTask, ActionTasks, Hub, HubStore, Key } from '../state-store.ts';
import { createClaims } from './claims.ts';
import type { Counts } from './counts.ts';
import { writeCounted } from './counts-write.ts';
import { type Connection, type Database, list, statement, table } from './database.ts';
import {
  coveredScopes,
  findObjects,
  findTasks,
  keyOf,
  type SpecificScope,
  scopeList,
  taskKey,
} from './keys.ts';
import { lockHubs, lockTasks } from './locks.ts';
import { WEIGHT } from './network-settings.ts';
import { enterQueues, leaveQueues, removeActions } from './queues.ts';
import { ON_HUBS } from './statuses.ts';

/** The hub slice of a SQL store. */
export function createHubStore(database: Database): HubStore {
  return {
    async action(params) {
      checkWeights(params.weights, params.tasks.length);
      return writeCounted(database, (connection, counts) => actionTasks(connection, counts, params));
    },
    cancel: params => writeCounted(database, (connection, counts) => cancelTasks(connection, counts, params)),
    listActioned: ({ networks }) => database.read(connection => listActioned(connection, networks)),
    listActionedNetworks: ({ task }) => database.read(connection => listActionedNetworks(connection, task)),
    getWeights: ({ networks }) => database.read(connection => WEIGHT.get(connection, networks)),
    async setWeights({ networks, weights }) {
      checkWeights(weights, networks.length);
      return database.write(connection => WEIGHT.set(connection, networks, weights));
    },
    list: ({ scopes }) => database.read(connection => listHubs(connection, scopeList(scopes))),
    ...createClaims(database),
  };
}

function checkWeights(weights: number | readonly number[] | null, length: number): void {
  if (weights === null) return;
  const all = typeof weights === 'number' ? [weights] : weights;
  if (!all.every(isWeight)) {
    throw new AlchemiscaleError('BAD_REQUEST', 'weight must be between 0 and 1 (inclusive)');
  }
  if (typeof weights !== 'number' && weights.length !== length) {
    throw new AlchemiscaleError(
      'BAD_REQUEST',
      `${length} weights are needed, one each, not ${weights.length}`,
    );
  }
}

interface Actionable {
  readonly id: number;
  readonly actioned: number;
}

const FIND_ACTIONABLE = statement<[hub: number, tasks: string, hub: number], Actionable>(
  `SELECT t.id, (SELECT a.task FROM action a WHERE a.hub = ? AND a.task = t.id) IS NOT NULL AS actioned
  FROM task t
  WHERE t.id IN numbers(?)
    AND t.status IN (${ON_HUBS})
    AND EXISTS (SELECT 1 FROM edge e WHERE e.network = ? AND e.transformation = t.transformation)`,
);

const ADD_ACTIONS = statement<[hub: number, weight: number, tasks: string]>(
  'INSERT INTO action (hub, task, weight) SELECT ?, k.value, ? FROM numbers(?) k',
);
const SET_WEIGHTS = statement<[rows: string, hub: number]>(
  `UPDATE action
  SET weight = d.weight
  FROM rows(? AS task INTEGER, weight REAL) d
  WHERE action.task = d.task AND action.hub = ?`,
);

/** Puts tasks that are on no hub like it on a held hub. The caller holds the tasks. */
export async function putOnHub(
  connection: Connection,
  counts: Counts,
  hub: number,
  tasks: readonly number[],
): Promise<void> {
  await connection.run(ADD_ACTIONS(hub, DEFAULT_WEIGHT, list(tasks)));
  await enterQueues(connection, counts, { tasks, hub });
}

async function actionTasks(
  connection: Connection,
  counts: Counts,
  { network, tasks, weights }: ActionTasks,
): Promise<readonly (Key | null)[]> {
  const hub = (await findObjects(connection, [network], 'network')).get(network)?.id;
  if (hub === undefined) return tasks.map(() => null);
  const rows = await findTasks(connection, tasks);
  await lockHubs(connection, [hub]);
  await lockTasks(connection, [...rows.values()]);
  const ids = list([...rows.values()].map(({ id }) => id));
  const actioned = new Map<number, boolean>();
  for (const row of await connection.all(FIND_ACTIONABLE(hub, ids, hub))) {
    actioned.set(row.id, row.actioned === 1);
  }
  const added = [...actioned.keys()].filter(id => actioned.get(id) === false);
  await connection.run(ADD_ACTIONS(hub, DEFAULT_WEIGHT, list(added)));
  if (weights !== null) {
    const weighted = new Map<number, number>();
    for (const [place, task] of tasks.entries()) {
      const id = rows.get(task)?.id;
      const weight = typeof weights === 'number' ? weights : weights[place];
      if (id !== undefined && weight !== undefined && actioned.has(id)) weighted.set(id, weight);
    }
    await leaveQueues(connection, counts, { tasks: [...actioned.keys()], hub });
    await connection.run(SET_WEIGHTS(table([...weighted]), hub));
  }
  await enterQueues(connection, counts, { tasks: weights === null ? added : [...actioned.keys()], hub });
  const fresh = new Set(added);
  // The first mention of a task actions it; a second one finds it actioned.
  return tasks.map(task => (fresh.delete(rows.get(task)?.id ?? -1) ? task : null));
}

const FIND_ACTIONED = statement<[tasks: string, hub: number], { readonly id: number }>(
  `SELECT task AS id
  FROM action
  WHERE task IN numbers(?) AND hub = ?`,
);

async function cancelTasks(
  connection: Connection,
  counts: Counts,
  { network, tasks }: { readonly network: Key; readonly tasks: readonly Key[] },
): Promise<readonly (Key | null)[]> {
  const hub = (await findObjects(connection, [network], 'network')).get(network)?.id;
  if (hub === undefined) return tasks.map(() => null);
  const rows = await findTasks(connection, tasks);
  await lockTasks(connection, [...rows.values()]);
  const ids = list([...rows.values()].map(({ id }) => id));
  const actioned = new Set((await connection.all(FIND_ACTIONED(ids, hub))).map(({ id }) => id));
  await removeActions(connection, counts, { tasks: [...actioned], hub });
  return tasks.map(task => (actioned.delete(rows.get(task)?.id ?? -1) ? task : null));
}

interface ActionedRow extends SpecificScope {
  readonly hub: number;
  readonly token: string;
  readonly weight: number;
}

const LIST_ACTIONED = statement<[hubs: string], ActionedRow>(
  `SELECT a.hub, a.weight, t.token, s.org, s.campaign, s.project
  FROM edge e
  JOIN task t ON t.transformation = e.transformation
  JOIN action a ON a.task = t.id AND a.hub = e.network
  JOIN scope s ON s.id = t.scope
  WHERE e.network IN numbers(?)
    AND t.status IN (${ON_HUBS})
  ORDER BY a.hub, a.task`,
);

async function listActioned(
  connection: Connection,
  networks: readonly Key[],
): Promise<readonly (readonly ActionedTask[])[]> {
  const hubs = await findObjects(connection, networks, 'network');
  const actioned = new Map<number, ActionedTask[]>();
  for (const { id } of hubs.values()) actioned.set(id, []);
  for (const row of await connection.all(LIST_ACTIONED(list([...actioned.keys()])))) {
    actioned.get(row.hub)?.push({ task: taskKey(row), weight: row.weight });
  }
  return networks.map(network => actioned.get(hubs.get(network)?.id ?? -1) ?? []);
}

const LIST_ACTIONED_NETWORKS = statement<
  [task: number],
  SpecificScope & { readonly gufe_key: string; readonly weight: number }
>(
  `SELECT o.gufe_key, a.weight, s.org, s.campaign, s.project
  FROM action a
  JOIN object o ON o.id = a.hub
  JOIN scope s ON s.id = o.scope
  WHERE a.task = ?
  ORDER BY o.gufe_key`,
);

async function listActionedNetworks(connection: Connection, task: Key): Promise<readonly ActionedNetwork[]> {
  const found = (await findTasks(connection, [task])).get(task);
  if (found === undefined) return [];
  const rows = await connection.all(LIST_ACTIONED_NETWORKS(found.id));
  return rows.map(row => ({ network: keyOf(row.gufe_key, row), weight: row.weight }));
}

interface HubRow extends SpecificScope {
  readonly token: string;
  readonly gufe_key: string;
  readonly weight: number;
}

const LIST_HUBS = statement<[scopes: string], HubRow>(
  `SELECT n.token, n.weight, o.gufe_key, s.org, s.campaign, s.project
  FROM network n
  JOIN object o ON o.id = n.id
  JOIN scope s ON s.id = n.scope
  WHERE n.scope IN (${coveredScopes()})
  ORDER BY s.org, s.campaign, s.project, n.token`,
);

async function listHubs(connection: Connection, scopes: string): Promise<readonly Hub[]> {
  const rows = await connection.all(LIST_HUBS(scopes));
  return rows.map(row => ({
    hub: keyOf(`TaskHub-${row.token}`, row),
    network: keyOf(row.gufe_key, row),
    weight: row.weight,
  }));
}
