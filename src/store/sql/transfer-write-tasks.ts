// Tasks from transfer records, with what hangs on them. Hubs, patterns and services have come before. Texts that may hold anything
// travel one by one: in a JSON list a NUL would end them.
import { noSuchObject } from '../../domain/errors.ts';
import type { TaskRecord } from '../slices/transfer.ts';
import { type Connection, list, statement, table, type Value } from './database.ts';
import { ensureScope, findObjects, findTasks, splitKey, type TaskRow } from './keys.ts';

type Tasks = ReadonlyMap<string, TaskRow>;

/** Writes tasks; a task that one extends stands before it, or is there. */
export async function writeTaskRecords(
  connection: Connection,
  records: readonly TaskRecord[],
): Promise<void> {
  if (records.length === 0) return;
  await putTasks(connection, records);
  const keys = records.flatMap(record =>
    record.extends === null ? [record.key] : [record.key, record.extends],
  );
  const tasks = await findTasks(connection, keys);
  await setParents(connection, records, tasks);
  await putActions(connection, records, tasks);
  await putResults(connection, records, tasks);
}

const FIND_SERVICES = statement<[identifiers: string], { readonly id: number; readonly identifier: string }>(
  'SELECT id, identifier FROM service WHERE identifier IN texts(?)',
);
const PUT_TASKS = statement<[rows: string]>(
  `INSERT INTO task (scope, token, transformation, status, priority, created, creator, claimed_by, claimed_at)
  SELECT d.scope, d.token, d.transformation, d.status, CAST(d.priority AS BIGINT), d.created, d.creator,
    d.claimed_by, d.claimed_at
  FROM rows(? AS scope INTEGER, token TEXT, transformation INTEGER, status TEXT, priority TEXT, created INTEGER, creator TEXT, claimed_by INTEGER, claimed_at INTEGER) d
  WHERE true
  ON CONFLICT (scope, token) DO UPDATE
  SET status = excluded.status, priority = excluded.priority, created = excluded.created, creator = excluded.creator,
    claimed_by = excluded.claimed_by, claimed_at = excluded.claimed_at`,
);

async function putTasks(connection: Connection, records: readonly TaskRecord[]): Promise<void> {
  const transformations = await findObjects(
    connection,
    new Set(records.map(({ transformation }) => transformation)),
    'transformation',
  );
  const claimed = records.flatMap(({ claim }) => (claim === null ? [] : [claim.service]));
  const services = new Map(
    (await connection.all(FIND_SERVICES(list([...new Set(claimed)])))).map(({ id, identifier }) => [
      identifier,
      id,
    ]),
  );
  const scopes = new Map<string, number>();
  const rows: (readonly (string | number | null)[])[] = [];
  for (const { key, transformation, status, priority, createdMs, creator, claim } of records) {
    const parts = splitKey(key);
    const row = transformations.get(transformation);
    if (parts === null || row === undefined) throw noSuchObject(transformation);
    const scopeText = `${parts.org}-${parts.campaign}-${parts.project}`;
    const scope = scopes.get(scopeText) ?? (await ensureScope(connection, parts));
    scopes.set(scopeText, scope);
    const service = claim === null ? null : services.get(claim.service);
    if (service === undefined) throw noSuchObject(claim?.service ?? '');
    rows.push([
      scope,
      parts.token,
      row.id,
      status,
      priority,
      createdMs,
      creator,
      service,
      claim?.claimedMs ?? null,
    ]);
  }
  await connection.run(PUT_TASKS(table(rows)));
}

const SET_PARENTS = statement<[rows: string]>(
  `UPDATE task
  SET parent = d.parent
  FROM rows(? AS id INTEGER, parent INTEGER) d
  WHERE task.id = d.id`,
);

async function setParents(
  connection: Connection,
  records: readonly TaskRecord[],
  tasks: Tasks,
): Promise<void> {
  const rows = records.flatMap(({ key, extends: parent }) => {
    return parent === null ? [] : [[rowOf(tasks, key).id, rowOf(tasks, parent).id] as const];
  });
  if (rows.length > 0) await connection.run(SET_PARENTS(table(rows)));
}

function rowOf<Row>(found: ReadonlyMap<string, Row>, key: string): Row {
  const row = found.get(key);
  if (row === undefined) throw noSuchObject(key);
  return row;
}

