// How a copy begins in a store on which servers may run. They look every two seconds whether one has begun (stack/copy-guard.ts). So
// the copy waits until all of them must have seen it, and only then believes that the store is empty: what one of them wrote in
// between is an instance, and is left alone. A store that had no schema has no servers, and nobody waits. Nor does a copy that goes on, unless
// nothing has been copied: the run before it may not have waited to the end.
import { setTimeout as sleep } from 'node:timers/promises';
import { AlchemiscaleError } from '../domain/errors.ts';
import type { StateStore, UnfinishedTransfer } from '../store/state-store.ts';
import type { CopyOptions, CopyTarget } from './copy-records.ts';

/** So often a server looks. */
export const SERVERS_LOOK_EVERY_MS = 2000;

const NOTICED_MS = SERVERS_LOOK_EVERY_MS + 500;

/** Begins or goes on. Throws CONFLICT for a store that holds something else. */
export async function beginCopy(
  store: StateStore,
  params: UnfinishedTransfer,
  { noticeMs = NOTICED_MS, signal, onProgress }: CopyOptions,
): Promise<CopyTarget> {
  const { hasSchema, unfinished, isEmpty: wasEmpty } = await store.transfer.inspect();
  const run = await store.transfer.begin(params);
  if (hasSchema && (unfinished === null || wasEmpty) && noticeMs > 0) {
    onProgress({ stage: 'waiting until servers have noticed', done: 0, total: null });
    const isStopped = await sleep(noticeMs, false, { signal }).catch(() => true);
    const { isEmpty } = await store.transfer.inspect();
    // Nothing has been copied yet.
    if (isStopped || !isEmpty) await store.transfer.end({ run });
    signal.throwIfAborted();
    if (!isEmpty) {
      throw new AlchemiscaleError(
        'CONFLICT',
        'a server that runs on the store to copy to has just written to it: stop it, and give an empty store',
      );
    }
  }
  return { store, run };
}

const LOOK_EVERY_MS = 5000;

/** A signal that is aborted, also when another run has begun. While records are compared or bodies are copied nothing is written by which one would hear of it. */
export function whileLast(
  { store, run }: CopyTarget,
  signal: AbortSignal,
  lookEveryMs: number = LOOK_EVERY_MS,
): Disposable & { readonly signal: AbortSignal } {
  const overtaken = new AbortController();
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      await store.transfer.write({ run, records: [] });
    } catch (error) {
      // A store that does not answer just now will be asked again.
      if (error instanceof AlchemiscaleError && error.code === 'CONFLICT') overtaken.abort(error);
    }
    isLooking = false;
  };
  const timer = setInterval(() => void look(), lookEveryMs);
  return {
    signal: AbortSignal.any([signal, overtaken.signal]),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
