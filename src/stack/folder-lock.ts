// One stack at a time serves a data folder. The lock is an open write transaction on a small SQLite database of its
// own: the operating system drops it with the process, however that ends, so no lock is ever left over. Readers are not
// kept out by it (a reserved lock, rollback journal), hence the next to come can still read whose it is. Commands that
// only open the state store beside a server, such as `identity add`, do not take it.
import { hostname } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { AlchemiscaleError } from '../domain/errors.ts';

const SCHEMA =
  'create table if not exists owner (id integer primary key check (id = 1), pid integer, host text)';
const WRITE_OWNER = 'insert or replace into owner (id, pid, host) values (1, ?, ?)';
const READ_OWNER = 'select pid, host from owner';

/** Takes the lock kept in the file `path` for `folder`, until disposed. Throws CONFLICT when another process has it. */
export function lockFolder(folder: string, path: string): Disposable {
  const db = openLock(path);
  try {
    db.exec('begin immediate');
    db.exec(SCHEMA);
    db.prepare(WRITE_OWNER).run(process.pid, hostname());
    // Committed, so that others can read it; whoever slips in between is then the owner, and this process the refused.
    db.exec('commit; begin immediate');
  } catch (error) {
    const refusal = hasCode(error, SQLITE_BUSY) ? inUse(folder, db) : cannotWrite(path, error);
    db.close();
    throw refusal;
  }
  return {
    [Symbol.dispose]() {
      if (!db.isOpen) return;
      if (db.isTransaction) db.exec('rollback');
      db.close();
    },
  };
}

function inUse(folder: string, db: DatabaseSync): AlchemiscaleError {
  const owner = readOwner(db);
  const by = owner === null ? 'another process' : `process ${owner.pid} on ${owner.host}`;
  return new AlchemiscaleError(
    'CONFLICT',
    `${folder} is in use by ${by}: stop that one first, or choose another folder with --data`,
    { facts: { folder, ...owner } },
  );
}

function readOwner(db: DatabaseSync): { readonly pid: number; readonly host: string } | null {
  try {
    const row = db.prepare(READ_OWNER).get();
    return row === undefined ? null : { pid: Number(row.pid), host: String(row.host) };
  } catch {
    // The owner is just writing its name.
    return null;
  }
}

function openLock(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** SQLite does not pass on why; these two are permissions, whatever their origin. */
function cannotWrite(path: string, error: unknown): unknown {
  if (!hasCode(error, SQLITE_CANTOPEN) && !hasCode(error, SQLITE_READONLY)) return error;
  return new AlchemiscaleError(
    'STORE_UNAVAILABLE',
    `${path} cannot be written: is the folder read-only, or somebody else's?`,
    {
      facts: { path },
      cause: error,
    },
  );
}

const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_CANTOPEN = 14;

function hasCode(error: unknown, code: number): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === code;
}
