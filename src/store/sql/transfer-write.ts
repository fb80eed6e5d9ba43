// Takes transfer records into a SQL store. Every write may be repeated: what is there is brought to what the record says. Counts and
// queues are left alone meanwhile, and made for all tasks at once in the end (`settleStore`), as nobody is served from the
// store before.
import { hash } from 'node:crypto';
import { noSuchObject } from '../../domain/errors.ts';
import { TASK_STATUSES } from '../../domain/task-status.ts';
import type {
  IdentityRecord,
  ManagerRecord,
  NetworkRecord,
  PatternRecord,
  ServiceRecord,
  TransferRecord,
} from '../slices/transfer.ts';
import { ofKind } from '../slices/transfer.ts';
import { writeCounted } from './counts-write.ts';
import { type Connection, type Database, statement, type Value } from './database.ts';
import { findObjects } from './keys.ts';
import { enterQueues } from './queues.ts';
import { writeObjectRecords } from './transfer-write-objects.ts';
import { writeRuns, writeStrategies } from './transfer-write-strategies.ts';
import { writeTaskRecords } from './transfer-write-tasks.ts';

/** See TransferStore.write. */
export async function writeRecords(
  database: Database,
  connection: Connection,
  records: readonly TransferRecord[],
): Promise<void> {
  await writeObjectRecords(database, connection, ofKind(records, 'object'));
  await writeNetworks(connection, ofKind(records, 'network'));
  await writePatterns(connection, ofKind(records, 'pattern'));
  await writeManagers(connection, ofKind(records, 'manager'));
  await writeServices(connection, ofKind(records, 'service'));
  await writeTaskRecords(connection, ofKind(records, 'task'));
  await writeStrategies(connection, ofKind(records, 'strategy'));
  await writeRuns(connection, ofKind(records, 'run'));
  await writeIdentities(connection, ofKind(records, 'identity'));
}

const REMOVE_IDENTITY = 'DELETE FROM identity WHERE type = ? AND identifier = ?';
const ADD_IDENTITY = `INSERT INTO identity (type, identifier, hashed_key, disabled, expires, email, full_name)
  VALUES (?, ?, ?, ?, ?, ?, ?)`;
const ADD_SCOPE = `INSERT INTO identity_scope (identity, scope)
  SELECT id, ? FROM identity WHERE type = ? AND identifier = ?
  ON CONFLICT DO NOTHING`;

async function writeIdentities(connection: Connection, records: readonly IdentityRecord[]): Promise<void> {
  const names = records.map(({ type, identifier }) => [type, identifier] as const);
  await connection.runEach(REMOVE_IDENTITY, names);
  await connection.runEach(
    ADD_IDENTITY,
    records.map((record): Value[] => [
      record.type,
      record.identifier,
      record.hashedKey,
      record.disabled ? 1 : 0,
      record.expiresMs,
      record.email,
      record.fullName,
    ]),
  );
  await connection.runEach(
    ADD_SCOPE,
    records.flatMap(({ type, identifier, scopes }) => scopes.map(scope => [scope, type, identifier])),
  );
}

const PUT_NETWORK = `INSERT INTO network (id, scope, token, state, weight)
  VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE
  SET state = excluded.state, weight = excluded.weight`;
const EDGES = `FROM dependency d
  JOIN object t ON t.id = d.child AND t.qualname IN ('Transformation', 'NonTransformation')`;
const ADD_TRANSFORMATIONS = statement<[network: number]>(
  `INSERT INTO transformation (id, protocol)
  SELECT t.id, p.qualname
  ${EDGES}
  JOIN dependency q ON q.parent = t.id AND q.attribute = 'protocol'
  JOIN object p ON p.id = q.child
  WHERE d.parent = ? AND d.attribute = 'edges'
  ON CONFLICT DO NOTHING`,
);
const ADD_EDGES = statement<[network: number]>(
  `INSERT INTO edge (network, transformation)
  SELECT d.parent, t.id
  ${EDGES}
  WHERE d.parent = ? AND d.attribute = 'edges'
  ON CONFLICT DO NOTHING`,
);

async function writeNetworks(connection: Connection, records: readonly NetworkRecord[]): Promise<void> {
  const found = await findObjects(
    connection,
    records.map(({ key }) => key),
  );
  for (const { key, state, weight } of records) {
    const object = found.get(key);
    if (object === undefined) throw noSuchObject(key);
    await connection.runEach(PUT_NETWORK, [
      [object.id, object.scope, hash('md5', key, 'hex'), state, weight],
    ]);
    await connection.run(ADD_TRANSFORMATIONS(object.id));
    await connection.run(ADD_EDGES(object.id));
  }
}

