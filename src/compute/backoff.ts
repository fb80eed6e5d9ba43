// Which refusals pass by themselves, and how long to wait for it.
import { AlchemiscaleClientError, AlchemiscaleConnectionError } from '../client/errors.ts';

/** Waits between tries: `baseMs`, twice that, and so on up to `maxMs`. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

export function backoffMs({ baseMs, maxMs }: Backoff, failures: number): number {
  return Math.min(baseMs * 2 ** (failures - 1), maxMs);
}

/** True for what may be different at the next try: no answer, or the server's own trouble. */
export function isPassing(error: unknown): boolean {
  if (error instanceof AlchemiscaleConnectionError) return true;
  return (
    error instanceof AlchemiscaleClientError && (error.status >= 500 || [404, 429].includes(error.status))
  );
}
