// Restart patterns. A pattern of a hub is attached to every task on that hub, so nothing is written when it is added or a
// task is actioned; a row exists only for a count of restarts, and goes with the action or the pattern it counts for.
// domain/restart.ts judges; here is how a judgement is written down. Regular expressions are the caller's affair.
//
// Differs from alchemiscale: adding a pattern again keeps the counts.
import { type AppliedPattern, judgeRestart } from '../../domain/restart.ts';
import type {
  ChangePatterns,
  ErroredTask,
  Judgement,
  Key,
  RestartPattern,
  RestartStore,
} from '../state-store.ts';
import type { Counts } from './counts.ts';
import { writeCounted } from './counts-write.ts';
import { type Connection, type Database, list, statement } from './database.ts';
import { findObjects, findTasks, type SpecificScope, taskKey } from './keys.ts';
import { lockHubs, lockTasksOnHubs, type MovingTask } from './locks.ts';
import { removeActions } from './queues.ts';
import { returnToWaiting } from './statuses.ts';

/** Judgements that are written in one transaction. Others may come in between. */
const JUDGEMENTS_AT_ONCE = 250;

/** The restart slice of a SQL store. */
export function createRestartStore(database: Database): RestartStore {
  return {
    add: params => database.write(connection => addPatterns(connection, params)),
    remove: ({ network, patterns }) =>
      database.write(connection => removePatterns(connection, network, patterns)),
    clear: ({ network }) =>
      database.write(async connection => {
        await connection.run(CLEAR(await holdHub(connection, network)));
      }),
    setMaxRetries: params => database.write(connection => setMaxRetries(connection, params)),
    list: ({ networks }) => database.read(connection => listPatterns(connection, networks)),
    listForTask: ({ task }) => database.read(connection => listForTask(connection, task)),
    listErrors: ({ network }) => database.read(connection => listErrors(connection, network)),
    async resolve({ judgements }) {
      for (let start = 0; start < judgements.length; start += JUDGEMENTS_AT_ONCE) {
        const some = judgements.slice(start, start + JUDGEMENTS_AT_ONCE);
        await writeCounted(database, (connection, counts) => resolve(connection, counts, some));
        await database.pause();
      }
    },
  };
}

/** An id that no hub has. */
const NO_HUB = -1;

async function hubOf(connection: Connection, network: Key): Promise<number> {
  return (await findObjects(connection, [network], 'network')).get(network)?.id ?? NO_HUB;
}

/** The hub, held: while its patterns change, no failure is judged by them. */
async function holdHub(connection: Connection, network: Key): Promise<number> {
  const hub = await hubOf(connection, network);
  await lockHubs(connection, [hub]);
  return hub;
}

// Patterns travel one by one: in a JSON list a NUL would end them.
const ADD = `INSERT INTO restart_pattern (hub, pattern, max_retries)
  VALUES (?, ?, ?)
  ON CONFLICT DO NOTHING`;
const SET_MAX_RETRIES = 'UPDATE restart_pattern SET max_retries = ? WHERE hub = ? AND pattern = ?';
const REMOVE = 'DELETE FROM restart_pattern WHERE hub = ? AND pattern = ?';
const CLEAR = statement<[hub: number]>('DELETE FROM restart_pattern WHERE hub = ?');

async function addPatterns(
  connection: Connection,
  { network, patterns, maxRetries }: ChangePatterns,
): Promise<boolean> {
  const hub = await holdHub(connection, network);
  if (hub === NO_HUB) return false;
  await connection.runEach(
    ADD,
    patterns.map(pattern => [hub, pattern, maxRetries]),
  );
  await connection.runEach(
    SET_MAX_RETRIES,
    patterns.map(pattern => [maxRetries, hub, pattern]),
  );
  return true;
}

async function setMaxRetries(
  connection: Connection,
  { network, patterns, maxRetries }: ChangePatterns,
): Promise<void> {
  const hub = await holdHub(connection, network);
  await connection.runEach(
    SET_MAX_RETRIES,
    patterns.map(pattern => [maxRetries, hub, pattern]),
  );
}

async function removePatterns(
  connection: Connection,
  network: Key,
  patterns: readonly string[],
): Promise<void> {
  const hub = await holdHub(connection, network);
  await connection.runEach(
    REMOVE,
    patterns.map(pattern => [hub, pattern]),
  );
}

interface PatternRow {
  readonly hub: number;
  readonly pattern: string;
  readonly max_retries: number;
}

const LIST_PATTERNS = statement<[hubs: string], PatternRow>(
  `SELECT hub, pattern, max_retries
  FROM restart_pattern
  WHERE hub IN numbers(?)
  ORDER BY hub, pattern`,
);

async function listPatterns(
  connection: Connection,
  networks: readonly Key[],
): Promise<readonly (readonly RestartPattern[])[]> {
  const hubs = await findObjects(connection, networks, 'network');
  const patterns = new Map<number, RestartPattern[]>();
  for (const { id } of hubs.values()) patterns.set(id, []);
  for (const row of await connection.all(LIST_PATTERNS(list([...patterns.keys()])))) {
    patterns.get(row.hub)?.push({ pattern: row.pattern, maxRetries: row.max_retries });
  }
  return networks.map(network => patterns.get(hubs.get(network)?.id ?? NO_HUB) ?? []);
}

