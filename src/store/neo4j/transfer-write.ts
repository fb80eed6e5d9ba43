// Takes transfer records into the graph, in the original's form. Every write may be repeated.
import { hash } from 'node:crypto';
import type {
  IdentityRecord,
  ManagerRecord,
  NetworkRecord,
  PatternRecord,
  RunRecord,
  ServiceRecord,
  TransferRecord,
} from '../slices/transfer.ts';
import { ofKind } from '../slices/transfer.ts';
import { type Database, type Statement, statement, type Transaction, type Value } from './database.ts';
import { MODELS_MODULE, objectProperties, scopeProperties, specificScopeOf } from './keys.ts';
import { markNetwork } from './network-create.ts';
import { writeObjectRecords } from './transfer-write-objects.ts';
import { hubOf, writeStrategyRecords, writeTaskRecords } from './transfer-write-tasks.ts';

type Row = { readonly [name: string]: Value };
type Rows = { readonly rows: readonly Row[] };

/** See TransferStore.write. */
export async function writeRecords(database: Database, records: readonly TransferRecord[]): Promise<void> {
  const objects = ofKind(records, 'object');
  if (objects.length > 0) await writeObjectRecords(database, objects);
  const others = records.filter(({ kind }) => kind !== 'object');
  if (others.length === 0 && objects.length > 0) return;
  await database.write(async tx => {
    await writeNetworks(tx, ofKind(others, 'network'));
    await writePatterns(tx, ofKind(others, 'pattern'));
    await writeManagers(tx, ofKind(others, 'manager'));
    await writeServices(tx, ofKind(others, 'service'));
    await writeTaskRecords(tx, ofKind(others, 'task'));
    await writeStrategyRecords(tx, ofKind(others, 'strategy'));
    await writeRuns(tx, ofKind(others, 'run'));
    await writeIdentities(tx, ofKind(others, 'identity'));
  });
}

const putIdentities = (label: string): ((parameters: Rows) => Statement<never>) =>
  statement<Rows>(
    `UNWIND $rows AS row
    MERGE (n:${label} {identifier: row.identifier})
    SET n:CredentialedEntity, n = row`,
  );
const PUT_IDENTITIES = {
  user: putIdentities('CredentialedUserIdentity'),
  compute: putIdentities('CredentialedComputeIdentity'),
};

async function writeIdentities(tx: Transaction, records: readonly IdentityRecord[]): Promise<void> {
  for (const type of ['user', 'compute'] as const) {
    const rows = records
      .filter(record => record.type === type)
      .map(record => ({
        identifier: record.identifier,
        hashed_key: record.hashedKey,
        disabled: record.disabled,
        expires: record.expiresMs === null ? null : new Date(record.expiresMs),
        scopes: record.scopes,
        email: record.email,
        full_name: record.fullName,
      }));
    if (rows.length > 0) await tx.run(PUT_IDENTITIES[type]({ rows }));
  }
}

const SET_WEIGHTS = statement<Rows>(
  `UNWIND $rows AS row
  MATCH (h:GufeTokenizable {_scoped_key: row.hub})
  SET h.weight = row.weight`,
);

async function writeNetworks(tx: Transaction, records: readonly NetworkRecord[]): Promise<void> {
  if (records.length === 0) return;
  for (const { key, state } of records) await markNetwork(tx, key, specificScopeOf(key), state);
  await tx.run(SET_WEIGHTS({ rows: records.map(({ key, weight }) => ({ hub: hubOf(key), weight })) }));
}

const PUT_PATTERNS = statement<Rows>(
  `UNWIND $rows AS row
  MATCH (h:GufeTokenizable {_scoped_key: row.hub})
  MERGE (p:GufeTokenizable {_scoped_key: row.properties._scoped_key})
  SET p:TaskRestartPattern, p = row.properties
  MERGE (p)-[e:ENFORCES]->(h)
  SET e = row.scope`,
);

async function writePatterns(tx: Transaction, records: readonly PatternRecord[]): Promise<void> {
  const rows = records.map(({ network, pattern, maxRetries }) => {
    const [hub, scope] = [hubOf(network), specificScopeOf(network)];
    const key = `TaskRestartPattern-${hash('md5', `${pattern}${hub}`, 'hex')}`;
    const own = { pattern, max_retries: BigInt(maxRetries), taskhub_scoped_key: hub };
    return {
      hub,
      properties: { ...objectProperties(key, scope, MODELS_MODULE), ...own },
      scope: scopeProperties(scope),
    };
  });
  if (rows.length > 0) await tx.run(PUT_PATTERNS({ rows }));
}

const PUT_MANAGERS = statement<Rows>(
  `UNWIND $rows AS row
  MERGE (m:ComputeManagerRegistration {name: row.name})
  SET m = row`,
);

async function writeManagers(tx: Transaction, records: readonly ManagerRecord[]): Promise<void> {
  const rows = records.map(record => ({
    name: record.name,
    uuid: record.uuid,
    owner: record.owner === '' ? null : record.owner,
    status: record.status,
    // The original's word for none, at registration.
    detail: record.detail ?? '',
    saturation: record.saturation,
    registered: new Date(record.registeredMs),
    last_status_update: new Date(record.updatedMs),
  }));
  if (rows.length > 0) await tx.run(PUT_MANAGERS({ rows }));
}

const PUT_SERVICES = statement<Rows>(
  `UNWIND $rows AS row
  MERGE (s:ComputeServiceRegistration {identifier: row.identifier})
  SET s = row
  WITH s
  MATCH (m:ComputeManagerRegistration {name: s.manager_name})
  MERGE (m)-[:MANAGES]->(s)`,
);

async function writeServices(tx: Transaction, records: readonly ServiceRecord[]): Promise<void> {
  const rows = records.map(record => ({
    identifier: record.identifier,
    owner: record.owner === '' ? null : record.owner,
    registered: new Date(record.registeredMs),
    heartbeat: new Date(record.heartbeatMs),
    manager_name: record.manager,
    failure_times: record.failuresMs.map(time => new Date(time)),
  }));
  if (rows.length > 0) await tx.run(PUT_SERVICES({ rows }));
}

const PUT_RUNS = statement<Rows>(
  `UNWIND $rows AS row
  MERGE (x:StrategyRun {network: row.network, number: row.number})
  SET x = row`,
);

async function writeRuns(tx: Transaction, records: readonly RunRecord[]): Promise<void> {
  const rows = records.map(record => ({
    network: record.network,
    number: BigInt(record.place + 1),
    strategy: record.strategy,
    mode: record.mode,
    started: new Date(record.startedMs),
    ended: new Date(record.endedMs),
    iteration: BigInt(record.iteration),
    status_before: record.statusBefore,
    status_after: record.statusAfter,
    result_count: BigInt(record.resultCount),
    created: BigInt(record.created),
    actioned: BigInt(record.actioned),
    cancelled: BigInt(record.cancelled),
    exception: record.exception,
    transformations: Buffer.from(record.bytes).toString('base64'),
  }));
  if (rows.length > 0) await tx.run(PUT_RUNS({ rows }));
}
