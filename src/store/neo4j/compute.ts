// Compute services: registration, signs of life, and what happens to their tasks when they leave or fall silent. A
// registration belongs to the identity that made it; nobody else can refresh or end it. The original has no owner of
// registrations: it is a property more on a node that its servers never read as a whole, and a registration of theirs, which
// has none, belongs to anybody.
//
// Differs from alchemiscale: there any compute identity could act for any service, a heartbeat of an unknown service was
// accepted in silence, registering the same id again was a server error, and a manager was found by its name alone.
//
// Whoever waits for the lock of a node may find it deleted when its turn comes: then it has no properties any more, and what
// is set on it is lost without a word. So what is locked is looked at afterwards.
import { AlchemiscaleError } from '../../domain/errors.ts';
import type { ComputeStore, Key, RegisterService, ServiceRegistration } from '../state-store.ts';
import { type Database, statement, type Transaction } from './database.ts';
import { retryOverlaps } from './object-write.ts';
import { lockTasks } from './statuses.ts';

/** The compute slice of a Neo4j store. */
export function createComputeStore(database: Database): ComputeStore {
  return {
    register: params => database.write(tx => register(tx, params)),
    async heartbeat({ service, owner, now }) {
      const beat = BEAT({ service, owner, now });
      return (await database.write(tx => tx.first(beat))) !== null;
    },
    deregister: ({ service, owner }) =>
      retryOverlaps(database, async tx => {
        const found = await tx.all(LOCK_OWN({ service, owner }));
        return (await release(tx, found)).length > 0;
      }),
    async expire({ before }) {
      const ask = FIND_SILENT({ before });
      // Every heartbeat asks; nearly always nobody is silent, and nothing is locked.
      if ((await database.read(tx => tx.first(ask))) === null) return [];
      return retryOverlaps(database, async tx => release(tx, await tx.all(LOCK_SILENT({ before }))));
    },
    async list() {
      const rows = await database.read(tx => tx.all(LIST({})));
      return rows.map(row => ({ ...row, owner: row.owner ?? '' }));
    },
  };
}

type OfService = { readonly service: string; readonly owner: string };

interface Service {
  readonly service: string;
}

const OWN = `MATCH (s:ComputeServiceRegistration {identifier: $service})
  WHERE s.owner IS NULL OR s.owner = $owner`;

const LOCK_MANAGER = statement<{ readonly name: string; readonly uuid: string }, { readonly name: string }>(
  `MATCH (m:ComputeManagerRegistration {name: $name, uuid: $uuid})
  SET m.name = m.name
  WITH m
  WHERE m.name IS NOT NULL
  RETURN m.name AS name`,
);

// The constraint on the identifier makes others that register it at the same time wait here.
const REGISTER = statement<OfService & { readonly now: Date }, { readonly owner: string }>(
  `MERGE (s:ComputeServiceRegistration {identifier: $service})
  ON CREATE SET s.owner = $owner, s.registered = $now, s.failure_times = []
  SET s.identifier = s.identifier
  WITH s
  WHERE s.identifier IS NOT NULL
  RETURN coalesce(s.owner, $owner) AS owner`,
);

const MANAGE = statement<{
  readonly service: string;
  readonly now: Date;
  readonly name: string | null;
  readonly uuid: string | null;
}>(
  `MATCH (s:ComputeServiceRegistration {identifier: $service})
  SET s.heartbeat = $now, s.manager_name = $name
  WITH s
  OPTIONAL MATCH (s)<-[old:MANAGES]-()
  DELETE old
  WITH DISTINCT s
  MATCH (m:ComputeManagerRegistration {name: $name, uuid: $uuid})
  CREATE (m)-[:MANAGES]->(s)`,
);

