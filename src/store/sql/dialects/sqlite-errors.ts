// What SQLite's refusals mean to a caller. Anything not listed is a defect of ours and stays what it is.
import { AlchemiscaleError } from '../../../domain/errors.ts';

// Primary result codes, https://sqlite.org/rescode.html; the upper bytes say more and do not matter here.
const SQLITE_ERROR = 1;
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

/** True when another connection holds the lock that was wanted. */
export function isBusy(error: unknown): boolean {
  return codeOf(error) === SQLITE_BUSY;
}

function codeOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

/** The error that a caller sees. */
export function translateSqliteError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === null || !(error instanceof Error)) return error;
  const about = (code: 'STORE_UNAVAILABLE' | 'STORAGE_FULL', sentence: string): AlchemiscaleError =>
    new AlchemiscaleError(code, sentence, { cause: error, facts: { file: path } });
  switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return about('STORE_UNAVAILABLE', `the database ${path} is locked by another program; try again`);
    case SQLITE_FULL:
      return about('STORAGE_FULL', `no room left for the database ${path}; nothing was written`);
    case SQLITE_READONLY:
      return about('STORE_UNAVAILABLE', `the database ${path} is read-only here`);
    case SQLITE_CANTOPEN:
      return about(
        'STORE_UNAVAILABLE',
        `the database ${path} cannot be opened: is there such a folder, and may it be written?`,
      );
    case SQLITE_IOERR:
      return about('STORE_UNAVAILABLE', `the database ${path} cannot be read or written: ${error.message}`);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return about('STORE_UNAVAILABLE', `${path} is damaged, or no SQLite database: ${error.message}`);
    case SQLITE_ERROR:
      if (!error.message.startsWith('no such table')) return error;
      return about('STORE_UNAVAILABLE', `the database ${path} has not been initialized`);
    default:
      return error;
  }
}
