// What a claim holds, and the queues of the hubs that it holds (take.ts). With one writer, three searches. Where others write too,
// each statement is a way to the server and back, so there are two: one holds, and the next, which sees what was
// committed until then, reads everything that most claims need.
import type { Key } from '../state-store.ts';
import {
  type Connection,
  type FirstTask,
  forNumbers,
  list,
  statement,
  table,
  type Wish,
} from './database.ts';
import { taskKeyOf } from './keys.ts';

/** A registered service. */
export interface ServiceRow {
  readonly id: number;
  readonly identifier: string;
  readonly owner: string;
  /** How many since the time that its wishes name. */
  readonly failures: number;
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
  /** Hubs of weight 0. */
  readonly closed: ReadonlySet<number>;
  /** The first tasks of some of the groups, where they could be had in the same way. */
  readonly first: readonly KnownTask[];
}

/** A task at the head of a group, and what is to be known to claim it. */
export interface KnownTask extends FirstTask {
  readonly transformation: number;
  readonly key: Key;
  /** How many queues it is in: those of other hubs too. */
  readonly queues: number;
}

/** Holds the services and hubs of wishes, those that nobody else holds; with `wait`, all. */
export function lockForTake(connection: Connection, wishes: readonly Wish[], wait: boolean): Promise<Locked> {
  const services = new Map<string, number | null>();
  for (const { service, limit } of wishes) {
    const since = services.get(service) ?? null;
    services.set(service, limit === null ? since : Math.min(since ?? limit.sinceMs, limit.sinceMs));
  }
  const counts = new Map<number, number>();
  for (const { hub, count } of wishes) counts.set(hub, (counts.get(hub) ?? 0) + count);
  return connection.isShared
    ? lockShared(connection, services, counts, wait)
    : look(connection, services, counts);
}

// Failures and weights were looked at when the hubs were listed, which was just now, by the only writer that there is.
const SERVICE = statement<[service: string], ServiceRow>(
  'SELECT id, identifier, owner, 0 AS failures FROM service WHERE identifier = ?',
);
const GROUPS = forNumbers<GroupRow>(
  hubs => `SELECT id, hub, CAST(priority AS TEXT) AS priority, protocol, clock, n_claimable AS n
  FROM claim_group
  WHERE hub ${hubs} AND n_claimable > 0
  ORDER BY claim_group.hub, claim_group.priority`,
);

async function look(
  connection: Connection,
  names: ReadonlyMap<string, number | null>,
  counts: ReadonlyMap<number, number>,
): Promise<Locked> {
  const services = new Map<string, ServiceRow>();
  for (const name of names.keys()) {
    const service = await connection.first(SERVICE(name));
    if (service !== null) services.set(name, service);
  }
  const hubs = new Map<number, GroupRow[]>([...counts.keys()].map(hub => [hub, []]));
  for (const group of await connection.all(GROUPS([...hubs.keys()]))) hubs.get(group.hub)?.push(group);
  return { services, hubs, closed: new Set(), first: [] };
}

interface HeldRow {
  readonly id: number;
  /** Null: a hub. */
  readonly identifier: string | null;
  readonly owner: string | null;
  /** Of a service its failures, of a hub whether its weight is 0. */
  readonly n: number;
}

// Services before hubs, each in the order of their ids (locks.ts).
const holdText = (skip: string): string => `WITH s AS MATERIALIZED (
      SELECT v.id, v.identifier, v.owner, d.since
      FROM rows(? AS identifier TEXT, since INTEGER) d
      JOIN service v ON v.identifier = d.identifier
      ORDER BY v.id
      FOR KEY SHARE OF v${skip}
    ), h AS MATERIALIZED (
      SELECT id, weight FROM network WHERE id IN numbers(?) ORDER BY id FOR NO KEY UPDATE${skip}
    )
    SELECT id, identifier, owner, (
      SELECT count(*) FROM service_failure f WHERE f.service = s.id AND f.time > s.since
    ) AS n
    FROM s
    UNION ALL
    SELECT id, NULL, NULL, CASE WHEN weight > 0 THEN 0 ELSE 1 END FROM h`;
const HOLD_FREE = statement<[services: string, hubs: string], HeldRow>(holdText(' SKIP LOCKED'));
const HOLD_WAITING = statement<[services: string, hubs: string], HeldRow>(holdText(''));

interface HeadRow extends GroupRow, Omit<KnownTask, 'group' | 'task'> {
  /** Null: not of the hub's best priority. */
  readonly task: number | null;
}

// Of the best priority, from which most claims draw, the first tasks too: a search in the index on (claim_group, draw_key), and
// the next rows of it.
const HEADS = statement<[wanted: string], HeadRow>(
  `SELECT g.id, g.hub, CAST(g.priority AS TEXT) AS priority, g.protocol, g.clock, g.n_claimable AS n,
    f.task, f.draw_key AS "drawKey", t.transformation, ${taskKeyOf('t')} AS key,
    (SELECT count(*) FROM action o WHERE o.task = f.task AND o.draw_key IS NOT NULL) AS queues
  FROM rows(? AS hub INTEGER, n INTEGER) w
  CROSS JOIN LATERAL (SELECT * FROM claim_group y WHERE y.hub = w.hub AND y.n_claimable > 0 OFFSET 0) g
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
  LEFT JOIN task t ON t.id = f.task
  ORDER BY g.hub, g.priority, g.id, f.draw_key`,
);

async function lockShared(
  connection: Connection,
  names: ReadonlyMap<string, number | null>,
  counts: ReadonlyMap<number, number>,
  wait: boolean,
): Promise<Locked> {
  const holding = wait ? HOLD_WAITING : HOLD_FREE;
  const [held, heads] = await Promise.all([
    connection.all(holding(table([...names]), list([...counts.keys()]))),
    connection.all(HEADS(table([...counts]))),
  ]);
  const services = new Map<string, ServiceRow>();
  const hubs = new Map<number, GroupRow[]>();
  const closed = new Set<number>();
  for (const { id, identifier, owner, n } of held) {
    if (identifier !== null && owner !== null) {
      services.set(identifier, { id, identifier, owner, failures: n });
      continue;
    }
    hubs.set(id, []);
    if (n > 0) closed.add(id);
  }
  const first: KnownTask[] = [];
  for (const { task, drawKey, transformation, key, queues, ...group } of heads) {
    const groups = hubs.get(group.hub);
    if (groups !== undefined && groups.at(-1)?.id !== group.id) groups.push(group);
    if (task !== null) first.push({ group: group.id, task, drawKey, transformation, key, queues });
  }
  return { services, hubs, closed, first };
}
