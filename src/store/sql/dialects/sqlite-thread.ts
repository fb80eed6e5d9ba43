// The main thread's end of a store thread: calls go out, outcomes come back, and none is ever left hanging. Should the
// thread die, every call under way is refused and the next one starts another thread; what had been answered is on disk.
import { Worker } from 'node:worker_threads';
import { AlchemiscaleError } from '../../../domain/errors.ts';
import type { DifferingObject } from '../object-write.ts';
import { type Call, fromPlainError, type Report, type ThreadSettings } from './sqlite-messages.ts';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The id under which the start of the thread is waited for. */
const OPENING = 0;

/** A call as StoreThread.call takes it. */
export interface ThreadCall {
  readonly slice: string | null;
  readonly method: string;
  readonly params: unknown;
  /** Buffers to hand over. */
  readonly transfer?: ArrayBuffer[];
}

// Published, the file next to this one is JavaScript.
const WORKER: URL = import.meta.url.endsWith('.ts')
  ? new URL('./sqlite-worker.ts', import.meta.url)
  : new URL('./sqlite-worker.js', import.meta.url);

/** One thread with one connection. */
export class StoreThread {
  readonly #settings: ThreadSettings;
  readonly #onDifference: (difference: DifferingObject) => void;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | null = null;
  #closed = false;
  #lastId = OPENING;
  /** Set while `close` waits for the calls under way. */
  #whenIdle: (() => void) | null = null;

  constructor(settings: ThreadSettings, onDifference: (difference: DifferingObject) => void) {
    this.#settings = settings;
    this.#onDifference = onDifference;
  }

  /** Starts the thread; resolves when the database is open. */
  async open(): Promise<void> {
    this.#worker = this.#start();
    await this.#expect(this.#worker, OPENING);
  }

  /** Calls a method of the store over there. */
  call({ slice, method, params, transfer = [] }: ThreadCall): Promise<unknown> {
    if (this.#closed) return Promise.reject(unavailable('the store is closed'));
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = ++this.#lastId;
    const answer = this.#expect(worker, id);
    try {
      worker.postMessage({ id, slice, method, params } satisfies Call, transfer);
    } catch (error) {
      this.#settle(worker, id)?.reject(error);
    }
    return answer;
  }

  #expect(worker: Worker, id: number): Promise<unknown> {
    // An idle thread does not keep the program alive, one with a call under way does.
    if (this.#pending.size === 0) worker.ref();
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  /** Lets calls under way end, then closes the database. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (worker === null) return;
    worker.ref();
    const exited = new Promise(resolve => worker.once('exit', resolve));
    if (this.#pending.size > 0) {
      await new Promise<void>(resolve => {
        this.#whenIdle = resolve;
      });
      worker.ref();
    }
    worker.postMessage('close');
    await exited;
  }

  #start(): Worker {
    const worker = new Worker(WORKER, {
      workerData: this.#settings,
      // Most of what a thread allocates is gone at once; without a limit the space for it grows to 100 MB.
      resourceLimits: { maxYoungGenerationSizeMb: 16 },
    });
    worker.on('message', (report: Report) => this.#receive(worker, report));
    worker.on('error', error => this.#fail(worker, error));
    worker.on('exit', () => this.#fail(worker, new Error('the thread has ended')));
    worker.unref();
    return worker;
  }

  #receive(worker: Worker, report: Report): void {
    if (report.kind === 'value') this.#settle(worker, report.id)?.resolve(report.value);
    else if (report.kind === 'error') this.#settle(worker, report.id)?.reject(fromPlainError(report.error));
    else if (report.kind === 'difference') this.#onDifference(report.difference);
    else if (report.kind === 'refused') this.#fail(worker, fromPlainError(report.error));
    else if (report.kind === 'ready') this.#settle(worker, OPENING)?.resolve(undefined);
    else report satisfies never;
  }

  #settle(worker: Worker, id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#rest(worker);
    return pending;
  }

  #fail(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const refusal =
      error instanceof AlchemiscaleError ? error : unavailable('the state store stopped; try again', error);
    for (const { reject } of this.#pending.values()) reject(refusal);
    this.#pending.clear();
    this.#rest(worker);
  }

  #rest(worker: Worker): void {
    worker.unref();
    this.#whenIdle?.();
  }
}

function unavailable(sentence: string, cause?: unknown): AlchemiscaleError {
  return new AlchemiscaleError('STORE_UNAVAILABLE', sentence, { cause });
}
