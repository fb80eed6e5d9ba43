// Writes of one kind that share a transaction (Database.gather), and reads that share a connection (Database.ask).
import type { Client } from 'pg';
import { AlchemiscaleError } from '../../../domain/errors.ts';
import type { Connection, Database, Statement, Work } from '../database.ts';
import { PostgresConnection } from './postgres-connection.ts';
import { Together } from './postgres-together.ts';

const LIMITS = { most: 50, turns: 1 } as const;

interface Writing<T, R> {
  readonly one: T;
  readonly resolve: (answer: R | Promise<R>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * See Database.gather. What the shared transaction leaves, or loses, is done alone; so whoever does something alone must find
 * what of it has been done.
 */
export function gatherWrites(write: Database['write']): Database['gather'] {
  return function gather<T, R>(
    together: (connection: Connection, all: readonly T[]) => Promise<readonly (R | null)[]>,
    alone: (one: T) => Promise<R>,
  ): (one: T) => Promise<R> {
    const turns = new Together<Writing<T, R>>(LIMITS, async writings => {
      const all = writings.map(({ one }) => one);
      try {
        const answers = await write(connection => together(connection, all));
        for (const [place, { one, resolve }] of writings.entries()) resolve(answers[place] ?? alone(one));
      } catch (error) {
        const isAway = error instanceof AlchemiscaleError && error.code === 'STORE_UNAVAILABLE';
        for (const { one, resolve, reject } of writings) isAway ? reject(error) : resolve(alone(one));
      }
    });
    return one => new Promise<R>((resolve, reject) => turns.add({ one, resolve, reject }));
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
  const turns = new Together<Reading>(LIMITS, async readings => {
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
