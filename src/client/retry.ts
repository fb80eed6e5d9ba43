// When a request is repeated, and after how long: the rules of the original's clients, so that a fleet of both kinds
// loads a restarting service alike.
import { AlchemiscaleError } from '../domain/errors.ts';

/** How stubborn a client is. */
export interface RetryPolicy {
  /** Repeats after the first try; -1 repeats for ever. */
  readonly maxRetries: number;
  /** Base of the exponential wait; must exceed 1. */
  readonly retryBaseSeconds: number;
  readonly retryMaxSeconds: number;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  maxRetries: 5,
  retryBaseSeconds: 2,
  retryMaxSeconds: 60,
};

/**
 * Statuses that pass by themselves: a proxy whose service restarts answers with these, 404 among them. (A missing
 * object is never a 404 in this API.)
 */
const PASSING_STATUSES: readonly number[] = [404, 502, 503, 504];

export function isPassing(status: number): boolean {
  return PASSING_STATUSES.includes(status);
}

/** The wait before repeat `n` (1, 2, …); `u` is uniform in [0, 1) and keeps many clients from coming back at once. */
export function retryDelaySeconds(policy: RetryPolicy, n: number, u: number): number {
  const jitter = policy.retryBaseSeconds * u;
  return Math.min(policy.retryMaxSeconds + jitter, policy.retryBaseSeconds ** n + jitter);
}

/** True when repeat `n` is still allowed. */
export function mayRetry(policy: RetryPolicy, n: number): boolean {
  return policy.maxRetries === -1 || n <= policy.maxRetries;
}

/** Throws BAD_REQUEST for a policy that could not work. */
export function checkRetryPolicy(policy: RetryPolicy): void {
  const { maxRetries, retryBaseSeconds, retryMaxSeconds } = policy;
  if (!Number.isInteger(maxRetries) || maxRetries < -1) {
    throw badOption(`maxRetries must be a whole number, or -1 for ever; got ${maxRetries}`);
  }
  if (!(retryBaseSeconds > 1))
    throw badOption(`retryBaseSeconds must be more than 1; got ${retryBaseSeconds}`);
  if (!(retryMaxSeconds >= 0))
    throw badOption(`retryMaxSeconds must not be negative; got ${retryMaxSeconds}`);
}

function badOption(message: string): AlchemiscaleError {
  return new AlchemiscaleError('BAD_REQUEST', message);
}

/** Waits; rejects with the signal's reason when it is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
