// A compute service claims tasks and runs them until it is told to stop. Its life:
//
//     new ── start() ──> registered ──> running ──> draining ──> deregistered
//
//     registered    the server knows it; the heartbeat begins; results left by earlier runs are on their way
//     running       cycles: claim as many tasks as there is room for, begin to run them, rest
//     draining      claims no more; what runs is finished and delivered. Reached by the first stop(), by max_tasks,
//                   max_time, or a claim that the server refuses for good
//     deregistered  the end, however it came: the server gives tasks still held back to others
//
// A second stop() aborts: units are stopped, nothing more is sent but the good-bye, so the tasks go back to waiting.
//
// A cycle ends in one of these, and each has its rest:
//
//     claimed   there may be more: at once the next cycle
//     busy      no room: until a slot or a task is done
//     idle      no work: sleep_interval, or until a task is done, whose followers may now be waiting
//     denied    too many failures lately: deep_sleep_interval
//     failed    the server is away: longer each time
//     limit     max_tasks or max_time: drain
//
// Time, keys and whatever runs DAGs come in as arguments, and `cycle` is public: a test drives it turn by turn.
//
// Differs from alchemiscale: there one unit runs at a time, a server that is away or restarts ends the service, and a
// service whose registration expired is never told; this one registers again.
import type { Logger } from 'pino';
import type { AlchemiscaleComputeClient } from '../client/compute.ts';
import { Scope } from '../domain/scope.ts';
import type { ScopedKey } from '../domain/scoped-key.ts';
import type { Zstd } from '../lib/zstd.ts';
import { UnitInterruptedError } from '../protocols/unit-process.ts';
import { type Backoff, backoffMs, isPassing } from './backoff.ts';
import { type Clock, inSeconds } from './clock.ts';
import { Deliveries } from './delivery.ts';
import { keepBeating } from './heartbeat.ts';
import { frameOfResult } from './result-frame.ts';
import type { ComputeServiceSettings } from './settings.ts';
import type { Spool } from './spool.ts';
import { type Executor, resultOfTask } from './task-run.ts';

export type ServiceState = 'new' | 'registered' | 'running' | 'draining' | 'deregistered';

/** Why a service ended. */
export type ServiceEnd = 'stopped' | 'aborted' | 'max_tasks' | 'max_time';

/** How one turn went; `failed` carries why. */
export type CycleOutcome =
  | { readonly kind: 'claimed' | 'busy' | 'idle' | 'denied' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'limit'; readonly limit: 'max_tasks' | 'max_time' };

/** What a service says to the server. */
export type ComputeApi = Pick<
  AlchemiscaleComputeClient,
  | 'register'
  | 'heartbeat'
  | 'deregister'
  | 'claimTasks'
  | 'getTaskTransformation'
  | 'retrieveTaskTransformation'
  | 'setTaskResult'
>;

export interface ComputeServiceOptions {
  readonly id: string;
  readonly settings: ComputeServiceSettings;
  /** The class names of protocols to claim tasks of. */
  readonly protocols: readonly string[];
  readonly api: ComputeApi;
  readonly executor: Executor;
  readonly spool: Spool;
  readonly zstd: Zstd;
  readonly clock: Clock;
  /** Says of every line which service it is of. */
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
}

/** How long a service tries to say good-bye, and how long when it was aborted. */
const GOODBYE_MS = 10_000;
const HASTY_GOODBYE_MS = 2_000;

export class ComputeService {
  readonly #options: ComputeServiceOptions;
  readonly #backoff: Backoff;
  readonly #deliveries: Deliveries;
  /** The first stop. */
  readonly #stopped = new AbortController();
  /** The second. */
  readonly #aborted = new AbortController();
  /** Ends a claim under way: at the second stop, or at the first when the good-bye that follows returns its tasks. */
  readonly #claiming = new AbortController();
  readonly #inHand = new Map<string, Promise<void>>();
  #state: ServiceState = 'new';
  #startMs = 0;
  #tasksBegun = 0;
  /** Tasks begun that are not running yet. */
  #preparing = 0;
  #tasksDone = 0;
  #failedClaims = 0;
  #waker = new AbortController();

