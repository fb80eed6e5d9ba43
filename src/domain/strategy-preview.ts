// What a network's strategy would do if it were run now. It is reckoned as a run reckons it (strategy-cycle.ts), and changes nothing.
import { AlchemiscaleError } from './errors.ts';
import type { StrategyMode, StrategyState, StrategyStatus } from './strategy.ts';
import {
  type Change,
  changeOf,
  conclude,
  countActioned,
  countResults,
  reasonFor,
  sleepsOn,
  type TransformationSurvey,
} from './strategy-cycle.ts';
import {
  countedProgress,
  edgesOfSurvey,
  type Proposer,
  readStrategy,
  sharesOf,
} from './strategy-proposal.ts';

/** A run that has not been made. */
export interface StrategyPreview {
  /** Class of the strategy. */
  readonly strategy: string;
  readonly mode: StrategyMode;
  readonly status: StrategyStatus;
  /** The status after the run. */
  readonly statusAfter: StrategyStatus;
  readonly resultCount: number;
  /** Class name and message of what the run would throw. */
  readonly exception: readonly [name: string, message: string] | null;
  readonly transformations: readonly TransformationPreview[];
}

/** What a run would do about one transformation. */
export interface TransformationPreview {
  /** Scoped key. */
  readonly transformation: string;
  readonly name: string | null;
  readonly results: number;
  /** As the strategy proposes it; null: no more, or nothing proposed. */
  readonly weight: number | null;
  /** Of all weights of the network; null also with a task in error. */
  readonly share: number | null;
  readonly target: number;
  /** Tasks on the hub now. */
  readonly actioned: number;
  readonly change: Change;
  readonly reason: string;
}

/** What is known of the network and its strategy. */
interface Facts {
  readonly chain: Uint8Array;
  readonly state: StrategyState;
  readonly surveys: readonly TransformationSurvey[];
}

const NO_CHANGE: Change = {
  addRunning: 0,
  addWaiting: 0,
  create: 0,
  cancelWaiting: 0,
  cancelRunning: 0,
  cancelError: 0,
};

/** Reckons it. Throws BAD_REQUEST for a strategy that looks at estimates, for which whole results would have to be read. */
export async function previewStrategy(
  { chain, state, surveys }: Facts,
  propose: Proposer,
): Promise<StrategyPreview> {
  const resultCount = countResults(surveys);
  const facts = { mode: state.mode, status: state.status, resultCount };
  // A run ends there, before anything is proposed: tasks that somebody has put on the hub since stay on it, in every mode.
  const isAsleep = sleepsOn(state, resultCount);
  let name = 'unknown';
  try {
    const strategy = readStrategy(chain);
    name = strategy.qualname;
    if (strategy.usesEstimates) {
      throw new AlchemiscaleError(
        'BAD_REQUEST',
        `${name} looks at estimates: only a run can tell what it does`,
      );
    }
    const job = { strategy, edges: edgesOfSurvey(surveys), progress: countedProgress(surveys) };
    const { status, decisions } = conclude(surveys, sharesOf(await propose(job)), state);
    const transformations = decisions.map(decision => ({
      transformation: decision.survey.transformation,
      name: decision.survey.name,
      results: decision.survey.results,
      weight: decision.weight ?? null,
      share: decision.share,
      target: decision.target,
      actioned: countActioned(decision.survey.actioned),
      change: isAsleep ? NO_CHANGE : changeOf(decision, status, state.mode),
      reason: reasonFor(decision),
    }));
    const statusAfter = isAsleep ? state.status : status;
    return { ...facts, strategy: name, statusAfter, exception: null, transformations };
  } catch (error) {
    if (error instanceof AlchemiscaleError || !(error instanceof Error)) throw error;
    const exception = [error.name, error.message] as const;
    return { ...facts, strategy: name, statusAfter: 'error', exception, transformations: [] };
  }
}
