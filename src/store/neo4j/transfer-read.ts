// Reads the graph as transfer records. Neo4j has no snapshots, so a view is a memory of what has been read: each thing is handed
// out only when everything it names has been, and objects that came late are fetched when something names them. What is read
// so agrees with itself, though its parts may be of different moments. Every task is read with all that hangs on it in one
// statement.
//
// The original's servers break rules of the store now and then (a claim that outlives its task's run, two references to one
// result). What breaks a rule is left out, and noted.
import type { ManagerStatus } from '../../domain/manager.ts';
import type { NetworkState } from '../../domain/network-state.ts';
import type { IdentityRecord, TransferKind, TransferPage } from '../slices/transfer.ts';
import { type Database, statement } from './database.ts';
import { MODELS_MODULE } from './keys.ts';
import type { GraphView } from './transfer-view.ts';

/** The next records of a kind. */
export type ReadKind = (database: Database, view: GraphView, after: string | null) => Promise<TransferPage>;

type Nothing = Record<never, never>;

const COUNTED: readonly (readonly [TransferKind, string])[] = [
  ['identity', 'MATCH (n:CredentialedEntity) RETURN count(n) AS n'],
  ['object', `MATCH (n:GufeTokenizable) WHERE n.__module__ <> '${MODELS_MODULE}' RETURN count(n) AS n`],
  ['network', 'MATCH (n:AlchemicalNetwork) RETURN count(n) AS n'],
  ['pattern', 'MATCH (n:TaskRestartPattern) RETURN count(n) AS n'],
  ['manager', 'MATCH (n:ComputeManagerRegistration) RETURN count(n) AS n'],
  ['service', 'MATCH (n:ComputeServiceRegistration) RETURN count(n) AS n'],
  ['task', 'MATCH (n:Task) RETURN count(n) AS n'],
  ['strategy', 'MATCH ()-[r:PROGRESSES]->() RETURN count(r) AS n'],
  ['run', 'MATCH (n:StrategyRun) RETURN count(n) AS n'],
];

/** How many records of each kind there are. */
export function countRecords(database: Database): Promise<Readonly<Record<TransferKind, number>>> {
  return database.read(async tx => {
    const counts: [TransferKind, number][] = [];
    for (const [kind, cypher] of COUNTED) {
      const row = await tx.first(statement<Nothing, { readonly n: bigint }>(cypher)({}));
      counts.push([kind, Number(row?.n ?? 0n)]);
    }
    return Object.fromEntries(counts) as Record<TransferKind, number>;
  });
}

interface IdentityRow {
  readonly isUser: boolean;
  readonly identity: {
    readonly identifier: string;
    readonly hashed_key: string;
    readonly disabled?: boolean;
    readonly expires?: Date;
    readonly scopes?: readonly string[];
    readonly email?: string;
    readonly full_name?: string;
  };
}

const IDENTITIES = statement<Nothing, IdentityRow>(
  `MATCH (n:CredentialedUserIdentity|CredentialedComputeIdentity)
  RETURN n:CredentialedUserIdentity AS isUser, properties(n) AS identity
  ORDER BY isUser, n.identifier`,
);

// As many as there are people and clusters.
export const readIdentities: ReadKind = async database => {
  const rows = await database.read(tx => tx.all(IDENTITIES({})));
  const records = rows.map(
    ({ isUser, identity }): IdentityRecord => ({
      kind: 'identity',
      type: isUser ? 'user' : 'compute',
      identifier: identity.identifier,
      hashedKey: identity.hashed_key,
      disabled: identity.disabled ?? false,
      expiresMs: identity.expires?.getTime() ?? null,
      scopes: [...new Set(identity.scopes ?? [])],
      email: identity.email ?? null,
      fullName: identity.full_name ?? null,
    }),
  );
  return { records, next: null, notes: [] };
};

interface NetworkRow {
  readonly key: string;
  readonly weight: number | null;
  readonly state: NetworkState | null;
}

const NETWORKS = statement<{ readonly after: string; readonly limit: bigint }, NetworkRow>(
  `MATCH (n:GufeTokenizable)
  WHERE n._scoped_key > $after AND n._scoped_key < 'AlchemicalNetwork.' AND n:AlchemicalNetwork
  WITH n ORDER BY n._scoped_key LIMIT $limit
  RETURN n._scoped_key AS key,
    [(n)<-[:PERFORMS]-(h:TaskHub) | h.weight][0] AS weight,
    [(n)<-[:MARKS]-(m:NetworkMark) | m.state][0] AS state`,
);
const NETWORKS_AT_ONCE = 1000;

