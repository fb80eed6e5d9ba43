// Claims: which service gets which task. domain/claim.ts has the law; here it is an index lookup.
//
// A claim first reads: is the service registered and not denied, and which hubs have work for it? An idle service, which
// asks every half minute for ever, ends here and never waits for the lock of a writer. When there is work, one
// transaction draws hubs in proportion to their weight, each at most once, and from a hub takes tasks one by one: the
// groups of the best priority are compared by the residual of their first task, the smallest wins, and every group
// considered advances its clock by it. About ten statements of 2 to 10 µs, whatever the length of the queue; the
// commit costs more than all of them (0.2 ms with its flush to disk).
import { drawGroup, drawIndex } from '../../domain/claim.ts';
import type { ClaimAnswer, ClaimFromHub, ClaimTasks, Key } from '../state-store.ts';
import { type Connection, type Database, list, type Statement, statement, type Value } from './database.ts';
import { coveredScopes, scopeList, splitKey } from './keys.ts';
import { rebaseClock } from './queues.ts';
import { acceptedIn, countMove } from './statuses.ts';

/** A registered service about to claim. */
interface Claimer {
  readonly service: number;
  /** Class names of protocols as a JSON list; null admits any. */
  readonly protocols: string | null;
  readonly nowMs: number;
}

/** SQL: the queues `g` on hubs `n` that may be claimed from now. What managers are told of work, claims can have. */
export const WORK = `FROM claim_group g
    JOIN network n ON n.id = g.hub
    WHERE g.n_claimable > 0
      AND n.weight > 0
      AND n.scope IN (${coveredScopes()})
      AND n.scope NOT IN (${coveredScopes()})
      AND (? IS NULL OR g.protocol IN (SELECT value FROM json_each(?)))`;

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

const FIND_SERVICE = statement<[service: string, owner: string | null], { readonly id: number }>(
  'SELECT id FROM service WHERE identifier = ? AND owner = coalesce(?, owner)',
);

const FORGET_FAILURES = statement<[service: number, sinceMs: number]>(
  'DELETE FROM service_failure WHERE service = ? AND time <= ?',
);

/** Claims across hubs; see HubStore.claim. */
export async function claimAcrossHubs(database: Database, params: ClaimTasks): Promise<ClaimAnswer> {
  const sinceMs = params.failuresSince.getTime();
  const ask = STANDING(sinceMs, sinceMs, params.service, params.owner ?? null);
  const askForHubs = hubsWithWork(params);
  const before = await database.read(async connection => {
    const standing = await connection.first(ask);
    if (standing === null || standing.failures > params.maxFailures) return null;
    return { standing, hubs: distinct(await connection.all(askForHubs)) };
  });
  if (before === null) return { denied: true };
  if (before.hubs.length === 0) return { denied: false, tasks: [] };
  const protocols = params.protocols === null ? null : list(params.protocols);
  return database.write(async connection => {
    // It may have left, or fallen silent, since it was looked at.
    const service = (await connection.first(FIND_SERVICE(params.service, params.owner ?? null)))?.id;
    if (service === undefined) return { denied: true };
    if (before.standing.forgotten > 0) await connection.run(FORGET_FAILURES(service, sinceMs));
    const claimer = { service, protocols, nowMs: params.now.getTime() };
    const hubs = [...before.hubs];
    const tasks: Key[] = [];
    while (tasks.length < params.count) {
      const weights = hubs.map(({ weight }) => weight);
      const drawn = drawIndex(weights, database.random());
      const [hub] = drawn === null ? [] : hubs.splice(drawn, 1);
      if (hub === undefined) break;
      tasks.push(...(await takeFromHub(connection, hub.id, claimer, params.count - tasks.length)));
    }
    return { denied: false, tasks };
  });
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
  if (protocols !== null) restrict('g.protocol IN (SELECT value FROM json_each(?))', list(protocols));
  const sql = `SELECT n.id, n.weight
    FROM claim_group g
    JOIN network n ON n.id = g.hub
    WHERE ${conditions.join(' AND ')}`;
  return { sql, parameters };
}

function distinct(hubs: readonly HubWithWork[]): readonly HubWithWork[] {
  return [...new Map(hubs.map(hub => [hub.id, hub])).values()];
}

const FIND_HUB_AND_SERVICE = statement<
  [service: string, owner: string | null, token: string, org: string, campaign: string, project: string],
  { readonly hub: number; readonly service: number }
>(
  `SELECT n.id AS hub, v.id AS service
  FROM network n
  JOIN scope s ON s.id = n.scope
  JOIN service v ON v.identifier = ? AND v.owner = coalesce(?, v.owner)
  WHERE n.token = ? AND s.org = ? AND s.campaign = ? AND s.project = ?`,
);

/** Claims from one hub; see HubStore.claimFromHub. */
export async function claimFromOneHub(database: Database, params: ClaimFromHub): Promise<readonly Key[]> {
  const key = splitKey(params.hub);
  if (key === null || key.qualname !== 'TaskHub') return [];
  const protocols = params.protocols === null ? null : list(params.protocols);
  const ask = FIND_HUB_AND_SERVICE(
    params.service,
    params.owner ?? null,
    key.token,
    key.org,
    key.campaign,
    key.project,
  );
  const hasWork = await database.read(async connection => {
    const found = await connection.first(ask);
    return found !== null && (await readHeads(connection, found.hub, protocols)).length > 0;
  });
  if (!hasWork) return [];
  return database.write(async connection => {
    const found = await connection.first(ask);
    if (found === null) return [];
    const claimer = { service: found.service, protocols, nowMs: params.now.getTime() };
    return takeFromHub(connection, found.hub, claimer, params.count);
  });
}

