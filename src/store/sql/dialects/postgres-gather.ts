// Writes that share a transaction (Database.gather), and reads that share a connection (Database.ask).
import type { Client } from 'pg';
import { AlchemiscaleError } from '../../../domain/errors.ts';
import { Counts } from '../counts.ts';
import { writeCounts } from '../counts-write.ts';
import type { Connection, Database, Statement, Together, Work } from '../database.ts';
import { PostgresConnection } from './postgres-connection.ts';
import { Turns } from './postgres-turns.ts';

const WRITES = { most: 100, turns: 1 } as const;
const READS = { most: 50, turns: 1 } as const;

/** One thing of some kind that somebody wants done. */
interface Writing {
  readonly kind: Together<unknown, unknown>;
  readonly one: unknown;
  /** With null, does it alone. */
  readonly settle: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * See Database.gather. Claims, results, whatever has come: one transaction. What that leaves, or loses, is done alone; so
 * whoever does something alone must find what of it has been done.
 */
export function gatherWrites(write: Database['write']): Database['gather'] {
  const turns = new Turns<Writing>(WRITES, async writings => {
    const kinds = [...Map.groupBy(writings, ({ kind }) => kind)];
    try {
      const answers = await write(async connection => {
        const counts = new Counts();
        const working = kinds.map(([together, of]) =>
          together(
            connection,
            counts,
            of.map(({ one }) => one),
          ),
        );
        const done = await Promise.all(working);
        await writeCounts(connection, counts);
        return done;
      });
      for (const [place, [, of]] of kinds.entries()) {
        for (const [index, { settle }] of of.entries()) settle(answers[place]?.[index] ?? null);
      }
    } catch (error) {
      const isAway = error instanceof AlchemiscaleError && error.code === 'STORE_UNAVAILABLE';
      for (const { settle, reject } of writings) isAway ? reject(error) : settle(null);
    }
  });
  return function gather<T, R>(
    together: Together<T, R>,
    alone: (one: T) => Promise<R>,
  ): (one: T) => Promise<R> {
    return one =>
      new Promise<R>((resolve, reject) => {
        const settle = (answer: unknown): void => resolve(answer === null ? alone(one) : (answer as R));
        turns.add({ kind: together as Together<unknown, unknown>, one, settle, reject });
      });
  };
}

/** Reads `work` does on a connection made for it, without another try. */
export type ReadOnce = (
  work: Work<void>,
  connectionOn: (client: Client) => PostgresConnection,
) => Promise<void>;

interface Reading {
  /** Answers who asked, and rejects when that failed. */
  readonly answer: (connection: Connection) => Promise<void>;
  readonly answerAlone: () => void;
}

/** See Database.ask. What fails is asked again, alone. */
export function gatherReads(once: ReadOnce, alone: Database['ask']): Database['ask'] {
  const turns = new Turns<Reading>(READS, async readings => {
    const left = new Set(readings);
    const readAll = async (connection: Connection): Promise<void> => {
      const answered = readings.map(async reading => {
        await reading.answer(connection);
        left.delete(reading);
      });
      await Promise.all(answered);
    };
    await once(readAll, client => new SharedReads(client)).catch(() => {});
    for (const { answerAlone } of left) answerAlone();
  });
  return <R>(work: Work<R>) =>
    new Promise<R>(resolve => {
      turns.add({
        answer: async connection => resolve(await work(connection)),
        answerAlone: () => resolve(alone(work)),
      });
    });
}

/** Asks once what several ask in the same words; all of them came before it. */
class SharedReads extends PostgresConnection {
  readonly #asked = new Map<string, Promise<readonly unknown[]>>();

  override all<Row>(statement: Statement<Row>): Promise<readonly Row[]> {
    const key = [statement.sql, ...statement.parameters.map(value => `${typeof value} ${value}`)].join('\0');
    let asked = this.#asked.get(key);
    if (asked === undefined) this.#asked.set(key, (asked = super.all(statement)));
    return asked as Promise<readonly Row[]>;
  }
}
