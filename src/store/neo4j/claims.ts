// Claims: which service gets which task. domain/claim.ts has the law.
//
// The graph has no place for draw keys: the original's servers, which claim from the same hubs, would not write them. So
// every claim looks at the whole queue of the hub, but inside of the database: each claimable task gets a key Exp(weight),
// the smallest keys of the best priority win, and only they travel. Fresh keys for every draw are the law itself.
//
// A claim first reads: is the service registered and not denied, and which hubs have work for it? An idle service, which asks
// every half minute for ever, ends here and locks nothing. When there is work, one transaction locks the service (so that it
// does not expire meanwhile), draws hubs in proportion to their weight, each at most once, and for a hub
//
//     locks it            so that neither the original's servers nor ours draw from it at the same time
//     draws               as many tasks as are wanted
//     locks other hubs    that action one of these: the original's claims there hold no other lock until they write
//     takes               task by task: locks it, looks whether it still waits and is held by nobody, and then claims it
//     locks late hubs     that have actioned one of these meanwhile, for the same reason
//
// What could not be taken, because it was taken by way of another hub or given up meanwhile, is drawn anew.
import { drawIndex } from '../../domain/claim.ts';
import type { ClaimAnswer, ClaimFromHub, ClaimTasks, Key } from '../state-store.ts';
import { claimable } from './claimable.ts';
import { type Database, type Statement, statement, type Transaction, type Value } from './database.ts';
import { isIn, scopeList } from './keys.ts';
import { lockNodes } from './locks.ts';

interface Standing {
  readonly failures: bigint;
  readonly forgotten: bigint;
}

type OfService = { readonly service: string; readonly owner: string | null };

// A service that a server of the original has registered belongs to anybody.
const OWN = `MATCH (s:ComputeServiceRegistration {identifier: $service})
  WHERE $owner IS NULL OR s.owner IS NULL OR s.owner = $owner`;

const STANDING = statement<OfService & { readonly since: Date }, Standing>(
  `${OWN}
  RETURN size([time IN coalesce(s.failure_times, []) WHERE time > $since]) AS failures,
    size([time IN coalesce(s.failure_times, []) WHERE time <= $since]) AS forgotten`,
);

const LOCK_SERVICE = statement<OfService, { readonly service: string }>(
  `${OWN}
  SET s.identifier = s.identifier
  WITH s
  WHERE s.identifier IS NOT NULL
  RETURN s.identifier AS service`,
);

const FORGET_FAILURES = statement<{ readonly service: string; readonly since: Date }>(
  `MATCH (s:ComputeServiceRegistration {identifier: $service})
  SET s.failure_times = [time IN coalesce(s.failure_times, []) WHERE time > $since]`,
);

/** A registered service about to claim. */
interface Claimer {
  readonly service: string;
  /** Class names of protocols; null admits any. */
  readonly protocols: readonly string[] | null;
  readonly now: Date;
}

/** Claims across hubs; see HubStore.claim. */
export async function claimAcrossHubs(database: Database, params: ClaimTasks): Promise<ClaimAnswer> {
  const { service, owner = null, failuresSince: since, maxFailures } = params;
  const before = await database.read(async tx => {
    const standing = await tx.first(STANDING({ service, owner, since }));
    if (standing === null || standing.failures > maxFailures) return null;
    return { standing, hubs: await tx.all(hubsWithWork(params)) };
  });
  if (before === null) return { denied: true };
  if (before.hubs.length === 0 || params.count === 0) return { denied: false, tasks: [] };
  return database.write(async tx => {
    // It may have left, or fallen silent, since it was looked at.
    if ((await tx.first(LOCK_SERVICE({ service, owner }))) === null) return { denied: true };
    if (before.standing.forgotten > 0n) await tx.run(FORGET_FAILURES({ service, since }));
    const hubs = [...before.hubs];
    const tasks: Key[] = [];
    while (tasks.length < params.count) {
      const drawn = drawIndex(
        hubs.map(({ weight }) => weight),
        database.random(),
      );
      const [hub] = drawn === null ? [] : hubs.splice(drawn, 1);
      if (hub === undefined) break;
      tasks.push(...(await takeFromHub(tx, hub.hub, params, params.count - tasks.length)));
    }
    return { denied: false, tasks };
  });
}

interface HubWithWork {
  readonly hub: Key;
  readonly weight: number;
}

type WorkParameters = {
  readonly scopes: readonly Value[];
  readonly exclude: readonly Value[];
  readonly protocols: readonly string[];
};

const hubsWithWorkOf = (isFiltered: boolean) =>
  statement<WorkParameters, HubWithWork>(
    `MATCH (h:TaskHub)
    WHERE h.weight > 0 AND ${isIn('h')} AND NOT ${isIn('h', 'exclude')}
      AND EXISTS { MATCH (h)-[a:ACTIONS]->(t:Task) WHERE ${claimable(isFiltered)} }
    RETURN h._scoped_key AS hub, toFloat(h.weight) AS weight
    ORDER BY hub`,
  );
const HUBS_WITH_WORK = hubsWithWorkOf(false);
const HUBS_WITH_ADMITTED_WORK = hubsWithWorkOf(true);

