// Compute managers: one registration a name. What a manager is told counts the tasks that a claim could draw now, by the
// predicate that claims use.
//
// The graph has no constraint on the names of managers. Whoever registers a name holds it by a node that has the name as its
// key and is gone before the transaction ends: the constraint on keys makes others who want it wait.
//
// Differs from alchemiscale: names are unique whatever comes at once; `steal` of a name that nobody has registers; the count
// of tasks leaves out what weights of 0 keep from being claimed; only the identity that registered a manager reports for it
// (registrations of the original's servers have no owner, and are anybody's).
import type { ManagerStatus } from '../../domain/manager.ts';
import type {
  ManagerStore,
  ManagerSurvey,
  RegisterManager,
  SurveyForManager,
  UpdateManagerStatus,
} from '../state-store.ts';
import { claimable } from './claimable.ts';
import { type Database, statement, type Transaction, type Value } from './database.ts';
import { isIn, scopeList } from './keys.ts';

/** The manager slice of a Neo4j store. */
export function createManagerStore(database: Database): ManagerStore {
  return {
    register: params => database.write(tx => register(tx, params)),
    async deregister({ manager: { name, uuid }, owner }) {
      await database.write(tx => tx.run(DEREGISTER({ name, uuid, owner })));
    },
    updateStatus: params => updateStatus(database, params),
    clearError: ({ name }) => database.write(tx => clearError(tx, name)),
    async expire(limits) {
      // Every report of a manager asks; nearly always nobody is silent, and nothing is locked.
      const silent = await database.read(tx => tx.first(FIND_SILENT({ ...limits })));
      if (silent !== null) await database.write(tx => tx.run(FORGET_SILENT({ ...limits })));
    },
    survey: params => database.read(tx => survey(tx, params)),
  };
}

type Name = { readonly name: string };
type OfManager = Name & { readonly uuid: string; readonly owner: string };

const HOLD_NAME = statement<{ readonly key: string }>(
  `CREATE (held:GufeTokenizable {_scoped_key: $key})
  DELETE held`,
);

interface Registration {
  readonly uuid: string;
  readonly owner: string | null;
  readonly status: ManagerStatus;
}

const FIND = statement<Name, Registration>(
  `MATCH (m:ComputeManagerRegistration {name: $name})
  SET m.name = m.name
  WITH m
  WHERE m.name IS NOT NULL
  RETURN m.uuid AS uuid, m.owner AS owner, m.status AS status
  ORDER BY m.status`,
);

const REPLACE = statement<OfManager & { readonly now: Date; readonly saturation: number }>(
  `OPTIONAL MATCH (old:ComputeManagerRegistration {name: $name})
  DETACH DELETE old
  WITH count(*) AS removed
  CREATE (m:ComputeManagerRegistration {
    name: $name, uuid: $uuid, owner: $owner, status: 'OK', detail: '', saturation: $saturation,
    registered: $now, last_status_update: $now
  })
  WITH m
  MATCH (s:ComputeServiceRegistration {manager_name: $name})
  CREATE (m)-[:MANAGES]->(s)`,
);

async function register(
  tx: Transaction,
  { manager: { name, uuid }, owner, steal, now }: RegisterManager,
): Promise<ManagerStatus | null> {
  await tx.run(HOLD_NAME({ key: `ComputeManagerRegistration ${name}` }));
  // Servers of the original can have registered it more than once; one in error comes first.
  for (const taken of await tx.all(FIND({ name }))) {
    const isSame = taken.uuid === uuid && (taken.owner === null || taken.owner === owner);
    if (taken.status === 'ERROR' || !(steal || isSame)) return taken.status;
  }
  await tx.run(REPLACE({ name, uuid, owner, now, saturation: 0 }));
  return null;
}

const OWN = `MATCH (m:ComputeManagerRegistration {name: $name, uuid: $uuid})
  WHERE (m.owner IS NULL OR m.owner = $owner)`;

const DEREGISTER = statement<OfManager>(
  `${OWN} AND m.status <> 'ERROR'
  DETACH DELETE m`,
);

const UPDATE_STATUS = statement<
  OfManager & {
    readonly status: ManagerStatus;
    readonly detail: string | null;
    readonly saturation: number | null;
    readonly now: Date;
  },
  Name
