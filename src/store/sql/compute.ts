// Compute services: registration, signs of life, and what happens to their tasks when they leave or fall silent. A
// registration belongs to the identity that made it; nobody else can refresh or end it.
//
// Differs from alchemiscale: there any compute identity could act for any service, a heartbeat of an unknown service was
// accepted in silence, registering the same id again was a server error, and a manager was found by its name alone.
import { AlchemiscaleError } from '../../domain/errors.ts';
import type { ComputeStore, RegisterService, ServiceRegistration } from '../state-store.ts';
import type { Counts } from './counts.ts';
import { writeCounted } from './counts-write.ts';
import { type Connection, type Database, list, statement } from './database.ts';
import { lockTasksOnHubs, type MovingTask } from './locks.ts';
import { returnToWaiting } from './statuses.ts';

/** The compute slice of a SQL store. */
export function createComputeStore(database: Database): ComputeStore {
  return {
    register: params => database.write(connection => register(connection, params)),
    heartbeat: ({ service, owner, now }) =>
      database.write(async connection => {
        return (await connection.run(BEAT(now.getTime(), service, owner))) > 0;
      }),
    deregister: ({ service, owner }) =>
      writeCounted(database, async (connection, counts) => {
        const found = await connection.all(TAKE_OWN(service, owner));
        await release(connection, counts, found);
        return found.length > 0;
      }),
    async expire({ before }) {
      const beforeMs = before.getTime();
      // Every heartbeat asks; nearly always nobody is silent, and no writer is disturbed.
      if ((await database.ask(connection => connection.first(FIND_SILENT(beforeMs)))) === null) return [];
      return writeCounted(database, async (connection, counts) => {
        const silent = await connection.all(TAKE_SILENT(beforeMs));
        await release(connection, counts, silent);
        return silent.map(({ identifier }) => identifier).sort();
      });
    },
    list: () => database.ask(listServices),
  };
}

const FIND_MANAGER = statement<[name: string, uuid: string], { readonly name: string }>(
  'SELECT name FROM manager WHERE name = ? AND uuid = ?',
);
const REGISTER = statement<
  [service: string, owner: string, registeredMs: number, heartbeatMs: number, manager: string | null]
>(
  `INSERT INTO service (identifier, owner, registered, heartbeat, manager)
  VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (identifier) DO UPDATE
  SET heartbeat = excluded.heartbeat, manager = excluded.manager
  WHERE service.owner = excluded.owner`,
);

async function register(connection: Connection, params: RegisterService): Promise<boolean> {
  const { service, owner, manager, now } = params;
  if (manager !== null && (await connection.first(FIND_MANAGER(manager.name, manager.uuid))) === null) {
    return false;
  }
  const nowMs = now.getTime();
  const changed = await connection.run(REGISTER(service, owner, nowMs, nowMs, manager?.name ?? null));
  if (changed > 0) return true;
  throw new AlchemiscaleError('CONFLICT', `compute service '${service}' is registered by another identity`, {
    facts: { service },
  });
}

// One row by its unique index; at 1,000 services a second the commit is the cost, and it is shared (group commit).
const BEAT = statement<[heartbeatMs: number, service: string, owner: string]>(
  'UPDATE service SET heartbeat = ? WHERE identifier = ? AND owner = ?',
);

interface FoundService {
  readonly id: number;
  readonly identifier: string;
}

const TAKE_OWN = statement<[service: string, owner: string], FoundService>(
  'SELECT id, identifier FROM service WHERE identifier = ? AND owner = ? FOR UPDATE',
);
const FIND_SILENT = statement<[beforeMs: number], { readonly id: number }>(
  'SELECT id FROM service WHERE heartbeat < ? LIMIT 1',
);
const TAKE_SILENT = statement<[beforeMs: number], FoundService>(
  'SELECT id, identifier FROM service WHERE heartbeat < ? ORDER BY id FOR UPDATE',
);
const CLAIMED_BY = statement<[services: string], MovingTask>(
  'SELECT id, transformation, status FROM task WHERE claimed_by IN numbers(?)',
);
const REMOVE = statement<[services: string]>('DELETE FROM service WHERE id IN numbers(?)');

/** Ends registrations: what the services were running waits again. */
async function release(
  connection: Connection,
  counts: Counts,
  services: readonly FoundService[],
): Promise<void> {
  if (services.length === 0) return;
  const ids = list(services.map(({ id }) => id));
  const claimed = await connection.all(CLAIMED_BY(ids));
  await lockTasksOnHubs(connection, claimed);
  // No service that is held claims any more, but a result may have come in between.
  const left = connection.isShared ? await connection.all(CLAIMED_BY(ids)) : claimed;
  await returnToWaiting(connection, counts, left);
  await connection.run(REMOVE(ids));
}

interface ServiceRow {
  readonly identifier: string;
  readonly owner: string;
  readonly registered: number;
  readonly heartbeat: number;
  readonly manager: string | null;
}

const LIST_SERVICES = statement<[], ServiceRow>(
  'SELECT identifier, owner, registered, heartbeat, manager FROM service ORDER BY identifier',
);

async function listServices(connection: Connection): Promise<readonly ServiceRegistration[]> {
  const rows = await connection.all(LIST_SERVICES());
  return rows.map(row => ({
    service: row.identifier,
    owner: row.owner,
    registered: new Date(row.registered),
    heartbeat: new Date(row.heartbeat),
    manager: row.manager,
  }));
}
