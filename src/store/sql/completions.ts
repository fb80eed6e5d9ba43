// Results that come at the same moment and say the same: the task that ran is complete, and nothing waits for it. That is what
// nearly all results do, so where others write at the same time they share a transaction. Everything else (a
// failure, a task that others extend, a push that is repeated) is left to a transaction of its own (results.ts).
//
// Such a transaction waits for nobody's task: one that somebody else holds is left too. It writes in the order of locks.ts. Whose
// result it is does not matter here: the success of anyone completes a task that runs (domain/push.ts).
import type { PushedResult, PushResult } from '../state-store.ts';
import { type Connection, statement, table } from './database.ts';
import { keepIds, keptIds } from './kept.ts';
import { keyOf, splitKey } from './keys.ts';
import { refToken } from './result-refs.ts';

// A query of its own for each, for the reason given in keys.ts.
const PUSHED = `(
    SELECT x.id
    FROM scope s
    JOIN task x ON x.scope = s.id
    WHERE s.org = d.org AND s.campaign = d.campaign AND s.project = d.project AND x.token = d.token
  )`;

const HOLD_IF_FREE = statement<[rows: string]>(
  `WITH h AS MATERIALIZED (
    SELECT t.id
    FROM rows(? AS token TEXT, org TEXT, campaign TEXT, project TEXT) d
    JOIN task t ON t.id = ${PUSHED}
    ORDER BY t.id
    FOR NO KEY UPDATE OF t SKIP LOCKED
  )
  SELECT ${keepIds('held', 'id', 'h')}`,
);

// A statement of its own, since it sees what was committed until it begins: whoever made a task that extends one of these held that
// one until then. Each task once: a second result finds it complete. Of the parts that nothing refers to the last is done first, so
// counts come last (locks.ts).
const COMPLETE = statement<[rows: string], { readonly place: number }>(
  `WITH d AS MATERIALIZED (
    SELECT *
    FROM rows(? AS place INTEGER, token TEXT, org TEXT, campaign TEXT, project TEXT, ref TEXT, obj_key TEXT, location TEXT, created INTEGER, creator TEXT) r
  ), simple AS MATERIALIZED (
    SELECT DISTINCT ON (t.id) t.id AS task, t.transformation, d.place, d.ref, d.obj_key, d.location, d.created, d.creator
    FROM d
    JOIN task t ON t.id = ${PUSHED}
    WHERE t.id = ANY (${keptIds('held')})
      AND t.status = 'running'
      AND (SELECT r.id FROM result r WHERE r.task = t.id AND r.obj_key = d.obj_key AND r.ok = 1) IS NULL
      AND (SELECT c.id FROM task c WHERE c.parent = t.id AND c.status = 'waiting' LIMIT 1) IS NULL
    ORDER BY t.id, d.place
  ), tallied AS (
    UPDATE transformation
    SET running = transformation.running - n.n, complete = transformation.complete + n.n
    FROM (
      SELECT transformation, count(*) AS n FROM simple GROUP BY transformation ORDER BY transformation
    ) n
    WHERE transformation.id = n.transformation
  ), done AS (
    UPDATE task SET status = 'complete', claimed_by = NULL, claimed_at = NULL
    FROM simple
    WHERE task.id = simple.task
  ), removed AS (
    DELETE FROM action WHERE task = ANY (ARRAY(SELECT task FROM simple))
  ), added AS (
    INSERT INTO result (task, token, obj_key, ok, location, created, creator)
    SELECT task, ref, obj_key, 1, location, created, creator FROM simple
  )
  SELECT place FROM simple`,
);

/** Completes tasks. The answers are aligned; null where it is not as simple as that. */
export async function completeTogether(
  connection: Connection,
  pushes: readonly PushResult[],
): Promise<readonly (PushedResult | null)[]> {
  const refs = new Map<number, PushedResult>();
  const names: string[][] = [];
  const rows = pushes.flatMap((push, place) => {
    const parts = push.ok ? splitKey(push.task) : null;
    if (parts?.qualname !== 'Task') return [];
    const token = refToken(push);
    refs.set(place, { ref: keyOf(`ProtocolDAGResultRef-${token}`, parts), status: 'complete' });
    const name = [parts.token, parts.org, parts.campaign, parts.project];
    names.push(name);
    return [[place, ...name, token, push.objKey, push.location, push.now.getTime(), push.service]];
  });
  if (rows.length === 0) return pushes.map(() => null);
  const [, completed] = await Promise.all([
    connection.run(HOLD_IF_FREE(table(names))),
    connection.all(COMPLETE(table(rows))),
  ]);
  const places = new Set(completed.map(({ place }) => place));
  return pushes.map((_, place) => (places.has(place) ? (refs.get(place) ?? null) : null));
}
