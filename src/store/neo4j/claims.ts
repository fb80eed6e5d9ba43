// Claims: which service gets which task. domain/claim.ts has the law.
//
// The graph has no place for draw keys: the original's servers, which claim from the same hubs, would not write them. So
// a draw looks at the whole queue of the hub, but inside of the database: each claimable task gets a key Exp(weight), the
// smallest keys of the best priority win, and only they travel. Fresh keys for every draw are the law itself.
//
// A claim first reads, in one statement: is the service registered and not denied, and which hubs have work for it? An idle
// service, which asks every half minute for ever, ends here and locks nothing. When there is work, it draws hubs in proportion to their weight, each
// at most once, and takes from each (claim-take.ts) together with others that draw the same hub at that moment.
import { drawIndex } from '../../domain/claim.ts';
import type { ClaimAnswer, ClaimFromHub, ClaimTasks, Key } from '../state-store.ts';
import { inBatches } from './batches.ts';
import { type Claimer, type Source, type Takings, takeFromHub } from './claim-take.ts';
import { claimable } from './claimable.ts';
import { type Database, type Statement, statement, type Value } from './database.ts';
import { isIn, scopeList } from './keys.ts';

/** The two ways to claim; see HubStore. */
export interface Claims {
  acrossHubs(params: ClaimTasks): Promise<ClaimAnswer>;
  fromOneHub(params: ClaimFromHub): Promise<readonly Key[]>;
}

/** Takes from one hub; null when the service is not registered. */
type Take = (source: Source, claimer: Claimer) => Promise<readonly Key[] | null>;

interface Request {
  readonly source: Source;
  readonly claimer: Claimer;
}

/** Tasks that are taken in one transaction: its locks are held until all are, and it lives in the memory of the server. */
const TASKS_AT_ONCE = 256;

/** A hub that shares tasks with more others than this is locked without those; what it was known to share is forgotten. */
const MAX_COMPANIONS = 16;

/** Claims on a database. Those of this process that wait for the same hub and protocols are served together. */
export function createClaims(database: Database): Claims {
  const companionsOf = new Map<Key, Set<Key>>();

  const serve = async (source: Source, claimers: readonly Claimer[]): Promise<Takings> => {
    const companions = companionsOf.get(source.hub) ?? new Set<Key>();
    const memory = { companions, taken: [], restarts: 0 };
    let answer = await database.write(tx => takeFromHub(tx, source, claimers, memory));
    while (answer === 'again') answer = await database.write(tx => takeFromHub(tx, source, claimers, memory));
    if (companions.size > MAX_COMPANIONS) companions.clear();
    if (companions.size > 0) companionsOf.set(source.hub, companions);
    else companionsOf.delete(source.hub);
    return answer;
  };
  const takes = inBatches<Request, readonly Key[] | null>(
    { most: TASKS_AT_ONCE, sizeOf: ({ claimer }) => Math.max(1, claimer.count) },
    requests => {
      const claimers = requests.map(({ claimer }) => claimer);
      return serve((requests[0] as Request).source, claimers);
    },
  );
  const take: Take = (source, claimer) => {
    const protocols = source.protocols === null ? null : [...source.protocols].sort();
    return takes(JSON.stringify([source.hub, protocols]), { source, claimer });
  };
  return {
    acrossHubs: params => claimAcrossHubs(database, take, params),
    fromOneHub: params => claimFromOneHub(database, take, params),
  };
}

// The lock comes first: what another appends meanwhile must not be lost.
const FORGET_FAILURES = statement<{ readonly service: string; readonly since: Date }>(
  `MATCH (s:ComputeServiceRegistration {identifier: $service})
  SET s.identifier = s.identifier
  WITH s
  WHERE s.identifier IS NOT NULL
  SET s.failure_times = [time IN s.failure_times WHERE time > $since]`,
);

