// Reads a SQL store as transfer records, page by page, through a view of one moment. Pages go by row ids, so each is a search in
// the primary key and no page costs more than the last; their size in bytes is bounded too, since one object may be a protein.
import type { IdentityType } from '../../domain/identity.ts';
import type { ManagerStatus } from '../../domain/manager.ts';
import type { NetworkState } from '../../domain/network-state.ts';
import type { IdentityRecord, ObjectRecord, ServiceRecord, TransferKind } from '../slices/transfer.ts';
import { TRANSFER_KINDS } from '../slices/transfer.ts';
import { type Connection, list, statement } from './database.ts';
import { keyOf, type SpecificScope } from './keys.ts';
import { FIRST, pageOf, type ReadKind } from './transfer-paging.ts';
import { readRuns, readStrategies } from './transfer-read-strategies.ts';
import { readTasks } from './transfer-read-tasks.ts';

const ROWS = 1000;

const COUNTED: Readonly<Record<TransferKind, string>> = {
  identity: 'identity',
  object: 'object WHERE scope IS NOT NULL',
  network: 'network',
  pattern: 'restart_pattern',
  manager: 'manager',
  service: 'service',
  task: 'task',
  strategy: 'strategy',
  run: 'strategy_run',
};

/** How many records of each kind there are. */
export async function countRecords(connection: Connection): Promise<Readonly<Record<TransferKind, number>>> {
  const counts: [TransferKind, number][] = [];
  for (const kind of TRANSFER_KINDS) {
    const count = statement<[], { readonly n: number }>(`SELECT count(*) AS n FROM ${COUNTED[kind]}`);
    counts.push([kind, (await connection.first(count()))?.n ?? 0]);
  }
  return Object.fromEntries(counts) as Record<TransferKind, number>;
}

interface IdentityRow {
  readonly id: number;
  readonly type: IdentityType;
  readonly identifier: string;
  readonly hashed_key: string;
  readonly disabled: number;
  readonly expires: number | null;
  readonly email: string | null;
  readonly full_name: string | null;
}

const IDENTITIES = statement<[after: number, limit: number], IdentityRow>(
  `SELECT id, type, identifier, hashed_key, disabled, expires, email, full_name
  FROM identity
  WHERE id > ?
  ORDER BY id
  LIMIT ?`,
);
const IDENTITY_SCOPES = statement<
  [identities: string],
  { readonly identity: number; readonly scope: string }
>(
  `SELECT identity, scope
  FROM identity_scope
  WHERE identity IN numbers(?)
  ORDER BY identity, id`,
);

const readIdentities: ReadKind = async (connection, after) => {
  const rows = await connection.all(IDENTITIES(Number(after ?? FIRST), ROWS));
  const scopes = Map.groupBy(
    await connection.all(IDENTITY_SCOPES(list(rows.map(({ id }) => id)))),
    ({ identity }) => identity,
  );
  const records = rows.map(
    (row): IdentityRecord => ({
      kind: 'identity',
      type: row.type,
      identifier: row.identifier,
      hashedKey: row.hashed_key,
      disabled: row.disabled === 1,
      expiresMs: row.expires,
      scopes: (scopes.get(row.id) ?? []).map(({ scope }) => scope),
      email: row.email,
      fullName: row.full_name,
    }),
  );
  return pageOf(records, rows, ROWS);
};

interface ObjectRow extends SpecificScope {
  readonly id: number;
  readonly gufe_key: string;
  readonly document: number;
  readonly size: number;
}

const DEEPEST = statement<[], { readonly depth: number }>(
  'SELECT coalesce(max(depth), -1) AS depth FROM object',
);
// One walk over the table for each depth, of which there are few.
const OBJECTS = statement<[after: number, depth: number, limit: number], ObjectRow>(
  `SELECT o.id, o.gufe_key, o.document, length(d.bytes) AS size, s.org, s.campaign, s.project
  FROM object o
  JOIN scope s ON s.id = o.scope
  JOIN document d ON d.id = o.document
  WHERE o.id > ? AND o.depth = ?
  ORDER BY o.id
  LIMIT ?`,
);
const DOCUMENTS = statement<[documents: string], { readonly id: number; readonly bytes: Uint8Array }>(
  'SELECT id, bytes FROM document WHERE id IN numbers(?)',
);

const OBJECTS_AT_ONCE = 250;
const BYTES_AT_ONCE = 4 << 20;

/** Dependencies first: by depth, and within one by row. */
const readObjects: ReadKind = async (connection, after) => {
  const [depth, last] = (after ?? `0 ${FIRST}`).split(' ').map(Number) as [number, number];
  const all = await connection.all(OBJECTS(last, depth, OBJECTS_AT_ONCE));
  const rows = fitting(all);
  const wanted = list([...new Set(rows.map(({ document }) => document))]);
  const documents = rows.length === 0 ? [] : await connection.all(DOCUMENTS(wanted));
  const bytes = new Map(documents.map(document => [document.id, document.bytes]));
  const records = rows.map(
    (row): ObjectRecord => ({
      kind: 'object',
      key: keyOf(row.gufe_key, row),
      bytes: bytes.get(row.document) as Uint8Array,
    }),
  );
  if (rows.length < all.length || all.length === OBJECTS_AT_ONCE) {
    return { records, next: `${depth} ${rows.at(-1)?.id}`, notes: [] };
  }
  const deepest = (await connection.first(DEEPEST()))?.depth ?? -1;
  return { records, next: depth < deepest ? `${depth + 1} ${FIRST}` : null, notes: [] };
};

