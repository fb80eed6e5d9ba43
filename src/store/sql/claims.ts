// Claims: which service gets which task. domain/claim.ts has the law; here it is an index lookup.
//
// A claim first reads: is the service registered and not denied, and which hubs have work for it? An idle service, which
// asks every half minute for ever, ends here and never waits for a writer. When there is work, hubs are drawn in proportion to
// their weight, each at most once, and asked for tasks (take.ts), each in a transaction of its own: no hub waits for
// another. About ten statements of 2 to 10 µs, whatever the length of the queue; the commit costs more than all of them
// (0.2 ms with its flush to disk).
import { drawIndex } from '../../domain/claim.ts';
import type { ClaimAnswer, ClaimFromHub, ClaimTasks, Key } from '../state-store.ts';
import { type Database, list, type Statement, statement, type Value, type Wish } from './database.ts';
import { coveredScopes, scopeList, splitKey } from './keys.ts';

/** SQL: the queues `g` on hubs `n` that may be claimed from now. What managers are told of work, claims can have. */
export const WORK = `FROM claim_group g
    JOIN network n ON n.id = g.hub
    WHERE g.n_claimable > 0
      AND n.weight > 0
      AND n.scope IN (${coveredScopes()})
      AND n.scope NOT IN (${coveredScopes()})
      AND (CAST(? AS TEXT) IS NULL OR g.protocol IN texts(?))`;

/** The parameters of `WORK`. */
export type WorkParameters = [scopes: string, exclude: string, protocols: string | null, protocols: string];

/** Where to look for work, and of which protocols. */
export function workParameters(asked: Pick<ClaimTasks, 'scopes' | 'exclude' | 'protocols'>): WorkParameters {
  const protocols = asked.protocols === null ? null : list(asked.protocols);
  return [scopeList(asked.scopes), scopeList(asked.exclude), protocols, protocols ?? '[]'];
}

interface Standing {
  readonly failures: number;
  readonly forgotten: number;
}

const STANDING = statement<
  [sinceMs: number, sinceMs: number, service: string, owner: string | null],
  Standing
>(
  `SELECT
    (SELECT count(*) FROM service_failure f WHERE f.service = s.id AND f.time > ?) AS failures,
    (SELECT count(*) FROM service_failure f WHERE f.service = s.id AND f.time <= ?) AS forgotten
  FROM service s
  WHERE s.identifier = ? AND s.owner = coalesce(?, s.owner)`,
);

const FORGET_FAILURES = statement<[sinceMs: number, service: string]>(
  'DELETE FROM service_failure WHERE time <= ? AND service = (SELECT id FROM service WHERE identifier = ?)',
);

/** Claims across hubs; see HubStore.claim. */
export async function claimAcrossHubs(database: Database, params: ClaimTasks): Promise<ClaimAnswer> {
  const sinceMs = params.failuresSince.getTime();
  const ask = STANDING(sinceMs, sinceMs, params.service, params.owner ?? null);
  const askForHubs = hubsWithWork(params);
  const before = await database.ask(async connection => {
    const [standing, hubs] = await Promise.all([connection.first(ask), connection.all(askForHubs)]);
    return standing === null || standing.failures > params.maxFailures ? null : { standing, hubs };
  });
  if (before === null) return { denied: true };
  if (before.hubs.length === 0) return { denied: false, tasks: [] };
  if (before.standing.forgotten > 0) {
    await database.write(connection => connection.run(FORGET_FAILURES(sinceMs, params.service)));
  }
  return takeByWeight(database, params, distinct(before.hubs));
}

