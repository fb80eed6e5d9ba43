// Transactions on PostgreSQL, and what is done again when one is lost.
//
// Reads see one consistent state (REPEATABLE READ) and can always be done again. Writes run under READ COMMITTED, where each
// statement sees what was committed before it, and lock what they rely on (locks.ts). A write is done again when it was
// undone because of others (a deadlock, LocksMissed), and when the connection broke before its commit was asked for: the
// server has undone it then.
//
// When the connection breaks after that, nobody knows yet whether it was committed. To do it again blindly would create tasks
// twice, or claim others. So a write knows its transaction's number, and asks the server, once it is back, what became
// of that one: committed, and its answer stands; or not, and it is done again. Claims and results travel with their commit, before a
// number is known; what became of them is seen by what they have done (writeAtOnce).
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { AlchemiscaleError } from '../../../domain/errors.ts';
import { LocksMissed, statement, type View, type Work } from '../database.ts';
import { PostgresConnection } from './postgres-connection.ts';
import { codeOf, isConflict, isConnectionLost, translatePostgresError } from './postgres-errors.ts';
import { backendOf } from './postgres-pool.ts';

const READ = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
const READ_WHOLE = `${READ};
  SET LOCAL plan_cache_mode = force_custom_plan;
  SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on;
  SET LOCAL enable_material = on`;
const WRITE = 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE';
const NUMBER = statement<[], { readonly id: string }>('SELECT txid_current()::text AS id');
const BEGIN_READ = statement<[]>(READ);
const BEGIN_WRITE = statement<[]>(WRITE);
const STATUS = 'SELECT txid_status($1::bigint) AS status';
const END = `SELECT pg_terminate_backend(pid)
  FROM pg_stat_activity
  WHERE pid = $1 AND extract(epoch FROM backend_start)::text = $2`;

/** Nobody is behind a view who could be stuck: it is read for hours when there is much to read. */
const VIEW = `${READ};
  SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0`;
/** After a restart of the server every connection of the pool may be dead, each found out by its use. */
const MAX_LOST = 10;
const MAX_CONFLICTS = 20;
/** How long to ask what became of a write. A server that crashed with much to recover takes longer. */
const OUTCOME_MS = 15_000;
/** What statements say after one that failed. */
const ABORTED = '25P02';
/** The number of a transaction that the server has not given out: it was lost with a crash. */
const NUMBER_UNKNOWN = '22023';

/** Does again what can always be done again, while connections break. */
export async function againWhileLost<T>(once: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await once();
    } catch (error) {
      if (tries >= MAX_LOST || !isConnectionLost(error)) throw error;
    }
  }
}

/** How one try to write ended. */
type Try<T> = { readonly value: T } | { readonly error: unknown; readonly isLost: boolean };

/** Runs transactions on a pool's connections. `place` names the database in errors. */
export class PostgresTransactions {
  readonly #pool: pg.Pool;
  readonly #place: string;

  constructor(pool: pg.Pool, place: string) {
    this.#pool = pool;
    this.#place = place;
  }

  read<T>(work: Work<T>): Promise<T> {
    return this.#again(() => this.#readOnce(READ, work));
  }

  readWhole<T>(work: Work<T>): Promise<T> {
    return this.#again(() => this.#readOnce(READ_WHOLE, work));
  }

  /** A read that stays open. It is not begun again when its connection breaks: another one would see another state. */
  async openView(): Promise<View> {
    const client = await this.#connect();
    const connection = new PostgresConnection(client);
    try {
      await connection.runScript(VIEW);
      // The state is that of the first statement.
      await connection.runScript('SELECT 1');
    } catch (error) {
      undo(client, connection, error);
      throw this.#translate(error);
    }
    return {
      read: async work => {
        try {
          return await work(connection);
        } catch (error) {
          throw this.#translate(error);
        }
      },
      async close() {
        await connection.end('ROLLBACK').then(
          () => client.release(),
          () => client.release(true),
        );
      },
    };
  }

  /** Without a transaction: each statement is one by itself. */
  ask<T>(work: Work<T>): Promise<T> {
    return this.#again(() => this.askOnce(work));
  }

