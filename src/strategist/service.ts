// The strategist: looks for strategies that are due, and runs them, a few at a time. It keeps nothing: any number of
// strategists may work on one store, and one that is killed loses nothing but its turn.
//
//     start ──▶ cycle ──▶ sleep until the next look ──▶ cycle ──▶ …        stop: what runs is finished first
//
// A cycle lasts as long as what it runs; meanwhile newly due strategies are added. When it looks for them: looks.ts.
import type { Logger } from 'pino';
import type { ScopeDict } from '../domain/scope.ts';
import type { Key } from '../store/state-store.ts';
import { Looks } from './looks.ts';
import { type RunDeps, type RunReport, runStrategy } from './run.ts';

/** How a strategist works. */
export interface StrategistOptions extends Omit<RunDeps, 'minimumSleepSeconds'> {
  /** Seconds between two looks, if no strategy that was run here is due earlier; no strategy runs more often. */
  readonly sleepIntervalSeconds: number;
  /** Strategies that run at the same time. */
  readonly maxWorkers: number;
  readonly scopes: readonly ScopeDict[];
  /** Resolves after the time, or as soon as the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly log: Pick<Logger, 'debug' | 'info' | 'error'>;
}

/** The loop. */
export class Strategist {
  readonly #options: StrategistOptions;
  readonly #stopping = new AbortController();
  readonly #aborting = new AbortController();
  readonly #looks: Looks;
  #loop: Promise<void> | null = null;

  constructor(options: StrategistOptions) {
    this.#options = options;
    this.#looks = new Looks(options.sleepIntervalSeconds * 1000);
  }

  /** Works until it is stopped; what goes wrong is logged, and the next cycle comes. */
  start(): Promise<void> {
    this.#loop ??= this.#work();
    return this.#loop;
  }

  /** Begins nothing more. Resolves when what runs has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  /** Ends at the next piece of work; what is left is done by whoever comes next. */
  async abort(): Promise<void> {
    this.#aborting.abort(new Error('the strategist was told to stop at once'));
    await this.stop();
  }

  async #work(): Promise<void> {
    const { sleep, clock, log } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.cycle();
      } catch (err) {
        log.error({ err }, 'a cycle of the strategist failed; the next one comes');
      }
      const leftMs = this.#looks.leftMs(clock().getTime());
      if (!signal.aborted && leftMs > 0) await sleep(leftMs, signal);
    }
  }

  /** Runs what is due, and what becomes due meanwhile. Rejects when the store cannot be asked. */
  async cycle(): Promise<void> {
    const { maxWorkers } = this.#options;
    const { signal } = this.#stopping;
    const running = new Map<Key, Promise<void>>();
    const waiting = new Set(await this.#listDue());
    while (!signal.aborted && (waiting.size > 0 || running.size > 0)) {
      for (const network of waiting) {
        if (running.size >= maxWorkers) break;
        waiting.delete(network);
        running.set(
          network,
          this.#run(network).finally(() => running.delete(network)),
        );
      }
      if ((await this.#nextEvent(running)) !== 'look again' || signal.aborted) continue;
      for (const network of await this.#lookAgain()) if (!running.has(network)) waiting.add(network);
    }
    await Promise.all(running.values());
  }

  /** The cycle goes on whatever comes of it: whoever stops the strategist waits for what runs. */
  async #lookAgain(): Promise<readonly Key[]> {
    try {
      return await this.#listDue();
    } catch (err) {
      this.#options.log.error({ err }, 'the strategist could not look for what is due; it looks again');
      return [];
    }
  }

  /** The end of a run, or the time for the next look. */
  async #nextEvent(running: ReadonlyMap<Key, Promise<void>>): Promise<'look again' | 'ended'> {
    const { sleep, clock } = this.#options;
    const leftMs = this.#looks.leftMs(clock().getTime());
    if (leftMs <= 0) return 'look again';
    const waking = new AbortController();
    const slept = sleep(leftMs, waking.signal).then(() => 'look again' as const);
    const ended = Promise.race(running.values()).then(() => 'ended' as const);
    try {
      return await Promise.race([ended, slept]);
    } finally {
      waking.abort();
    }
  }

  async #listDue(): Promise<readonly Key[]> {
    const { store, scopes, clock, sleepIntervalSeconds } = this.#options;
    const now = clock();
    this.#looks.looked(now.getTime());
    return store.strategies.listDue({ scopes, now, minimumSleepSeconds: sleepIntervalSeconds });
  }

  async #run(network: Key): Promise<void> {
    const { log, sleepIntervalSeconds } = this.#options;
    const deps = { ...this.#options, minimumSleepSeconds: sleepIntervalSeconds };
    try {
      const report = await runStrategy(deps, network, this.#aborting.signal);
      if (report.dueAgainMs !== undefined) this.#looks.isDueAgain(network, report.dueAgainMs);
      tell(log, network, report);
    } catch (err) {
      log.error({ err, network }, 'a strategy could not be run; it is tried again in the next cycle');
    }
  }
}

function tell(log: StrategistOptions['log'], network: Key, { outcome, run, error }: RunReport): void {
  if (outcome === 'error') {
    log.error({ err: error, network }, 'a strategy failed; it stays in error until somebody sets it awake');
    return;
  }
  if (run === null) {
    log.debug({ network, outcome }, 'nothing was done about a strategy');
    return;
  }
  const { iteration, resultCount, created, actioned, cancelled } = run;
  const facts = { network, outcome, iteration, resultCount, created, actioned, cancelled };
  // Most runs find everything as it should be.
  const hasChanged = created + actioned + cancelled > 0 || run.statusBefore !== run.statusAfter;
  if (hasChanged) log.info(facts, 'a strategy was run');
  else log.debug(facts, 'a strategy was run, and nothing was to be done');
}
