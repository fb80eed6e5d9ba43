// How a copy into a SQL store begins and ends. The mark of an unfinished copy is the one row of `transfer`; who holds it may
// write (../transfer-runs.ts).
import type { TransferTarget, UnfinishedTransfer } from '../slices/transfer.ts';
import { nextRun, refuseOccupied, refuseOvertaken } from '../transfer-runs.ts';
import { type Connection, type Database, LocksMissed, statement } from './database.ts';
import { migrate, refuseForeignSchema } from './migrate.ts';

const FIND = statement<[], { readonly source: string; readonly started: number }>(
  'SELECT source, started FROM transfer',
);

/** See TransferStore.findUnfinished. */
export async function findUnfinished(connection: Connection): Promise<UnfinishedTransfer | null> {
  const row = await connection.first(FIND());
  return row === null ? null : { source: row.source, started: new Date(row.started) };
}

/** What a store holds that is not empty, by table. */
const CONTENT = new Map([
  ['identity', 'SELECT 1 AS one FROM identity LIMIT 1'],
  ['object', 'SELECT 1 AS one FROM object WHERE scope IS NOT NULL LIMIT 1'],
  ['manager', 'SELECT 1 AS one FROM manager LIMIT 1'],
  ['service', 'SELECT 1 AS one FROM service LIMIT 1'],
]);

/** See TransferStore.inspect. An older schema may lack tables. */
export async function inspectTarget(database: Database): Promise<TransferTarget> {
  await refuseForeignSchema(database);
  return database.read(async connection => {
    const tables = await database.listTables(connection);
    return {
      hasSchema: tables.length > 0,
      isEmpty: await isEmpty(connection, tables),
      unfinished: tables.includes('transfer') ? await findUnfinished(connection) : null,
    };
  });
}

async function isEmpty(connection: Connection, tables: readonly string[]): Promise<boolean> {
  for (const [table, select] of CONTENT) {
    if (!tables.includes(table)) continue;
    if ((await connection.first(statement<[], { readonly one: number }>(select)())) !== null) return false;
  }
  return true;
}

const ADD_MARK = statement<[source: string, startedMs: number]>(
  'INSERT INTO transfer (id, source, started) VALUES (1, ?, ?) ON CONFLICT DO NOTHING',
);
const HOLD_MARK = statement<[], { readonly source: string; readonly started: number }>(
  'SELECT source, started FROM transfer FOR UPDATE',
);
const SET_MARK = statement<[startedMs: number]>('UPDATE transfer SET started = ?');

// What users and services can take away again; what hangs on these rows goes with them.
const CLEAR = `DELETE FROM action;
  UPDATE task SET claimed_by = NULL, claimed_at = NULL WHERE claimed_by IS NOT NULL;
  DELETE FROM claim_group;
  DELETE FROM strategy_run;
  DELETE FROM strategy;
  DELETE FROM restart_pattern;
  DELETE FROM service;
  DELETE FROM manager;
  DELETE FROM identity`;

/** See TransferStore.begin. */
export async function beginTransfer(database: Database, params: UnfinishedTransfer): Promise<number> {
  const { source } = params;
  refuseOccupied(await inspectTarget(database), source);
  await migrate(database);
  return database.write(async connection => {
    // Whoever begins at the same time waits here.
    const isNew = (await connection.run(ADD_MARK(source, params.started.getTime()))) === 1;
    const row = await connection.first(HOLD_MARK());
    if (row === null) throw new LocksMissed();
    const unfinished = { source: row.source, started: new Date(row.started) };
    if (isNew) {
      refuseOccupied({ isEmpty: await isEmpty(connection, [...CONTENT.keys()]), unfinished: null }, source);
      return row.started;
    }
    refuseOccupied({ isEmpty: false, unfinished }, source);
    const run = nextRun(unfinished, params);
    await connection.run(SET_MARK(run));
    await connection.runScript(CLEAR);
    return run;
  });
}

const SHARE_MARK = statement<[], { readonly startedMs: number }>(
  'SELECT started AS "startedMs" FROM transfer FOR SHARE',
);

/** The database for one run of a copy: its writes are refused once another run has begun. */
export function databaseOfRun(database: Database, run: number): Database {
  return {
    ...database,
    write: work =>
      database.write(async connection => {
        refuseOvertaken(await connection.first(SHARE_MARK()), run);
        return work(connection);
      }),
  };
}

const END = statement<[]>('DELETE FROM transfer');

/** See TransferStore.end. */
export async function endTransfer(connection: Connection): Promise<void> {
  await connection.run(END());
}
