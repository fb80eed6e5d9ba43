// Where claimable tasks wait. A task that is waiting, has weight > 0 on a hub, and extends nothing or something complete
// is in the *claim group* of that hub, its priority and its protocol, with a draw key (domain/claim.ts). Whatever changes
// one of these takes the task out and puts it in again: a new key from the present clock leaves the law as it is, since
// exponential waiting times have no memory. The number of tasks in a group is kept (counts.ts), so that "is there work?" is one
// look into an index. Statements work on lists of tasks, which the caller holds (locks.ts); a claim has its own in take.ts.
import type { Counts } from './counts.ts';
import { type Connection, list, type Statement, type Value } from './database.ts';

/** Which tasks, and on which hub: null means on all. */
export interface Actions {
  readonly tasks: readonly number[];
  readonly hub: number | null;
}

const CHOSEN = {
  anyHub: 'action.task IN numbers(?)',
  oneHub: 'action.task IN numbers(?) AND action.hub = ?',
} as const;

/** One text for all hubs and one for a single hub: the planner must see which. */
function forActions<Row = never>(
  text: (chosen: string) => string,
  before: readonly Value[] = [],
): (actions: Actions) => Statement<Row> {
  const [any, one] = [text(CHOSEN.anyHub), text(CHOSEN.oneHub)];
  return ({ tasks, hub }) =>
    hub === null
      ? { sql: any, parameters: [...before, list(tasks)] }
      : { sql: one, parameters: [...before, list(tasks), hub] };
}

const CLAIMABLE = `action.weight > 0
    AND t.id = action.task
    AND t.status = 'waiting'
    AND (t.parent IS NULL OR EXISTS (SELECT 1 FROM task p WHERE p.id = t.parent AND p.status = 'complete'))
    AND f.id = t.transformation`;

const ADD_GROUPS = forActions(
  chosen => `INSERT INTO claim_group (hub, priority, protocol)
  SELECT DISTINCT action.hub, t.priority, f.protocol
  FROM action, task t, transformation f
  WHERE ${chosen}
    AND action.claim_group IS NULL
    AND ${CLAIMABLE}
  ON CONFLICT DO NOTHING`,
);

// 100,000 tasks in 0.9 s.
const ENTER = forActions<{ readonly claim_group: number }>(
  chosen => `UPDATE action
  SET claim_group = g.id, draw_key = new_draw_key(g.clock, action.weight)
  FROM task t, transformation f, claim_group g
  WHERE ${chosen}
    AND action.claim_group IS NULL
    AND ${CLAIMABLE}
    AND g.hub = action.hub AND g.priority = t.priority AND g.protocol = f.protocol
  RETURNING claim_group`,
);

/** Puts those of the actions that are claimable and in no group into their groups. The caller holds the hubs. */
export async function enterQueues(connection: Connection, counts: Counts, actions: Actions): Promise<void> {
  if (actions.tasks.length === 0) return;
  const [, entered] = await Promise.all([
    connection.run(ADD_GROUPS(actions)),
    connection.all(ENTER(actions)),
  ]);
  for (const { claim_group: group } of entered) counts.queued(group, 1);
}

// Whether an action is in a group is asked of its draw key: the index of queues, which knows the group, is not the way to a task.
const COUNT = forActions<{ readonly id: number; readonly n: number }>(
  chosen => `SELECT claim_group AS id, count(*) AS n
  FROM action
  WHERE ${chosen} AND draw_key IS NOT NULL
  GROUP BY claim_group`,
);

const LEAVE = forActions(
  chosen => `UPDATE action
  SET claim_group = NULL, draw_key = NULL
  WHERE ${chosen} AND draw_key IS NOT NULL`,
);

/** Takes the actions out of their groups. */
export async function leaveQueues(connection: Connection, counts: Counts, actions: Actions): Promise<void> {
  if (actions.tasks.length === 0) return;
  const [groups] = await Promise.all([connection.all(COUNT(actions)), connection.run(LEAVE(actions))]);
  for (const { id, n } of groups) counts.queued(id, -n);
}

const REMOVE = forActions(chosen => `DELETE FROM action WHERE ${chosen}`);

/** Takes tasks off hubs altogether. */
export async function removeActions(connection: Connection, counts: Counts, actions: Actions): Promise<void> {
  await leaveQueues(connection, counts, actions);
  if (actions.tasks.length > 0) await connection.run(REMOVE(actions));
}
