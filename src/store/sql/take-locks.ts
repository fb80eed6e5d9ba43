// What a claim holds, and the queues of the hubs that it holds (take.ts). With one writer, three searches. Where others write too,
// each statement is a way to the server and back, so there are two: one holds, and the next, which sees what was
// committed until then, reads everything that most claims need.
import {
  type Connection,
  type FirstTask,
  forNumbers,
  list,
  statement,
  table,
  type Wish,
} from './database.ts';

/** A registered service. */
export interface ServiceRow {
  readonly id: number;
  readonly identifier: string;
  readonly owner: string;
}

/** A claim group with tasks in its queue. */
export interface GroupRow {
  readonly id: number;
  readonly hub: number;
  /** As text: up to 2^63 - 1. */
  readonly priority: string;
  readonly protocol: string;
  readonly clock: number;
  readonly n: number;
}

/** What is held. */
export interface Locked {
  readonly services: ReadonlyMap<string, ServiceRow>;
  /** Hub → its groups that are not empty, best priority first. */
  readonly hubs: ReadonlyMap<number, readonly GroupRow[]>;
  /** The first tasks of some of the groups, where they could be had in the same way. */
  readonly first: readonly FirstTask[];
}

/** Holds the services and hubs of wishes, those that nobody else holds; with `wait`, all. */
export function lockForTake(connection: Connection, wishes: readonly Wish[], wait: boolean): Promise<Locked> {
  const services = [...new Set(wishes.map(({ service }) => service))];
  const counts = new Map<number, number>();
  for (const { hub, count } of wishes) counts.set(hub, (counts.get(hub) ?? 0) + count);
  return connection.isShared
    ? lockShared(connection, services, counts, wait)
    : look(connection, services, counts);
}

const SERVICE = statement<[service: string], ServiceRow>(
  'SELECT id, identifier, owner FROM service WHERE identifier = ?',
);
const GROUPS = forNumbers<GroupRow>(
  hubs => `SELECT id, hub, CAST(priority AS TEXT) AS priority, protocol, clock, n_claimable AS n
  FROM claim_group
  WHERE hub ${hubs} AND n_claimable > 0
  ORDER BY claim_group.hub, claim_group.priority`,
);

async function look(
  connection: Connection,
  names: readonly string[],
  counts: ReadonlyMap<number, number>,
): Promise<Locked> {
  const services = new Map<string, ServiceRow>();
  for (const name of names) {
    const service = await connection.first(SERVICE(name));
    if (service !== null) services.set(name, service);
  }
  const hubs = new Map<number, GroupRow[]>([...counts.keys()].map(hub => [hub, []]));
  for (const group of await connection.all(GROUPS([...hubs.keys()]))) hubs.get(group.hub)?.push(group);
  return { services, hubs, first: [] };
}

interface HeldRow {
  readonly id: number;
  /** Null: a hub. */
  readonly identifier: string | null;
  readonly owner: string | null;
}

// Services before hubs, each in the order of their ids (locks.ts).
const holdText = (skip: string): string => `WITH s AS MATERIALIZED (
      SELECT id, identifier, owner FROM service WHERE identifier IN texts(?) ORDER BY id FOR KEY SHARE${skip}
    ), h AS MATERIALIZED (
      SELECT id FROM network WHERE id IN numbers(?) ORDER BY id FOR NO KEY UPDATE${skip}
    )
    SELECT id, identifier, owner FROM s
    UNION ALL
    SELECT id, NULL, NULL FROM h`;
const HOLD_FREE = statement<[services: string, hubs: string], HeldRow>(holdText(' SKIP LOCKED'));
const HOLD_WAITING = statement<[services: string, hubs: string], HeldRow>(holdText(''));

interface HeadRow extends GroupRow {
  /** Null: not of the hub's best priority. */
  readonly task: number | null;
  readonly drawKey: number | null;
}

// Of the best priority, from which most claims draw, the first tasks too: a search in the index on (claim_group, draw_key), and
// the next rows of it.
const HEADS = statement<[wanted: string], HeadRow>(
  `SELECT g.id, g.hub, CAST(g.priority AS TEXT) AS priority, g.protocol, g.clock, g.n_claimable AS n,
    f.task, f.draw_key AS "drawKey"
  FROM rows(? AS hub INTEGER, n INTEGER) w
  JOIN claim_group g ON g.hub = w.hub AND g.n_claimable > 0
  LEFT JOIN LATERAL (
    SELECT a.task, a.draw_key
    FROM action a
    WHERE a.claim_group = g.id
    ORDER BY a.draw_key
    LIMIT CASE
      WHEN EXISTS (
        SELECT 1 FROM claim_group x WHERE x.hub = g.hub AND x.priority < g.priority AND x.n_claimable > 0
      ) THEN 0
      ELSE w.n
    END
  ) f ON true
  ORDER BY g.hub, g.priority, g.id, f.draw_key`,
);

async function lockShared(
  connection: Connection,
  names: readonly string[],
  counts: ReadonlyMap<number, number>,
  wait: boolean,
): Promise<Locked> {
  const holding = wait ? HOLD_WAITING : HOLD_FREE;
  const [held, heads] = await Promise.all([
    connection.all(holding(list(names), list([...counts.keys()]))),
    connection.all(HEADS(table([...counts]))),
  ]);
  const services = new Map<string, ServiceRow>();
  const hubs = new Map<number, GroupRow[]>();
  for (const { id, identifier, owner } of held) {
    if (identifier === null || owner === null) hubs.set(id, []);
    else services.set(identifier, { id, identifier, owner });
  }
  const first: FirstTask[] = [];
  for (const { task, drawKey, ...group } of heads) {
    const groups = hubs.get(group.hub);
    if (groups !== undefined && groups.at(-1)?.id !== group.id) groups.push(group);
    if (task !== null && drawKey !== null) first.push({ group: group.id, task, drawKey });
  }
  return { services, hubs, first };
}
