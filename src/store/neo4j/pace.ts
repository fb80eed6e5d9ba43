// Long work on the event loop is cut in pieces: heartbeats and claims of the same process must not wait for the whole of it.
import { setImmediate as pause } from 'node:timers/promises';

const PIECE_MS = 4;

/** Lets others go on where it is called, but no more often than turns are due. */
export function pacer(): () => Promise<void> {
  let turnMs = performance.now();
  return async () => {
    if (performance.now() - turnMs < PIECE_MS) return;
    await pause();
    turnMs = performance.now();
  };
}

/** Runs a generator to its end, with pauses. */
export async function runInPieces<T>(work: Generator<undefined, T>): Promise<T> {
  const pauseWhenDue = pacer();
  let step = work.next();
  while (step.done !== true) {
    await pauseWhenDue();
    step = work.next();
  }
  return step.value;
}
