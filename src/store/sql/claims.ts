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
import { type Connection, type Database, list, statement } from './database.ts';
import { coveredScopes, scopeList, splitKey } from './keys.ts';
import { rebaseClock } from './queues.ts';
import { acceptedIn, countMove } from './statuses.ts';

/** A registered service about to claim. */
interface Claimer {
  /** Its row; a row's number may be given again, the identifier is not. */
  readonly service: number;
  readonly identifier: string;
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
  readonly service: number;
  readonly failures: number;
  readonly forgotten: number;
}

const STANDING = statement<[sinceMs: number, sinceMs: number, service: string], Standing>(
  `SELECT
    s.id AS service,
    (SELECT count(*) FROM service_failure f WHERE f.service = s.id AND f.time > ?) AS failures,
    (SELECT count(*) FROM service_failure f WHERE f.service = s.id AND f.time <= ?) AS forgotten
  FROM service s
  WHERE s.identifier = ?`,
);

interface HubWithWork {
  readonly id: number;
  readonly weight: number;
}

const HUBS_WITH_WORK = statement<WorkParameters, HubWithWork>(
  `SELECT DISTINCT n.id, n.weight ${WORK} ORDER BY n.id`,
);

const FORGET_FAILURES = statement<[service: string, sinceMs: number]>(
  'DELETE FROM service_failure WHERE service = (SELECT id FROM service WHERE identifier = ?) AND time <= ?',
);

/** Claims across hubs; see HubStore.claim. */
export async function claimAcrossHubs(database: Database, params: ClaimTasks): Promise<ClaimAnswer> {
  const sinceMs = params.failuresSince.getTime();
  const work = workParameters(params);
  const { standing, hubs } = await database.read(async connection => {
    const standing = await connection.first(STANDING(sinceMs, sinceMs, params.service));
    if (standing === null || standing.failures > params.maxFailures) return { standing: null, hubs: [] };
    return { standing, hubs: await connection.all(HUBS_WITH_WORK(...work)) };
  });
  if (standing === null) return { denied: true };
  if (hubs.length === 0) return { denied: false, tasks: [] };
  const claimer = {
    ...standing,
    identifier: params.service,
    protocols: work[2],
    nowMs: params.now.getTime(),
  };
  return database.write(async connection => {
    if (standing.forgotten > 0) await connection.run(FORGET_FAILURES(params.service, sinceMs));
    const left = [...hubs];
    const tasks: Key[] = [];
    while (tasks.length < params.count) {
      const weights = left.map(({ weight }) => weight);
      const drawn = drawIndex(weights, database.random());
      const [hub] = drawn === null ? [] : left.splice(drawn, 1);
      if (hub === undefined) break;
      tasks.push(...(await takeFromHub(connection, hub.id, claimer, params.count - tasks.length)));
    }
    return { denied: false, tasks };
  });
}

const FIND_HUB_AND_SERVICE = statement<
  [service: string, token: string, org: string, campaign: string, project: string],
  { readonly hub: number; readonly service: number }
>(
  `SELECT n.id AS hub, v.id AS service
  FROM network n
  JOIN scope s ON s.id = n.scope
  JOIN service v ON v.identifier = ?
  WHERE n.token = ? AND s.org = ? AND s.campaign = ? AND s.project = ?`,
);

/** Claims from one hub; see HubStore.claimFromHub. */
export async function claimFromOneHub(database: Database, params: ClaimFromHub): Promise<readonly Key[]> {
  const key = splitKey(params.hub);
  if (key === null || key.qualname !== 'TaskHub') return [];
  const protocols = params.protocols === null ? null : list(params.protocols);
  const ask = FIND_HUB_AND_SERVICE(params.service, key.token, key.org, key.campaign, key.project);
  const hasWork = await database.read(async connection => {
    const found = await connection.first(ask);
    return found !== null && (await readHeads(connection, found.hub, protocols)).length > 0;
  });
  if (!hasWork) return [];
  return database.write(async connection => {
    const found = await connection.first(ask);
    if (found === null) return [];
    const claimer = {
      service: found.service,
      identifier: params.service,
      protocols,
      nowMs: params.now.getTime(),
    };
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
    AND g.priority = (SELECT min(g.priority) FROM claim_group g WHERE g.hub = ? AND g.n_claimable > 0${admitted})
  ORDER BY g.id`;
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

const FIRST_OF_GROUP = statement<[group: number], { readonly task: number }>(
  'SELECT task FROM action WHERE claim_group = ? ORDER BY draw_key, task LIMIT 1',
);
const ADVANCE = 'UPDATE claim_group SET clock = clock + ? WHERE id = ?';

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
    const winner = heads[draw.index] as Head;
    const first = await connection.first(FIRST_OF_GROUP(winner.id));
    if (first === null) break;
    await connection.runEach(
      ADVANCE,
      heads.map(head => [draw.advance, head.id]),
    );
    const key = await takeTask(connection, first.task, hub, claimer);
    if (key !== null) taken.push(key);
    for (const head of heads) await rebaseClock(connection, head.id, head.clock + draw.advance);
  }
  return taken;
}

interface Taken {
  readonly key: Key;
  readonly transformation: number;
}

// Draws from the queue, and yet asks the task itself: what is returned is what this statement has changed.
const TAKE = statement<
  [service: number, nowMs: number, task: number, hub: number, service: number, identifier: string],
  Taken
>(
  `UPDATE task
  SET status = 'running', claimed_by = ?, claimed_at = ?
  WHERE task.id = ?
    AND task.status IN (${acceptedIn('claim')})
    AND task.claimed_by IS NULL
    AND (task.parent IS NULL OR EXISTS (SELECT 1 FROM task p WHERE p.id = task.parent AND p.status = 'complete'))
    AND EXISTS (SELECT 1 FROM action a WHERE a.hub = ? AND a.task = task.id AND a.weight > 0)
    AND EXISTS (SELECT 1 FROM service v WHERE v.id = ? AND v.identifier = ?)
  RETURNING
    transformation,
    'Task-' || token || '-' || (
      SELECT s.org || '-' || s.campaign || '-' || s.project FROM scope s WHERE s.id = task.scope
    ) AS key`,
);

const LEAVE_GROUPS = statement<[task: number]>(
  `UPDATE claim_group
  SET n_claimable = n_claimable - 1, clock = CASE WHEN n_claimable = 1 THEN 0 ELSE clock END
  WHERE id IN (SELECT claim_group FROM action WHERE task = ?)`,
);
const CLEAR_DRAW_KEYS = statement<[task: number]>(
  'UPDATE action SET claim_group = NULL, draw_key = NULL WHERE task = ?',
);

/** Gives a task to a service and takes it out of the queues of every hub; null when it could not be claimed. */
async function takeTask(
  connection: Connection,
  task: number,
  hub: number,
  { service, identifier, nowMs }: Claimer,
): Promise<Key | null> {
  const taken = await connection.first(TAKE(service, nowMs, task, hub, service, identifier));
  await connection.run(LEAVE_GROUPS(task));
  await connection.run(CLEAR_DRAW_KEYS(task));
  if (taken === null) return null;
  await connection.run(countMove('waiting', 'running')(taken.transformation));
  return taken.key;
}
