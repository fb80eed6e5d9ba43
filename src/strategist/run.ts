// One run of one network's strategy: lease, survey, proposal, targets, outcome. Nothing of it is kept in this process: whatever
// is cut off, another run, here or elsewhere, takes up once the lease is over.
//
// Differs from alchemiscale: only what the strategist owns of a strategy's state is written, and not when a user has said
// something about the strategy meanwhile; and a store that does not answer is no error of the strategy, which runs again at the
// next cycle. There an older state was written over the user's, and such a strategy stayed in error.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { AlchemiscaleError } from '../domain/errors.ts';
import type { StrategyStatus } from '../domain/strategy.ts';
import {
  type Conclusion,
  conclude,
  countActioned,
  countResults,
  type Decision,
  dueAgainMs,
  gufeKeyOf,
  reasonFor,
  sleepsOn,
  type TransformationSurvey,
} from '../domain/strategy-cycle.ts';
import { CUT_SHORT, leaseHolder } from '../domain/strategy-lease.ts';
import {
  countedProgress,
  edgesOfSurvey,
  type Proposer,
  readStrategy,
  sharesOf,
} from '../domain/strategy-proposal.ts';
import type { StrategyRun, TransformationRun } from '../domain/strategy-run.ts';
import type { Registry } from '../gufe/registry.ts';
import type { BegunRun, Key, ReleaseRun, StateStore } from '../store/state-store.ts';
import { type Applied, applyConclusion, LeaseLost } from './apply.ts';
import { keepLease } from './lease.ts';
import { gatheredProgress, type ResultSources } from './results.ts';

/** What a run stands on. */
export interface RunDeps extends ResultSources {
  /** Reads strategies; gufe's own unless told. */
  readonly strategies?: Registry;
  readonly store: Pick<StateStore, 'networks' | 'results' | 'strategies'>;
  readonly propose: Proposer;
  readonly clock: () => Date;
  readonly minimumSleepSeconds: number;
}

/** How long a run that no longer answers keeps others from its network. */
export const LEASE_MS = 120_000;
/** Runs that are kept of each network. */
const RUNS_KEPT = 100;

const TAKEN_AWAY = 'the strategy was set, set awake or taken away meanwhile, or the lease of the run ran out';

/** `asleep`: dormant, and no result has come since. `lost`: a user, or another strategist, has the last word. */
export type RunOutcome = 'not begun' | 'asleep' | 'lost' | StrategyStatus;

/** What became of a run; `error` is what was thrown by the strategy, or on its behalf. */
export interface RunReport {
  readonly outcome: RunOutcome;
  readonly run: StrategyRun | null;
  /** When it may run again, by this process's clock; absent where nobody can tell. */
  readonly dueAgainMs?: number;
  readonly error?: unknown;
}

/** Runs the strategy of a network if it is due and nobody else does. Rejects when the store fails, or `signal` is aborted. */
export async function runStrategy(deps: RunDeps, network: Key, signal: AbortSignal): Promise<RunReport> {
  const { clock, minimumSleepSeconds } = deps;
  const { strategies } = deps.store;
  const now = clock();
  const holder = leaseHolder(now, randomUUID(), `${hostname()} (process ${process.pid})`);
  const until = new Date(now.getTime() + LEASE_MS);
  const begun = await strategies.begin({
    network,
    holder,
    now,
    until,
    minimumSleepSeconds,
    keep: RUNS_KEPT,
  });
  if (begun === null) return { outcome: 'not begun', run: null };
  using _lease = keepLease({ store: strategies, network, holder, clock }, LEASE_MS);
  const run = new Run(deps, { network, holder, started: now, begun, signal });
  try {
    return await run.go();
  } catch (error) {
    // Others need not wait until the lease runs out.
    await strategies.release({ network, holder, ...run.cutShort(error) }).catch(() => undefined);
    if (error instanceof LeaseLost) return { outcome: 'lost', run: null };
    throw error;
  }
}

interface RunFacts {
  readonly network: Key;
  readonly holder: string;
  readonly started: Date;
  readonly begun: BegunRun;
  readonly signal: AbortSignal;
}

class Run {
  readonly #deps: RunDeps;
  readonly #facts: RunFacts;
  /** As far as it is known, for the record of a run that fails. */
  #resultCount = 0;
  #decisions: readonly Decision[] = [];
  readonly #applied: Applied = new Map();

  constructor(deps: RunDeps, facts: RunFacts) {
    this.#deps = deps;
    this.#facts = facts;
  }

