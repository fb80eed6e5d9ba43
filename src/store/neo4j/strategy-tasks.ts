// What a strategy looks at and what it changes: the transformations of a network with their results and tasks, and the tasks on
// its hub. Whatever is changed is counted first, with the hub and the tasks locked and under the lease of the run, in the same
// transaction: a run that was cut off and is done again makes up only what is missing.
//
// The original's strategist knows no leases; its transactions lock less, and it may make the same tasks beside ours.
import type { StrategyMode } from '../../domain/strategy.ts';
import { changeFor, type TransformationSurvey } from '../../domain/strategy-cycle.ts';
import type { AppliedTarget, ApplyTargets, Key, StrategyStore } from '../state-store.ts';
import { type Database, statement, type Transaction } from './database.ts';
import { findHub, lockHub, putOnHub, takeOffHub } from './hubs.ts';
import { lockTasks } from './statuses.ts';
import { holdLease, type OfNetwork } from './strategy-state.ts';
import { isThere, newTaskKey, writeTasks } from './task-create.ts';

/** The part of the strategy slice that is about tasks. */
export function createTargetMethods(
  database: Database,
): Pick<StrategyStore, 'survey' | 'countResults' | 'applyTargets' | 'clearHub'> {
  return {
    survey: ({ network }) => database.read(tx => survey(tx, network)),
    countResults: async ({ network }) => {
      const found = await database.read(tx => tx.first(COUNT_RESULTS({ network })));
      return Number(found?.n ?? 0);
    },
    applyTargets(params) {
      const memory: Memory = { made: null };
      return database.write(tx => applyTargets(tx, params, memory));
    },
    clearHub: params => database.write(tx => clearHub(tx, params)),
  };
}

const EDGES = `MATCH (n:GufeTokenizable {_scoped_key: $network})
  WHERE n:AlchemicalNetwork
  MATCH (n)-[:DEPENDS_ON]->(x:Transformation|NonTransformation)
  WITH DISTINCT n, x`;

const STATES = statement<
  OfNetwork,
  {
    readonly key: Key;
    readonly name: string | null;
    readonly states: readonly (readonly [attribute: string, state: string])[];
  }
>(
  `${EDGES}
  OPTIONAL MATCH (x)-[d:DEPENDS_ON]->(s:ChemicalSystem)
  RETURN x._scoped_key AS key, x.name AS name, collect([d.attribute, s._gufe_key]) AS states
  ORDER BY key`,
);
const OPEN_COUNTS = statement<
  OfNetwork,
  {
    readonly key: Key;
    readonly status: 'waiting' | 'running' | 'error';
    readonly actioned: boolean;
    readonly n: bigint;
  }
>(
  `${EDGES}
  MATCH (x)<-[:PERFORMS]-(t:Task)
  WHERE t.status IN ['waiting', 'running', 'error']
  RETURN x._scoped_key AS key, t.status AS status, count(t) AS n,
    EXISTS { (t)<-[:ACTIONS]-(:TaskHub {network: $network}) } AS actioned`,
);
const RESULTS = statement<OfNetwork, { readonly key: Key; readonly n: bigint }>(
  `${EDGES}
  MATCH (x)<-[:PERFORMS]-(:Task)-[:RESULTS_IN]->(r:ProtocolDAGResultRef {ok: true})
  RETURN x._scoped_key AS key, count(DISTINCT r) AS n`,
);
const COUNT_RESULTS = statement<OfNetwork, { readonly n: bigint }>(
  `${EDGES}
  MATCH (x)<-[:PERFORMS]-(:Task)-[:RESULTS_IN]->(r:ProtocolDAGResultRef {ok: true})
  WITH DISTINCT x, r
  RETURN count(*) AS n`,
);
const IS_NETWORK = statement<OfNetwork, OfNetwork>(
  `MATCH (n:GufeTokenizable {_scoped_key: $network})
  WHERE n:AlchemicalNetwork
  RETURN n._scoped_key AS network`,
);

async function survey(tx: Transaction, network: Key): Promise<readonly TransformationSurvey[] | null> {
  if ((await tx.first(IS_NETWORK({ network }))) === null) return null;
  const edges = await tx.all(STATES({ network }));
  const tasks = Map.groupBy(await tx.all(OPEN_COUNTS({ network })), ({ key }) => key);
  const results = new Map((await tx.all(RESULTS({ network }))).map(({ key, n }) => [key, Number(n)]));
  return edges.map(({ key, name, states }) => {
    const stateOf = (name: string): string =>
      (states.find(([attribute]) => attribute === name) ?? states[0])?.[1] ?? key;
    const actioned = { waiting: 0, running: 0, error: 0 };
    const others = { waiting: 0, running: 0, error: 0 };
    for (const { status, actioned: isHere, n } of tasks.get(key) ?? []) {
      (isHere ? actioned : others)[status] += Number(n);
    }
    return {
      transformation: key,
      name,
      stateA: stateOf('stateA'),
      stateB: stateOf('stateB'),
      results: results.get(key) ?? 0,
      errors: actioned.error + others.error,
      actioned,
      idle: { waiting: others.waiting, running: others.running },
    };
  });
}

interface OpenTask {
  readonly transformation: Key;
  readonly task: Key;
  readonly status: 'waiting' | 'running' | 'error';
  readonly actioned: boolean;
}

const OPEN_TASKS = statement<
  OfNetwork & { readonly hub: Key; readonly transformations: readonly Key[] },
  OpenTask
