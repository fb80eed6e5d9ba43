// The heartbeat of a compute service: at once, then every interval, until stopped. A beat that fails is only logged: the
// server waits several intervals before it gives a silent service's tasks to others, and the next beat may come through.
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';

export interface HeartbeatOptions {
  readonly beat: (signal: AbortSignal) => Promise<void>;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn' | 'debug'>;
  /** Ends the heartbeat. */
  readonly signal: AbortSignal;
}

/** Beats until the signal is aborted; never rejects. */
export async function keepBeating({ beat, intervalMs, clock, log, signal }: HeartbeatOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      await beat(signal);
      log.debug('heartbeat');
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'heartbeat failed');
    }
    await clock.sleep(intervalMs, signal);
  }
}
