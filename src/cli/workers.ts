// Several processes that serve one port, by Node's cluster: the first process listens and hands connections out in turn, its
// workers answer them. All run the same command line; a worker knows that it is one. A worker that dies is started again,
// after a pause that grows while the new ones do not live long. Signals go to all: each worker ends as a single server does.
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Logger } from 'pino';
import type { Environment } from './env.ts';
import { EXIT_FAILED, ExitError } from './errors.ts';
import { onStopSignals, type StopSignal } from './signals.ts';
import { closeUntaken } from './worker-connections.ts';

/** What a worker learns from the process that started it. */
export interface WorkerPlace {
  /** From 1 on; one that is started again has the number of the one that died. */
  readonly number: number;
  /** Never 0: the same for all. */
  readonly port: number;
}

/** The place of this process among the workers; null when it is none of them. */
export function workerPlace(env: Environment): WorkerPlace | null {
  if (!cluster.isWorker) return null;
  return { number: Number(env.get(NUMBER)), port: Number(env.get(PORT)) };
}

const NUMBER = 'ALCHEMISCALE_WORKER';
const PORT = 'ALCHEMISCALE_WORKER_PORT';

/** Says that this worker serves. */
export function reportReady(url: string): void {
  process.send?.({ ready: url });
}

/** Lets go of the first process, so that this worker can end. */
export function leaveWorkers(): void {
  cluster.worker?.disconnect();
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
/** Whoever has served for so long was not broken from the start. */
const SOUND_MS = 30_000;

/** The pause before a worker is started again. `lastMs`: the one before it was started last, if any. */
export function nextPauseMs(lastMs: number | null, servedMs: number): number {
  if (lastMs === null || servedMs >= SOUND_MS) return FIRST_PAUSE_MS;
  return Math.min(2 * lastMs, LONGEST_PAUSE_MS);
}

/** How workers are run. */
export interface WorkersPlan {
  readonly count: number;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: Logger;
  /** Told the address when all serve. */
  readonly isReady: (url: string) => void;
}

/** Runs workers until signals end them. Throws as a server would. */
export async function runWorkers({ count, host, port, log, isReady }: WorkersPlan): Promise<void> {
  const workers = new Workers(port === 0 ? await findFreePort(host) : port, log);
  using _signals = onStopSignals({
    graceful: signal => {
      log.info({ signal }, 'workers finish what is being answered');
      workers.stop(signal);
    },
    forceful: signal => workers.stop(signal),
  });
  // The first shows whether there is anything to serve from, and where to listen.
  const url = await workers.start(1, null);
  if (url !== null) {
    await Promise.all(Array.from({ length: count - 1 }, (_, place) => workers.start(place + 2, null)));
    if (!workers.areStopping) isReady(url);
  }
  await workers.ended;
}

/** Workers share what they listen on by its number, so that 0 is no number for one that comes later. */
async function findFreePort(host: string): Promise<number> {
  const server = createServer().listen({ host, port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The workers that there are, and those that are to be started again. */
class Workers {
  readonly #port: number;
  readonly #log: Logger;
  readonly #alive = new Set<Worker>();
  readonly #pauses = new Set<NodeJS.Timeout>();
  readonly #ended = Promise.withResolvers<void>();
  #hasServed = false;
  #signals = 0;
  #exitCode = 0;

  constructor(port: number, log: Logger) {
    this.#port = port;
    this.#log = log;
  }

  /** Resolves when all have ended because they were told to. Rejects with the exit code when not all ended well. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get areStopping(): boolean {
    return this.#signals > 0;
  }

  /** Starts one; resolves with its address when it serves, or with null when it ended instead. */
  start(number: number, lastPauseMs: number | null): Promise<string | null> {
    const { promise, resolve } = Promise.withResolvers<string | null>();
    const worker = cluster.fork({ [NUMBER]: number, [PORT]: this.#port });
    this.#alive.add(worker);
    closeUntaken(worker);
    let servesSinceMs: number | null = null;
    worker.on('message', ({ ready }: { readonly ready?: string }) => {
      if (ready === undefined) return;
      servesSinceMs = performance.now();
      this.#hasServed = true;
      resolve(ready);
    });
    worker.on('exit', (code, signal) => {
      this.#alive.delete(worker);
      resolve(null);
      if (this.areStopping || !this.#hasServed) {
        this.#exitCode ||= code ?? EXIT_FAILED;
        this.#endWhenEmpty();
        return;
      }
      const pauseMs = nextPauseMs(
        lastPauseMs,
        servesSinceMs === null ? 0 : performance.now() - servesSinceMs,
      );
      const about = { worker: String(number), process: worker.process.pid, code, signal, pauseMs };
      this.#log.warn(about, 'a worker ended and is started again');
      this.#startAfter(pauseMs, number);
    });
    return promise;
  }

  #startAfter(pauseMs: number, number: number): void {
    const timer = setTimeout(() => {
      this.#pauses.delete(timer);
      void this.start(number, pauseMs);
    }, pauseMs);
    this.#pauses.add(timer);
  }

  /** Passes a signal on. A worker that goes on after the second is killed by the third. */
  stop(signal: StopSignal): void {
    this.#signals++;
    for (const timer of this.#pauses) clearTimeout(timer);
    this.#pauses.clear();
    if (this.#signals > 1) this.#exitCode = EXIT_FAILED;
    for (const worker of this.#alive) worker.process.kill(this.#signals > 2 ? 'SIGKILL' : signal);
    this.#endWhenEmpty();
  }

  #endWhenEmpty(): void {
    if (this.#alive.size > 0) return;
    if (this.#exitCode === 0) this.#ended.resolve();
    else this.#ended.reject(new ExitError(this.#exitCode));
  }
}
