// Writes that share a transaction (Database.gather), and questions that share a connection (Database.askTogether).
import {
  type AskTogether,
  askForOne,
  type Connection,
  type Database,
  type Together,
  type Work,
} from '../database.ts';
import { isAway } from './postgres-errors.ts';
import type { PostgresTransactions } from './postgres-transactions.ts';
import { Turns } from './postgres-turns.ts';

const WRITES = { most: 50, turns: 1 } as const;
const READS = { most: 50, turns: 1 } as const;

/** One thing that somebody wants done. */
interface Writing<T, R> {
  readonly one: T;
  /** With null, does it alone. */
  readonly settle: (answer: R | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * See Database.gather. What is left, or lost, is done alone; so whoever does something alone must find what of it has been done.
 */
export function gatherWrites(writeAtOnce: PostgresTransactions['writeAtOnce']): Database['gather'] {
  return function gather<T, R>(
    together: Together<T, R>,
    alone: (one: T) => Promise<R>,
  ): (one: T) => Promise<R> {
    const turns = new Turns<Writing<T, R>>(WRITES, async writings => {
      const all = writings.map(({ one }) => one);
      const nothing = all.map(() => null);
      try {
        const answers = await writeAtOnce<readonly (R | null)[]>(
          connection => together(connection, all),
          async () => nothing,
        );
        for (const [place, { settle }] of writings.entries()) settle(answers[place] ?? null);
      } catch (error) {
        for (const { settle, reject } of writings) isAway(error) ? reject(error) : settle(null);
      }
    });
    return one =>
      new Promise<R>((resolve, reject) => {
        const settle = (answer: R | null): void => resolve(answer ?? alone(one));
        turns.add({ one, settle, reject });
      });
  };
}

interface Question {
  readonly together: AskTogether<unknown, unknown>;
  readonly one: unknown;
  readonly resolve: (answer: unknown) => void;
  readonly fail: () => void;
}

/** See Database.askTogether. `once` reads without another try: what fails is asked again, alone. */
export function gatherReads(
  once: (work: Work<void>) => Promise<void>,
  alone: Database['ask'],
): Database['askTogether'] {
  const turns = new Turns<Question>(READS, async questions => {
    const left = new Set(questions);
    const kinds = [...Map.groupBy(questions, ({ together }) => together)];
    const answerAll = async (connection: Connection): Promise<void> => {
      const answered = kinds.map(async ([together, of]) => {
        const answers = await together(
          connection,
          of.map(({ one }) => one),
        );
        for (const [index, question] of of.entries()) {
          question.resolve(answers[index]);
          left.delete(question);
        }
      });
      await Promise.all(answered);
    };
    await once(answerAll).catch(() => {});
    for (const { fail } of left) fail();
  });
  return function askTogether<T, R>(together: AskTogether<T, R>): (one: T) => Promise<R> {
    return one =>
      new Promise<R>(resolve => {
        turns.add({
          together: together as AskTogether<unknown, unknown>,
          one,
          resolve: answer => resolve(answer as R),
          fail: () => resolve(alone(connection => askForOne(connection, together, one))),
        });
      });
  };
}
