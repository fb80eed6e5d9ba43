// Who holds the lease of a run: a name that no other run has. It also says since when and where, so that something is known of a
// run that ends without a word, as when its process is killed: whoever comes next puts that into the history.
import type { StrategyState } from './strategy.ts';
import type { StrategyRun } from './strategy-run.ts';

/** Class name, in the history, of what ended a run before its time. The tasks that it had made by then stay. */
export const CUT_SHORT = 'RunCutShort';

const HOLDER = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) \S+ (.+)$/s;

/** A name for a run; `unique` has no blanks, `place` says where it runs, to people. */
export function leaseHolder(started: Date, unique: string, place: string): string {
  return `${started.toISOString()} ${unique} ${place}`;
}

/** A lease that ran out, and what it was of. */
interface RunOutLease {
  readonly holder: string;
  readonly until: Date;
  /** Gufe key of the strategy. */
  readonly strategy: string;
  readonly state: StrategyState;
}

/** The entry for a run that has said nothing before its lease ran out. What it did nobody can tell. */
export function silentRun({ holder, until, strategy, state }: RunOutLease): StrategyRun {
  const [, began = '', place = ''] = HOLDER.exec(holder) ?? [];
  const started = new Date(began);
  const isKnown = !Number.isNaN(started.getTime());
  return {
    strategy,
    mode: state.mode,
    started: isKnown ? started : until,
    ended: until,
    iteration: state.iterations + 1,
    statusBefore: state.status,
    statusAfter: state.status,
    resultCount: state.lastIterationResultCount,
    created: 0,
    actioned: 0,
    cancelled: 0,
    exception: [
      CUT_SHORT,
      `the run on ${isKnown ? place : 'a place that is not known'} ended without a word and its lease ran out; what it did by then is not counted here`,
    ],
    transformations: [],
  };
}
