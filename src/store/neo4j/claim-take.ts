// Taking tasks from one hub, for all services of this process that wait for the same at the moment: the queue is looked through
// once for all of them. One transaction
//
//     locks the services  so that none expires meanwhile; those that are gone get nothing
//     locks the hub       so that neither the original's servers nor ours draw from it at the same time, and with it the hubs
//                         that are known to share tasks with it
//     draws               as many tasks as are wanted together; the first who asked gets the first that were drawn
//     locks other hubs    that action one of these: the original's claims there hold no other lock until they write
//     takes               task by task: locks it, looks whether it still waits and is held by nobody, and then claims it
//     locks late hubs     that have actioned one of these meanwhile, for the same reason
//
// What could not be taken, because it was taken by way of another hub or given up meanwhile, is drawn anew.
//
// Hubs are locked in the order of their keys. Which ones a draw needs is known only after it: when one of them comes before a hub
// that is locked already, the claim remembers it and begins anew. Late hubs are out of order; a deadlock is tried again.
import type { Key } from '../state-store.ts';
import { claimable, nearlyClaimable } from './claimable.ts';
import { type Statement, statement, type Transaction, type Value } from './database.ts';
import { lockNodes } from './locks.ts';

/** Who wants tasks, and how many. */
export interface Claimer {
  readonly service: string;
  /** The identity that asks: a service that another registered is none of its own. Null for anybody's. */
  readonly owner: string | null;
  readonly count: number;
  readonly now: Date;
}

/** Where from, and of which protocols: class names, or null for any. */
export interface Source {
  readonly hub: Key;
  readonly protocols: readonly string[] | null;
}

/** What is remembered from one try of a claim to the next. */
export interface ClaimMemory {
  /** Hubs that have shared tasks with this one; outlives the claim. */
  readonly companions: Set<Key>;
  /** What the try before took, if it came to its commit: the answer to that may have been lost. */
  taken: readonly TakeRow[];
  /** How often it has begun anew for the order of locks. */
  restarts: number;
}

/** The tasks that each claimer got, in the order drawn; null for one whose service is not registered. */
export type Takings = readonly (readonly Key[] | null)[];

/** When all that was drawn was lost to others again and again, the services had better come back. */
const DRAWS_IN_VAIN = 5;

/** After so many the locks are taken out of order. */
const MAX_RESTARTS = 4;

/** Takes from a hub. `again`: nothing was written, and another transaction is to be tried with the same memory. */
export async function takeFromHub(
  tx: Transaction,
  source: Source,
  claimers: readonly Claimer[],
  memory: ClaimMemory,
): Promise<Takings | 'again'> {
  const registered = await lockServices(tx, claimers);
  // After the lock, for which a commit that is still being made lets us wait.
  const kept = await readTaken(tx, claimers, registered, memory.taken);
  if (kept !== null) return kept;
  memory.taken = [];
  const taken = claimers.map((_, place): Key[] | null => (registered.has(place) ? [] : null));
  const wanted = (): readonly number[] =>
    claimers.flatMap(({ count }, place) => {
      const missing = count - (taken[place]?.length ?? count);
      return new Array<number>(missing).fill(place);
    });
  const locked = new Set([source.hub, ...memory.companions]);
  let isSure = false;
  for (let vain = 0, places = wanted(); places.length > 0 && vain < DRAWS_IN_VAIN; places = wanted()) {
    const drawn = await drawTasks(tx, source, [...locked], places.length, isSure);
    if (drawn.tasks.length === 0) break;
    if (!(await lockMore(tx, drawn.otherHubs, locked, memory))) return 'again';
    const rows = drawn.tasks.map((task, index) => rowOf(task, places[index] as number, claimers));
    const got = await take(tx, source.hub, [...locked], rows);
    for (const row of rows) if (got.has(row.task)) taken[row.place]?.push(row.task);
    memory.taken = [...memory.taken, ...rows.filter(row => got.has(row.task))];
    const isAll = got.size === rows.length;
    if (isAll && drawn.areAll) break;
    if (got.size === 0) vain++;
    if (!isAll) isSure = true;
  }
  return taken;
}

function rowOf(task: Key, place: number, claimers: readonly Claimer[]): TakeRow {
  const { service, now } = claimers[place] as Claimer;
  return { task, service, now, place };
}

/** Locks hubs that are not locked yet; false when that would be out of order, and can be avoided. */
async function lockMore(
  tx: Transaction,
  hubs: readonly Key[],
  locked: Set<Key>,
  memory: ClaimMemory,
): Promise<boolean> {
  const fresh = [...new Set(hubs)].filter(hub => !locked.has(hub)).sort();
  const [first] = fresh;
  if (first === undefined) return true;
  for (const hub of fresh) memory.companions.add(hub);
  const isInOrder = [...locked].every(hub => hub < first);
  if (!isInOrder && memory.taken.length === 0 && memory.restarts < MAX_RESTARTS) {
    memory.restarts++;
    return false;
  }
  await lockNodes(tx, fresh);
  for (const hub of fresh) locked.add(hub);
  return true;
}

const HELD = statement<{ readonly rows: readonly TakeRow[] }, { readonly task: Key }>(
  `UNWIND $rows AS row
  MATCH (t:GufeTokenizable {_scoped_key: row.task})<-[c:CLAIMS]-(s:ComputeServiceRegistration)
  WHERE s.identifier = row.service AND c.claimed = row.now
  RETURN row.task AS task`,
);

