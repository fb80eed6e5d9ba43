// Compute services that have not been heard of for too long lose their registration, and their tasks go back to
// waiting; compute managers lose theirs. A timer sees to it, and so does every heartbeat of another service and every
// report of a manager, as in the original: there it is the only occasion, so that the tasks of the last service to die would
// wait for ever.
import type { AppDeps } from '../context.ts';

/** A loop with one public turn. */
export interface Expiry {
  start(): void;
  /** Resolves when no turn is under way. */
  stop(): Promise<void>;
  /** One turn; says which services were expired. */
  tick(): Promise<readonly string[]>;
  /** Managers alone: those in ERROR are kept longer, so that somebody sees why. */
  expireManagers(): Promise<void>;
  /** One turn, unless the last one was a moment ago: a thousand heartbeats a second need not make a thousand turns. */
  tickIfDue(): Promise<void>;
}

const MOMENT_MS = 250;
const MAX_INTERVAL_MS = 30_000;

/** The expiry of services and managers in a store; not yet started. */
export function createExpiry({ store, settings, clock, logger }: AppDeps): Expiry {
  const expireMs = settings.registrationExpireSeconds * 1000;
  const shortestMs = Math.min(expireMs, settings.managerExpireSeconds * 1000);
  let timer: NodeJS.Timeout | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  let lastMs = Number.NEGATIVE_INFINITY;

  async function tick(): Promise<readonly string[]> {
    const now = clock().getTime();
    lastMs = now;
    const expired = await store.compute.expire({ before: new Date(now - expireMs) });
    for (const service of expired) logger.warn({ service }, 'compute service expired');
    await expireManagers();
    return expired;
  }

  async function expireManagers(): Promise<void> {
    const now = clock().getTime();
    await store.managers.expire({
      okBefore: new Date(now - settings.managerExpireSeconds * 1000),
      errorBefore: new Date(now - settings.managerExpireSecondsError * 1000),
    });
  }

  return {
    start() {
      const run = (): void => {
        turn = tick().catch(err => logger.error({ err }, 'could not expire registrations'));
      };
      timer ??= setInterval(run, Math.min(MAX_INTERVAL_MS, Math.max(MOMENT_MS, shortestMs / 4))).unref();
    },
    async stop() {
      if (timer !== null) clearInterval(timer);
      timer = null;
      await turn;
    },
    tick,
    expireManagers,
    async tickIfDue() {
      // A clock that was set back must not put the next turn off.
      if (Math.abs(clock().getTime() - lastMs) >= MOMENT_MS) await tick();
    },
  };
}
