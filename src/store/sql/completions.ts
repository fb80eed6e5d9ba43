// Results that come at the same moment and say the same: the task that ran is complete, and nothing waits for it. That is what
// nearly all results do, so where others write at the same time they share a transaction. Everything else (a
// failure, a task that others extend, a push that is repeated) is left to a transaction of its own (results.ts).
//
// Such a transaction waits for nobody's task: one that somebody else holds is left too. It writes in the order of locks.ts.
import { statusAfterPush } from '../../domain/push.ts';
import type { PushedResult, PushResult } from '../state-store.ts';
import type { Counts } from './counts.ts';
import { type Connection, list, statement, table } from './database.ts';
import { type KeyParts, keyOf, splitKey } from './keys.ts';
import type { MovingTask } from './locks.ts';
import { refToken } from './result-refs.ts';

// A query of its own for each, for the reason given in keys.ts.
const PUSHED = `(
    SELECT x.id
    FROM scope s
    JOIN task x ON x.scope = s.id
    WHERE s.org = d.org AND s.campaign = d.campaign AND s.project = d.project AND x.token = d.token
  )`;

const HOLD_IF_FREE = statement<[rows: string], { readonly id: number }>(
  `SELECT t.id
  FROM rows(? AS token TEXT, org TEXT, campaign TEXT, project TEXT) d
  JOIN task t ON t.id = ${PUSHED}
  ORDER BY t.id
  FOR NO KEY UPDATE OF t SKIP LOCKED`,
);

interface PushedTask extends MovingTask {
  readonly place: number;
  readonly holder: string | null;
  readonly owner: string | null;
  /** It has this result already. */
  readonly isRepeated: number;
  /** A task waits for it. */
  readonly isExtended: number;
}

// Not EXISTS in the list of columns: that may be planned as one pass over everything that is there.
const FIND = statement<[rows: string], PushedTask>(
  `SELECT d.place, t.id, t.transformation, t.status, v.identifier AS holder, v.owner,
    (SELECT r.id FROM result r WHERE r.task = t.id AND r.obj_key = d.obj_key AND r.ok = 1) IS NOT NULL AS "isRepeated",
    (SELECT c.id FROM task c WHERE c.parent = t.id AND c.status = 'waiting' LIMIT 1) IS NOT NULL AS "isExtended"
  FROM rows(? AS place INTEGER, obj_key TEXT, token TEXT, org TEXT, campaign TEXT, project TEXT) d
  JOIN task t ON t.id = ${PUSHED}
  LEFT JOIN service v ON v.id = t.claimed_by`,
);

// All in one statement, since each is a way to the server; what is read here is held.
const COMPLETE = statement<[rows: string, tasks: string, tasks: string]>(
  `WITH added AS (
    INSERT INTO result (task, token, obj_key, ok, location, created, creator)
    SELECT d.task, d.token, d.obj_key, 1, d.location, d.created, d.creator
    FROM rows(? AS task INTEGER, token TEXT, obj_key TEXT, location TEXT, created INTEGER, creator TEXT) d
  ), removed AS (
    DELETE FROM action WHERE task IN numbers(?)
  )
  UPDATE task SET status = 'complete', claimed_by = NULL, claimed_at = NULL WHERE id IN numbers(?)`,
);

interface Completion {
  readonly push: PushResult;
  readonly parts: KeyParts;
  readonly task: PushedTask;
}

/** Completes tasks. The answers are aligned; null where it is not as simple as that. */
export async function completeTogether(
  connection: Connection,
  counts: Counts,
  pushes: readonly PushResult[],
): Promise<readonly (PushedResult | null)[]> {
  const completions = await findSimple(connection, pushes);
  const answers: (PushedResult | null)[] = pushes.map(() => null);
  if (completions.length === 0) return answers;
  const rows = completions.map(({ push, parts, task }) => {
    const token = refToken(push);
    const ref = keyOf(`ProtocolDAGResultRef-${token}`, parts);
    answers[task.place] = { ref, status: 'complete' };
    return [task.id, token, push.objKey, push.location, push.now.getTime(), push.service];
  });
  const ids = list(completions.map(({ task }) => task.id));
  await connection.finish(COMPLETE(table(rows), ids, ids));
  for (const { task } of completions) counts.moved(task.transformation, task.status, 'complete');
  return answers;
}

/** Holds the tasks, and finds those that run and have only to be completed. */
async function findSimple(
  connection: Connection,
  pushes: readonly PushResult[],
): Promise<readonly Completion[]> {
  const named = pushes.flatMap((push, place) => {
    const parts = push.ok ? splitKey(push.task) : null;
    return parts?.qualname === 'Task' ? [{ push, parts, place }] : [];
  });
  if (named.length === 0) return [];
  const names = named.map(({ parts: { token, org, campaign, project } }) => [token, org, campaign, project]);
  const asked = named.map(({ place, push }, index) => [place, push.objKey, ...(names[index] ?? [])]);
  const [held, found] = await Promise.all([
    connection.all(HOLD_IF_FREE(table(names))),
    connection.all(FIND(table(asked))),
  ]);
  // Each task once: a second result of the same task finds it complete.
  const free = new Set(held.map(({ id }) => id));
  const byPlace = new Map(found.map(task => [task.place, task]));
  return named.flatMap(({ push, parts, place }) => {
    const task = byPlace.get(place);
    if (task === undefined || !isSimple(task, push) || !free.delete(task.id)) return [];
    return [{ push, parts, task }];
  });
}

function isSimple(task: PushedTask, push: PushResult): boolean {
  if (task.status !== 'running' || task.isRepeated === 1 || task.isExtended === 1) return false;
  const isOwn = push.owner === undefined || push.owner === task.owner;
  const byHolder = push.service !== null && push.service === task.holder && isOwn;
  return statusAfterPush({ ok: true, status: task.status, byHolder }) === 'complete';
}
