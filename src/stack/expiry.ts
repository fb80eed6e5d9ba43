// Services that fall silent lose their registration, and their tasks go back to waiting. This timer asks the store for it,
// some ten times per allowed silence.
//
// A service is silent only while somebody listens. So nothing expires in the first such span after a start, or after the
// machine's clock has jumped (a correction, a suspended laptop): every live service has its chance to be heard first.
// Otherwise one jump by an hour would take the work from all of them at once.
//
// Differs from alchemiscale: there expiry runs only when some service sends a heartbeat.
import type { Logger } from 'pino';
import type { ComputeStore } from '../store/state-store.ts';

export interface ExpiryOptions {
  readonly compute: Pick<ComputeStore, 'expire'>;
  readonly silenceMs: number;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** Two clocks: what the calendar says, and one that never jumps. Both in milliseconds. */
export interface TwoClocks {
  readonly calendarMs: number;
  readonly steadyMs: number;
}

const SYSTEM_CLOCKS = (): TwoClocks => ({ calendarMs: Date.now(), steadyMs: performance.now() });

/** A difference between the clocks that is no drift. */
const JUMP_MS = 5_000;

export class Expiry {
  readonly #options: ExpiryOptions;
  #last: TwoClocks;
  #listeningSinceMs: number;

  constructor(options: ExpiryOptions, now: TwoClocks = SYSTEM_CLOCKS()) {
    this.#options = options;
    this.#last = now;
    this.#listeningSinceMs = now.steadyMs;
  }

  /** One look: expires who has been silent for too long. Never rejects; the next look comes. */
  async tick(now: TwoClocks = SYSTEM_CLOCKS()): Promise<void> {
    const { compute, silenceMs, log } = this.#options;
    const jumpMs = now.calendarMs - this.#last.calendarMs - (now.steadyMs - this.#last.steadyMs);
    this.#last = now;
    if (Math.abs(jumpMs) > JUMP_MS) {
      this.#listeningSinceMs = now.steadyMs;
      const facts = { jumpSeconds: Math.round(jumpMs / 1000), silenceSeconds: silenceMs / 1000 };
      log.warn(facts, 'the clock jumped: no service expires before it had time to be heard of again');
    }
    if (now.steadyMs - this.#listeningSinceMs < silenceMs) return;
    try {
      const expired = await compute.expire({ before: new Date(now.calendarMs - silenceMs) });
      for (const service of expired) log.info({ service }, 'service expired; its tasks wait again');
    } catch (error) {
      log.error({ err: error }, 'expiry failed');
    }
  }
}

/** Looks from time to time until disposed, which waits for a look under way. */
export function startExpiry(options: ExpiryOptions): AsyncDisposable {
  const expiry = new Expiry(options);
  const everyMs = Math.min(60_000, Math.max(100, options.silenceMs / 10));
  let looking: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(() => expiry.tick());
  }, everyMs);
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await looking;
    },
  };
}