  /** As `ask`, without another try. */
  async askOnce<T>(work: Work<T>): Promise<T> {
    const client = await this.#pool.connect();
    try {
      const value = await work(new PostgresConnection(client));
      client.release();
      return value;
    } catch (error) {
      client.release(isConnectionLost(error));
      throw error;
    }
  }

  #again<T>(once: () => Promise<T>): Promise<T> {
    return againWhileLost(once).catch((error: unknown) => {
      throw this.#translate(error);
    });
  }

  async #readOnce<T>(begin: string, work: Work<T>): Promise<T> {
    const client = await this.#pool.connect();
    const connection = new PostgresConnection(client);
    const begun = ignoreFailure<unknown>(
      begin === READ ? connection.run(BEGIN_READ()) : connection.runScript(begin),
    );
    try {
      const value = await work(connection);
      await begun;
      // Nobody waits for the end of a read, which has nothing to commit.
      ignoreFailure(connection.end('ROLLBACK'));
      client.release();
      return value;
    } catch (error) {
      undo(client, connection, error);
      throw error;
    }
  }

  async write<T>(work: Work<T>): Promise<T> {
    let lost = 0;
    let conflicts = 0;
    for (;;) {
      const tried = await this.#writeOnce(work);
      if ('value' in tried) return tried.value;
      const { error, isLost } = tried;
      if (isLost && ++lost < MAX_LOST) continue;
      if (!isConflict(error) || ++conflicts >= MAX_CONFLICTS) throw this.#translate(error);
      await sleepAfter(conflicts);
    }
  }

  async #writeOnce<T>(work: Work<T>): Promise<Try<T>> {
    const client = await this.#connect();
    const connection = new PostgresConnection(client);
    const begun = ignoreFailure(Promise.all([connection.run(BEGIN_WRITE()), connection.first(NUMBER())]));
    let value: T;
    let number: string;
    try {
      value = await work(connection);
      number = (await begun)[1]?.id ?? '';
    } catch (failure) {
      // After a statement that failed, all others fail too, and do not say why.
      const error = codeOf(failure) === ABORTED ? await firstFailure(connection, failure) : failure;
      undo(client, connection, error);
      return { error, isLost: isConnectionLost(error) };
    }
    try {
      await commit(connection);
      client.release();
      return { value };
    } catch (error) {
      undo(client, connection, error);
      // By the server's word it was not made; whatever else went wrong says nothing about it.
      if (isRefused(error)) return { error, isLost: false };
      return (await this.#isCommitted(number, error)) ? { value } : { error, isLost: true };
    }
  }

  async #isCommitted(number: string, cause: unknown): Promise<boolean> {
    const status = await this.#find(cause, async () => {
      try {
        const { rows } = await this.#pool.query<{ status: string | null }>(STATUS, [number]);
        const found = rows[0]?.status ?? 'forgotten';
        return found === 'in progress' ? null : found;
      } catch (error) {
        if (codeOf(error) === NUMBER_UNKNOWN) return 'aborted';
        throw error;
      }
    });
    if (status === 'forgotten') throw this.#unknown(cause);
    return status === 'committed';
  }

  /**
   * Statements that travel together, as one transaction whose commit travels with them: the cheapest way to write. When the
   * connection breaks, nobody hears what has become of them. Then, once the server has ended that connection too, `recall` finds what
   * they have done; null: nothing, and they are sent again.
   */
  async writeAtOnce<T>(work: Work<T>, recall: Work<T | null>): Promise<T> {
    let lost = 0;
    let conflicts = 0;
    for (;;) {
      const client = await this.#connect();
      try {
        const value = await work(new PostgresConnection(client));
        client.release();
        return value;
      } catch (error) {
        // Whatever else than the server's own word says nothing about what it has done.
        const isLost = !isRefused(error);
        client.release(isLost);
        if (isLost) {
          await this.#end(client, error);
          const value = await this.ask(recall);
          if (value !== null) return value;
          if (++lost < MAX_LOST) continue;
        }
        if (!isConflict(error) || ++conflicts >= MAX_CONFLICTS) throw this.#translate(error);
        await sleepAfter(conflicts);
      }
    }
  }

  /** Has the server end a connection that broke on this side, which it may not know: nothing will be done on it any more. */
  async #end(client: pg.PoolClient, cause: unknown): Promise<void> {
    const backend = backendOf(client);
    if (backend === null) throw this.#unknown(cause);
    await this.#find(cause, async () => {
      const { rows } = await this.#pool.query(END, [backend.pid, backend.since]);
      return rows.length === 0 ? true : null;
    });
  }

  /** Asks until there is an answer, also while the server is away. */
  async #find<T>(cause: unknown, ask: () => Promise<T | null>): Promise<T> {
    const untilMs = performance.now() + OUTCOME_MS;
    for (let waitMs = 20; performance.now() < untilMs; waitMs = Math.min(1000, waitMs * 2)) {
      const found = await ask().catch(() => null);
      if (found !== null) return found;
      await sleep(waitMs);
    }
    throw this.#unknown(cause);
  }

  #unknown(cause: unknown): AlchemiscaleError {
    return new AlchemiscaleError(
      'STORE_UNAVAILABLE',
      `the database ${this.#place} broke the connection while it wrote, and it is not known whether it has: look, then try again`,
      { cause, facts: { database: this.#place } },
    );
  }

  /**
   * One at a time on the whole database, by a lock that goes with the transaction; waits for as long as it takes. What makes
   * or drops a schema looks first what there is, so it can always be done again.
   */
  changeSchema<T>(work: Work<T>): Promise<T> {
    return this.#again(() => this.#changeSchemaOnce(work));
  }

  async #changeSchemaOnce<T>(work: Work<T>): Promise<T> {
    const client = await this.#pool.connect();
    const connection = new PostgresConnection(client);
    try {
      await connection.runScript(`${WRITE}; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0`);
      await connection.runScript(`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK})`);
      const value = await work(connection);
      await commit(connection);
      client.release();
      return value;
    } catch (error) {
      undo(client, connection, error);
      throw error;
    }
  }

  /** A connection that breaks while it is made has carried nothing yet. */
  #connect(): Promise<pg.PoolClient> {
    return this.#again(() => this.#pool.connect());
  }

  #translate(error: unknown): unknown {
    return translatePostgresError(error, this.#place);
  }
}

