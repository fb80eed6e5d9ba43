// What a strategy looks at and what it changes: the transformations of a network with their results and tasks, and the tasks on
// its hub. Whatever is changed is counted first, under the hub's lock and the lease of the run, in the same transaction: a
// run that was cut off and is done again makes up only what is missing.
import type { StrategyMode } from '../../domain/strategy.ts';
import { type Change, changeFor, type TransformationSurvey } from '../../domain/strategy-cycle.ts';
import type { TaskStatus } from '../../domain/task-status.ts';
import type { AppliedTarget, ApplyTargets, Key, StrategyStore } from '../state-store.ts';
import type { Counts } from './counts.ts';
import { writeCounted } from './counts-write.ts';
import { type Connection, type Database, list, statement } from './database.ts';
import { putOnHub } from './hubs.ts';
import { findObjects, findTasks, keyOf, splitKey } from './keys.ts';
import { lockHubs, lockTasks, type MovingTask } from './locks.ts';
import { removeActions } from './queues.ts';
import { ON_HUBS } from './statuses.ts';
import { networkId } from './strategy-state.ts';
import { createTasks } from './task-create.ts';

/** The part of the strategy slice that is about tasks. */
export function createTargetMethods(
  database: Database,
): Pick<StrategyStore, 'survey' | 'countResults' | 'applyTargets' | 'clearHub'> {
  return {
    survey: ({ network }) => database.read(connection => survey(connection, network)),
    countResults: ({ network }) =>
      database.read(async connection => {
        const found = await connection.first(COUNT_RESULTS(await networkId(connection, network)));
        return found?.n ?? 0;
      }),
    applyTargets: params =>
      writeCounted(database, (connection, counts) => applyTargets(connection, counts, params)),
    clearHub: params => writeCounted(database, (connection, counts) => clearHub(connection, counts, params)),
  };
}

interface EdgeRow {
  readonly id: number;
  readonly gufe_key: string;
  readonly name: string | null;
  readonly waiting: number;
  readonly running: number;
  readonly error: number;
}

const EDGES = statement<[network: number], EdgeRow>(
  `SELECT e.transformation AS id, o.gufe_key, o.name, f.waiting, f.running, f.error
  FROM edge e
  JOIN object o ON o.id = e.transformation
  JOIN transformation f ON f.id = e.transformation
  WHERE e.network = ?
  ORDER BY o.gufe_key`,
);
const STATES = statement<
  [network: number],
  { readonly id: number; readonly attribute: string; readonly state: string }
>(
  `SELECT d.parent AS id, d.attribute, o.gufe_key AS state
  FROM edge e
  JOIN dependency d ON d.parent = e.transformation AND d.attribute IN ('stateA', 'stateB', 'system')
  JOIN object o ON o.id = d.child
  WHERE e.network = ?`,
);
const RESULTS = statement<[network: number], { readonly id: number; readonly n: number }>(
  `SELECT t.transformation AS id, count(DISTINCT r.token) AS n
  FROM edge e
  JOIN task t ON t.transformation = e.transformation
  JOIN result r ON r.task = t.id
  WHERE e.network = ? AND r.ok = 1
  GROUP BY t.transformation`,
);
const COUNT_RESULTS = statement<[network: number], { readonly n: number }>(
  `SELECT count(*) AS n
  FROM (
    SELECT DISTINCT t.transformation, r.token
    FROM edge e
    JOIN task t ON t.transformation = e.transformation
    JOIN result r ON r.task = t.id
    WHERE e.network = ? AND r.ok = 1
  ) AS x`,
);
const ACTIONED = statement<
  [network: number],
  { readonly id: number; readonly status: 'waiting' | 'running' | 'error'; readonly n: number }
>(
  `SELECT t.transformation AS id, t.status, count(*) AS n
  FROM edge e
  JOIN task t ON t.transformation = e.transformation
  JOIN action a ON a.task = t.id AND a.hub = e.network
  WHERE e.network = ? AND t.status IN (${ON_HUBS})
  GROUP BY t.transformation, t.status`,
);

