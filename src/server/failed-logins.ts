// Counts log-ins that failed, per identity and address. Only failures count: Python clients log in in bursts of hundreds
// and never repeat a request that was answered 429.
import { AlchemiscaleError } from '../domain/errors.ts';
import type { LoginSettings } from './settings.ts';

export interface FailedLogins {
  /** Throws TOO_MANY_FAILED_LOGINS while there are too many. */
  check(identifier: string, address: string): void;
  add(identifier: string, address: string): void;
}

/** Whoever tries ever new names cannot make this grow; forgetting early only makes the limit milder. */
const MAX_KEYS = 10_000;

/** An empty count, kept in this process. */
export function createFailedLogins(settings: LoginSettings, clock: () => Date): FailedLogins {
  const failures = new Map<string, number[]>();
  const recent = (key: string): number[] => {
    const since = clock().getTime() - settings.windowSeconds * 1000;
    return (failures.get(key) ?? []).filter(time => time > since);
  };
  return {
    check(identifier, address) {
      if (recent(`${address} ${identifier}`).length < settings.maxFailures) return;
      throw new AlchemiscaleError(
        'TOO_MANY_FAILED_LOGINS',
        `Too many failed log-ins; try again in ${settings.windowSeconds} seconds`,
        { facts: { retryAfterSeconds: settings.windowSeconds } },
      );
    },
    add(identifier, address) {
      const key = `${address} ${identifier}`;
      const times = [...recent(key), clock().getTime()].slice(-settings.maxFailures);
      failures.delete(key);
      failures.set(key, times);
      const oldest = failures.keys().next();
      if (failures.size > MAX_KEYS && oldest.done !== true) failures.delete(oldest.value);
    },
  };
}