/** `alchemis` in ASCII: whoever else takes advisory locks in this database hardly takes this one. */
const SCHEMA_LOCK = 0x61_6c_63_68_65_6d_69_73n;

/** Whoever was in the way may be again, unless they go on at different moments. */
function sleepAfter(conflicts: number): Promise<void> {
  return sleep(Math.random() * Math.min(200, 2 ** conflicts));
}

/** A promise whose failure is heard of elsewhere too. */
function ignoreFailure<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** Commits, together with what is still on its way. */
async function commit(connection: PostgresConnection): Promise<void> {
  const committed = ignoreFailure(connection.end('COMMIT'));
  // What failed says why.
  await connection.finished();
  const { tag } = await committed;
  // The server's way to say that a statement had failed.
  if (tag !== 'COMMIT') throw new Undone(`a transaction ended with ${tag}`);
}

/**
 * Ends a transaction that failed. Nobody has the connection before its ROLLBACK is answered: behind a statement that fails it
 * would be skipped, and what was to be prepared in front of it is known only then.
 */
function undo(client: pg.PoolClient, connection: PostgresConnection, error: unknown): void {
  if (isConnectionLost(error)) {
    client.release(true);
    return;
  }
  connection.end('ROLLBACK').then(
    () => client.release(),
    () => client.release(true),
  );
}

/** Which of the statements that nobody waited for was the first to fail. */
function firstFailure(connection: PostgresConnection, failure: unknown): Promise<unknown> {
  return connection.finished().then(
    () => failure,
    (first: unknown) => first,
  );
}

/** The server says that it has not committed. */
class Undone extends Error {}

function isRefused(error: unknown): boolean {
  if (error instanceof Undone || error instanceof LocksMissed) return true;
  return error instanceof pg.DatabaseError && !isConnectionLost(error);
}
