// Time as the compute service sees it, handed in so that a test can stand in for it.
import { setTimeout as wait } from 'node:timers/promises';

export interface Clock {
  /** Milliseconds of a clock that never jumps. */
  readonly nowMs: () => number;
  /** Resolves after the time, or as soon as the signal is aborted; never rejects. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The machine's own clock. */
export const SYSTEM_CLOCK: Clock = {
  nowMs: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await wait(Math.min(ms, MAX_TIMER_MS), undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
};

/** Node's timers fire at once for anything longer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** For people, in a log: no finer than a millisecond. */
export function inSeconds(ms: number): number {
  return Math.round(ms) / 1000;
}
