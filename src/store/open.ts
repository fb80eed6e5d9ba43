// From a URL to a state store. A backend is loaded when it is first asked for.
import { AlchemiscaleError } from '../domain/errors.ts';
import type { StateStore } from './state-store.ts';

/** What every backend can be told. */
export interface StateStoreOptions {
  /** How long a write waits for another program that holds the database, in milliseconds. */
  readonly busyMs?: number;
  /** Makes the draws of claims repeatable, for tests. */
  readonly seed?: number;
  /**
   * Hears of objects that were submitted with other bytes than those stored under their key. The first are kept; it is
   * normal between versions of gufe and worth a line in a log.
   */
  readonly onDifference?: (difference: { readonly key: string }) => void;
}

/**
 * Opens a state store. `sqlite:///a/b.db` is the file /a/b.db, made when there is none; `sqlite::memory:` is a private
 * database that goes with the store. `postgres://user:password@host:5432/name?sslmode=verify-full` is a database that is
 * there, named as libpq does. `bolt://user:password@host:7687/database` (or `neo4j://…`) is the original's database,
 * reached when it is first used. Schemas are made by `initialize`.
 *
 * @example await using store = await openStateStore('sqlite:///home/ada/alchemiscale/state.db');
 */
export async function openStateStore(url: string, options: StateStoreOptions = {}): Promise<StateStore> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'sqlite': {
      const { openSqliteStore } = await import('./sql/dialects/sqlite-store.ts');
      return openSqliteStore(sqlitePath(url), options);
    }
    case 'postgres':
    case 'postgresql': {
      const { openPostgresStore } = await import('./sql/dialects/postgres-store.ts');
      return openPostgresStore(url, options);
    }
    case 'neo4j':
    case 'neo4j+s':
    case 'neo4j+ssc':
    case 'bolt':
    case 'bolt+s':
    case 'bolt+ssc': {
      const { openNeo4jStore } = await import('./neo4j/open.ts');
      return openNeo4jStore(url, options);
    }
    default:
      throw refused(
        `'${hidePassword(url)}' is no URL of a state store: write sqlite:///path or postgres://host/database`,
      );
  }
}

/** The file that the URL names; null for the private database. */
function sqlitePath(url: string): string | null {
  if (url === 'sqlite::memory:') return null;
  const path = /^sqlite:\/\/(\/[^?#]+)$/i.exec(url)?.[1];
  if (path === undefined) throw refused(`'${url}' names no file: write sqlite:///absolute/path`);
  try {
    // `sqlite:///C:/data/state.db` means C:/data/state.db.
    return decodeURIComponent(path).replace(/^\/(?=[a-z]:\/)/i, '');
  } catch {
    throw refused(`'${url}' has a '%' that is not followed by two hex digits`);
  }
}

/** A store's URL as it may be shown. */
export function hidePassword(url: string): string {
  return url.replace(/(:\/\/[^/@:]*:)[^/@]*@/, '$1***@');
}

function refused(sentence: string): AlchemiscaleError {
  return new AlchemiscaleError('BAD_REQUEST', `The state store ${sentence}`);
}
