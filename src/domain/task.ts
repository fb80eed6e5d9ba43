// Tasks: numbers and names that every layer agrees on.
import { AlchemiscaleError } from './errors.ts';

/** Lower runs earlier. A signed 64-bit integer, hence bigint. */
export const DEFAULT_PRIORITY = 10n;
const MIN_PRIORITY = 1n;
export const MAX_PRIORITY: bigint = 2n ** 63n - 1n;

/** The weight of a task on a hub, and of a hub among hubs, when nobody has set it. */
export const DEFAULT_WEIGHT = 0.5;

/** Throws BAD_REQUEST outside 1..2^63-1. */
export function checkPriority(priority: bigint): void {
  if (priority < MIN_PRIORITY || priority > MAX_PRIORITY) {
    throw new AlchemiscaleError('BAD_REQUEST', 'priority must be between 1 and 2**63 - 1, inclusive');
  }
}

export function isWeight(weight: number): boolean {
  return weight >= 0 && weight <= 1;
}
