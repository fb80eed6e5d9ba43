// The writing half of a claim: hubs hand out their tasks by the claim law (domain/claim.ts). Any number of wishes, for any hubs,
// are served in one transaction: its cost is nearly all in the commit and in going to and fro, which they share.
//
//   1. services and hubs are held; the queues of the hubs are read
//   2. the first tasks of the queues that may be needed are read, and all draws are made here, one after another
//   3. the tasks drawn are taken, and leave their queues on every hub; where each statement is a way to the server and back, what
//      is known to be free is taken without waiting to hear that it was (takeKnown)
//   4. last, by the caller, the counts and the clocks (counts-write.ts)
//
// A task that somebody else holds at this moment (another hub that it is on hands it out, its user ends it) is passed over
// as if it were gone, and the draw goes on. Should it stay after all, it is still ahead of its group's clock, which does
// not pass it.
import type { Key } from '../state-store.ts';
import type { Counts } from './counts.ts';
import {
  type ByHand,
  type Connection,
  type FirstTask,
  forNumbers,
  list,
  statement,
  table,
  type Wish,
} from './database.ts';
import { type Draw, Draws, type Outcome } from './draws.ts';
import { taskKeyOf } from './keys.ts';
import { acceptedIn } from './statuses.ts';
import { type KnownTask, lockForTake } from './take-locks.ts';

type Reading = Pick<ByHand, 'firstTasks'>;

/**
 * Serves wishes; the outcomes are aligned. With `wait`, waits for services and hubs that somebody else holds. Without, the transaction
 * may fail as a whole when somebody comes in between: then each wish is to be served alone.
 */
export async function takeFromHubs(
  connection: Connection,
  counts: Counts,
  byHand: Reading,
  wishes: readonly Wish[],
  wait: boolean,
): Promise<readonly Outcome[]> {
  const { services, hubs, closed, first } = await lockForTake(connection, wishes, wait);
  const outcomes: (Outcome | null)[] = wishes.map(wish => {
    const found = services.get(wish.service);
    if (found === undefined) return wait ? 'gone' : 'held';
    if (wish.owner !== null && wish.owner !== found.owner) return 'gone';
    if (wish.limit !== null && found.failures > wish.limit.most) return 'gone';
    if (!hubs.has(wish.hub)) return 'held';
    return wish.limit !== null && closed.has(wish.hub) ? [] : null;
  });
  const draws = new Draws([...hubs.values()].flat());
  for (const [place, wish] of wishes.entries()) {
    const service = services.get(wish.service)?.id;
    if (outcomes[place] === null && service !== undefined) draws.add(place, wish, service);
  }
  if (wait || !takeKnown(connection, draws, counts, first)) {
    for (let known = first; await takeOnce(connection, byHand, draws, counts, known); known = []);
  }
  await draws.writeClocks(connection, counts);
  return outcomes.map((outcome, place) => outcome ?? draws.outcome(place));
}

const TAKEN = `id, transformation, ${taskKeyOf('task')} AS key`;
const takeText = (from: string, chosen: string, answer = TAKEN): string => `UPDATE task
  SET status = 'running', claimed_by = d.service, claimed_at = d.now${from}
  WHERE ${chosen}
    AND task.status IN (${acceptedIn('claim')})
    AND task.claimed_by IS NULL
    AND (task.parent IS NULL OR EXISTS (SELECT 1 FROM task p WHERE p.id = task.parent AND p.status = 'complete'))
    AND EXISTS (SELECT 1 FROM action a WHERE a.task = task.id AND a.hub = d.hub AND a.weight > 0)
  RETURNING ${answer}`;
const FROM_ROWS = `
  FROM rows(? AS task INTEGER, hub INTEGER, service INTEGER, now INTEGER) d`;
// Held first, and once, in the order of ids.
const FREE = `task.id = d.task AND task.id = ANY (ARRAY(
      SELECT t.id FROM task t WHERE t.id IN numbers(?) ORDER BY t.id FOR NO KEY UPDATE SKIP LOCKED
    ))`;

interface TakenRow {
  readonly id: number;
  readonly transformation: number;
  readonly key: Key;
}

// Drawn from the queue, and yet the task itself is asked: a claim is what this statement has changed.
const TAKE_ONE = statement<[service: number, nowMs: number, task: number, hub: number], TakenRow>(
  takeText('', 'task.id = ?').replaceAll(/\bd\.\w+/g, '?'),
);
const TAKE = statement<[rows: string], TakenRow>(takeText(FROM_ROWS, 'task.id = d.task'));
const TAKE_IF_FREE = statement<[rows: string, tasks: string], TakenRow>(takeText(FROM_ROWS, FREE));
// All of them or none: whoever counts on it undoes the transaction with it. `one` is null of a row that was not meant.
const allText = (change: string): string => `WITH changed AS (${change})
  SELECT 1 / (CASE WHEN count(*) = d.n AND count(one) = d.n THEN 1 ELSE 0 END)
  FROM (SELECT CAST(? AS BIGINT) AS n) d LEFT JOIN changed ON true GROUP BY d.n`;
const TAKE_ALL = statement<[rows: string, tasks: string, n: number]>(
  allText(takeText(FROM_ROWS, FREE, '1 AS one')),
);

