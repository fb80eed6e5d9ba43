// The state store on PostgreSQL as callers see it. The work is done by the server; here calls are counted, so that closing
// lets those under way end and refuses what comes after.
import { AlchemiscaleError } from '../../../domain/errors.ts';
import { seededRandom } from '../../random.ts';
import type { StateStore } from '../../state-store.ts';
import { createSqlStateStore } from '../index.ts';
import { refuseForeignSchema } from '../migrate.ts';
import type { DifferingObject } from '../object-write.ts';
import { openPostgresDatabase } from './postgres.ts';
import { readPostgresUrl } from './postgres-url.ts';

/** What a PostgreSQL store can be told. */
export interface PostgresStoreOptions {
  /** How long a write waits for rows that somebody else holds, in milliseconds; 30,000 unless told. */
  readonly busyMs?: number;
  /** Connections of this process at most, unless the URL says; 6 unless told. */
  readonly connections?: number;
  /** Makes the choice among hubs repeatable. The server draws keys by itself. */
  readonly seed?: number;
  /** Hears of objects that came with other bytes than those stored under their key. */
  readonly onDifference?: (difference: DifferingObject) => void;
}

const DEFAULT_BUSY_MS = 30_000;
/** Sixteen processes fit into the 100 connections that a server has unless told. */
const DEFAULT_CONNECTIONS = 6;
/** Far longer than anything takes that is not stuck: reading a network of 100,000 transformations. */
const STATEMENT_MS = 300_000;

/** Connects to the database that the URL names, which must be there. Throws STORE_UNAVAILABLE. */
export async function openPostgresStore(
  url: string,
  options: PostgresStoreOptions = {},
): Promise<StateStore> {
  const place = readPostgresUrl(url);
  const database = await openPostgresDatabase(place, {
    connections: place.connections ?? options.connections ?? DEFAULT_CONNECTIONS,
    lockMs: options.busyMs ?? DEFAULT_BUSY_MS,
    statementMs: STATEMENT_MS,
    random: options.seed === undefined ? Math.random : seededRandom(options.seed),
  });
  try {
    await refuseForeignSchema(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return counted(createSqlStateStore(database, options.onDifference));
}

/** The store, but that closing it waits for the calls under way. */
function counted(store: StateStore): StateStore {
  let underWay = 0;
  let closing: Promise<void> | null = null;
  let whenIdle = (): void => {};
  const call = async <T>(method: () => Promise<T>): Promise<T> => {
    if (closing !== null) throw new AlchemiscaleError('STORE_UNAVAILABLE', 'the store is closed');
    underWay++;
    try {
      return await method();
    } finally {
      if (--underWay === 0) whenIdle();
    }
  };
  const slice = <Slice extends object>(methods: Slice): Slice => {
    const wrapped = Object.entries(methods).map(([name, method]) => [
      name,
      (params: unknown) => call(() => (method as (params: unknown) => Promise<unknown>)(params)),
    ]);
    return Object.fromEntries(wrapped) as Slice;
  };
  const close = async (): Promise<void> => {
    if (underWay > 0) {
      await new Promise<void>(resolve => {
        whenIdle = resolve;
      });
    }
    await store[Symbol.asyncDispose]();
  };
  return {
    capabilities: store.capabilities,
    networks: slice(store.networks),
    tasks: slice(store.tasks),
    hubs: slice(store.hubs),
    compute: slice(store.compute),
    managers: slice(store.managers),
    results: slice(store.results),
    restarts: slice(store.restarts),
    strategies: slice(store.strategies),
    identities: slice(store.identities),
    audit: slice(store.audit),
    transfer: slice(store.transfer),
    initialize: () => call(() => store.initialize()),
    ping: () => call(() => store.ping()),
    check: () => call(() => store.check()),
    reset: () => call(() => store.reset()),
    sweep: before => call(() => store.sweep(before)),
    [Symbol.asyncDispose]() {
      closing ??= close();
      return closing;
    },
  };
}
