// Bulk routes take long lists in pieces, several at once, and give one list back in the order of the input.
import { batches, mapBounded, type ProgressOptions } from '../concurrency.ts';

/** As in the original; the answers to a thousand keys come in milliseconds, so larger pieces gain nothing. */
const DEFAULT_BATCH_SIZE = 1000;

export interface BatchOptions extends ProgressOptions {
  /** How many items one request carries; 1000 by default. */
  readonly batchSize?: number | undefined;
}

/** Sends `items` in pieces; nothing is sent for an empty list. */
export async function inBatches<T, R>(
  items: readonly T[],
  options: BatchOptions & { readonly concurrency: number },
  send: (batch: T[], signal: AbortSignal) => Promise<readonly R[]>,
): Promise<R[]> {
  const pieces = batches(items, Math.max(1, options.batchSize ?? DEFAULT_BATCH_SIZE));
  let done = 0;
  const answers = await mapBounded(pieces, options, async (piece, signal) => {
    const answer = await send(piece, signal);
    done += piece.length;
    options.onProgress?.(done, items.length);
    return answer;
  });
  return answers.flat();
}
