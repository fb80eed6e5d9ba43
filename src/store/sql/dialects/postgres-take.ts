// A claim in one way to the server, for hubs where it is plain: one queue has the best priority, it has as many tasks as are wanted, and
// they are on no other hub's queue. Then the law (domain/claim.ts) takes the first tasks of that queue, in the order of their draw
// keys, and the clock of the queue goes to the last of them. That is what nearly all claims are; take.ts serves the others.
//
// Three statements, which travel with their commit. Nobody is waited for: a hub or a service that somebody else holds is left out.
//
//   1. holds services and hubs
//   2. takes, and sees what was committed until then. Tasks are held only here: what has changed of one meanwhile is noticed when it
//      is held or changed, and leaves the hub out or undoes everything
//   3. what cannot be noticed so, that one has come onto another hub, undoes everything too
import type { Key } from '../../state-store.ts';
import { type Connection, list, statement, table, type Wish } from '../database.ts';
import { MAX_CLOCK } from '../draws.ts';
import { keepIds, keptIds } from '../kept.ts';
import { taskKeyOf } from '../keys.ts';
import { acceptedIn } from '../statuses.ts';

/** The tasks taken; `held`: somebody else holds the service or the hub; `other`: it is not plain. */
export type PlainOutcome = readonly Key[] | 'held' | 'other';

/** Tasks at a time; wishes for more are not plain. Rows are joined with each other here, which costs the square of how many there are. */
const MAX_TASKS = 100;

// Services before hubs, each in the order of their ids (locks.ts).
const HOLD_IF_FREE = statement<[services: string, hubs: string]>(
  `WITH s AS MATERIALIZED (
    SELECT v.id FROM service v WHERE v.identifier IN texts(?) ORDER BY v.id FOR KEY SHARE SKIP LOCKED
  ), h AS MATERIALIZED (
    SELECT n.id FROM network n WHERE n.id IN numbers(?) ORDER BY n.id FOR NO KEY UPDATE SKIP LOCKED
  )
  SELECT ${keepIds('services', 'id', 's')}, ${keepIds('hubs', 'id', 'h')}`,
);

interface PlacedTask {
  readonly place: number;
  readonly key: Key;
}

interface Answer {
  readonly place: number;
  /** Null: the hub is held, and nothing was taken. */
  readonly key: Key | null;
}

// Tasks in the order of their ids, and counts last, groups before transformations (locks.ts). `turn` numbers the rows of a queue, those
// that ask and those that are there: the first gets the first. A queue of which not all can be had as asked is left out.
const TAKE_PLAINLY = statement<[rows: string], Answer>(
  `WITH s AS MATERIALIZED (
    SELECT v.id, v.identifier, v.owner FROM service v WHERE v.id = ANY (${keptIds('services')})
  ), h AS MATERIALIZED (
    SELECT n.id, n.weight FROM network n WHERE n.id = ANY (${keptIds('hubs')})
  ), asked AS MATERIALIZED (
    SELECT d.place, d.hub, s.id AS service, d.now, g.id AS claim_group, g.clock, g.n_claimable,
      row_number() OVER (PARTITION BY g.id ORDER BY d.place) AS turn,
      count(*) OVER (PARTITION BY g.id) AS n
    FROM rows(? AS place INTEGER, hub INTEGER, service TEXT, owner TEXT, most INTEGER, since INTEGER, now INTEGER, protocols TEXT) d
    JOIN s ON s.identifier = d.service
    JOIN h ON h.id = d.hub
    LEFT JOIN LATERAL (
      SELECT * FROM claim_group y WHERE y.hub = d.hub AND y.n_claimable > 0 ORDER BY y.priority LIMIT 1
    ) g ON s.owner = coalesce(d.owner, s.owner)
      AND (d.most IS NULL OR (
        h.weight > 0
        AND (SELECT count(*) FROM service_failure f WHERE f.service = s.id AND f.time > d.since) <= d.most
      ))
      AND (d.protocols IS NULL OR jsonb_exists(d.protocols::jsonb, g.protocol))
      AND NOT EXISTS (
        SELECT 1 FROM claim_group x
        WHERE x.hub = d.hub AND x.priority = g.priority AND x.n_claimable > 0 AND x.id <> g.id
      )
  ), heads AS MATERIALIZED (
    SELECT w.claim_group, f.task, f.draw_key,
      row_number() OVER (PARTITION BY w.claim_group ORDER BY f.draw_key) AS turn,
      f.draw_key <= ${MAX_CLOCK}
        AND NOT EXISTS (SELECT 1 FROM action o WHERE o.task = f.task AND o.claim_group <> w.claim_group) AS ok
    FROM (SELECT DISTINCT claim_group, n FROM asked WHERE n <= n_claimable) w
    CROSS JOIN LATERAL (
      SELECT a.task, a.draw_key FROM action a WHERE a.claim_group = w.claim_group ORDER BY a.draw_key LIMIT w.n
    ) f
  ), free AS MATERIALIZED (
    SELECT t.id, t.token, t.scope, t.transformation
    FROM task t
    WHERE t.id = ANY (ARRAY(SELECT task FROM heads))
      AND t.status IN (${acceptedIn('claim')})
      AND t.claimed_by IS NULL
      AND (t.parent IS NULL OR (SELECT p.status FROM task p WHERE p.id = t.parent) = 'complete')
    ORDER BY t.id
    FOR NO KEY UPDATE SKIP LOCKED
  ), fitting AS (
    SELECT a.place, a.hub, a.service, a.now, a.clock, f.*, t.token, t.scope, t.transformation,
      bool_and(f.ok AND t.id IS NOT NULL) OVER (PARTITION BY a.claim_group) AS "isOk"
    FROM asked a
    JOIN heads f ON f.claim_group = a.claim_group AND f.turn = a.turn
    LEFT JOIN free t ON t.id = f.task
  ), drawn AS MATERIALIZED (
    SELECT * FROM fitting WHERE "isOk"
  ), taken AS (
    UPDATE task SET status = 'running', claimed_by = d.service, claimed_at = d.now FROM drawn d WHERE task.id = d.task
  ), gone AS (
    UPDATE action SET claim_group = NULL, draw_key = NULL
    FROM drawn d
    WHERE action.task = d.task AND action.hub = d.hub
      AND action.claim_group = d.claim_group AND action.draw_key = d.draw_key
    RETURNING 1
  ), moved AS (
    UPDATE claim_group
    SET n_claimable = claim_group.n_claimable - d.n,
      clock = CASE WHEN claim_group.n_claimable = d.n THEN 0 ELSE d.last END
    FROM (
      SELECT claim_group, clock, count(*) AS n, max(draw_key) AS last
      FROM drawn GROUP BY claim_group, clock ORDER BY claim_group
    ) d
    WHERE claim_group.id = d.claim_group AND claim_group.clock = d.clock
    RETURNING d.n
  ), tallied AS (
    UPDATE transformation SET waiting = transformation.waiting - d.n, running = transformation.running + d.n
    FROM (
      SELECT transformation, count(*) AS n FROM drawn GROUP BY transformation ORDER BY transformation
    ) d
    WHERE transformation.id = d.transformation
  )
  SELECT a.place, ${taskKeyOf('d')} AS key, 1 / (
      CASE
        WHEN (SELECT count(*) FROM drawn) = (SELECT count(*) FROM gone)
          AND (SELECT count(*) FROM drawn) = (SELECT coalesce(sum(n), 0) FROM moved)
        THEN 1 ELSE 0
      END
    ) AS "isWhole",
    (SELECT ${keepIds('taken', 'task', 'drawn')} IS NULL) AS "isKept"
  FROM asked a
  LEFT JOIN drawn d ON d.place = a.place
  ORDER BY a.place`,
);