>(
  `${OWN}
  SET m.status = $status, m.detail = $detail, m.saturation = $saturation, m.last_status_update = $now
  WITH m
  WHERE m.name IS NOT NULL
  RETURN m.name AS name`,
);

async function updateStatus(database: Database, params: UpdateManagerStatus): Promise<boolean> {
  const { manager, owner, status, now } = params;
  const detail = status === 'ERROR' ? params.detail : null;
  const saturation = status === 'OK' ? params.saturation : null;
  const update = UPDATE_STATUS({ ...manager, owner, status, detail, saturation, now });
  return (await database.write(tx => tx.first(update))) !== null;
}

const CLEAR_ERROR = statement<Name>(
  `MATCH (m:ComputeManagerRegistration {name: $name})
  WHERE m.status = 'ERROR'
  DETACH DELETE m`,
);

async function clearError(tx: Transaction, name: string): Promise<'cleared' | 'unknown' | 'not in error'> {
  const found = await tx.all(FIND({ name }));
  if (found.length === 0) return 'unknown';
  if (!found.some(({ status }) => status === 'ERROR')) return 'not in error';
  await tx.run(CLEAR_ERROR({ name }));
  return 'cleared';
}

type Limits = { readonly okBefore: Date; readonly errorBefore: Date };

const SILENT = `MATCH (m:ComputeManagerRegistration)
  WHERE (m.status = 'OK' AND m.last_status_update < $okBefore)
    OR (m.status = 'ERROR' AND m.last_status_update < $errorBefore)`;
const FIND_SILENT = statement<Limits, Name>(`${SILENT}
  RETURN m.name AS name
  LIMIT 1`);
// Locked before it is asked again: one that reports meanwhile stays.
const FORGET_SILENT = statement<Limits>(
  `MATCH (m:ComputeManagerRegistration)
  WITH m
  ORDER BY m.name, m.uuid
  SET m.name = m.name
  WITH m
  WHERE (m.status = 'OK' AND m.last_status_update < $okBefore)
    OR (m.status = 'ERROR' AND m.last_status_update < $errorBefore)
  DETACH DELETE m`,
);

const LIST_SERVICES = statement<
  Name & { readonly uuid: string; readonly since: Date },
  { readonly service: string; readonly failures: bigint }
>(
  `MATCH (:ComputeManagerRegistration {name: $name, uuid: $uuid})-[:MANAGES]->(s:ComputeServiceRegistration)
  RETURN DISTINCT s.identifier AS service,
    size([time IN coalesce(s.failure_times, []) WHERE time > $since]) AS failures
  ORDER BY service`,
);

const IS_REGISTERED = statement<Name & { readonly uuid: string }, Name>(
  `MATCH (m:ComputeManagerRegistration {name: $name, uuid: $uuid})
  RETURN m.name AS name`,
);

const countClaimable = (isFiltered: boolean) =>
  statement<
    { readonly scopes: readonly Value[]; readonly protocols: readonly string[] },
    { readonly n: bigint }
  >(
    `MATCH (h:TaskHub)
    WHERE h.weight > 0 AND ${isIn('h')}
    MATCH (h)-[a:ACTIONS]->(t:Task)
    WHERE ${claimable(isFiltered)}
    RETURN count(DISTINCT t) AS n`,
  );
const COUNT_CLAIMABLE = countClaimable(false);
const COUNT_ADMITTED = countClaimable(true);

async function survey(tx: Transaction, params: SurveyForManager): Promise<ManagerSurvey | null> {
  const { manager, protocols, maxFailures, failuresSince: since } = params;
  if ((await tx.first(IS_REGISTERED({ ...manager }))) === null) return null;
  const services = await tx.all(LIST_SERVICES({ ...manager, since }));
  const count = protocols === null ? COUNT_CLAIMABLE : COUNT_ADMITTED;
  const claimable = await tx.first(count({ scopes: scopeList(params.scopes), protocols: protocols ?? [] }));
  return {
    services: services.map(({ service }) => service),
    isFailing: services.some(({ failures }) => failures > maxFailures),
    claimableTasks: Number(claimable?.n ?? 0n),
  };
}