/** 10,000 transformations with 30,000 tasks and results: 0.1 s. */
async function survey(connection: Connection, network: Key): Promise<readonly TransformationSurvey[] | null> {
  const scope = splitKey(network);
  const found = (await findObjects(connection, [network], 'network')).get(network);
  if (scope === null || found === undefined) return null;
  const edges = await connection.all(EDGES(found.id));
  const states = new Map<number, { a: string; b: string }>();
  for (const { id, attribute, state } of await connection.all(STATES(found.id))) {
    const both = states.get(id) ?? { a: state, b: state };
    if (attribute === 'stateA') both.a = state;
    if (attribute === 'stateB') both.b = state;
    states.set(id, both);
  }
  const results = new Map((await connection.all(RESULTS(found.id))).map(({ id, n }) => [id, n]));
  const actioned = Map.groupBy(await connection.all(ACTIONED(found.id)), ({ id }) => id);
  return edges.map(({ id, gufe_key: gufeKey, name, waiting, running, error }) => {
    const here = { waiting: 0, running: 0, error: 0 };
    for (const { status, n } of actioned.get(id) ?? []) here[status] = n;
    return {
      transformation: keyOf(gufeKey, scope),
      name,
      stateA: states.get(id)?.a ?? gufeKey,
      stateB: states.get(id)?.b ?? gufeKey,
      results: results.get(id) ?? 0,
      errors: error,
      actioned: here,
      idle: { waiting: waiting - here.waiting, running: running - here.running },
    };
  });
}

// A user who sets the strategy waits until the piece is done, and ends the lease then.
const HOLD_LEASE = statement<[network: number, holder: string], { readonly mode: StrategyMode }>(
  'SELECT mode FROM strategy WHERE network = ? AND lease_holder = ? FOR NO KEY UPDATE',
);
const EDGES_AMONG = statement<[network: number, transformations: string], { readonly id: number }>(
  'SELECT transformation AS id FROM edge WHERE network = ? AND transformation IN numbers(?)',
);

interface OpenTask extends MovingTask {
  readonly status: Extract<TaskStatus, 'waiting' | 'running' | 'error'>;
  readonly actioned: number;
}

const OPEN_TASKS = statement<[hub: number, transformations: string], OpenTask>(
  `SELECT t.id, t.transformation, t.status,
    EXISTS (SELECT 1 FROM action a WHERE a.task = t.id AND a.hub = ?) AS actioned
  FROM task t
  WHERE t.transformation IN numbers(?) AND t.status IN (${ON_HUBS})
  ORDER BY t.id`,
);

/** Nobody puts tasks on a held hub, so that the tasks held are all that are on it. */
async function holdOpenTasks(
  connection: Connection,
  hub: number,
  transformations: readonly number[],
): Promise<readonly OpenTask[]> {
  const ask = OPEN_TASKS(hub, list(transformations));
  const found = await connection.all(ask);
  if (!connection.isShared || found.length === 0) return found;
  const held = new Set((await lockTasks(connection, found)).map(({ id }) => id));
  return (await connection.all(ask)).filter(({ id }) => held.has(id));
}

async function applyTargets(
  connection: Connection,
  counts: Counts,
  { network, holder, targets, now }: ApplyTargets,
): Promise<readonly AppliedTarget[] | null> {
  const hub = await networkId(connection, network);
  await lockHubs(connection, [hub]);
  const lease = await connection.first(HOLD_LEASE(hub, holder));
  if (lease === null) return null;
  const keys = targets.map(({ transformation }) => transformation);
  const rows = await findObjects(connection, keys, 'transformation');
  const among = await connection.all(EDGES_AMONG(hub, list([...rows.values()].map(({ id }) => id))));
  const edges = new Set(among.map(({ id }) => id));
  const open = Map.groupBy(
    await holdOpenTasks(connection, hub, [...edges]),
    ({ transformation }) => transformation,
  );
  const wanted = new Map(targets.map(({ transformation, target }) => [transformation, target]));
  const plans = new Map<Key, Plan>();
  for (const [transformation, target] of wanted) {
    const id = rows.get(transformation)?.id;
    if (id !== undefined && edges.has(id))
      plans.set(transformation, planFor(open.get(id) ?? [], target, lease.mode));
  }
  await carryOut(connection, counts, { hub, plans, now });
  return keys.map(key => plans.get(key)?.applied ?? NOTHING);
}