// The tasks are held by now; who puts one of them into a queue has done so before this statement began, or waits.
const NOT_IN_QUEUES = statement<[]>(
  `SELECT 1 / (CASE WHEN count(*) = 0 THEN 1 ELSE 0 END) AS "isSo"
  FROM action
  WHERE task = ANY (${keptIds('taken')}) AND draw_key IS NOT NULL`,
);

/** Serves what is plain of some wishes; the outcomes are aligned. Fails as a whole when somebody comes in between. */
export async function takePlainly(
  connection: Connection,
  wishes: readonly Wish[],
): Promise<readonly PlainOutcome[]> {
  const outcomes: PlainOutcome[] = [];
  // A row for each task that is wanted.
  const asked: number[] = [];
  for (const [place, { count }] of wishes.entries()) {
    const isPlain = asked.length + count <= MAX_TASKS;
    outcomes.push(isPlain ? 'held' : 'other');
    if (isPlain) asked.push(...Array<number>(count).fill(place));
  }
  if (asked.length === 0) return outcomes;
  const rows = asked.map((of, place) => {
    const { hub, service, owner, limit, nowMs, protocols } = wishes[of] as Wish;
    const admitted = protocols && list(protocols);
    return [place, hub, service, owner, limit?.most ?? null, limit?.sinceMs ?? null, nowMs, admitted];
  });
  const services = list([...new Set(wishes.map(({ service }) => service))]);
  const hubs = list([...new Set(wishes.map(({ hub }) => hub))]);
  const [, taken] = await Promise.all([
    connection.run(HOLD_IF_FREE(services, hubs)),
    connection.all(TAKE_PLAINLY(table(rows))),
    connection.run(NOT_IN_QUEUES()),
  ]);
  for (const { place, key } of taken) {
    const of = asked[place] as number;
    const before = outcomes[of] as PlainOutcome;
    if (key === null) outcomes[of] = 'other';
    else outcomes[of] = typeof before === 'string' ? [key] : [...before, key];
  }
  return outcomes;
}

// By the time of the claim, which with service and hub is as good as a name for it.
const RECALL = statement<[rows: string], PlacedTask>(
  `SELECT d.place, ${taskKeyOf('t')} AS key
  FROM rows(? AS place INTEGER, hub INTEGER, service TEXT, now INTEGER) d
  JOIN service s ON s.identifier = d.service
  JOIN task t ON t.claimed_by = s.id AND t.claimed_at = d.now AND t.status = 'running'
  JOIN action a ON a.task = t.id AND a.hub = d.hub
  ORDER BY d.place, t.id`,
);

/**
 * What `takePlainly` has taken for wishes, when its answer was lost; null: nothing. `given` says of tasks handed out before at what
 * time they were claimed.
 */
export async function recallTaken(
  connection: Connection,
  wishes: readonly Wish[],
  given: ReadonlyMap<Key, number>,
): Promise<readonly PlainOutcome[] | null> {
  const rows = wishes.map(({ hub, service, nowMs }, place) => [place, hub, service, nowMs]);
  const found = Map.groupBy(await connection.all(RECALL(table(rows))), ({ place }) => place);
  const recalled = new Set<Key>();
  const outcomes = wishes.map(({ count, nowMs }, place): PlainOutcome => {
    const keys = (found.get(place) ?? []).map(({ key }) => key);
    const own = keys.filter(key => !recalled.has(key) && given.get(key) !== nowMs).slice(0, count);
    for (const key of own) recalled.add(key);
    return own.length > 0 ? own : 'held';
  });
  return recalled.size > 0 ? outcomes : null;
}
