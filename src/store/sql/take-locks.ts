// What a claim holds, and the queues of the hubs that it holds (take.ts). With one writer, three searches. Where others write too,
// one statement holds, and the next sees what was committed until then.
import { type Connection, forNumbers, list, statement, table, type Wish } from './database.ts';

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
}

/** Holds the services and hubs of wishes. */
export function lockForTake(connection: Connection, wishes: readonly Wish[]): Promise<Locked> {
  const services = new Map<string, number | null>();
  for (const { service, limit } of wishes) {
    const since = services.get(service) ?? null;
    services.set(service, limit === null ? since : Math.min(since ?? limit.sinceMs, limit.sinceMs));
  }
  const hubs = [...new Set(wishes.map(({ hub }) => hub))];
  return connection.isShared ? lockShared(connection, services, hubs) : look(connection, services, hubs);
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
  ids: readonly number[],
): Promise<Locked> {
  const services = new Map<string, ServiceRow>();
  for (const name of names.keys()) {
    const service = await connection.first(SERVICE(name));
    if (service !== null) services.set(name, service);
  }
  return { services, hubs: byHub(ids, await connection.all(GROUPS(ids))), closed: new Set() };
}

function byHub(
  ids: readonly number[],
  groups: readonly GroupRow[],
): ReadonlyMap<number, readonly GroupRow[]> {
  const hubs = new Map<number, GroupRow[]>(ids.map(hub => [hub, []]));
  for (const group of groups) hubs.get(group.hub)?.push(group);
  return hubs;
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
const HOLD = statement<[services: string, hubs: string], HeldRow>(
  `WITH s AS MATERIALIZED (
      SELECT v.id, v.identifier, v.owner, d.since
      FROM rows(? AS identifier TEXT, since INTEGER) d
      JOIN service v ON v.identifier = d.identifier
      ORDER BY v.id
      FOR KEY SHARE OF v
    ), h AS MATERIALIZED (
      SELECT id, weight FROM network WHERE id IN numbers(?) ORDER BY id FOR NO KEY UPDATE
    )
    SELECT id, identifier, owner, (
      SELECT count(*) FROM service_failure f WHERE f.service = s.id AND f.time > s.since
    ) AS n
    FROM s
    UNION ALL
    SELECT id, NULL, NULL, CASE WHEN weight > 0 THEN 0 ELSE 1 END FROM h`,
);

async function lockShared(
  connection: Connection,
  names: ReadonlyMap<string, number | null>,
  ids: readonly number[],
): Promise<Locked> {
  const [held, groups] = await Promise.all([
    connection.all(HOLD(table([...names]), list(ids))),
    connection.all(GROUPS(ids)),
  ]);
  const services = new Map<string, ServiceRow>();
  const closed = new Set<number>();
  for (const { id, identifier, owner, n } of held) {
    if (identifier !== null && owner !== null)
      services.set(identifier, { id, identifier, owner, failures: n });
    else if (n > 0) closed.add(id);
  }
  return { services, hubs: byHub(ids, groups), closed };
}