>(
  `UNWIND $transformations AS transformation
  MATCH (x:GufeTokenizable {_scoped_key: transformation})<-[:PERFORMS]-(t:Task)
  WHERE t.status IN ['waiting', 'running', 'error']
  RETURN transformation, t._scoped_key AS task, t.status AS status,
    EXISTS { (t)<-[:ACTIONS]-(:TaskHub {_scoped_key: $hub}) } AS actioned
  ORDER BY t.datetime_created, task`,
);
const EDGES_AMONG = statement<
  OfNetwork & { readonly transformations: readonly Key[] },
  { readonly key: Key }
>(
  `MATCH (n:GufeTokenizable {_scoped_key: $network})
  UNWIND $transformations AS key
  MATCH (x:Transformation|NonTransformation&GufeTokenizable {_scoped_key: key})
  WHERE EXISTS { (n)-[:DEPENDS_ON]->(x) }
  RETURN key`,
);

/** Locks the hub and the tasks; what came up meanwhile counts where it is on the hub, and is not taken otherwise. */
async function holdOpenTasks(
  tx: Transaction,
  network: Key,
  hub: Key,
  transformations: readonly Key[],
): Promise<readonly (OpenTask & { readonly isHeld: boolean })[]> {
  const ask = OPEN_TASKS({ network, hub, transformations });
  const held = await lockTasks(
    tx,
    (await tx.all(ask)).map(({ task }) => task),
    [hub],
  );
  return (await tx.all(ask)).map(task => ({ ...task, isHeld: held.has(task.task) }));
}

/** What is remembered from one try to the next. */
interface Memory {
  /** What the try before did, if it came to its commit: the answer to that may have been lost. */
  made: { readonly created: Plan['create']; readonly applied: readonly AppliedTarget[] } | null;
}

async function applyTargets(
  tx: Transaction,
  { network, holder, targets, now }: ApplyTargets,
  memory: Memory,
): Promise<readonly AppliedTarget[] | null> {
  const mode = await holdLease(tx, network, holder);
  const hub = await findHub(tx, network);
  if (mode === null || hub === null) return null;
  // Counted anew it would come to the same, and not say what was made.
  if (memory.made !== null && (await isThere(tx, memory.made.created))) return memory.made.applied;
  const wanted = new Map(targets.map(({ transformation, target }) => [transformation, target]));
  const among = await tx.all(EDGES_AMONG({ network, transformations: [...wanted.keys()] }));
  const edges = among.map(({ key }) => key);
  const open = Map.groupBy(
    await holdOpenTasks(tx, network, hub, edges),
    ({ transformation }) => transformation,
  );
  const plans = new Map(
    edges.map(key => [key, planFor(key, open.get(key) ?? [], { target: wanted.get(key) ?? 0, mode })]),
  );
  const created = [...plans.values()].flatMap(({ create }) => create);
  if (created.length > 0) await writeTasks(tx, created, { creator: null, now });
  const added = [...plans.values()].flatMap(({ add }) => add);
  await putOnHub(tx, hub, [...added, ...created.map(({ key }) => key)]);
  const cancelled = [...plans.values()].flatMap(({ cancel }) => cancel);
  if (cancelled.length > 0) await takeOffHub(tx, hub, cancelled);
  const applied = targets.map(({ transformation }) => plans.get(transformation)?.applied ?? NOTHING);
  memory.made = { created, applied };
  return applied;
}

const NOTHING: AppliedTarget = { actionedBefore: 0, created: 0, actioned: 0, cancelled: 0 };

/** Which tasks, of one transformation. */
interface Plan {
  readonly add: readonly Key[];
  readonly cancel: readonly Key[];
  readonly create: readonly { readonly key: Key; readonly transformation: Key; readonly extends: null }[];
  readonly applied: AppliedTarget;
}

/** The oldest tasks are taken first and given up last. */
function planFor(
  transformation: Key,
  open: readonly (OpenTask & { readonly isHeld: boolean })[],
  { target, mode }: { readonly target: number; readonly mode: StrategyMode },
): Plan {
  const keysOf = (status: OpenTask['status'], actioned: boolean): readonly Key[] =>
    open
      .filter(task => task.status === status && task.actioned === actioned && (actioned || task.isHeld))
      .map(({ task }) => task);
  const [waiting, running] = [keysOf('waiting', true), keysOf('running', true)];
  const idle = { waiting: keysOf('waiting', false), running: keysOf('running', false) };
  const change = changeFor(
    {
      actioned: { waiting: waiting.length, running: running.length, error: keysOf('error', true).length },
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
    actionedBefore: open.filter(({ actioned }) => actioned).length,
    created: change.create,
    actioned: add.length + change.create,
    cancelled: cancel.length,
  };
  const create = Array.from({ length: change.create }, () => ({
    key: newTaskKey(transformation),
    transformation,
    extends: null,
  }));
  return { add, cancel, create, applied };
}

const SOME_ACTIONED = statement<{ readonly hub: Key; readonly count: bigint }, { readonly task: Key }>(
  `MATCH (:GufeTokenizable {_scoped_key: $hub})-[:ACTIONS]->(t:Task)
  RETURN DISTINCT t._scoped_key AS task
  LIMIT $count`,
);

async function clearHub(
  tx: Transaction,
  { network, holder, count }: { readonly network: Key; readonly holder: string; readonly count: number },
): Promise<number | null> {
  if ((await holdLease(tx, network, holder)) === null) return null;
  const hub = await lockHub(tx, network);
  if (hub === null) return null;
  const tasks = (await tx.all(SOME_ACTIONED({ hub, count: BigInt(count) }))).map(({ task }) => task);
  return tasks.length === 0 ? 0 : (await takeOffHub(tx, hub, tasks)).size;
}
