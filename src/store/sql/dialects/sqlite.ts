// SQLite behind the seam of database.ts: one connection of node:sqlite, for one thread. WAL lets readers on other
// connections go on beside the writer; `synchronous=FULL` flushes at every commit, so that what was acknowledged survives a
// power cut. sqlite-threads.ts keeps two of these, a writer and a reader, off the main thread.
import { DatabaseSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import { drawKey } from '../../../domain/claim.ts';
import { writeCounted } from '../counts-write.ts';
import { askForOne, type Connection, type Database, statement, type View } from '../database.ts';
import type { Schema } from '../schema.ts';
import { takeFromHubs } from '../take.ts';
import { SQLITE_BY_HAND } from './sqlite-by-hand.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { isBusy, translateSqliteError } from './sqlite-errors.ts';
import { SqliteQueue } from './sqlite-queue.ts';

/** Where the database is and how this connection is used. */
export interface SqliteOptions {
  readonly path: string;
  /** Refuses to write. */
  readonly readOnly: boolean;
  /** How long a statement waits for another program's lock. */
  readonly busyMs: number;
  /** Nobody will open the file again, so nothing is flushed to disk. False unless told. */
  readonly isPrivate?: boolean;
  /** Uniform in [0, 1), for draws. */
  readonly random: () => number;
}

const LIST_TABLES = statement<[], { readonly name: string }>(
  "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
);

/** Opens a database file, which is made when there is none. Throws STORE_UNAVAILABLE. */
export function openSqliteDatabase(options: SqliteOptions): Database {
  const translate = (error: unknown): unknown => translateSqliteError(error, options.path);
  const db = openFile(options, translate);
  const connection = new SqliteConnection(db);
  const queue = new SqliteQueue(db, connection, translate);
  let builder: Promise<Kysely<Schema>> | undefined;
  return {
    capabilities: { manyWriters: false, keepsBytes: true },
    read: work => queue.read(work),
    readWhole: work => queue.read(work),
    openView: async () => openSqliteView(options, translate),
    ask: work => queue.read(work),
    askTogether: together => one => queue.read(asking => askForOne(asking, together, one)),
    write: work => queue.write(work),
    changeSchema: work => queue.changeSchema(work),
    take: wish =>
      writeCounted(queue, async (connection, counts) => {
        const [outcome] = await takeFromHubs(connection, counts, SQLITE_BY_HAND, [wish]);
        return outcome === undefined || outcome === 'held' ? [] : outcome;
      }),
    // The queue lets writes share a commit, whatever they are.
    gather: (_, alone) => alone,
    byHand: SQLITE_BY_HAND,
    migrations: new URL('../migrations/sqlite/', import.meta.url),
    async listTables(asking) {
      return (await asking.all(LIST_TABLES())).map(({ name }) => name);
    },
    checkFiles,
    async dropTables(dropping, tables) {
      for (const table of tables) await dropping.runScript(`DROP TABLE "${table}"`);
    },
    builder() {
      // 200 ms and 18 MB: only where and when a query is built.
      builder ??= import('./sqlite-builder.ts').then(module => module.createSqliteBuilder());
      return builder;
    },
    pause: () => new Promise(resolve => setImmediate(resolve)),
    recentMs: 0,
    countWrites: () => 0,
    random: options.random,
    async close() {
      db.close();
    },
  };
}

const INTEGRITY = statement<[], { readonly integrity_check: string }>('PRAGMA integrity_check(20)');
const DANGLING = statement<[], { readonly table: string; readonly parent: string }>(
  'PRAGMA foreign_key_check',
);

/** Every page of the file, every index against its table, every row that another names. */
async function checkFiles(connection: Connection): Promise<readonly string[]> {
  const found = await connection.all(INTEGRITY());
  const faults = found.map(row => row.integrity_check).filter(text => text !== 'ok');
  const dangling = await connection.all(DANGLING());
  const pairs = new Set(dangling.map(({ table, parent }) => `${table} names a missing row of ${parent}`));
  return [...faults, ...pairs];
}

/** A transaction that is never ended until the view is; beside it the log grows. */
function openSqliteView(options: SqliteOptions, translate: (error: unknown) => unknown): View {
  const db = openFile({ ...options, readOnly: true }, translate);
  const connection = new SqliteConnection(db);
  // The state is that of the first read, not that of BEGIN.
  db.exec('BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1');
  return {
    async read(work) {
      try {
        return await work(connection);
      } catch (error) {
        throw translate(error);
      }
    },
    async close() {
      db.close();
    },
  };
}

function openFile(options: SqliteOptions, translate: (error: unknown) => unknown): DatabaseSync {
  try {
    const db = new DatabaseSync(options.path, { timeout: options.busyMs });
    // Pages are kept up to 32 MB (16 MB by a reader), taken as needed; the rest is in the system's cache. The log is folded
    // in every 16 MB: pages that many writes have changed are then written once.
    db.exec(`PRAGMA cache_size = ${options.readOnly ? -16_384 : -32_768}`);
    const sync = options.isPrivate === true ? 'OFF' : 'FULL';
    db.exec(`PRAGMA synchronous = ${sync}; PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY`);
    if (options.readOnly) db.exec('PRAGMA query_only = ON');
    else turnOnLog(db, options.busyMs);
    db.function('new_draw_key', (clock, weight) => drawKey(Number(clock), Number(weight), options.random()));
    return db;
  } catch (error) {
    throw translate(error);
  }
}

/** The one change for which SQLite does not wait by itself, while another connection opens the same new file. */
function turnOnLog(db: DatabaseSync, busyMs: number): void {
  const untilMs = performance.now() + busyMs;
  for (;;) {
    try {
      db.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (performance.now() > untilMs || !isBusy(error)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