const REMOVE_ACTIONS = statement<[tasks: string]>('DELETE FROM action WHERE task IN numbers(?)');
const ADD_ACTIONS = statement<[rows: string]>(
  `INSERT INTO action (task, hub, weight)
  SELECT d.task, d.hub, d.weight FROM rows(? AS task INTEGER, hub INTEGER, weight REAL) d`,
);
const FIND_PATTERNS = statement<
  [hubs: string],
  { readonly id: number; readonly hub: number; readonly pattern: string }
>('SELECT id, hub, pattern FROM restart_pattern WHERE hub IN numbers(?)');
const ADD_RESTARTS = statement<[rows: string]>(
  `INSERT INTO restart (task, hub, pattern, retries)
  SELECT d.task, d.hub, d.pattern, d.retries
  FROM rows(? AS task INTEGER, hub INTEGER, pattern INTEGER, retries INTEGER) d`,
);

async function putActions(
  connection: Connection,
  records: readonly TaskRecord[],
  tasks: Tasks,
): Promise<void> {
  await connection.run(REMOVE_ACTIONS(list(records.map(({ key }) => rowOf(tasks, key).id))));
  const networks = new Set(records.flatMap(({ actions }) => actions.map(({ network }) => network)));
  if (networks.size === 0) return;
  const hubs = await findObjects(connection, networks, 'network');
  const found = await connection.all(FIND_PATTERNS(list([...hubs.values()].map(({ id }) => id))));
  const patterns = new Map(found.map(({ id, hub, pattern }) => [`${hub} ${pattern}`, id]));
  const rows: (readonly number[])[] = [];
  const restarts: (readonly number[])[] = [];
  for (const { key, actions } of records) {
    const task = rowOf(tasks, key).id;
    for (const action of actions) {
      const hub = rowOf(hubs, action.network).id;
      rows.push([task, hub, action.weight]);
      for (const { pattern, retries } of action.restarts) {
        restarts.push([task, hub, rowOf(patterns, `${hub} ${pattern}`), retries]);
      }
    }
  }
  await connection.run(ADD_ACTIONS(table(rows)));
  if (restarts.length > 0) await connection.run(ADD_RESTARTS(table(restarts)));
}

const ADD_RESULTS = statement<[rows: string]>(
  `INSERT INTO result (task, token, obj_key, ok, location, created, creator)
  SELECT d.task, d.token, d.obj_key, d.ok, d.location, d.created, d.creator
  FROM rows(? AS task INTEGER, token TEXT, obj_key TEXT, ok INTEGER, location TEXT, created INTEGER, creator TEXT) d
  WHERE true
  ON CONFLICT DO NOTHING`,
);
const FIND_RESULTS = statement<
  [tasks: string],
  { readonly id: number; readonly task: number; readonly token: string }
>('SELECT id, task, token FROM result WHERE task IN numbers(?) AND ok = 0');
const ADD_TRACEBACK = `INSERT INTO traceback (result, position, text, source_key, failure_key)
  VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO NOTHING`;

async function putResults(
  connection: Connection,
  records: readonly TaskRecord[],
  tasks: Tasks,
): Promise<void> {
  const rows = records.flatMap(({ key, results }) =>
    results.map(({ key: ref, objKey, ok, location, createdMs, creator }) => {
      return [rowOf(tasks, key).id, tokenOf(ref), objKey, ok ? 1 : 0, location, createdMs, creator] as const;
    }),
  );
  if (rows.length === 0) return;
  await connection.run(ADD_RESULTS(table(rows)));
  const failed = records.filter(({ results }) => results.some(({ tracebacks }) => tracebacks.length > 0));
  if (failed.length === 0) return;
  const found = await connection.all(FIND_RESULTS(list(failed.map(({ key }) => rowOf(tasks, key).id))));
  const ids = new Map(found.map(({ id, task, token }) => [`${task} ${token}`, id]));
  const tracebacks = failed.flatMap(({ key, results }) =>
    results.flatMap(({ key: ref, tracebacks }) =>
      tracebacks.map(({ text, sourceKey, failureKey }, position): Value[] => {
        return [rowOf(ids, `${rowOf(tasks, key).id} ${tokenOf(ref)}`), position, text, sourceKey, failureKey];
      }),
    ),
  );
  await connection.runEach(ADD_TRACEBACK, tracebacks);
}

function tokenOf(ref: string): string {
  return splitKey(ref)?.token ?? ref;
}