const NOTHING: AppliedTarget = { actionedBefore: 0, created: 0, actioned: 0, cancelled: 0 };

/** Which tasks, of one transformation. */
interface Plan {
  readonly add: readonly number[];
  readonly cancel: readonly number[];
  readonly create: number;
  readonly applied: AppliedTarget;
}

/** The oldest tasks are taken first and given up last. */
function planFor(open: readonly OpenTask[], target: number, mode: StrategyMode): Plan {
  const idsOf = (status: OpenTask['status'], actioned: number): readonly number[] =>
    open.filter(task => task.status === status && task.actioned === actioned).map(({ id }) => id);
  const [waiting, running] = [idsOf('waiting', 1), idsOf('running', 1)];
  const idle = { waiting: idsOf('waiting', 0), running: idsOf('running', 0) };
  const change: Change = changeFor(
    {
      actioned: { waiting: waiting.length, running: running.length, error: idsOf('error', 1).length },
      idle: { waiting: idle.waiting.length, running: idle.running.length },
    },
    target,
    mode,
  );
  const add = [...idle.running.slice(0, change.addRunning), ...idle.waiting.slice(0, change.addWaiting)];
  const cancel = [
    ...waiting.slice(waiting.length - change.cancelWaiting),
    ...running.slice(running.length - change.cancelRunning),
  ];
  const applied = {
    actionedBefore: open.filter(({ actioned }) => actioned === 1).length,
    created: change.create,
    actioned: add.length + change.create,
    cancelled: cancel.length,
  };
  return { add, cancel, create: change.create, applied };
}

async function carryOut(
  connection: Connection,
  counts: Counts,
  { hub, plans, now }: { readonly hub: number; readonly plans: ReadonlyMap<Key, Plan>; readonly now: Date },
): Promise<void> {
  const items = [...plans].flatMap(([transformation, { create }]) =>
    Array.from({ length: create }, () => ({ transformation, extends: null })),
  );
  const made =
    items.length === 0
      ? []
      : (
          await findTasks(connection, await createTasks(connection, counts, { items, creator: null, now }))
        ).values();
  const added = [...[...plans.values()].flatMap(({ add }) => add), ...[...made].map(({ id }) => id)];
  if (added.length > 0) await putOnHub(connection, counts, hub, added);
  const cancelled = [...plans.values()].flatMap(({ cancel }) => cancel);
  if (cancelled.length > 0) await removeActions(connection, counts, { tasks: cancelled, hub });
}

const SOME_ACTIONED = statement<[hub: number, count: number], MovingTask>(
  `SELECT t.id, t.transformation, t.status
  FROM edge e
  JOIN task t ON t.transformation = e.transformation
  JOIN action a ON a.task = t.id AND a.hub = e.network
  WHERE e.network = ?
  ORDER BY t.id
  LIMIT ?`,
);

async function clearHub(
  connection: Connection,
  counts: Counts,
  { network, holder, count }: { readonly network: Key; readonly holder: string; readonly count: number },
): Promise<number | null> {
  const hub = await networkId(connection, network);
  await lockHubs(connection, [hub]);
  if ((await connection.first(HOLD_LEASE(hub, holder))) === null) return null;
  const tasks = await lockTasks(connection, await connection.all(SOME_ACTIONED(hub, count)));
  await removeActions(connection, counts, { tasks: tasks.map(({ id }) => id), hub });
  return tasks.length;
}