// One by one, as a pattern may be anything. What is to be replaced is removed: its index is no key that a conflict can name.
const REMOVE_PATTERN = 'DELETE FROM restart_pattern WHERE hub = ? AND pattern = ?';
const ADD_PATTERN = 'INSERT INTO restart_pattern (hub, pattern, max_retries) VALUES (?, ?, ?)';

async function writePatterns(connection: Connection, records: readonly PatternRecord[]): Promise<void> {
  const found = await findObjects(
    connection,
    records.map(({ network }) => network),
    'network',
  );
  const rows = records.map(({ network, pattern, maxRetries }) => {
    const hub = found.get(network);
    if (hub === undefined) throw noSuchObject(network);
    return [hub.id, pattern, maxRetries] as const;
  });
  await connection.runEach(
    REMOVE_PATTERN,
    rows.map(([hub, pattern]) => [hub, pattern]),
  );
  await connection.runEach(ADD_PATTERN, rows);
}

const REMOVE_MANAGER = 'DELETE FROM manager WHERE name = ?';
const ADD_MANAGER = `INSERT INTO manager (name, uuid, owner, status, detail, saturation, registered, updated)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;

async function writeManagers(connection: Connection, records: readonly ManagerRecord[]): Promise<void> {
  await connection.runEach(
    REMOVE_MANAGER,
    records.map(({ name }) => [name]),
  );
  await connection.runEach(
    ADD_MANAGER,
    records.map((record): Value[] => [
      record.name,
      record.uuid,
      record.owner,
      record.status,
      record.detail,
      record.saturation,
      record.registeredMs,
      record.updatedMs,
    ]),
  );
}

const PUT_SERVICE = `INSERT INTO service (identifier, owner, registered, heartbeat, manager)
  VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (identifier) DO UPDATE
  SET owner = excluded.owner, registered = excluded.registered, heartbeat = excluded.heartbeat, manager = excluded.manager`;
const REMOVE_FAILURES = `DELETE FROM service_failure
  WHERE service IN (SELECT id FROM service WHERE identifier = ?)`;
const ADD_FAILURE = `INSERT INTO service_failure (service, time)
  SELECT id, CAST(? AS BIGINT) FROM service WHERE identifier = ?`;

async function writeServices(connection: Connection, records: readonly ServiceRecord[]): Promise<void> {
  await connection.runEach(
    PUT_SERVICE,
    records.map((record): Value[] => [
      record.identifier,
      record.owner,
      record.registeredMs,
      record.heartbeatMs,
      record.manager,
    ]),
  );
  await connection.runEach(
    REMOVE_FAILURES,
    records.map(({ identifier }) => [identifier]),
  );
  await connection.runEach(
    ADD_FAILURE,
    records.flatMap(({ identifier, failuresMs }) => failuresMs.toReversed().map(time => [time, identifier])),
  );
}

const LEAVE_QUEUES = statement<[]>(
  'UPDATE action SET claim_group = NULL, draw_key = NULL WHERE claim_group IS NOT NULL',
);
const REMOVE_GROUPS = statement<[]>('DELETE FROM claim_group');
const TALLY = statement<[]>(
  `UPDATE transformation
  SET ${TASK_STATUSES.map(status => `${status} = coalesce(c.${status}, 0)`).join(', ')}
  FROM (
    SELECT f.id, ${TASK_STATUSES.map(status => `sum(CASE WHEN t.status = '${status}' THEN 1 END) AS ${status}`).join(', ')}
    FROM transformation f
    LEFT JOIN task t ON t.transformation = f.id
    GROUP BY f.id
  ) c
  WHERE transformation.id = c.id`,
);
const NEXT_TASKS = statement<[after: number, limit: number], { readonly task: number }>(
  'SELECT DISTINCT task FROM action WHERE task > ? ORDER BY task LIMIT ?',
);
const TASKS_AT_ONCE = 5000;

/** See TransferStore.settle. */
export async function settleStore(database: Database): Promise<void> {
  await database.write(async connection => {
    await connection.run(LEAVE_QUEUES());
    await connection.run(REMOVE_GROUPS());
    await connection.run(TALLY());
  });
  for (let after = -1; ; ) {
    const last = after;
    const tasks = await writeCounted(database, async (connection, counts) => {
      const rows = await connection.all(NEXT_TASKS(last, TASKS_AT_ONCE));
      const ids = rows.map(({ task }) => task);
      await enterQueues(connection, counts, { tasks: ids, hub: null });
      return ids;
    });
    if (tasks.length < TASKS_AT_ONCE) return;
    after = tasks.at(-1) as number;
    await database.pause();
  }
}
