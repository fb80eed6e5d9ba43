// The writing half of a claim: hubs hand out their tasks by the claim law (domain/claim.ts). Any number of wishes
// are served in one transaction: its cost is nearly all in the commit and in going to and fro, which they share. On PostgreSQL plain
// ones have a shorter way (dialects/postgres-take.ts).
//
//   1. services and hubs are held; the queues of the hubs are read
//   2. the first tasks of the queues that may be needed are read, and all draws are made here, one after another
//   3. the tasks drawn are taken, and leave their queues on every hub
//   4. last, by the caller, the counts and the clocks (counts-write.ts)
//
// A task that somebody else holds at this moment (another hub that it is on hands it out, its user ends it) is passed over
// as if it were gone, and the draw goes on. Should it stay after all, it is still ahead of its group's clock, which does
// not pass it.
import type { Key } from '../state-store.ts';
import type { Counts } from './counts.ts';
import { type ByHand, type Connection, forNumbers, list, statement, table, type Wish } from './database.ts';
import { type Draw, Draws, type Outcome } from './draws.ts';
import { taskKeyOf } from './keys.ts';
import { acceptedIn } from './statuses.ts';
import { lockForTake } from './take-locks.ts';

type Reading = Pick<ByHand, 'firstTasks'>;

/** Serves wishes; the outcomes are aligned. Waits for services and hubs that somebody else holds. */
export async function takeFromHubs(
  connection: Connection,
  counts: Counts,
  byHand: Reading,
  wishes: readonly Wish[],
): Promise<readonly Outcome[]> {
  const { services, hubs, closed } = await lockForTake(connection, wishes);
  const outcomes: (Outcome | null)[] = wishes.map(wish => {
    const found = services.get(wish.service);
    if (found === undefined) return 'gone';
    if (wish.owner !== null && wish.owner !== found.owner) return 'gone';
    if (wish.limit !== null && found.failures > wish.limit.most) return 'gone';
    return wish.limit !== null && closed.has(wish.hub) ? [] : null;
  });
  const draws = new Draws([...hubs.values()].flat());
  for (const [place, wish] of wishes.entries()) {
    const service = services.get(wish.service)?.id;
    if (outcomes[place] === null && service !== undefined) draws.add(place, wish, service);
  }
  while (await takeOnce(connection, byHand, draws, counts));
  await draws.writeClocks(connection, counts);
  return outcomes.map((outcome, place) => outcome ?? draws.outcome(place));
}

const TAKEN = `id, transformation, ${taskKeyOf('task')} AS key`;
const takeText = (from: string, chosen: string): string => `UPDATE task
  SET status = 'running', claimed_by = d.service, claimed_at = d.now${from}
  WHERE ${chosen}
    AND task.status IN (${acceptedIn('claim')})
    AND task.claimed_by IS NULL
    AND (task.parent IS NULL OR EXISTS (SELECT 1 FROM task p WHERE p.id = task.parent AND p.status = 'complete'))
    AND EXISTS (SELECT 1 FROM action a WHERE a.task = task.id AND a.hub = d.hub AND a.weight > 0)
  RETURNING ${TAKEN}`;
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

async function leaveQueues(connection: Connection, tasks: readonly number[]): Promise<readonly QueueCount[]> {
  if (connection.isShared) return connection.all(COUNT_AND_LEAVE(list(tasks)));
  const [queues] = await Promise.all([
    connection.all(COUNT_QUEUES(tasks)),
    connection.run(LEAVE_QUEUES(tasks)),
  ]);
  return queues;
}

/** Draws for every wish and takes what was drawn; true when somebody else had some of it, so that more must be drawn. */
async function takeOnce(
  connection: Connection,
  byHand: Reading,
  draws: Draws,
  counts: Counts,
): Promise<boolean> {
  const wanted = draws.wanted();
  if (wanted.length === 0) return false;
  const drawn = draws.draw(await byHand.firstTasks(connection, wanted));
  if (drawn.length === 0) return false;
  const tasks = drawn.map(({ task }) => task);
  const [taken, queues] = await Promise.all([take(connection, drawn), leaveQueues(connection, tasks)]);
  for (const { id, n } of queues) counts.queued(id, -n);
  for (const { transformation } of taken) counts.moved(transformation, 'waiting', 'running');
  return draws.settle(drawn, new Map(taken.map(({ id, key }) => [id, key])));
}