  constructor(options: ComputeServiceOptions) {
    this.#options = options;
    const { settings, api, spool, clock, log } = options;
    this.#backoff = {
      baseMs: settings.clientRetryBaseSeconds * 1000,
      maxMs: settings.clientRetryMaxSeconds * 1000,
    };
    this.#deliveries = new Deliveries({
      spool,
      clock,
      log,
      push: async ({ task, service }, frame, signal) => {
        await api.setTaskResult(task, frame, service, { signal });
      },
      backoff: this.#backoff,
      stopped: this.#stopped.signal,
      aborted: this.#aborted.signal,
    });
    options.executor.onIdle(() => this.#waker.abort());
  }

  get state(): ServiceState {
    return this.#state;
  }

  /** How many tasks are being run. */
  get tasksInHand(): number {
    return this.#inHand.size;
  }

  /** Lives the whole life; resolves at its end. Rejects when the server refuses the service, after saying good-bye. */
  async start(): Promise<ServiceEnd> {
    if (this.#state !== 'new') throw new Error(`a service lives once; this one is ${this.#state}`);
    this.#startMs = this.#options.clock.nowMs();
    if (!(await this.#register())) return 'stopped';
    const beating = new AbortController();
    const beats = this.#beat(beating.signal);
    try {
      const limit = await this.#run();
      await this.#drain();
      return this.isAborted ? 'aborted' : (limit ?? 'stopped');
    } catch (error) {
      this.#stopped.abort();
      await this.#drain();
      throw error;
    } finally {
      beating.abort();
      await beats;
      await this.#sayGoodbye();
    }
  }

  /** The first call lets what runs be finished; the second stops it. */
  stop(): void {
    if (this.#stopped.signal.aborted) this.#aborted.abort();
    if (this.isAborted || this.#inHand.size === 0) this.#claiming.abort();
    this.#stopped.abort();
    this.#waker.abort();
  }

  /** Stops what runs, whether stop was called before or not. */
  abort(): void {
    this.#aborted.abort();
    this.stop();
  }

  get isAborted(): boolean {
    return this.#aborted.signal.aborted;
  }

  /** One turn: claims as many tasks as there is room for and begins to run them. Throws what the server refuses for good. */
  async cycle(): Promise<CycleOutcome> {
    const limit = this.#limit();
    if (limit !== null) return { kind: 'limit', limit };
    const count = this.#room();
    if (count === 0) return { kind: 'busy' };
    try {
      const tasks = await this.#claim(count);
      this.#failedClaims = 0;
      if (tasks === null) return { kind: 'denied' };
      // A stop came while the claim was under way: with nothing else to finish, the good-bye returns them at once.
      if (this.#stopped.signal.aborted && this.#inHand.size === 0) return { kind: 'idle' };
      for (const task of tasks) this.#begin(task);
      return { kind: tasks.length > 0 ? 'claimed' : 'idle' };
    } catch (error) {
      if (this.#claiming.signal.aborted) return { kind: 'idle' };
      if (!isPassing(error)) throw error;
      this.#failedClaims += 1;
      return { kind: 'failed', error };
    }
  }

  /** False when a stop came first. */
  async #register(): Promise<boolean> {
    const { id, settings, api, protocols, log } = this.#options;
    try {
      const { signal } = this.#stopped;
      await api.register(id, { computeManagerId: settings.computeManagerId, signal });
    } catch (error) {
      if (!this.#stopped.signal.aborted) throw error;
      // It may have come through all the same.
      await this.#sayGoodbye();
      return false;
    }
    this.#state = 'registered';
    log.info({ slots: settings.slots, protocols }, 'registered');
    return true;
  }

  #beat(signal: AbortSignal): Promise<void> {
    const { id, settings, api, clock, log } = this.#options;
    return keepBeating({
      beat: async aborted => {
        await api.heartbeat(id, { signal: aborted });
      },
      intervalMs: settings.heartbeatMs,
      clock,
      log,
      signal,
    });
  }

  /** Cycles and rests until a stop or a limit. */
  async #run(): Promise<'max_tasks' | 'max_time' | null> {
    const { settings, log } = this.#options;
    await this.#deliveries.resume({ apiUrl: settings.apiUrl, identifier: settings.identifier });
    this.#state = 'running';
    while (!this.#stopped.signal.aborted) {
      const tasksDone = this.#tasksDone;
      const outcome = await this.cycle();
      if (outcome.kind === 'limit') {
        log.info({ limit: outcome.limit }, 'limit reached');
        return outcome.limit;
      }
      await this.#rest(outcome, tasksDone);
    }
    return null;
  }

  async #rest(outcome: Exclude<CycleOutcome, { kind: 'limit' }>, tasksDone: number): Promise<void> {
    const { settings, log } = this.#options;
    switch (outcome.kind) {
      case 'claimed':
        return;
      case 'busy':
        return await this.#sleepUntil(() => this.#room() > 0, Number.POSITIVE_INFINITY);
      case 'idle':
        return await this.#sleepUntil(() => this.#tasksDone !== tasksDone, settings.sleepMs);
      case 'denied':
        log.warn({ waitSeconds: inSeconds(settings.deepSleepMs) }, 'claims are denied for now');
        return await this.#sleepUntil(() => false, settings.deepSleepMs);
      case 'failed': {
        const waitMs = backoffMs(this.#backoff, this.#failedClaims);
        log.warn({ err: outcome.error, waitSeconds: inSeconds(waitMs) }, 'cannot claim; trying again');
        return await this.#sleepUntil(() => false, waitMs);
      }
    }
  }

  /** Sleeps until there is news, a stop or a limit, at most for some time. */
  async #sleepUntil(news: () => boolean, longestMs: number): Promise<void> {
    const { clock, settings } = this.#options;
    const endMs = clock.nowMs() + longestMs;
    const limitMs = settings.maxTimeMs === null ? endMs : this.#startMs + settings.maxTimeMs;
    while (!this.#stopped.signal.aborted && !news() && this.#limit() === null) {
      const restMs = Math.min(endMs, limitMs) - clock.nowMs();
      if (restMs <= 0) return;
      this.#waker = new AbortController();
      await clock.sleep(restMs, this.#waker.signal);
    }
  }

  #limit(): 'max_tasks' | 'max_time' | null {
    const { clock, settings } = this.#options;
    if (settings.maxTasks !== null && this.#tasksBegun >= settings.maxTasks) return 'max_tasks';
    const elapsedMs = clock.nowMs() - this.#startMs;
    return settings.maxTimeMs !== null && elapsedMs >= settings.maxTimeMs ? 'max_time' : null;
  }

  /** How many tasks to claim: no more than slots are idle, since a task that waits here could run elsewhere. */
  #room(): number {
    const { settings, executor } = this.#options;
    const left = settings.maxTasks === null ? Number.POSITIVE_INFINITY : settings.maxTasks - this.#tasksBegun;
    return Math.max(
      0,
      Math.min(settings.claimLimit, executor.idle, settings.slots - this.#inHand.size, left),
    );
  }

  /** Tasks that are now this service's; null when it is denied. */
  async #claim(count: number): Promise<readonly ScopedKey[] | null> {
    const { id, settings, api, protocols, log } = this.#options;
    const scopes = settings.scopes.length > 0 ? settings.scopes : [Scope.ALL];
    const scopesExclude = settings.scopesExclude.length > 0 ? settings.scopesExclude : null;
    const { signal } = this.#claiming;
    const ask = () => api.claimTasks(scopes, id, { count, protocols, scopesExclude, signal });
    let answer = await ask();
    if (answer === null) {
      // Denied means failed too often, or not registered (any more). The server takes a second registration as one.
      try {
        await api.register(id, { computeManagerId: settings.computeManagerId, signal });
        answer = await ask();
      } catch (error) {
        log.debug({ err: error }, 'no second registration');
      }
    }
    return answer === null ? null : answer.filter(task => task !== null);
  }

  /** A task that runs here already came back because the registration had expired meanwhile; its result will do. */
  #begin(task: ScopedKey): void {
    if (this.#inHand.has(task.toString())) return;
    this.#tasksBegun += 1;
    const running = this.#runTask(task).finally(() => {
      this.#inHand.delete(task.toString());
      this.#tasksDone += 1;
      this.#waker.abort();
    });
    this.#inHand.set(task.toString(), running);
  }

  /** Never rejects: what cannot even be recorded as a failure is logged, and the service goes on. */
  async #runTask(key: ScopedKey): Promise<void> {
    const { id, settings, log, clock, zstd } = this.#options;
    const task = key.toString();
    const beganMs = clock.nowMs();
    const prepared = this.#prepare();
    log.info({ task }, 'task claimed');
    try {
      const result = await resultOfTask(key, {
        ...this.#options,
        prepared,
        backoff: this.#backoff,
        stopped: this.#stopped.signal,
        aborted: this.#aborted.signal,
      });
      const seconds = inSeconds(clock.nowMs() - beganMs);
      log.info({ task, seconds }, result.ok ? 'task finished' : 'task failed');
      const address = { task, service: id, apiUrl: settings.apiUrl, identifier: settings.identifier };
      const frame = frameOfResult(result, zstd, err =>
        log.error({ err, task }, 'the result cannot be written; its failure is delivered'),
      );
      await this.#deliveries.send(address, frame);
    } catch (error) {
      const interrupted = this.isAborted || error instanceof UnitInterruptedError;
      if (interrupted) log.info({ task }, 'task stopped; it will wait for another service');
      else log.error({ err: error, task }, 'the task could not be run, nor its failure recorded');
    } finally {
      prepared();
    }
  }

  /** Holds a place for a task while it is fetched; the function it returns gives it up, once. */
  #prepare(): () => void {
    this.#preparing += 1;
    let holds = true;
    return () => {
      if (!holds) return;
      holds = false;
      this.#preparing -= 1;
      this.#waker.abort();
    };
  }

  async #drain(): Promise<void> {
    this.#state = 'draining';
    if (this.#inHand.size > 0 && !this.isAborted)
      this.#options.log.info({ tasks: this.#inHand.size }, 'finishing what runs');
    await Promise.all(this.#inHand.values());
    await this.#deliveries.settled();
  }

  /** Deregisters, but does not try for long. Failing is no matter: nothing is in hand, and the server notices silence. */
  async #sayGoodbye(): Promise<void> {
    const { id, api, clock, log } = this.#options;
    const [giveUp, over] = [new AbortController(), new AbortController()];
    const within = async (ms: number): Promise<void> => {
      await clock.sleep(ms, over.signal);
      giveUp.abort(new Error('no time left'));
    };
    const hurry = (): void => void within(HASTY_GOODBYE_MS);
    void within(GOODBYE_MS);
    if (this.isAborted) hurry();
    this.#aborted.signal.addEventListener('abort', hurry, { once: true });
    try {
      await api.deregister(id, { signal: giveUp.signal });
      log.info('deregistered');
    } catch (error) {
      log.warn({ err: error }, 'not deregistered; the server will notice the silence');
    } finally {
      this.#aborted.signal.removeEventListener('abort', hurry);
      over.abort();
      this.#state = 'deregistered';
    }
  }
}