/** A group of the best priority on a hub, seen through its first task. */
interface Head {
  readonly id: number;
  readonly clock: number;
  readonly drawKey: number;
}

const headsOf = (admitted: string): string => `SELECT
    g.id,
    g.clock,
    (SELECT min(a.draw_key) FROM action a WHERE a.claim_group = g.id) AS "drawKey"
  FROM claim_group g
  WHERE g.hub = ?
    AND g.n_claimable > 0${admitted}
    AND g.priority = (SELECT min(g.priority) FROM claim_group g WHERE g.hub = ? AND g.n_claimable > 0${admitted})`;
const ADMITTED = ' AND g.protocol IN (SELECT value FROM json_each(?))';

const HEADS = statement<[hub: number, hub: number], Head>(headsOf(''));
const ADMITTED_HEADS = statement<[hub: number, protocols: string, hub: number, protocols: string], Head>(
  headsOf(ADMITTED),
);

function readHeads(connection: Connection, hub: number, protocols: string | null): Promise<readonly Head[]> {
  return connection.all(
    protocols === null ? HEADS(hub, hub) : ADMITTED_HEADS(hub, protocols, hub, protocols),
  );
}

interface First {
  readonly task: number;
  readonly transformation: number;
  readonly key: Key;
}

const FIRST_OF_GROUP = statement<[group: number], First>(
  `SELECT
    a.task,
    t.transformation,
    'Task-' || t.token || '-' || s.org || '-' || s.campaign || '-' || s.project AS key
  FROM action a
  JOIN task t ON t.id = a.task
  JOIN scope s ON s.id = t.scope
  WHERE a.claim_group = ?
  ORDER BY a.draw_key
  LIMIT 1`,
);

async function takeFromHub(
  connection: Connection,
  hub: number,
  claimer: Claimer,
  count: number,
): Promise<readonly Key[]> {
  const taken: Key[] = [];
  while (taken.length < count) {
    const heads = await readHeads(connection, hub, claimer.protocols);
    const draw = drawGroup(heads);
    if (draw === null) break;
    const first = await connection.first(FIRST_OF_GROUP((heads[draw.index] as Head).id));
    if (first === null) break;
    await leaveGroups(connection, first.task, heads, draw.advance);
    if (await takeTask(connection, first, hub, claimer)) taken.push(first.key);
    for (const head of heads) await rebaseClock(connection, head.id, head.clock + draw.advance);
  }
  return taken;
}

const GROUPS_OF_TASK = statement<[task: number], { readonly id: number }>(
  'SELECT claim_group AS id FROM action WHERE task = ? AND claim_group IS NOT NULL',
);
const ADVANCE_AND_SHRINK = `UPDATE claim_group
  SET n_claimable = n_claimable - ?, clock = CASE WHEN n_claimable = ? THEN 0 ELSE clock + ? END
  WHERE id = ?`;
const CLEAR_DRAW_KEYS = statement<[task: number]>(
  'UPDATE action SET claim_group = NULL, draw_key = NULL WHERE task = ?',
);

/** Advances the clocks of the groups considered, and takes the task drawn out of its groups on every hub. */
async function leaveGroups(
  connection: Connection,
  task: number,
  considered: readonly Head[],
  advance: number,
): Promise<void> {
  const advances = new Map(considered.map(({ id }) => [id, { n: 0, advance }]));
  for (const { id } of await connection.all(GROUPS_OF_TASK(task))) {
    advances.set(id, { n: 1, advance: advances.get(id)?.advance ?? 0 });
  }
  await connection.runEach(
    ADVANCE_AND_SHRINK,
    [...advances].map(([id, change]) => [change.n, change.n, change.advance, id]),
  );
  await connection.run(CLEAR_DRAW_KEYS(task));
}

// Drawn from the queue, and yet the task itself is asked: a claim is what this statement has changed.
const TAKE = statement<[service: number, nowMs: number, task: number, hub: number]>(
  `UPDATE task
  SET status = 'running', claimed_by = ?, claimed_at = ?
  WHERE id = ?
    AND status IN (${acceptedIn('claim')})
    AND claimed_by IS NULL
    AND (parent IS NULL OR EXISTS (SELECT 1 FROM task p WHERE p.id = task.parent AND p.status = 'complete'))
    AND EXISTS (SELECT 1 FROM action a WHERE a.task = task.id AND a.hub = ? AND a.weight > 0)`,
);

/** Gives a task to a service; false when it could not be claimed, which only a damaged queue leads to. */
async function takeTask(
  connection: Connection,
  { task, transformation }: First,
  hub: number,
  { service, nowMs }: Claimer,
): Promise<boolean> {
  if ((await connection.run(TAKE(service, nowMs, task, hub))) === 0) return false;
  await connection.run(countMove('waiting', 'running')(transformation));
  return true;
}
