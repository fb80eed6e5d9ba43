// A pause that ends at once when the work it is part of is aborted.
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after that many seconds; rejects with the signal's reason when it is aborted before. */
export async function waitSeconds(seconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (seconds <= 0) return;
  try {
    await sleep(seconds * 1000, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
