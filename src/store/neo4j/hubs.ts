// Task hubs: which tasks are actioned on a network's hub, with which weight, and the weight of the hub itself. Claims are in
// claims.ts.
import { AlchemiscaleError } from '../../domain/errors.ts';
import { DEFAULT_WEIGHT, isWeight } from '../../domain/task.ts';
import { TASK_STATUSES, type TaskStatus, TIES } from '../../domain/task-status.ts';
import type { ActionedNetwork, ActionedTask, ActionTasks, Hub, HubStore, Key } from '../state-store.ts';
import { createClaims } from './claims.ts';
import { type Database, statement, type Transaction, type Value } from './database.ts';
import { byKey, isIn, scopeList } from './keys.ts';
import { lockNodes } from './locks.ts';
import { lockTasks } from './statuses.ts';

/** The hub slice of a Neo4j store. */
export function createHubStore(database: Database): HubStore {
  const claims = createClaims(database);
  return {
    async action(params) {
      checkWeights(params.weights, params.tasks.length);
      const memory = newMemory();
      return database.write(tx => actionTasks(tx, params, memory));
    },
    cancel({ network, tasks }) {
      const memory = newMemory();
      return database.write(tx => cancelTasks(tx, network, tasks, memory));
    },
    listActioned: ({ networks }) => listActioned(database, networks),
    async listActionedNetworks({ task }) {
      return database.read(tx => tx.all(LIST_ACTIONED_NETWORKS({ task })));
    },
    getWeights: ({ networks }) => getWeights(database, networks),
    async setWeights({ networks, weights }) {
      checkWeights(weights, networks.length);
      return setWeights(database, networks, weights);
    },
    async list({ scopes }) {
      return database.read(tx => tx.all(LIST({ scopes: scopeList(scopes) })));
    },
    claim: params => claims.acrossHubs(params),
    claimFromHub: params => claims.fromOneHub(params),
  };
}

/** What is remembered from one try to the next. */
interface Memory {
  /** The tasks that the try before changed, if it came to its commit: the answer to that may have been lost. */
  changed: ReadonlySet<Key>;
}