  async go(): Promise<RunReport> {
    const { state } = this.#facts.begun;
    try {
      if (await this.#sleepsOn()) {
        const { network, holder } = this.#facts;
        await this.#deps.store.strategies.release({ network, holder });
        return { outcome: 'asleep', run: null };
      }
      const surveys = await this.#survey();
      const conclusion = await this.#conclude(surveys);
      await this.#apply(conclusion);
      // As in the original, going dormant says nothing about what went wrong before.
      const isDormant = conclusion.status === 'dormant';
      return await this.#finish(conclusion.status, {
        exception: isDormant ? state.exception : null,
        traceback: isDormant ? state.traceback : null,
      });
    } catch (error) {
      if (isOfTheStore(error) || error instanceof LeaseLost || this.#facts.signal.aborted) throw error;
      const report = await this.#finish('error', {
        exception: [nameOf(error), messageOf(error)],
        traceback: error instanceof Error ? (error.stack ?? null) : null,
      });
      return { ...report, error };
    }
  }

  /** What was done, for the history, by a run that this has ended before its time; nothing where it had done nothing. */
  cutShort(error: unknown): Pick<ReleaseRun, 'cutShort'> {
    const { state } = this.#facts.begun;
    const why = error instanceof LeaseLost ? TAKEN_AWAY : messageOf(error);
    const exception = [CUT_SHORT, `${why}; what was done by then stays`] as const;
    const run = this.#recordOf(state.status, exception);
    return run.created + run.actioned + run.cancelled === 0 ? {} : { cutShort: { run, keep: RUNS_KEPT } };
  }

  /** Most dormant strategies do, for good. */
  async #sleepsOn(): Promise<boolean> {
    const { network, begun } = this.#facts;
    if (begun.state.status !== 'dormant') return false;
    return sleepsOn(begun.state, await this.#deps.store.strategies.countResults({ network }));
  }

  async #survey(): Promise<readonly TransformationSurvey[]> {
    const { network } = this.#facts;
    const surveys = await this.#deps.store.strategies.survey({ network });
    if (surveys === null) throw new LeaseLost();
    this.#resultCount = countResults(surveys);
    return surveys;
  }

  async #conclude(surveys: readonly TransformationSurvey[]): Promise<Conclusion> {
    const { network, begun } = this.#facts;
    const chain = await this.#deps.store.strategies.getChain({ network });
    if (chain === null) throw new LeaseLost();
    const strategy = readStrategy(chain, this.#deps.strategies);
    const progress = strategy.usesEstimates
      ? await gatheredProgress(this.#deps, surveys, this.#facts.signal)
      : countedProgress(surveys);
    const explained = await this.#deps.propose({ strategy, edges: edgesOfSurvey(surveys), progress });
    const conclusion = conclude(surveys, sharesOf(explained), begun.state);
    this.#decisions = conclusion.decisions;
    return conclusion;
  }

  #apply(conclusion: Conclusion): Promise<void> {
    const { store, clock } = this.#deps;
    const { network, holder, begun, signal } = this.#facts;
    const context = { store: store.strategies, network, holder, mode: begun.state.mode, clock, signal };
    return applyConclusion(context, conclusion, this.#applied);
  }

  async #finish(
    status: StrategyStatus,
    wrong: { readonly exception: readonly [string, string] | null; readonly traceback: string | null },
  ): Promise<RunReport> {
    const { network, holder } = this.#facts;
    const run = this.#recordOf(status, status === 'error' ? wrong.exception : null);
    const outcome = { status, lastIteration: run.ended, resultCount: this.#resultCount, ...wrong };
    const isWritten = await this.#deps.store.strategies.finish({
      network,
      holder,
      outcome,
      run,
      keep: RUNS_KEPT,
    });
    if (!isWritten) throw new LeaseLost();
    if (status === 'error') return { outcome: status, run };
    const { state } = this.#facts.begun;
    const again = dueAgainMs(state, run.ended, this.#deps.minimumSleepSeconds);
    return { outcome: status, run, dueAgainMs: again };
  }

  #recordOf(status: StrategyStatus, exception: StrategyRun['exception']): StrategyRun {
    const { started, begun } = this.#facts;
    const ended = new Date(Math.max(started.getTime(), this.#deps.clock().getTime()));
    const transformations = this.#decisions.map(decision => this.#record(decision));
    const total = (of: (row: TransformationRun) => number): number =>
      transformations.reduce((sum, row) => sum + of(row), 0);
    return {
      strategy: gufeKeyOf(begun.strategy),
      mode: begun.state.mode,
      started,
      ended,
      iteration: begun.state.iterations + 1,
      statusBefore: begun.state.status,
      statusAfter: status,
      resultCount: this.#resultCount,
      created: total(row => row.created),
      actioned: total(row => row.actioned),
      cancelled: total(row => row.cancelled),
      exception,
      transformations,
    };
  }

  #record(decision: Decision): TransformationRun {
    const { survey, weight, share, target } = decision;
    const done = this.#applied.get(survey.transformation);
    return {
      transformation: gufeKeyOf(survey.transformation),
      results: survey.results,
      weight: weight ?? null,
      share,
      target,
      actionedBefore: done?.actionedBefore ?? countActioned(survey.actioned),
      created: done?.created ?? 0,
      actioned: done?.actioned ?? 0,
      cancelled: done?.cancelled ?? 0,
      reason: reasonFor(decision),
    };
  }
}

/** What passes, and is no fault of the strategy. */
function isOfTheStore(error: unknown): boolean {
  return (
    error instanceof AlchemiscaleError &&
    (error.code === 'STORE_UNAVAILABLE' || error.code === 'STORAGE_FULL')
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