/** Draws hubs and takes from them until there is enough. */
async function takeByWeight(
  database: Database,
  params: ClaimTasks,
  hubs: readonly HubWithWork[],
): Promise<ClaimAnswer> {
  const left = [...hubs];
  // A task that its user takes back meanwhile may come a second time, from another hub.
  const tasks = new Set<Key>();
  while (tasks.size < params.count) {
    const weights = left.map(({ weight }) => weight);
    const drawn = drawIndex(weights, database.random());
    const [hub] = drawn === null ? [] : left.splice(drawn, 1);
    if (hub === undefined) break;
    const wish = wishOf(params, hub.id, params.count - tasks.size);
    // What has been taken is held, whatever becomes of the rest.
    const taken = await database.take(wish).catch((error: unknown) => {
      if (tasks.size === 0) throw error;
      return null;
    });
    if (taken === 'gone' && tasks.size === 0) return { denied: true };
    if (taken === 'gone' || taken === null) break;
    for (const task of taken) tasks.add(task);
  }
  return { denied: false, tasks: [...tasks] };
}

function wishOf(params: ClaimTasks | ClaimFromHub, hub: number, count: number): Wish {
  const { service, owner = null, protocols, now } = params;
  return { hub, service, owner, count, protocols, nowMs: now.getTime() };
}

interface HubWithWork {
  readonly id: number;
  readonly weight: number;
}

/** One row for each group that has work and is admitted. Conditions that would hold anyway are left out of the text. */
function hubsWithWork({ scopes, exclude, protocols }: ClaimTasks): Statement<HubWithWork> {
  const conditions = ['g.n_claimable > 0', 'n.weight > 0'];
  const parameters: Value[] = [];
  const restrict = (condition: string, parameter: Value): void => {
    conditions.push(condition);
    parameters.push(parameter);
  };
  if (!scopes.some(scope => scope.org === null)) {
    restrict(`n.scope IN (${coveredScopes()})`, scopeList(scopes));
  }
  if (exclude.length > 0) restrict(`n.scope NOT IN (${coveredScopes()})`, scopeList(exclude));
  if (protocols !== null) restrict('g.protocol IN texts(?)', list(protocols));
  const sql = `SELECT n.id, n.weight
    FROM claim_group g
    JOIN network n ON n.id = g.hub
    WHERE ${conditions.join(' AND ')}`;
  return { sql, parameters };
}

function distinct(hubs: readonly HubWithWork[]): readonly HubWithWork[] {
  return [...new Map(hubs.map(hub => [hub.id, hub])).values()];
}

type HubAndService = [
  service: string,
  owner: string | null,
  token: string,
  org: string,
  campaign: string,
  project: string,
];

const hubWithWork = (work: string): string => `SELECT n.id AS hub
  FROM network n
  JOIN scope s ON s.id = n.scope
  JOIN service v ON v.identifier = ? AND v.owner = coalesce(?, v.owner)
  WHERE n.token = ? AND s.org = ? AND s.campaign = ? AND s.project = ?
    AND EXISTS (SELECT 1 FROM claim_group g WHERE g.hub = n.id AND g.n_claimable > 0${work})`;
const FIND_WORK = statement<HubAndService, { readonly hub: number }>(hubWithWork(''));
const FIND_ADMITTED_WORK = statement<[...HubAndService, protocols: string], { readonly hub: number }>(
  hubWithWork(' AND g.protocol IN texts(?)'),
);

/** Claims from one hub; see HubStore.claimFromHub. */
export async function claimFromOneHub(database: Database, params: ClaimFromHub): Promise<readonly Key[]> {
  const key = splitKey(params.hub);
  if (key === null || key.qualname !== 'TaskHub') return [];
  const { service, owner = null, protocols } = params;
  const hubAndService: HubAndService = [service, owner, key.token, key.org, key.campaign, key.project];
  const ask =
    protocols === null ? FIND_WORK(...hubAndService) : FIND_ADMITTED_WORK(...hubAndService, list(protocols));
  const found = await database.ask(connection => connection.first(ask));
  if (found === null) return [];
  const taken = await database.take(wishOf(params, found.hub, params.count));
  return taken === 'gone' ? [] : taken;
}
