// Many calls at once, but not all at once: a network of ten thousand transformations must neither open ten thousand
// connections nor hold ten thousand results in memory before the first is used.
import type { CallOptions } from './http.ts';

/** What methods that make many requests take in their options. */
export interface ProgressOptions extends CallOptions {
  /** Called after each of the `total` items that is done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface BoundedOptions {
  /** How many calls are under way at most. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
  /** Called after each item that is done, in the order in which they end. */
  readonly onDone?: ((done: number, total: number) => void) | undefined;
}

/**
 * Like `Promise.all(items.map(work))`, bounded. The first failure is thrown; what has not begun never begins, and what
 * is under way is told by the signal that `work` is given.
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  options: BoundedOptions,
  work: (item: T, signal: AbortSignal, index: number) => Promise<R>,
): Promise<R[]> {
  const failure = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal;
  const results = new Array<R>(items.length);
  let next = 0;
  let done = 0;

  async function lane(): Promise<void> {
    while (next < items.length) {
      const index = next;
      next += 1;
      signal.throwIfAborted();
      results[index] = await work(items[index] as T, signal, index);
      done += 1;
      options.onDone?.(done, items.length);
    }
  }

  const lanes = Array.from({ length: Math.min(items.length, Math.max(1, options.concurrency)) }, lane);
  try {
    await Promise.all(lanes);
  } catch (error) {
    failure.abort(error);
    throw error;
  }
  return results;
}

/**
 * Like `mapBounded`, but hands each result on as soon as it is there, whatever its place. Nothing new begins while the
 * caller works on one, so at most `concurrency` results are in memory however slow the caller is. Leaving the loop early
 * stops what is under way.
 */
export async function* iterateBounded<T, R>(
  items: readonly T[],
  options: BoundedOptions,
  work: (item: T, signal: AbortSignal, index: number) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const end = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, end.signal]) : end.signal;
  const running = new Map<number, Promise<{ readonly index: number; readonly result: R }>>();
  let next = 0;
  let done = 0;
  try {
    while (done < items.length) {
      signal.throwIfAborted();
      for (; next < items.length && running.size < Math.max(1, options.concurrency); next += 1) {
        const index = next;
        const result = work(items[index] as T, signal, index);
        running.set(
          index,
          result.then(value => ({ index, result: value })),
        );
      }
      const first = await Promise.race(running.values());
      running.delete(first.index);
      done += 1;
      options.onDone?.(done, items.length);
      yield first.result;
    }
  } finally {
    end.abort(new DOMException('the loop over the results was left', 'AbortError'));
    await Promise.allSettled(running.values());
  }
}

/** Cuts a list into pieces of at most `size`. */
export function batches<T>(items: readonly T[], size: number): T[][] {
  const cut: T[][] = [];
  for (let start = 0; start < items.length; start += size) cut.push(items.slice(start, start + size));
  return cut;
}