export const readNetworks: ReadKind = async (database, view, after) => {
  const ask = NETWORKS({ after: after ?? 'AlchemicalNetwork-', limit: BigInt(NETWORKS_AT_ONCE) });
  const rows = await database.read(tx => tx.all(ask));
  const notes: string[] = [];
  const records = rows.flatMap(({ key, weight, state }) => {
    // One that was submitted since objects were read.
    if (!view.objects.has(key)) return [];
    if (weight === null || state === null)
      notes.push(`the network ${key} had no hub or no mark, and gets one`);
    view.networks.add(key);
    return [{ kind: 'network', key, weight: weight ?? 0.5, state: state ?? 'active' } as const];
  });
  const next = rows.length < NETWORKS_AT_ONCE ? null : (rows.at(-1)?.key ?? null);
  return { records, next, notes };
};

interface PatternRow {
  readonly network: string;
  readonly pattern: string;
  readonly maxRetries: bigint;
}

const PATTERNS = statement<Nothing, PatternRow>(
  `MATCH (p:TaskRestartPattern)-[:ENFORCES]->(h:TaskHub)
  RETURN h.network AS network, p.pattern AS pattern, p.max_retries AS maxRetries
  ORDER BY network, pattern`,
);

export const readPatterns: ReadKind = async (database, view) => {
  const rows = await database.read(tx => tx.all(PATTERNS({})));
  const records = rows.flatMap(({ network, pattern, maxRetries }) => {
    if (!view.networks.has(network)) return [];
    view.addPattern(network, pattern);
    return [{ kind: 'pattern', network, pattern, maxRetries: Number(maxRetries) } as const];
  });
  return { records, next: null, notes: [] };
};

interface ManagerRow {
  readonly name: string;
  readonly uuid: string;
  readonly owner: string | null;
  readonly status: ManagerStatus;
  readonly detail: string | null;
  readonly saturation: number | null;
  readonly registered: Date;
  readonly updated: Date;
}

const MANAGERS = statement<Nothing, ManagerRow>(
  `MATCH (m:ComputeManagerRegistration)
  RETURN m.name AS name, m.uuid AS uuid, m.owner AS owner, m.status AS status, m.detail AS detail,
    m.saturation AS saturation, m.registered AS registered, m.last_status_update AS updated
  ORDER BY name, updated DESC`,
);

export const readManagers: ReadKind = async database => {
  const rows = await database.read(tx => tx.all(MANAGERS({})));
  const notes: string[] = [];
  const records = rows.flatMap(({ registered, updated, owner, detail, saturation, ...row }, place) => {
    if (rows[place - 1]?.name === row.name) {
      notes.push(`of two compute managers with the name ${row.name} the one heard of earlier is left out`);
      return [];
    }
    const isOk = row.status === 'OK';
    return [
      {
        kind: 'manager',
        ...row,
        owner: owner ?? '',
        detail: isOk ? null : (detail ?? ''),
        saturation: isOk ? (saturation ?? 0) : null,
        registeredMs: registered.getTime(),
        updatedMs: updated.getTime(),
      } as const,
    ];
  });
  return { records, next: null, notes };
};

interface ServiceRow {
  readonly identifier: string;
  readonly owner: string | null;
  readonly registered: Date;
  readonly heartbeat: Date;
  readonly manager: string | null;
  readonly failures: readonly Date[] | null;
}

const SERVICES = statement<Nothing, ServiceRow>(
  `MATCH (s:ComputeServiceRegistration)
  RETURN s.identifier AS identifier, s.owner AS owner, s.registered AS registered, s.heartbeat AS heartbeat,
    s.manager_name AS manager, s.failure_times AS failures
  ORDER BY identifier`,
);

// As many as run at a time.
export const readServices: ReadKind = async (database, view) => {
  const rows = await database.read(tx => tx.all(SERVICES({})));
  const records = rows.map(({ identifier, owner, registered, heartbeat, manager, failures }) => {
    view.services.add(identifier);
    return {
      kind: 'service',
      identifier,
      owner: owner ?? '',
      registeredMs: registered.getTime(),
      heartbeatMs: heartbeat.getTime(),
      manager,
      failuresMs: (failures ?? []).map(time => time.getTime()).sort((a, b) => b - a),
    } as const;
  });
  return { records, next: null, notes: [] };
};
