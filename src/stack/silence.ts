// A compute service is silent only while somebody listens. So no registration expires in the first span after a start, or
// after the machine's clock has jumped (a correction, a laptop that slept): every live service has its chance to be
// heard first. Otherwise one jump by an hour would take the work from all of them at once, and a server that was away for
// an hour would do the same when it comes back.
import type { Logger } from 'pino';
import type { StateStore } from '../store/state-store.ts';

export interface SilenceOptions {
  /** After which time a silent service is forgotten. */
  readonly silenceMs: number;
  readonly log: Pick<Logger, 'warn'>;
}

/** Two clocks: what the calendar says, and one that never jumps. Both in milliseconds. */
export interface TwoClocks {
  readonly calendarMs: number;
  readonly steadyMs: number;
}

const SYSTEM_CLOCKS = (): TwoClocks => ({ calendarMs: Date.now(), steadyMs: performance.now() });

/** A difference between the clocks that is no drift. */
const JUMP_MS = 5_000;

/** The store, but that nothing expires before it has been listened for long enough. */
export function listenBeforeExpiry(
  store: StateStore,
  { silenceMs, log }: SilenceOptions,
  clocks: () => TwoClocks = SYSTEM_CLOCKS,
): StateStore {
  let last = clocks();
  let listeningSinceMs = last.steadyMs;
  const hasListened = (): boolean => {
    const now = clocks();
    const jumpMs = now.calendarMs - last.calendarMs - (now.steadyMs - last.steadyMs);
    last = now;
    if (Math.abs(jumpMs) > JUMP_MS) {
      listeningSinceMs = now.steadyMs;
      const facts = { jumpSeconds: Math.round(jumpMs / 1000), silenceSeconds: silenceMs / 1000 };
      log.warn(facts, 'the clock jumped: no service expires before it had time to be heard of again');
    }
    return now.steadyMs - listeningSinceMs >= silenceMs;
  };
  const expire: StateStore['compute']['expire'] = async params =>
    hasListened() ? await store.compute.expire(params) : [];
  return { ...store, compute: { ...store.compute, expire } };
}
