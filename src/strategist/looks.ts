// When the strategist looks for what is due: an interval after its last look, and as soon as a strategy that it has run may run
// again. That is an interval after the end of the run, a little more than an interval after the look that found it: looks at
// every interval alone would always come just too early for it, and only every other one would find it.
//
// Differs from alchemiscale: there are only the looks at every interval.
import type { Key } from '../store/state-store.ts';

/** Looks that would come closer together than this part of an interval are one, the latest of them. */
const TOGETHER = 1 / 20;

/** Times are those of the caller's clock, in milliseconds. */
export class Looks {
  readonly #intervalMs: number;
  readonly #dueAgain = new Map<Key, number>();
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** A look is being made; whether it finds anything, or fails, does not matter. */
  looked(nowMs: number): void {
    this.#lastMs = nowMs;
    for (const [network, dueMs] of this.#dueAgain) if (dueMs <= nowMs) this.#dueAgain.delete(network);
  }

  /** The strategy of this network has been run, and may run again at that time. */
  isDueAgain(network: Key, dueMs: number): void {
    this.#dueAgain.set(network, dueMs);
  }

  /** How long it is until the next look; never more than an interval and what is together with it, even if the clock is set back. */
  leftMs(nowMs: number): number {
    const regularMs = this.#lastMs + this.#intervalMs;
    let firstMs = regularMs;
    for (const dueMs of this.#dueAgain.values()) firstMs = Math.min(firstMs, dueMs);
    const withinMs = this.#intervalMs * TOGETHER;
    let nextMs = firstMs;
    for (const dueMs of [regularMs, ...this.#dueAgain.values()])
      if (dueMs <= firstMs + withinMs) nextMs = Math.max(nextMs, dueMs);
    return Math.min(Math.max(0, nextMs - nowMs), this.#intervalMs + withinMs);
  }
}