const LIST_FOR_TASK = statement<[task: number], { readonly pattern: string }>(
  `SELECT DISTINCT p.pattern
  FROM action a
  JOIN restart_pattern p ON p.hub = a.hub
  WHERE a.task = ?
  ORDER BY p.pattern`,
);

async function listForTask(connection: Connection, task: Key): Promise<readonly string[]> {
  const found = (await findTasks(connection, [task])).get(task);
  if (found === undefined) return [];
  return (await connection.all(LIST_FOR_TASK(found.id))).map(({ pattern }) => pattern);
}

interface ErroredRow extends SpecificScope {
  readonly id: number;
  readonly token: string;
  readonly text: string | null;
}

const LIST_ERRORS = statement<[hub: number], ErroredRow>(
  `SELECT t.id, t.token, s.org, s.campaign, s.project, b.text
  FROM edge e
  JOIN transformation f ON f.id = e.transformation
  JOIN task t ON t.transformation = f.id
  JOIN action a ON a.task = t.id AND a.hub = e.network
  JOIN scope s ON s.id = t.scope
  LEFT JOIN traceback b ON b.result = (
    SELECT r.id
    FROM result r
    WHERE r.task = t.id AND r.ok = 0
    ORDER BY r.created DESC, r.id DESC
    LIMIT 1
  )
  WHERE e.network = ?
    AND f.error > 0
    AND t.status = 'error'
  ORDER BY t.id, b.position`,
);

async function listErrors(connection: Connection, network: Key): Promise<readonly ErroredTask[]> {
  const tracebacks = new Map<Key, string[]>();
  for (const row of await connection.all(LIST_ERRORS(await hubOf(connection, network)))) {
    const key = taskKey(row);
    const texts = tracebacks.get(key) ?? [];
    if (row.text !== null) texts.push(row.text);
    tracebacks.set(key, texts);
  }
  return [...tracebacks].map(([task, texts]) => ({ task, tracebacks: texts }));
}

/** A pattern as it is attached to a task. */
export interface Attached extends AppliedPattern {
  readonly task: number;
  readonly hub: number;
  /** The pattern's row. */
  readonly id: number;
}

const LIST_ATTACHED = statement<[tasks: string], Attached>(
  `SELECT
    a.task, a.hub, p.id, p.pattern,
    p.max_retries AS "maxRetries",
    coalesce(r.retries, 0) AS retries
  FROM action a
  JOIN restart_pattern p ON p.hub = a.hub
  LEFT JOIN restart r ON r.task = a.task AND r.hub = a.hub AND r.pattern = p.id
  WHERE a.task IN numbers(?)
  ORDER BY a.task, a.hub, p.id`,
);

/** Every pattern of every hub the tasks are on. */
export function listAttached(connection: Connection, tasks: readonly number[]): Promise<readonly Attached[]> {
  return connection.all(LIST_ATTACHED(list(tasks)));
}

/** True when a pattern is attached that nobody has tried on the tracebacks. */
export function isUntried(attached: readonly AppliedPattern[], { tried }: Pick<Judgement, 'tried'>): boolean {
  const known = new Set(tried);
  return attached.some(({ pattern }) => !known.has(pattern));
}

const COUNT_RESTART = `INSERT INTO restart (task, hub, pattern, retries)
  VALUES (?, ?, ?, 1)
  ON CONFLICT (task, hub, pattern) DO UPDATE
  SET retries = restart.retries + 1`;

/** Judges one task in error on every hub; true when it waits again, false when it stays in error. */
export async function restartOrCancel(
  connection: Connection,
  counts: Counts,
  attached: readonly Attached[],
  matched: ReadonlySet<string>,
): Promise<boolean> {
  let isKept = false;
  for (const [hub, patterns] of byNumber(attached, pattern => pattern.hub)) {
    const task = (patterns[0] as Attached).task;
    const verdict = judgeRestart(patterns, matched);
    if (verdict.kind === 'cancel') {
      await removeActions(connection, counts, { tasks: [task], hub });
      continue;
    }
    isKept = true;
    const counted = patterns.filter(({ pattern }) => verdict.counted.includes(pattern));
    await connection.runEach(
      COUNT_RESTART,
      counted.map(({ id }) => [task, hub, id]),
    );
  }
  return isKept;
}

async function resolve(
  connection: Connection,
  counts: Counts,
  judgements: readonly Judgement[],
): Promise<void> {
  const rows = await findTasks(
    connection,
    judgements.map(({ task }) => task),
  );
  const byTask = new Map(judgements.map(judgement => [rows.get(judgement.task)?.id, judgement]));
  const held = await lockTasksOnHubs(connection, [...rows.values()]);
  const errored = held.filter(({ status }) => status === 'error');
  const attached = byNumber(
    await listAttached(
      connection,
      errored.map(({ id }) => id),
    ),
    ({ task }) => task,
  );
  const restarted: MovingTask[] = [];
  for (const task of errored) {
    const judgement = byTask.get(task.id) as Judgement;
    const patterns = attached.get(task.id) ?? [];
    if (isUntried(patterns, judgement)) continue;
    if (await restartOrCancel(connection, counts, patterns, new Set(judgement.matched))) restarted.push(task);
  }
  await returnToWaiting(connection, counts, restarted);
}

function byNumber<T>(items: readonly T[], numberOf: (item: T) => number): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(numberOf(item));
    if (group === undefined) groups.set(numberOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