/** What the try before took, if its commit was made after all: then the tasks are held, by these services, from that time on. */
async function readTaken(
  tx: Transaction,
  claimers: readonly Claimer[],
  registered: ReadonlySet<number>,
  rows: readonly TakeRow[],
): Promise<Takings | null> {
  if (rows.length === 0) return null;
  const held = new Set((await tx.all(HELD({ rows }))).map(({ task }) => task));
  if (held.size === 0) return null;
  return claimers.map((_, place) =>
    registered.has(place)
      ? rows.filter(row => row.place === place && held.has(row.task)).map(({ task }) => task)
      : null,
  );
}

const LOCK_SERVICES = statement<
  { readonly rows: readonly { readonly [name: string]: Value }[] },
  { readonly place: bigint }
>(
  `UNWIND $rows AS row
  MATCH (s:ComputeServiceRegistration {identifier: row.service})
  WHERE row.owner IS NULL OR s.owner IS NULL OR s.owner = row.owner
  SET s.identifier = s.identifier
  WITH s, row
  WHERE s.identifier IS NOT NULL
  RETURN row.place AS place`,
);

/** Locks the services, those that there are; says which claimers have one. */
async function lockServices(tx: Transaction, claimers: readonly Claimer[]): Promise<ReadonlySet<number>> {
  const rows = claimers.map(({ service, owner }, place) => ({ service, owner, place: BigInt(place) }));
  // In the order in which locks are taken.
  rows.sort((a, b) => (a.service < b.service ? -1 : 1));
  return new Set((await tx.all(LOCK_SERVICES({ rows }))).map(({ place }) => Number(place)));
}

type Draw = {
  readonly hub: Key;
  readonly locked: readonly Key[];
  readonly count: bigint;
  readonly protocols: readonly string[];
};

interface Drawn {
  readonly task: Key;
  readonly otherHubs: readonly Key[];
}

// Fresh keys Exp(weight) for every draw; domain/claim.ts has the law. rand() is in [0, 1); keys of weights near 0 may be
// infinite, and are beaten by all others. count() makes the locks come first.
const draw = (predicate: string): ((asked: Draw) => Statement<Drawn>) =>
  statement<Draw, Drawn>(
    `UNWIND $locked AS key
    MATCH (x:GufeTokenizable {_scoped_key: key})
    SET x._gufe_key = x._gufe_key
    WITH count(*) AS n
    MATCH (h:GufeTokenizable {_scoped_key: $hub})-[a:ACTIONS]->(t:Task)
    WHERE ${predicate}
    WITH h, t, -log(1.0 - rand()) / a.weight AS key
    ORDER BY t.priority, key
    LIMIT $count
    RETURN t._scoped_key AS task,
      [(t)<-[:ACTIONS]-(other:TaskHub) WHERE other <> h | other._scoped_key] AS otherHubs`,
  );
const DRAWS = {
  nearly: { any: draw(nearlyClaimable(false)), admitted: draw(nearlyClaimable(true)) },
  surely: { any: draw(claimable(false)), admitted: draw(claimable(true)) },
};

/** Draws tasks from a hub, which is locked from then on, and so are the others in `locked`. */
async function drawTasks(
  tx: Transaction,
  { hub, protocols }: Source,
  locked: readonly Key[],
  count: number,
  isSure: boolean,
): Promise<{ readonly tasks: readonly Key[]; readonly otherHubs: readonly Key[]; readonly areAll: boolean }> {
  const ask = DRAWS[isSure ? 'surely' : 'nearly'][protocols === null ? 'any' : 'admitted'];
  const asked = {
    hub,
    locked: [...locked].sort(),
    count: BigInt(count),
    protocols: protocols ?? [],
  };
  const drawn = await tx.all(ask(asked));
  return {
    // The original can put a task on a hub twice.
    tasks: [...new Set(drawn.map(({ task }) => task))],
    otherHubs: drawn.flatMap(({ otherHubs }) => otherHubs),
    areAll: drawn.length < count,
  };
}

/** A task for the claimer in a place. */
type TakeRow = {
  readonly task: Key;
  readonly service: string;
  readonly now: Date;
  readonly place: number;
};

const TAKE = statement<
  { readonly hub: Key; readonly hubs: readonly Key[]; readonly rows: readonly TakeRow[] },
  { readonly task: Key; readonly lateHubs: readonly Key[] }
>(
  `MATCH (h:GufeTokenizable {_scoped_key: $hub})
  UNWIND $rows AS row
  MATCH (t:GufeTokenizable {_scoped_key: row.task})
  SET t._gufe_key = t._gufe_key
  WITH h, t, row
  MATCH (h)-[a:ACTIONS]->(t)
  WHERE ${claimable(false)}
  WITH DISTINCT t, row
  MATCH (s:ComputeServiceRegistration {identifier: row.service})
  SET t.status = 'running'
  CREATE (s)-[:CLAIMS {claimed: row.now}]->(t)
  RETURN row.task AS task,
    [(t)<-[:ACTIONS]-(late:TaskHub) WHERE NOT late._scoped_key IN $hubs | late._scoped_key] AS lateHubs`,
);

/** Claims tasks that were drawn; says which. */
async function take(
  tx: Transaction,
  hub: Key,
  hubs: readonly Key[],
  rows: readonly TakeRow[],
): Promise<ReadonlySet<Key>> {
  // In the order in which locks are taken.
  const sorted = [...rows].sort((a, b) => (a.task < b.task ? -1 : 1));
  const taken = await tx.all(TAKE({ hub, hubs, rows: sorted }));
  const late = taken.flatMap(({ lateHubs }) => lateHubs);
  if (late.length > 0) await lockNodes(tx, late);
  return new Set(taken.map(({ task }) => task));
}