function hubsWithWork({ scopes, exclude, protocols }: ClaimTasks): Statement<HubWithWork> {
  const ask = protocols === null ? HUBS_WITH_WORK : HUBS_WITH_ADMITTED_WORK;
  return ask({ scopes: scopeList(scopes), exclude: scopeList(exclude), protocols: protocols ?? [] });
}

const hasWork = (isFiltered: boolean) =>
  statement<{ readonly hub: Key; readonly protocols: readonly string[] }, { readonly hub: Key }>(
    `MATCH (h:GufeTokenizable {_scoped_key: $hub})
    WHERE h:TaskHub AND EXISTS { MATCH (h)-[a:ACTIONS]->(t:Task) WHERE ${claimable(isFiltered)} }
    RETURN h._scoped_key AS hub`,
  );
const HAS_WORK = hasWork(false);
const HAS_ADMITTED_WORK = hasWork(true);

/** Claims from one hub; see HubStore.claimFromHub. */
export async function claimFromOneHub(database: Database, params: ClaimFromHub): Promise<readonly Key[]> {
  const { hub, service, owner = null, protocols, count } = params;
  const ask = (protocols === null ? HAS_WORK : HAS_ADMITTED_WORK)({ hub, protocols: protocols ?? [] });
  if ((await database.read(tx => tx.first(ask))) === null) return [];
  return database.write(async tx => {
    if ((await tx.first(LOCK_SERVICE({ service, owner }))) === null) return [];
    return takeFromHub(tx, hub, params, count);
  });
}

type Draw = { readonly hub: Key; readonly count: bigint; readonly protocols: readonly string[] };

interface Drawn {
  readonly task: Key;
  readonly otherHubs: readonly Key[];
}

// rand() is in [0, 1). Infinite keys, of weights near 0, are beaten by all others.
const draw = (isFiltered: boolean) =>
  statement<Draw, Drawn>(
    `MATCH (h:GufeTokenizable {_scoped_key: $hub})
    SET h._gufe_key = h._gufe_key
    WITH h
    MATCH (h)-[a:ACTIONS]->(t:Task)
    WHERE ${claimable(isFiltered)}
    WITH h, t, -log(1.0 - rand()) / a.weight AS key
    ORDER BY t.priority, key
    LIMIT $count
    RETURN t._scoped_key AS task,
      [(t)<-[:ACTIONS]-(other:TaskHub) WHERE other <> h | other._scoped_key] AS otherHubs`,
  );
const DRAW = draw(false);
const DRAW_ADMITTED = draw(true);

type Take = {
  readonly service: string;
  readonly hub: Key;
  /** All that are locked. */
  readonly hubs: readonly Key[];
  readonly tasks: readonly Key[];
  readonly now: Date;
};

const TAKE = statement<Take, { readonly task: Key; readonly lateHubs: readonly Key[] }>(
  `MATCH (s:ComputeServiceRegistration {identifier: $service})
  MATCH (h:GufeTokenizable {_scoped_key: $hub})
  UNWIND $tasks AS task
  MATCH (t:GufeTokenizable {_scoped_key: task})
  SET t._gufe_key = t._gufe_key
  WITH s, h, t, task
  MATCH (h)-[a:ACTIONS]->(t)
  WHERE ${claimable(false)}
  WITH DISTINCT s, t, task
  SET t.status = 'running'
  CREATE (s)-[:CLAIMS {claimed: $now}]->(t)
  RETURN task,
    [(t)<-[:ACTIONS]-(h:TaskHub) WHERE NOT h._scoped_key IN $hubs | h._scoped_key] AS lateHubs`,
);

/** When all that was drawn was lost to others again and again, the service had better come back. */
const DRAWS_IN_VAIN = 5;

/** Takes tasks from one hub, in the order drawn. The service is locked. */
async function takeFromHub(
  tx: Transaction,
  hub: Key,
  { service, protocols, now }: Claimer,
  count: number,
): Promise<readonly Key[]> {
  const taken: Key[] = [];
  for (let vain = 0; taken.length < count && vain < DRAWS_IN_VAIN; ) {
    const asked = { hub, count: BigInt(count - taken.length), protocols: protocols ?? [] };
    const drawn = await tx.all((protocols === null ? DRAW : DRAW_ADMITTED)(asked));
    if (drawn.length === 0) break;
    const others = drawn.flatMap(({ otherHubs }) => otherHubs);
    if (others.length > 0) await lockNodes(tx, others);
    // In the order in which locks are taken.
    const tasks = [...new Set(drawn.map(({ task }) => task))].sort();
    const rows = await tx.all(TAKE({ service, hub, hubs: [hub, ...others], tasks, now }));
    const late = rows.flatMap(({ lateHubs }) => lateHubs);
    if (late.length > 0) await lockNodes(tx, late);
    const got = new Set(rows.map(({ task }) => task));
    for (const { task } of drawn) if (got.delete(task)) taken.push(task);
    // Fewer than asked for are all there are; what could not be taken is out of the queue when it is looked at again.
    if (drawn.length < asked.count && rows.length === tasks.length) break;
    if (rows.length === 0) vain++;
  }
  return taken;
}
