// Looks the whole store over: everything that is kept twice (counts, queues, claims) must agree with what it is kept
// for. Run by `database check`, and by the tests after everything they do.
import { TASK_STATUSES } from '../../domain/task-status.ts';
import { type Connection, statement } from './database.ts';
import { ON_HUBS } from './statuses.ts';

/** What must never be, as a statement that finds it: `n` how many, `example` one of them. */
interface Rule {
  readonly sentence: string;
  readonly from: string;
  readonly example: string;
}

const CLAIMABLE = `t.status = 'waiting'
    AND a.weight > 0
    AND (t.parent IS NULL OR (SELECT p.status FROM task p WHERE p.id = t.parent) = 'complete')`;

const RULES: readonly Rule[] = [
  ...TASK_STATUSES.map(status => ({
    sentence: `transformations whose count of ${status} tasks is wrong`,
    from: `transformation f
      WHERE f.${status} <> (SELECT count(*) FROM task t WHERE t.transformation = f.id AND t.status = '${status}')`,
    example: 'f.id',
  })),
  {
    sentence: 'tasks that are held by a service and do not run',
    from: "task t WHERE t.claimed_by IS NOT NULL AND t.status <> 'running'",
    example: 't.token',
  },
  {
    sentence: 'tasks that are held by a service that is not registered',
    from: 'task t WHERE t.claimed_by IS NOT NULL AND t.claimed_by NOT IN (SELECT id FROM service)',
    example: 't.token',
  },
  {
    sentence: 'tasks that run and are held by no service, so that they never end',
    from: "task t WHERE t.status = 'running' AND t.claimed_by IS NULL",
    example: 't.token',
  },
  {
    sentence: 'tasks that are held though the task that they extend is not complete',
    from: "task t JOIN task p ON p.id = t.parent WHERE t.claimed_by IS NOT NULL AND p.status <> 'complete'",
    example: 't.token',
  },
  {
    sentence: 'tasks that go on though the task that they extend has been given up',
    from: `task t JOIN task p ON p.id = t.parent
      WHERE p.status IN ('invalid', 'deleted') AND t.status IN (${ON_HUBS})`,
    example: 't.token',
  },
  {
    sentence: 'complete tasks without a successful result',
    from: `task t
      WHERE t.status = 'complete' AND NOT EXISTS (SELECT 1 FROM result r WHERE r.task = t.id AND r.ok = 1)`,
    example: 't.token',
  },
  {
    sentence: 'tasks in error without a failed result',
    from: `task t
      WHERE t.status = 'error' AND NOT EXISTS (SELECT 1 FROM result r WHERE r.task = t.id AND r.ok = 0)`,
    example: 't.token',
  },
  {
    sentence: 'tasks that have ended and are still on a hub',
    from: `action a JOIN task t ON t.id = a.task WHERE t.status NOT IN (${ON_HUBS})`,
    example: 't.token',
  },
  {
    sentence: 'tasks on a hub whose network does not have their transformation',
    from: `action a JOIN task t ON t.id = a.task
      WHERE NOT EXISTS (SELECT 1 FROM edge e WHERE e.network = a.hub AND e.transformation = t.transformation)`,
    example: 't.token',
  },
  {
    sentence: 'claimable tasks that are in no queue',
    from: `action a JOIN task t ON t.id = a.task WHERE a.claim_group IS NULL AND ${CLAIMABLE}`,
    example: 't.token',
  },
  {
    sentence: 'tasks in a queue that are not claimable',
    from: `action a JOIN task t ON t.id = a.task WHERE a.claim_group IS NOT NULL AND NOT (${CLAIMABLE})`,
    example: 't.token',
  },
  {
    sentence: 'tasks in the queue of another hub, priority or protocol',
    from: `action a
      JOIN task t ON t.id = a.task
      JOIN transformation f ON f.id = t.transformation
      JOIN claim_group g ON g.id = a.claim_group
      WHERE g.hub <> a.hub OR g.priority <> t.priority OR g.protocol <> f.protocol`,
    example: 't.token',
  },
  {
    sentence: 'queues whose length is wrong',
    from: `claim_group g
      WHERE g.n_claimable <> (SELECT count(*) FROM action a WHERE a.claim_group = g.id)`,
    example: 'g.id',
  },
  {
    sentence: 'queues whose clock is ahead of a task in them',
    from: 'claim_group g WHERE g.clock > (SELECT min(a.draw_key) FROM action a WHERE a.claim_group = g.id)',
    example: 'g.id',
  },
  {
    sentence: 'tasks that extend a task of another transformation',
    from: 'task t JOIN task p ON p.id = t.parent WHERE p.transformation <> t.transformation',
    example: 't.token',
  },
  {
    sentence: 'tasks in another scope than their transformation',
    from: 'task t JOIN object o ON o.id = t.transformation WHERE o.scope IS NULL OR o.scope <> t.scope',
    example: 't.token',
  },
  {
    sentence: 'objects that do not come after everything they refer to',
    from: `dependency d
      JOIN object p ON p.id = d.parent
      JOIN object c ON c.id = d.child
      WHERE p.depth <= c.depth OR p.scope <> c.scope OR (p.scope IS NOT NULL AND c.scope IS NULL)`,
    example: 'p.gufe_key',
  },
  {
    sentence: 'networks or transformations that are no visible objects of that scope',
    from: `object o
      LEFT JOIN network n ON n.id = o.id
      LEFT JOIN transformation f ON f.id = o.id
      WHERE (n.id IS NOT NULL AND (o.scope IS NULL OR o.scope <> n.scope)) OR (f.id IS NOT NULL AND o.scope IS NULL)`,
    example: 'o.gufe_key',
  },
  {
    sentence: 'transformations that are in no network',
    from: 'transformation f WHERE NOT EXISTS (SELECT 1 FROM edge e WHERE e.transformation = f.id)',
    example: 'f.id',
  },
  {
    sentence: 'failures without a result, or of a successful one',
    from: 'traceback b LEFT JOIN result r ON r.id = b.result WHERE r.id IS NULL OR r.ok = 1',
    example: 'b.result',
  },
  {
    sentence: 'restarts counted for a task that is not on the hub of the pattern',
    from: `restart r
      LEFT JOIN restart_pattern p ON p.id = r.pattern
      LEFT JOIN action a ON a.task = r.task AND a.hub = r.hub
      WHERE a.task IS NULL OR p.hub IS NULL OR p.hub <> r.hub`,
    example: 'r.task',
  },
  {
    sentence: 'tasks that a pattern has restarted more often than they failed',
    from: `restart r
      WHERE r.retries > (SELECT count(*) FROM result f WHERE f.task = r.task AND f.ok = 0)`,
    example: 'r.task',
  },
  {
    sentence: 'restart patterns or strategies of no network',
    from: `(SELECT hub AS network FROM restart_pattern UNION ALL SELECT network FROM strategy) x
      WHERE x.network NOT IN (SELECT id FROM network)`,
    example: 'x.network',
  },
  {
    sentence: 'strategies in another scope than their network',
    from: `strategy y
      JOIN network n ON n.id = y.network
      LEFT JOIN object o ON o.id = y.object
      WHERE o.scope IS NULL OR o.scope <> n.scope`,
    example: 'y.network',
  },
  {
    sentence: 'strategy runs of no network, or that ended before they began',
    from: 'strategy_run z WHERE z.ended < z.started OR z.network NOT IN (SELECT id FROM network)',
    example: 'z.network',
  },
  {
    sentence: 'results of no task',
    from: 'result r WHERE r.task NOT IN (SELECT id FROM task)',
    example: 'r.token',
  },
];

/** One sentence per rule that does not hold. */
export async function checkStore(connection: Connection): Promise<readonly string[]> {
  const sentences: string[] = [];
  for (const { sentence, from, example } of RULES) {
    const find = statement<[], { readonly n: number; readonly example: string | number | null }>(
      `SELECT count(*) AS n, min(${example}) AS example FROM ${from}`,
    );
    const found = await connection.first(find());
    if (found !== null && found.n > 0) sentences.push(`${found.n} ${sentence}, for example ${found.example}`);
  }
  return sentences;
}
