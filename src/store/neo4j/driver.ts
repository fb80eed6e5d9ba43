// A Neo4j database by its driver: connections, transactions, and trying again.
//
// The driver's own retries begin after a second; a deadlock between two claims is over in milliseconds. So transactions are
// retried here, with the driver's word on which errors pass.
import { setTimeout as sleep } from 'node:timers/promises';
import neo4j, { type Driver } from 'neo4j-driver';
import { AlchemiscaleError } from '../../domain/errors.ts';
import type { Database, Transaction, Work } from './database.ts';
import { isPassing, isUnreachable, translateNeo4jError } from './errors.ts';
import { missingConstraints } from './schema.ts';
import { fromDriver, toDriver } from './values.ts';

/** Where a database is and who asks. */
export interface Neo4jPlace {
  /** `neo4j://host:7687` or `bolt://…`, without user and password. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** The database's name; null for the server's default. */
  readonly database: string | null;
}

/** How a database is used. */
export interface Neo4jUse {
  /** How long a transaction is tried again, in milliseconds. */
  readonly busyMs: number;
  readonly random: () => number;
}

/** Connects when first used; an unreachable server shows then. */
export function openDatabase(place: Neo4jPlace, { busyMs, random }: Neo4jUse): Database {
  const where = place.database === null ? place.url : `${place.url}/${place.database}`;
  const driver = neo4j.driver(place.url, neo4j.auth.basic(place.user, place.password), {
    useBigInt: true,
    // Everything in one message each way: what is asked for is needed whole.
    fetchSize: -1,
    telemetryDisabled: true,
    notificationFilter: { minimumSeverityLevel: 'OFF' },
  });
  let isInitialized = false;
  let closing: Promise<void> | null = null;
  const underWay = new Set<Promise<unknown>>();

  const attempt = <T>(work: Work<T>): Promise<T> => {
    if (closing !== null) {
      return Promise.reject(new AlchemiscaleError('STORE_UNAVAILABLE', `the database ${where} is closed`));
    }
    const trying = keepTrying(() => transact(driver, place.database, work), busyMs, where);
    underWay.add(trying);
    const forget = (): void => {
      underWay.delete(trying);
    };
    trying.then(forget, forget);
    return trying;
  };
  const whenInitialized = async <T>(work: Work<T>): Promise<T> => {
    if (!isInitialized) {
      const missing = await attempt(missingConstraints);
      if (missing.length > 0) {
        throw new AlchemiscaleError('STORE_UNAVAILABLE', `the database ${where} has not been initialized`);
      }
      isInitialized = true;
    }
    return attempt(work);
  };
  return {
    capabilities: { manyWriters: true, keepsBytes: false },
    read: whenInitialized,
    write: whenInitialized,
    changeSchema: attempt,
    forgetSchema() {
      isInitialized = false;
    },
    random,
    close() {
      closing ??= Promise.allSettled(underWay).then(() => driver.close());
      return closing;
    },
  };
}

/** Runs one transaction to its commit. Reads too go to the member of a cluster that takes writes: only it has seen them all. */
async function transact<T>(driver: Driver, database: string | null, work: Work<T>): Promise<T> {
  const session = driver.session(database === null ? {} : { database });
  try {
    // Not awaited: the first statement is sent along with BEGIN.
    const begun = session.beginTransaction();
    const transaction: Transaction = {
      async all<Row>({ cypher, parameters }: { readonly cypher: string; readonly parameters: object }) {
        const { records } = await begun.run(cypher, toDriver(parameters as never));
        return records.map(record => fromDriver(record.toObject()) as Row);
      },
      async first(statement) {
        return (await transaction.all(statement))[0] ?? null;
      },
      async run({ cypher, parameters }) {
        await begun.run(cypher, toDriver(parameters));
      },
    };
    const answer = await work(transaction);
    await begun.commit();
    return answer;
  } finally {
    // Rolls back what was not committed.
    await session.close();
  }
}

const FIRST_WAIT_MS = 4;
const LONGEST_WAIT_MS = 1000;
/** Whoever asks should hear soon that nobody is there; a connection that breaks is made anew at once. */
const UNREACHABLE_MS = 5000;

/** Tries until it works, fails for good, or the time is over. Waits grow and are drawn, so that rivals part. */
async function keepTrying<T>(run: () => Promise<T>, limitMs: number, where: string): Promise<T> {
  const startMs = performance.now();
  for (let longestMs = FIRST_WAIT_MS; ; longestMs = Math.min(2 * longestMs, LONGEST_WAIT_MS)) {
    try {
      return await run();
    } catch (error) {
      const waitMs = longestMs * (0.5 + Math.random() / 2);
      const patienceMs = isUnreachable(error) ? Math.min(limitMs, UNREACHABLE_MS) : limitMs;
      if (!isPassing(error) || performance.now() + waitMs > startMs + patienceMs) {
        throw translateNeo4jError(error, where);
      }
      await sleep(waitMs);
    }
  }
}
