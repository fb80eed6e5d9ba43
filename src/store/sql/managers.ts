// Compute managers: one registration a name. What a manager is told counts the tasks that a claim could draw now, by the
// same statement that claims use to look for work.
//
// Differs from alchemiscale: names are unique whatever comes at once; `steal` of a name that nobody has registers; the count
// of tasks leaves out what weights of 0 keep from being claimed; only the identity that registered a manager reports for it.
import type { ManagerStatus } from '../../domain/manager.ts';
import type {
  ManagerStore,
  ManagerSurvey,
  RegisterManager,
  SurveyForManager,
  UpdateManagerStatus,
} from '../state-store.ts';
import { type Connection, type Database, LocksMissed, statement } from './database.ts';
import { WORK, type WorkParameters, workParameters } from './work.ts';

/** The manager slice of a SQL store. */
export function createManagerStore(database: Database): ManagerStore {
  return {
    register: params => database.write(connection => register(connection, params)),
    deregister: ({ manager, owner }) =>
      database.write(async connection => {
        await connection.run(DEREGISTER(manager.name, manager.uuid, owner));
      }),
    updateStatus: params => database.write(connection => updateStatus(connection, params)),
    clearError: ({ name }) => database.write(connection => clearError(connection, name)),
    async expire({ okBefore, errorBefore }) {
      const times = [okBefore.getTime(), errorBefore.getTime()] as const;
      // Every report of a manager asks; nearly always nobody is silent, and no writer is disturbed.
      const silent = await database.ask(connection => connection.first(FIND_SILENT(...times)));
      if (silent !== null) await database.write(connection => connection.run(FORGET_SILENT(...times)));
    },
    survey: params => database.read(connection => survey(connection, params)),
  };
}

interface Registration {
  readonly uuid: string;
  readonly owner: string;
  readonly status: ManagerStatus;
}

const FIND = statement<[name: string], Registration>(
  'SELECT uuid, owner, status FROM manager WHERE name = ?',
);
const HOLD = statement<[name: string], Registration>(
  'SELECT uuid, owner, status FROM manager WHERE name = ? FOR UPDATE',
);
const ADD = statement<[name: string, uuid: string, owner: string, registeredMs: number, updatedMs: number]>(
  `INSERT INTO manager (name, uuid, owner, status, saturation, registered, updated)
  VALUES (?, ?, ?, 'OK', 0, ?, ?)
  ON CONFLICT DO NOTHING`,
);
const REPLACE = statement<
  [uuid: string, owner: string, registeredMs: number, updatedMs: number, name: string]
>('UPDATE manager SET uuid = ?, owner = ?, saturation = 0, registered = ?, updated = ? WHERE name = ?');

async function register(
  connection: Connection,
  { manager: { name, uuid }, owner, steal, now }: RegisterManager,
): Promise<ManagerStatus | null> {
  const nowMs = now.getTime();
  // Of two that want a new name at once, one adds it, and the other finds it.
  if ((await connection.run(ADD(name, uuid, owner, nowMs, nowMs))) > 0) return null;
  const taken = await connection.first(HOLD(name));
  if (taken === null) throw new LocksMissed();
  const isSame = taken.uuid === uuid && taken.owner === owner;
  if (taken.status === 'ERROR' || !(steal || isSame)) return taken.status;
  await connection.run(REPLACE(uuid, owner, nowMs, nowMs, name));
  return null;
}

const DEREGISTER = statement<[name: string, uuid: string, owner: string]>(
  "DELETE FROM manager WHERE name = ? AND uuid = ? AND owner = ? AND status <> 'ERROR'",
);

const UPDATE_STATUS = statement<
  [
    status: ManagerStatus,
    detail: string | null,
    saturation: number | null,
    updatedMs: number,
    name: string,
    uuid: string,
    owner: string,
  ]
>(
  `UPDATE manager
  SET status = ?, detail = ?, saturation = ?, updated = ?
  WHERE name = ? AND uuid = ? AND owner = ?`,
);

async function updateStatus(connection: Connection, params: UpdateManagerStatus): Promise<boolean> {
  const { manager, owner, status, now } = params;
  const detail = status === 'ERROR' ? params.detail : null;
  const saturation = status === 'OK' ? params.saturation : null;
  const update = UPDATE_STATUS(status, detail, saturation, now.getTime(), manager.name, manager.uuid, owner);
  return (await connection.run(update)) > 0;
}

const CLEAR_ERROR = statement<[name: string]>("DELETE FROM manager WHERE name = ? AND status = 'ERROR'");

async function clearError(
  connection: Connection,
  name: string,
): Promise<'cleared' | 'unknown' | 'not in error'> {
  if ((await connection.run(CLEAR_ERROR(name))) > 0) return 'cleared';
  return (await connection.first(FIND(name))) === null ? 'unknown' : 'not in error';
}

const SILENT = "(status = 'OK' AND updated < ?) OR (status = 'ERROR' AND updated < ?)";
const FIND_SILENT = statement<[okBeforeMs: number, errorBeforeMs: number], { readonly name: string }>(
  `SELECT name FROM manager WHERE ${SILENT} LIMIT 1`,
);
const FORGET_SILENT = statement<[okBeforeMs: number, errorBeforeMs: number]>(
  `DELETE FROM manager WHERE ${SILENT}`,
);

const LIST_SERVICES = statement<
  [sinceMs: number, manager: string],
  { readonly identifier: string; readonly failures: number }
>(
  `SELECT
    s.identifier,
    (SELECT count(*) FROM service_failure f WHERE f.service = s.id AND f.time > ?) AS failures
  FROM service s
  WHERE s.manager = ?
  ORDER BY s.identifier`,
);

// Lengths of queues are kept, so tasks are only looked at where one may stand in two queues: on hubs that share a
// transformation. There 300,000 take 0.25 s, elsewhere any number less than a millisecond.
const COUNT_CLAIMABLE = statement<WorkParameters, { readonly n: number }>(
  `WITH
    queue (id, hub, n) AS (SELECT g.id, g.hub, g.n_claimable ${WORK}),
    sharing (hub) AS (
      SELECT h.hub
      FROM (SELECT DISTINCT hub FROM queue) h
      WHERE EXISTS (
        SELECT 1
        FROM edge e
        JOIN edge other ON other.transformation = e.transformation AND other.network <> e.network
        WHERE e.network = h.hub AND other.network IN (SELECT hub FROM queue)
      )
    )
  SELECT
    (SELECT coalesce(sum(n), 0) FROM queue WHERE hub NOT IN (SELECT hub FROM sharing)) + (
      SELECT count(DISTINCT a.task)
      FROM queue q
      JOIN action a ON a.claim_group = q.id
      WHERE q.hub IN (SELECT hub FROM sharing)
    ) AS n`,
);

async function survey(connection: Connection, params: SurveyForManager): Promise<ManagerSurvey | null> {
  const { manager, scopes, protocols, maxFailures, failuresSince } = params;
  const registration = await connection.first(FIND(manager.name));
  if (registration?.uuid !== manager.uuid) return null;
  const services = await connection.all(LIST_SERVICES(failuresSince.getTime(), manager.name));
  const claimable = await connection.first(
    COUNT_CLAIMABLE(...workParameters({ scopes, exclude: [], protocols })),
  );
  return {
    services: services.map(({ identifier }) => identifier),
    isFailing: services.some(({ failures }) => failures > maxFailures),
    claimableTasks: claimable?.n ?? 0,
  };
}