async function register(tx: Transaction, params: RegisterService): Promise<boolean> {
  const { service, owner, manager, now } = params;
  if (manager !== null && (await tx.first(LOCK_MANAGER({ ...manager }))) === null) return false;
  let registered = await tx.first(REGISTER({ service, owner, now }));
  while (registered === null) registered = await tx.first(REGISTER({ service, owner, now }));
  if (registered.owner !== owner) {
    throw new AlchemiscaleError(
      'CONFLICT',
      `compute service '${service}' is registered by another identity`,
      { facts: { service } },
    );
  }
  await tx.run(MANAGE({ service, now, name: manager?.name ?? null, uuid: manager?.uuid ?? null }));
  return true;
}

const BEAT = statement<OfService & { readonly now: Date }, Service>(
  `${OWN}
  SET s.heartbeat = $now
  WITH s
  WHERE s.identifier IS NOT NULL
  RETURN s.identifier AS service`,
);

const LOCK_OWN = statement<OfService, Service>(
  `${OWN}
  SET s.identifier = s.identifier
  WITH s
  WHERE s.identifier IS NOT NULL
  RETURN s.identifier AS service`,
);

type Silent = { readonly before: Date };

const FIND_SILENT = statement<Silent, Service>(
  `MATCH (s:ComputeServiceRegistration)
  WHERE s.heartbeat < $before
  RETURN s.identifier AS service
  LIMIT 1`,
);

// In the order in which locks are taken; one that was heard of before its lock was ours is not silent.
const LOCK_SILENT = statement<Silent, Service>(
  `MATCH (silent:ComputeServiceRegistration)
  WHERE silent.heartbeat < $before
  WITH silent.identifier AS service
  ORDER BY service
  MATCH (s:ComputeServiceRegistration {identifier: service})
  SET s.identifier = s.identifier
  WITH s
  WHERE s.heartbeat < $before
  RETURN s.identifier AS service
  ORDER BY service`,
);

type OfServices = { readonly services: readonly string[] };

const CLAIMED_BY = statement<OfServices, { readonly task: Key }>(
  `UNWIND $services AS service
  MATCH (:ComputeServiceRegistration {identifier: service})-[:CLAIMS]->(t:Task)
  RETURN DISTINCT t._scoped_key AS task`,
);

const RELEASE = statement<OfServices & { readonly tasks: readonly Key[] }>(
  `UNWIND $tasks AS task
  MATCH (t:GufeTokenizable {_scoped_key: task})<-[claim:CLAIMS]-(s:ComputeServiceRegistration)
  WHERE s.identifier IN $services
  DELETE claim
  WITH DISTINCT t
  WHERE t.status = 'running'
  SET t.status = 'waiting'`,
);

// Not DETACH DELETE: what a server of the original claims for the service until we commit makes us begin anew, and see it.
const REMOVE = statement<OfServices>(
  `UNWIND $services AS service
  MATCH (s:ComputeServiceRegistration {identifier: service})
  OPTIONAL MATCH (s)<-[managed:MANAGES]-()
  DELETE managed
  WITH DISTINCT s
  DELETE s`,
);

/** Ends locked registrations: what the services were running waits again. Says which. */
async function release(tx: Transaction, found: readonly Service[]): Promise<readonly string[]> {
  const services = found.map(({ service }) => service);
  if (services.length === 0) return [];
  const tasks = (await tx.all(CLAIMED_BY({ services }))).map(({ task }) => task);
  if (tasks.length > 0) {
    await lockTasks(tx, tasks);
    await tx.run(RELEASE({ services, tasks }));
  }
  await tx.run(REMOVE({ services }));
  return services;
}

interface ServiceRow extends Omit<ServiceRegistration, 'owner'> {
  readonly owner: string | null;
}

const LIST = statement<Record<never, never>, ServiceRow>(
  `MATCH (s:ComputeServiceRegistration)
  RETURN s.identifier AS service, s.owner AS owner, s.registered AS registered, s.heartbeat AS heartbeat,
    s.manager_name AS manager
  ORDER BY service`,
);
