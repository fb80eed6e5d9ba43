// Writes that share a transaction (Database.gather), and questions that share a connection (Database.askTogether).
import { AlchemiscaleError } from '../../../domain/errors.ts';
import { Counts } from '../counts.ts';
import { writeCounts } from '../counts-write.ts';
import {
  type AskTogether,
  askForOne,
  type Connection,
  type Database,
  type Together,
  type Work,
} from '../database.ts';
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
