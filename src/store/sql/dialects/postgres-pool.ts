// Connections to PostgreSQL, a few for each process, made when they are needed and kept.
import pg from 'pg';
import { AlchemiscaleError } from '../../../domain/errors.ts';
import { requireBinding } from './postgres-binding.ts';
import { codeOf } from './postgres-errors.ts';
import type { PostgresPlace } from './postgres-url.ts';
import { TYPES } from './postgres-values.ts';

/** How a process uses the database. */
export interface PoolSettings {
  /** Connections at most. */
  readonly connections: number;
  /** How long a statement waits for a row that somebody else holds. */
  readonly lockMs: number;
  /** How long a statement may run. */
  readonly statementMs: number;
}

/** A transaction in which nothing happens for so long is ended by the server: whoever had it is gone, or stuck. */
const IDLE_IN_TRANSACTION_MS = 60_000;

// Only what the server knows is set. Statements are planned once for any parameters, since to plan one again each time
// costs more than to run it. All of them are searches in indexes, row by row, and are planned as such also while the tables are
// small: a plan that walks a table stays after the table has grown. What looks at whole tables says so (`readWhole`).
// Compiling plans pays for none of them. Statements that travel with their commit are a transaction without a BEGIN that could say of
// which kind.
const SETTINGS = `SELECT set_config(s.name, v.value, false)
  FROM (VALUES
    ('plan_cache_mode', 'force_generic_plan'),
    ('enable_seqscan', 'off'),
    ('enable_hashjoin', 'off'),
    ('enable_mergejoin', 'off'),
    ('enable_material', 'off'),
    ('jit', 'off'),
    ('default_transaction_isolation', 'read committed'),
    ('default_transaction_read_only', 'off'),
    ('lock_timeout', $1),
    ('statement_timeout', $2),
    ('idle_in_transaction_session_timeout', $3)
  ) v (name, value)
  JOIN pg_settings s ON s.name = v.name`;

/** The process of the server behind a connection. Its number may come again, after a restart even soon. */
export interface Backend {
  readonly pid: number;
  readonly since: string;
}

const BACKEND = `SELECT pid, extract(epoch FROM backend_start)::text AS since
  FROM pg_stat_activity
  WHERE pid = pg_backend_pid()`;
const backends = new WeakMap<pg.ClientBase, Backend>();

/** What serves a connection of a pool made here; null when the server does not say. */
export function backendOf(client: pg.ClientBase): Backend | null {
  return backends.get(client) ?? null;
}

/** Makes a pool; no connection is made yet. */
function createPool(place: PostgresPlace, settings: PoolSettings, ssl = place.driver.ssl): pg.Pool {
  const values = [settings.lockMs, settings.statementMs, IDLE_IN_TRANSACTION_MS].map(String);
  const { connectMs } = place;
  // The pool's limit is also that of waiting for a connection while all are in use, which takes longer than making one.
  class Client extends pg.Client {
    constructor(config: pg.ClientConfig) {
      // Not copied: the password in it is hidden from that.
      super(Object.assign(Object.create(config), { connectionTimeoutMillis: connectMs }));
      if (place.bindsChannel) requireBinding(this, place.name);
    }
  }
  const pool = new pg.Pool({
    ...place.driver,
    ssl,
    max: settings.connections,
    connectionTimeoutMillis: Math.max(connectMs, settings.lockMs) + 1000,
    Client: Client as unknown as new () => pg.ClientBase,
    idleTimeoutMillis: 30_000,
    // A server that has gone without a word is noticed by one or the other.
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    query_timeout: settings.statementMs + 30_000,
    pipeline: true,
    types: TYPES as pg.CustomTypesConfig,
    onConnect: async client => {
      const [{ rows }] = await Promise.all([client.query<Backend>(BACKEND), client.query(SETTINGS, values)]);
      if (rows[0] !== undefined) backends.set(client, rows[0]);
    },
  });
  // Who uses the connection hears of it by the statement that fails; an idle one is dropped.
  pool.on('connect', client => client.on('error', () => {}));
  pool.on('error', () => {});
  return pool;
}

const SERVER = `SELECT
    current_setting('server_version_num')::int AS version,
    current_setting('server_encoding') AS encoding`;

const OLDEST_VERSION = 130_000;

/** Makes a pool and its first connection; without TLS where the URL allows that and the server has none. */
export async function openPool(place: PostgresPlace, settings: PoolSettings): Promise<pg.Pool> {
  const pool = createPool(place, settings);
  try {
    await checkServer(pool, place);
    return pool;
  } catch (error) {
    await pool.end();
    const isTlsFault =
      error instanceof Error &&
      (/\bSSL\b/.test(error.message) || /^(ERR_SSL|ERR_TLS|EPROTO)/.test(codeOf(error) ?? ''));
    if (!place.isTlsOptional || place.driver.ssl === false || !isTlsFault) throw error;
  }
  const plain = createPool(place, settings, false);
  try {
    await checkServer(plain, place);
    return plain;
  } catch (error) {
    await plain.end();
    throw error;
  }
}

async function checkServer(pool: pg.Pool, { name }: PostgresPlace): Promise<void> {
  const [server] = (await pool.query<{ version: number; encoding: string }>(SERVER)).rows;
  if (server === undefined || server.version < OLDEST_VERSION) {
    throw new AlchemiscaleError('STORE_UNAVAILABLE', `the server of ${name} is older than PostgreSQL 13`);
  }
  if (server.encoding !== 'UTF8') {
    throw new AlchemiscaleError(
      'STORE_UNAVAILABLE',
      `the database ${name} has the encoding ${server.encoding}: make one with UTF8`,
    );
  }
}