async function claimAcrossHubs(database: Database, take: Take, params: ClaimTasks): Promise<ClaimAnswer> {
  const { service, owner = null, count, now, protocols, failuresSince: since } = params;
  const found = await database.read(tx => tx.all(askForWork(params)));
  const [standing] = found;
  if (standing === undefined || standing.failures > params.maxFailures) return { denied: true };
  const hubs = found.flatMap(({ hub, weight }) => (hub === null ? [] : [{ hub, weight: Number(weight) }]));
  if (hubs.length === 0 || count === 0) return { denied: false, tasks: [] };
  if (standing.forgotten > 0n) await database.write(tx => tx.run(FORGET_FAILURES({ service, since })));
  // A task that its user takes back meanwhile may come a second time, from another hub.
  const tasks = new Set<Key>();
  while (tasks.size < count) {
    const weights = hubs.map(({ weight }) => weight);
    const drawn = drawIndex(weights, database.random());
    const [hub] = drawn === null ? [] : hubs.splice(drawn, 1);
    if (hub === undefined) break;
    const claimer = { service, owner, count: count - tasks.size, now };
    const taken = await take({ hub: hub.hub, protocols }, claimer).catch((error: unknown) => {
      // What has been given out must reach the one who holds it.
      if (tasks.size === 0) throw error;
      return null;
    });
    if (taken === null && tasks.size === 0) return { denied: true };
    if (taken === null) break;
    for (const task of taken) tasks.add(task);
  }
  return { denied: false, tasks: [...tasks] };
}

/** How a service stands, and a hub where there is work for it; without work one row without a hub. */
interface Work {
  readonly failures: bigint;
  readonly forgotten: bigint;
  readonly hub: Key | null;
  readonly weight: number | null;
}

type WorkParameters = {
  readonly service: string;
  readonly owner: string | null;
  readonly since: Date;
  readonly maxFailures: bigint;
  readonly scopes: readonly Value[];
  readonly exclude: readonly Value[];
  readonly protocols: readonly string[];
};

// A service that a server of the original has registered belongs to anybody.
const workOf = (isFiltered: boolean): ((asked: WorkParameters) => Statement<Work>) =>
  statement<WorkParameters, Work>(
    `MATCH (s:ComputeServiceRegistration {identifier: $service})
    WHERE $owner IS NULL OR s.owner IS NULL OR s.owner = $owner
    WITH size([time IN coalesce(s.failure_times, []) WHERE time > $since]) AS failures,
      size([time IN coalesce(s.failure_times, []) WHERE time <= $since]) AS forgotten
    OPTIONAL MATCH (h:TaskHub)
    WHERE failures <= $maxFailures
      AND h.weight > 0 AND ${isIn('h')} AND NOT ${isIn('h', 'exclude')}
      AND EXISTS { MATCH (h)-[a:ACTIONS]->(t:Task) WHERE ${claimable(isFiltered)} }
    RETURN failures, forgotten, h._scoped_key AS hub, h.weight AS weight
    ORDER BY hub`,
  );
const ANY_WORK = workOf(false);
const ADMITTED_WORK = workOf(true);

function askForWork(params: ClaimTasks): Statement<Work> {
  const { service, owner = null, failuresSince: since, maxFailures, scopes, exclude, protocols } = params;
  return (protocols === null ? ANY_WORK : ADMITTED_WORK)({
    service,
    owner,
    since,
    maxFailures: BigInt(maxFailures),
    scopes: scopeList(scopes),
    exclude: scopeList(exclude),
    protocols: protocols ?? [],
  });
}

type HubQuestion = { readonly hub: Key; readonly protocols: readonly string[] };

const hasWork = (isFiltered: boolean): ((asked: HubQuestion) => Statement<{ readonly hub: Key }>) =>
  statement<HubQuestion, { readonly hub: Key }>(
    `MATCH (h:GufeTokenizable {_scoped_key: $hub})
    WHERE h:TaskHub AND EXISTS { MATCH (h)-[a:ACTIONS]->(t:Task) WHERE ${claimable(isFiltered)} }
    RETURN h._scoped_key AS hub`,
  );
const HAS_WORK = hasWork(false);
const HAS_ADMITTED_WORK = hasWork(true);

async function claimFromOneHub(
  database: Database,
  take: Take,
  params: ClaimFromHub,
): Promise<readonly Key[]> {
  const { hub, service, owner = null, protocols, count, now } = params;
  const ask = (protocols === null ? HAS_WORK : HAS_ADMITTED_WORK)({ hub, protocols: protocols ?? [] });
  if ((await database.read(tx => tx.first(ask))) === null) return [];
  return (await take({ hub, protocols }, { service, owner, count, now })) ?? [];
}
