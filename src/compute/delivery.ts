// Brings finished results to the server, however long that takes. Each lies in the spool from the moment it exists until
// the server has acknowledged it:
//
//     kept ── push ──┬─ acknowledged ──────────────> removed
//                    ├─ no answer, 5xx ────────────> wait, push again; longer each time
//                    ├─ refused (400, 413, 422) ───> put aside, for a person to look at
//                    └─ anything else, or the end ─> left for the next service that starts here
import type { Logger } from 'pino';
import { mapBounded } from '../client/concurrency.ts';
import { AlchemiscaleClientError } from '../client/errors.ts';
import { type Backoff, backoffMs } from './backoff.ts';
import { type Clock, inSeconds } from './clock.ts';
import type { ResultAddress, Spool, SpooledResult } from './spool.ts';

export interface DeliveryOptions {
  readonly spool: Spool;
  /** Sends one frame; rejects when the server has not acknowledged it. */
  readonly push: (address: ResultAddress, frame: Uint8Array | Blob, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  readonly backoff: Backoff;
  /** Once aborted no delivery waits any more: what is not acknowledged at the next try stays in the spool. */
  readonly stopped: AbortSignal;
  /** Once aborted nothing is sent any more. */
  readonly aborted: AbortSignal;
}

/** How many results of earlier runs are under way at once: there may be hundreds, each of them large. */
const RESUMED_AT_ONCE = 4;

/** The server will never take this, whoever asks and whenever. */
const REFUSALS: readonly number[] = [400, 413, 422];

export class Deliveries {
  readonly #options: DeliveryOptions;
  readonly #underway = new Set<Promise<void>>();

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Keeps a result and begins to deliver it. When this has returned the result cannot be lost any more. */
  async send(address: ResultAddress, frame: Uint8Array): Promise<void> {
    const { spool, log } = this.#options;
    try {
      void this.#begin(this.#fromSpool(await spool.keep(address, frame)));
    } catch (error) {
      // No room on disk, say: then it must do to hold the result in memory until it is delivered.
      log.error(
        { err: error, task: address.task },
        'the result cannot be kept on disk; sending it from memory',
      );
      void this.#begin(fromMemory(address, frame));
    }
  }

  /** Begins to deliver what earlier services left behind, a few at a time. */
  async resume(to: Pick<ResultAddress, 'apiUrl' | 'identifier'>): Promise<void> {
    const { spool, log } = this.#options;
    const entries = await spool.list(to);
    const all = mapBounded(entries, { concurrency: RESUMED_AT_ONCE }, async entry => {
      log.info({ task: entry.task, claimedBy: entry.service }, 'delivering a result left by an earlier run');
      await this.#begin(this.#fromSpool(entry));
    });
    this.#keep(all.then(() => undefined));
  }

  /** Resolves when no delivery is under way. */
  async settled(): Promise<void> {
    while (this.#underway.size > 0) await Promise.all(this.#underway);
  }

  #fromSpool(entry: SpooledResult): Parcel {
    const { spool } = this.#options;
    return {
      address: entry,
      read: () => spool.read(entry.id),
      remove: () => spool.remove(entry.id),
      putAside: () => spool.putAside(entry.id),
    };
  }

  /** Resolves when the delivery has come to its end, however; never rejects. */
  #begin(parcel: Parcel): Promise<void> {
    const { task } = parcel.address;
    return this.#keep(
      this.#deliver(parcel).catch(error => this.#options.log.error({ err: error, task }, 'delivery failed')),
    );
  }

  #keep(work: Promise<void>): Promise<void> {
    const kept = work.finally(() => this.#underway.delete(kept));
    this.#underway.add(kept);
    return kept;
  }

  async #deliver(parcel: Parcel): Promise<void> {
    const { log, stopped, clock, backoff } = this.#options;
    const { task } = parcel.address;
    for (let attempt = 1; ; attempt += 1) {
      const last = stopped.aborted;
      const failure = await this.#push(parcel);
      if (failure === null) {
        await parcel.remove();
        return log.debug({ task }, 'result delivered');
      }
      if (isRefusal(failure)) {
        const file = await parcel.putAside();
        return log.error({ err: failure, task, file }, 'the server refuses the result; put aside');
      }
      if (last || !mayPass(failure)) {
        return log.error({ err: failure, task }, 'result not delivered; kept for the next start');
      }
      const waitMs = backoffMs(backoff, attempt);
      log.warn({ err: failure, task, waitSeconds: inSeconds(waitMs) }, 'result not delivered; trying again');
      await clock.sleep(waitMs, stopped);
    }
  }

  /** Null when the server has the result, else why it has not. */
  async #push({ address, read }: Parcel): Promise<unknown> {
    const frame = await read();
    if (frame === null) return null;
    try {
      await this.#options.push(address, frame, this.#options.aborted);
      return null;
    } catch (error) {
      return error;
    }
  }
}

/** A result on its way, wherever it lies meanwhile. */
interface Parcel {
  readonly address: ResultAddress;
  /** Null when somebody else has delivered it. */
  readonly read: () => Promise<Uint8Array | Blob | null>;
  readonly remove: () => Promise<void>;
  /** Says where it lies from now on, if anywhere. */
  readonly putAside: () => Promise<string | null>;
}

function fromMemory(address: ResultAddress, frame: Uint8Array): Parcel {
  return { address, read: async () => frame, remove: async () => undefined, putAside: async () => null };
}

function isRefusal(error: unknown): boolean {
  return error instanceof AlchemiscaleClientError && REFUSALS.includes(error.status);
}

/** False for what only a person can mend: a removed identity, a lost scope. */
function mayPass(error: unknown): boolean {
  return !(error instanceof AlchemiscaleClientError) || (error.status !== 401 && error.status !== 403);
}
