// From a URL to a state store on a Neo4j database.
import { AlchemiscaleError } from '../../domain/errors.ts';
import { seededRandom } from '../random.ts';
import type { StateStore } from '../state-store.ts';
import type { OnDifference } from './differences.ts';
import { type Neo4jPlace, openDatabase } from './driver.ts';
import { createNeo4jStateStore } from './index.ts';
import { markUnmarkedNetworks } from './network-create.ts';

/** What a store on Neo4j can be told. */
export interface Neo4jStoreOptions {
  /** How long a transaction that clashes with another is tried again, in milliseconds; 30,000 unless told. */
  readonly busyMs?: number;
  /** Makes the draws of claims repeatable, for tests. */
  readonly seed?: number;
  /** Hears of objects that were submitted with other content than is kept under their key. */
  readonly onDifference?: OnDifference;
}

const DEFAULT_BUSY_MS = 30_000;

/** The original's default. */
const DEFAULT_DATABASE = 'neo4j';

/**
 * Opens `bolt://user:password@host:7687/database` (or `neo4j://…`, and either with `+s` or `+ssc` for TLS). Connects when it is
 * first used.
 */
export function openNeo4jStore(url: string, options: Neo4jStoreOptions = {}): StateStore {
  return createNeo4jStateStore(
    openDatabase(placeOf(url), {
      busyMs: options.busyMs ?? DEFAULT_BUSY_MS,
      random: options.seed === undefined ? Math.random : seededRandom(options.seed),
    }),
    options.onDifference,
  );
}

/**
 * Migrates a graph of version 0.3 of the original to 0.4: every network without a mark gets one, in state `active`. Says how many
 * there were; harmless when repeated.
 */
export async function migrateV03ToV04(url: string): Promise<number> {
  const database = openDatabase(placeOf(url), { busyMs: DEFAULT_BUSY_MS, random: Math.random });
  try {
    return await markUnmarkedNetworks(database);
  } finally {
    await database.close();
  }
}

function placeOf(text: string): Neo4jPlace {
  const url = URL.parse(text);
  if (url === null || url.hostname === '')
    throw refused('names no server: write bolt://user:password@host:7687');
  const database = url.pathname.replace(/^\//, '');
  if (database.includes('/'))
    throw refused('names no database: write bolt://user:password@host:7687/database');
  const user = decodeURIComponent(url.username);
  if (user === '') throw refused('has no user: write bolt://user:password@host:7687');
  return {
    url: `${url.protocol}//${url.host}${url.search}`,
    user,
    password: decodeURIComponent(url.password),
    database: database === '' ? DEFAULT_DATABASE : decodeURIComponent(database),
  };
}

function refused(why: string): AlchemiscaleError {
  return new AlchemiscaleError('BAD_REQUEST', `The URL of the Neo4j database ${why}`);
}