/** At least one. */
function fitting(rows: readonly ObjectRow[]): readonly ObjectRow[] {
  let bytes = 0;
  const end = rows.findIndex(row => (bytes += row.size) > BYTES_AT_ONCE);
  return end === -1 ? rows : rows.slice(0, Math.max(1, end));
}

interface NetworkRow extends SpecificScope {
  readonly id: number;
  readonly gufe_key: string;
}

const NETWORKS = statement<
  [after: number, limit: number],
  NetworkRow & { readonly state: NetworkState; readonly weight: number }
>(
  `SELECT n.id, o.gufe_key, n.state, n.weight, s.org, s.campaign, s.project
  FROM network n
  JOIN object o ON o.id = n.id
  JOIN scope s ON s.id = n.scope
  WHERE n.id > ?
  ORDER BY n.id
  LIMIT ?`,
);

const readNetworks: ReadKind = async (connection, after) => {
  const rows = await connection.all(NETWORKS(Number(after ?? FIRST), ROWS));
  const records = rows.map(
    row =>
      ({ kind: 'network', key: keyOf(row.gufe_key, row), state: row.state, weight: row.weight }) as const,
  );
  return pageOf(records, rows, ROWS);
};

const PATTERNS = statement<
  [after: number, limit: number],
  NetworkRow & { readonly pattern: string; readonly max_retries: number }
>(
  `SELECT p.id, o.gufe_key, p.pattern, p.max_retries, s.org, s.campaign, s.project
  FROM restart_pattern p
  JOIN network n ON n.id = p.hub
  JOIN object o ON o.id = n.id
  JOIN scope s ON s.id = n.scope
  WHERE p.id > ?
  ORDER BY p.id
  LIMIT ?`,
);

const readPatterns: ReadKind = async (connection, after) => {
  const rows = await connection.all(PATTERNS(Number(after ?? FIRST), ROWS));
  const records = rows.map(row => {
    const { pattern, max_retries: maxRetries } = row;
    return { kind: 'pattern', network: keyOf(row.gufe_key, row), pattern, maxRetries } as const;
  });
  return pageOf(records, rows, ROWS);
};

interface ManagerRow {
  readonly name: string;
  readonly uuid: string;
  readonly owner: string;
  readonly status: ManagerStatus;
  readonly detail: string | null;
  readonly saturation: number | null;
  readonly registeredMs: number;
  readonly updatedMs: number;
}

const MANAGERS = statement<[], ManagerRow>(
  `SELECT name, uuid, owner, status, detail, saturation, registered AS "registeredMs", updated AS "updatedMs"
  FROM manager
  ORDER BY name`,
);

// As many as there are clusters.
const readManagers: ReadKind = async connection => {
  const rows = await connection.all(MANAGERS());
  return { records: rows.map(row => ({ kind: 'manager', ...row }) as const), next: null, notes: [] };
};

interface ServiceRow {
  readonly id: number;
  readonly identifier: string;
  readonly owner: string;
  readonly registered: number;
  readonly heartbeat: number;
  readonly manager: string | null;
}

const SERVICES = statement<[after: number, limit: number], ServiceRow>(
  `SELECT id, identifier, owner, registered, heartbeat, manager
  FROM service
  WHERE id > ?
  ORDER BY id
  LIMIT ?`,
);
const FAILURES = statement<[services: string], { readonly service: number; readonly time: number }>(
  'SELECT service, time FROM service_failure WHERE service IN numbers(?) ORDER BY service, time DESC',
);

const readServices: ReadKind = async (connection, after) => {
  const rows = await connection.all(SERVICES(Number(after ?? FIRST), ROWS));
  const failures = Map.groupBy(
    await connection.all(FAILURES(list(rows.map(({ id }) => id)))),
    ({ service }) => service,
  );
  const records = rows.map(
    (row): ServiceRecord => ({
      kind: 'service',
      identifier: row.identifier,
      owner: row.owner,
      registeredMs: row.registered,
      heartbeatMs: row.heartbeat,
      manager: row.manager,
      failuresMs: (failures.get(row.id) ?? []).map(({ time }) => time),
    }),
  );
  return pageOf(records, rows, ROWS);
};

/** How each kind is read. */
export const READ: Readonly<Record<TransferKind, ReadKind>> = {
  identity: readIdentities,
  object: readObjects,
  network: readNetworks,
  pattern: readPatterns,
  manager: readManagers,
  service: readServices,
  task: readTasks,
  strategy: readStrategies,
  run: readRuns,
};
