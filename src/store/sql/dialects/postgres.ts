// PostgreSQL behind the seam of database.ts: any number of processes on one database, each with a few connections.
import type { Kysely } from 'kysely';
import { type Database, statement } from '../database.ts';
import type { Schema } from '../schema.ts';
import { POSTGRES_BY_HAND } from './postgres-by-hand.ts';
import { takeInTurns, type Writes } from './postgres-claims.ts';
import { translatePostgresError } from './postgres-errors.ts';
import { gatherReads, gatherWrites } from './postgres-gather.ts';
import { openPool, type PoolSettings } from './postgres-pool.ts';
import { againWhileLost, PostgresTransactions } from './postgres-transactions.ts';
import type { PostgresPlace } from './postgres-url.ts';

/** How a process uses the database. */
export interface PostgresOptions extends PoolSettings {
  /** Uniform in [0, 1), for draws. */
  readonly random: () => number;
}

/** A few turns of claims under load; nobody sees it without one. */
const RECENT_MS = 50;

// Tables that belong to an extension are somebody else's affair.
const LIST_TABLES = statement<[], { readonly name: string }>(
  `SELECT c.relname AS name
  FROM pg_class c
  WHERE c.relkind IN ('r', 'p')
    AND c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = current_schema())
    AND NOT EXISTS (
      SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
  ORDER BY c.relname`,
);

/** Connects to a database. Throws STORE_UNAVAILABLE. */
export async function openPostgresDatabase(
  place: PostgresPlace,
  options: PostgresOptions,
): Promise<Database> {
  const pool = await againWhileLost(() => openPool(place, options)).catch((error: unknown) => {
    throw translatePostgresError(error, place.name);
  });
  const transactions = new PostgresTransactions(pool, place.name);
  const write: Database['write'] = work => transactions.write(work);
  let writes = 0;
  const ask: Database['ask'] = work => transactions.ask(work);
  const writeAtOnce: Writes['writeAtOnce'] = (work, recall) => transactions.writeAtOnce(work, recall);
  let builder: Promise<Kysely<Schema>> | undefined;
  return {
    capabilities: { manyWriters: true, keepsBytes: true },
    read: work => transactions.read(work),
    readWhole: work => transactions.readWhole(work),
    openView: () => transactions.openView(),
    ask,
    askTogether: gatherReads(work => transactions.askOnce(work), ask),
    write: work => write(work).finally(() => writes++),
    changeSchema: work => transactions.changeSchema(work).finally(() => writes++),
    take: takeInTurns({ write, writeAtOnce }, POSTGRES_BY_HAND),
    gather: gatherWrites(writeAtOnce),
    byHand: POSTGRES_BY_HAND,
    migrations: new URL('../migrations/postgres/', import.meta.url),
    async listTables(connection) {
      return (await connection.all(LIST_TABLES())).map(({ name }) => name);
    },
    async dropTables(connection, tables) {
      if (tables.length > 0) await connection.runScript(`DROP TABLE ${tables.map(quoted).join(', ')}`);
    },
    // Its rules between tables always hold; damage to pages its own tools find (`pg_amcheck`, `data_checksums`).
    checkFiles: async () => [],
    builder() {
      builder ??= import('./postgres-builder.ts').then(module => module.createPostgresBuilder());
      return builder;
    },
    pause: () => new Promise(resolve => setImmediate(resolve)),
    recentMs: RECENT_MS,
    countWrites: () => writes,
    random: options.random,
    close: () => pool.end(),
  };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