function newMemory(): Memory {
  return { changed: new Set() };
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

const FIND_HUB = statement<{ readonly network: Key }, { readonly hub: Key }>(
  `MATCH (n:GufeTokenizable {_scoped_key: $network})<-[:PERFORMS]-(h:TaskHub)
  WHERE n:AlchemicalNetwork
  RETURN h._scoped_key AS hub`,
);

/** The hub of a network; null for an unknown network. */
export async function findHub(tx: Transaction, network: Key): Promise<Key | null> {
  return (await tx.first(FIND_HUB({ network })))?.hub ?? null;
}

/** The hub of a network, locked; null for an unknown network. */
export async function lockHub(tx: Transaction, network: Key): Promise<Key | null> {
  const hub = await findHub(tx, network);
  if (hub !== null) await lockNodes(tx, [hub]);
  return hub;
}

const ON_HUBS: readonly TaskStatus[] = TASK_STATUSES.filter(status => TIES[status].onHubs);

const FIND_ACTIONABLE = statement<
  { readonly hub: Key; readonly tasks: readonly Key[]; readonly statuses: readonly TaskStatus[] },
  { readonly task: Key; readonly actioned: boolean }
>(
  `MATCH (h:GufeTokenizable {_scoped_key: $hub})-[:PERFORMS]->(n:AlchemicalNetwork)
  UNWIND $tasks AS task
  MATCH (t:GufeTokenizable {_scoped_key: task})
  WHERE t:Task
    AND t.status IN $statuses
    AND EXISTS { (t)-[:PERFORMS]->(:Transformation|NonTransformation)<-[:DEPENDS_ON]-(n) }
  RETURN task, EXISTS { (t)<-[:ACTIONS]-(h) } AS actioned`,
);

type Weighted = {
  readonly hub: Key;
  readonly rows: readonly { readonly task: Key; readonly weight: number }[];
};

const ADD_ACTIONS = statement<Weighted>(
  `MATCH (h:GufeTokenizable {_scoped_key: $hub})
  UNWIND $rows AS row
  MATCH (t:GufeTokenizable {_scoped_key: row.task})
  CREATE (h)-[:ACTIONS {weight: row.weight, task: row.task}]->(t)`,
);
const SET_WEIGHTS_OF_TASKS = statement<Weighted>(
  `UNWIND $rows AS row
  MATCH (t:GufeTokenizable {_scoped_key: row.task})<-[a:ACTIONS]-(h:TaskHub {_scoped_key: $hub})
  SET a.weight = row.weight`,
);
const APPLY_PATTERNS = statement<{ readonly hub: Key; readonly tasks: readonly Key[] }>(
  `MATCH (:GufeTokenizable {_scoped_key: $hub})<-[:ENFORCES]-(p:TaskRestartPattern)
  UNWIND $tasks AS task
  MATCH (t:GufeTokenizable {_scoped_key: task})
  WHERE NOT EXISTS { (t)<-[:APPLIES]-(p) }
  CREATE (p)-[:APPLIES {num_retries: 0}]->(t)`,
);

async function actionTasks(
  tx: Transaction,
  { network, tasks, weights }: ActionTasks,
  memory: Memory,
): Promise<readonly (Key | null)[]> {
  const hub = await findHub(tx, network);
  if (hub === null) return tasks.map(() => null);
  // A task that ends meanwhile is on no hub afterwards, and the other way round.
  await lockTasks(tx, tasks, [hub]);
  const distinct = [...new Set(tasks)];
  const found = await tx.all(FIND_ACTIONABLE({ hub, tasks: distinct, statuses: ON_HUBS }));
  const actioned = new Map(found.map(row => [row.task, row.actioned]));
  // Of a task that is named twice the last weight stays.
  const weightOf = new Map(
    tasks.map((task, place) => [task, typeof weights === 'number' ? weights : (weights?.[place] ?? null)]),
  );
  const rowsOf = (isActioned: boolean): Weighted['rows'] =>
    distinct
      .filter(task => actioned.get(task) === isActioned)
      .map(task => ({ task, weight: weightOf.get(task) ?? DEFAULT_WEIGHT }));
  const added = rowsOf(false);
  if (added.length > 0) {
    await tx.run(ADD_ACTIONS({ hub, rows: added }));
    await tx.run(APPLY_PATTERNS({ hub, tasks: added.map(({ task }) => task) }));
  }
  const old = rowsOf(true);
  if (weights !== null && old.length > 0) await tx.run(SET_WEIGHTS_OF_TASKS({ hub, rows: old }));
  // What the try before put there is there by this call.
  const byTryBefore = old.filter(({ task }) => memory.changed.has(task));
  const fresh = new Set([...added, ...byTryBefore].map(({ task }) => task));
  memory.changed = new Set(fresh);
  // The first mention of a task actions it; a second one finds it actioned.
  return tasks.map(task => (fresh.delete(task) ? task : null));
}

/** Puts tasks that are not there on a locked hub, under its patterns. The tasks are locked. */
export async function putOnHub(tx: Transaction, hub: Key, tasks: readonly Key[]): Promise<void> {
  if (tasks.length === 0) return;
  await tx.run(ADD_ACTIONS({ hub, rows: tasks.map(task => ({ task, weight: DEFAULT_WEIGHT })) }));
  await tx.run(APPLY_PATTERNS({ hub, tasks }));
}

const CANCEL = statement<{ readonly hub: Key; readonly tasks: readonly Key[] }, { readonly task: Key }>(
  `UNWIND $tasks AS task
  MATCH (t:GufeTokenizable {_scoped_key: task})<-[a:ACTIONS]-(h:TaskHub {_scoped_key: $hub})
  DELETE a
  WITH DISTINCT t, h, task
  OPTIONAL MATCH (t)<-[r:APPLIES]-(:TaskRestartPattern)-[:ENFORCES]->(h)
  DELETE r
  RETURN DISTINCT task`,
);

/** Takes tasks off a locked hub, with the restarts counted there; says which were on it. */
export async function takeOffHub(
  tx: Transaction,
  hub: Key,
  tasks: readonly Key[],
): Promise<ReadonlySet<Key>> {
  const rows = await tx.all(CANCEL({ hub, tasks: [...new Set(tasks)] }));
  return new Set(rows.map(({ task }) => task));
}

async function cancelTasks(
  tx: Transaction,
  network: Key,
  tasks: readonly Key[],
  memory: Memory,
): Promise<readonly (Key | null)[]> {
  const hub = await lockHub(tx, network);
  if (hub === null) return tasks.map(() => null);
  // None of them is there now, whichever try took it off.
  const left = new Set([...memory.changed, ...(await takeOffHub(tx, hub, tasks))]);
  memory.changed = new Set(left);
  return tasks.map(task => (left.delete(task) ? task : null));
}

const LIST_ACTIONED = statement<
  { readonly networks: readonly Key[] },
  { readonly network: Key; readonly task: Key; readonly weight: number }
>(
  `UNWIND $networks AS network
  MATCH (n:GufeTokenizable {_scoped_key: network})<-[:PERFORMS]-(h:TaskHub)
  MATCH (h)-[a:ACTIONS]->(t:Task)
  RETURN network, t._scoped_key AS task, toFloat(a.weight) AS weight`,
);

async function listActioned(
  database: Database,
  networks: readonly Key[],
): Promise<readonly (readonly ActionedTask[])[]> {
  const rows = await database.read(tx => tx.all(LIST_ACTIONED({ networks: [...new Set(networks)] })));
  const actioned = new Map<Key, Map<Key, number>>(networks.map(network => [network, new Map()]));
  for (const { network, task, weight } of rows) actioned.get(network)?.set(task, weight);
  return networks.map(network =>
    [...(actioned.get(network) ?? [])].map(([task, weight]) => ({ task, weight })),
  );
}

const LIST_ACTIONED_NETWORKS = statement<{ readonly task: Key }, ActionedNetwork>(
  `MATCH (t:GufeTokenizable {_scoped_key: $task})<-[a:ACTIONS]-(h:TaskHub)
  WHERE t:Task
  RETURN h.network AS network, toFloat(max(a.weight)) AS weight
  ORDER BY network`,
);

const GET_WEIGHTS = statement<
  { readonly networks: readonly Key[] },
  { readonly network: Key; readonly weight: number }
>(
  `UNWIND $networks AS network
  MATCH (:GufeTokenizable {_scoped_key: network})<-[:PERFORMS]-(h:TaskHub)
  RETURN network, toFloat(h.weight) AS weight`,
);

async function getWeights(database: Database, networks: readonly Key[]): Promise<readonly (number | null)[]> {
  const rows = await database.read(tx => tx.all(GET_WEIGHTS({ networks: [...new Set(networks)] })));
  const weights = new Map(rows.map(({ network, weight }) => [network, weight]));
  return networks.map(network => weights.get(network) ?? null);
}

const SET_WEIGHTS = statement<{ readonly changes: readonly Value[] }, { readonly network: Key }>(
  `UNWIND $changes AS change
  MATCH (:GufeTokenizable {_scoped_key: change[0]})<-[:PERFORMS]-(h:TaskHub)
  WITH h, change
  ORDER BY h._scoped_key
  SET h.weight = change[1]
  RETURN change[0] AS network`,
);

async function setWeights(
  database: Database,
  networks: readonly Key[],
  weights: readonly number[],
): Promise<readonly (Key | null)[]> {
  // Of a network that is named twice the last weight stays.
  const changes = [...new Map(networks.map((network, place) => [network, weights[place] as number]))];
  const rows = await database.write(tx => tx.all(SET_WEIGHTS({ changes })));
  const changed = new Set(rows.map(({ network }) => network));
  return networks.map(network => (changed.has(network) ? network : null));
}

const LIST = statement<{ readonly scopes: readonly Value[] }, Hub>(
  `MATCH (h:TaskHub)
  WHERE ${isIn('h')}
  RETURN h._scoped_key AS hub, h.network AS network, toFloat(h.weight) AS weight
  ORDER BY ${byKey('h')}`,
);