function take(connection: Connection, drawn: readonly Draw[]): Promise<readonly TakenRow[]> {
  const [only, ...others] = drawn;
  if (only !== undefined && others.length === 0 && !connection.isShared) {
    return connection.all(TAKE_ONE(only.service, only.nowMs, only.task, only.hub));
  }
  const rows = rowsOf(drawn);
  if (!connection.isShared) return connection.all(TAKE(rows));
  return connection.all(TAKE_IF_FREE(rows, list(drawn.map(({ task }) => task))));
}

function rowsOf(drawn: readonly Draw[]): string {
  return table(drawn.map(({ task, hub, service, nowMs }) => [task, hub, service, nowMs]));
}

// A task that runs is in a queue only here, between these statements.
const IN_QUEUE = `draw_key IS NOT NULL
    AND (SELECT t.status FROM task t WHERE t.id = action.task) = 'running'`;
const countText = (tasks: string): string => `SELECT claim_group AS id, count(*) AS n
  FROM action
  WHERE task ${tasks} AND ${IN_QUEUE}
  GROUP BY claim_group`;
interface QueueCount {
  readonly id: number;
  readonly n: number;
}
const COUNT_QUEUES = forNumbers<QueueCount>(countText);
const LEAVE_QUEUES = forNumbers(
  tasks => `UPDATE action
  SET claim_group = NULL, draw_key = NULL
  WHERE task ${tasks} AND ${IN_QUEUE}`,
);
// Both in one; a row for each place in a queue. What is counted is what is changed: the actions of tasks that are held.
const COUNT_AND_LEAVE = statement<[tasks: string], QueueCount>(
  `UPDATE action
  SET claim_group = NULL, draw_key = NULL
  FROM (SELECT task, hub, claim_group FROM action WHERE task IN numbers(?) AND ${IN_QUEUE}) q
  WHERE action.task = q.task AND action.hub = q.hub
  RETURNING q.claim_group AS id, 1 AS n`,
);
const LEAVE_ALL = statement<[rows: string, tasks: string, n: number]>(
  allText(`UPDATE action
  SET claim_group = NULL, draw_key = NULL${FROM_ROWS}
  WHERE action.task = d.task AND action.task IN numbers(?) AND action.draw_key IS NOT NULL
  RETURNING CASE WHEN action.hub = d.hub THEN 1 END AS one`),
);

async function leaveQueues(connection: Connection, tasks: readonly number[]): Promise<readonly QueueCount[]> {
  if (connection.isShared) return connection.all(COUNT_AND_LEAVE(list(tasks)));
  const [queues] = await Promise.all([
    connection.all(COUNT_QUEUES(tasks)),
    connection.run(LEAVE_QUEUES(tasks)),
  ]);
  return queues;
}

/**
 * Takes what is known to be free, and waits for no answer: should somebody else have some of it by now, the whole transaction is
 * undone, and everything in it is done alone. False, and nothing is done, when too little is known for that.
 */
function takeKnown(
  connection: Connection,
  draws: Draws,
  counts: Counts,
  known: readonly KnownTask[],
): boolean {
  if (known.length === 0 || !suffices(known, draws.wanted())) return false;
  const tasks = new Map(known.map(task => [task.task, task]));
  // What is in other queues too leaves them, which then are to be counted.
  if (known.some(({ queues }) => queues > 1) || tasks.size < known.length) return false;
  const drawn = draws.draw(known);
  if (drawn.length === 0) return true;
  const [rows, ids] = [rowsOf(drawn), list(drawn.map(({ task }) => task))];
  void connection.finish(TAKE_ALL(rows, ids, drawn.length));
  void connection.finish(LEAVE_ALL(rows, ids, drawn.length));
  for (const { task, group } of drawn) {
    counts.queued(group, -1);
    counts.moved((tasks.get(task) as KnownTask).transformation, 'waiting', 'running');
  }
  draws.settle(drawn, new Map(known.map(({ task, key }) => [task, key])));
  return true;
}

/** Draws for every wish and takes what was drawn; true when somebody else had some of it, so that more must be drawn. */
async function takeOnce(
  connection: Connection,
  byHand: Reading,
  draws: Draws,
  counts: Counts,
  known: readonly FirstTask[],
): Promise<boolean> {
  const wanted = draws.wanted();
  if (wanted.length === 0) return false;
  const first = suffices(known, wanted) ? known : await byHand.firstTasks(connection, wanted);
  const drawn = draws.draw(first);
  if (drawn.length === 0) return false;
  const tasks = drawn.map(({ task }) => task);
  const [taken, queues] = await Promise.all([take(connection, drawn), leaveQueues(connection, tasks)]);
  for (const { id, n } of queues) counts.queued(id, -n);
  for (const { transformation } of taken) counts.moved(transformation, 'waiting', 'running');
  return draws.settle(drawn, new Map(taken.map(({ id, key }) => [id, key])));
}

/** Whether what is known is all that is wanted. Of a queue as short as its count says, nothing is missing. */
function suffices(
  known: readonly FirstTask[],
  wanted: readonly (readonly [group: number, n: number])[],
): boolean {
  const found = new Map<number, number>();
  for (const { group } of known) found.set(group, (found.get(group) ?? 0) + 1);
  return wanted.every(([group, n]) => (found.get(group) ?? 0) >= n);
}
