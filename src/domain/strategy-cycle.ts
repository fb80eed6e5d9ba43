// One run of a network's strategy, as rules: is it due, what do its weights ask for, what follows for the tasks on the hub. The
// strategist (src/strategist) asks and obeys; the stores count by `changeFor`, so that what is previewed is what is done.
//
//     awake ──all weights null──▶ dormant ──other number of results──▶ awake
//       └────── anything thrown ─────▶ error ──set awake by a user──────▶ awake
import { AlchemiscaleError } from './errors.ts';
import type { StrategyMode, StrategyState, TaskScaling } from './strategy.ts';

/** Seconds between two looks of a strategist for what is due, and how many strategies it runs at a time: the original's. */
export const DEFAULT_LOOK_SECONDS = 300;
export const DEFAULT_STRATEGIST_WORKERS = 4;

/** How many of a transformation's tasks are in each status in which tasks can be on a hub. */
export interface ActionedCounts {
  readonly waiting: number;
  readonly running: number;
  readonly error: number;
}

/** A transformation of a network as the strategist sees it. */
export interface TransformationSurvey {
  /** Scoped key. */
  readonly transformation: string;
  readonly name: string | null;
  /** Gufe keys of its states; the same twice for a NonTransformation. */
  readonly stateA: string;
  readonly stateB: string;
  /** Distinct successful results. */
  readonly results: number;
  /** Tasks in status error, on this hub or not. */
  readonly errors: number;
  /** Tasks on the hub of this network. */
  readonly actioned: ActionedCounts;
  /** Tasks that are not, and could be put there. */
  readonly idle: Pick<ActionedCounts, 'waiting' | 'running'>;
}

/** What happens to the tasks of one transformation. */
export interface Change {
  /** Tasks that are put on the hub: running ones are taken first, then waiting ones, then new ones are made. */
  readonly addRunning: number;
  readonly addWaiting: number;
  readonly create: number;
  /** Tasks that are taken off the hub: waiting ones first. */
  readonly cancelWaiting: number;
  readonly cancelRunning: number;
  /** Tasks in error go only when all is over. */
  readonly cancelError: number;
}

/** What a run has decided about one transformation. */
export interface Decision {
  readonly survey: TransformationSurvey;
  /** What the strategy proposed, before weights are made shares of 1; null: no more. Undefined where it proposed nothing. */
  readonly weight: number | null | undefined;
  /** The strategy's own words. */
  readonly why: string | null;
  /** Its share of all weights; null also for a transformation with a task in error. */
  readonly share: number | null;
  /** How many tasks shall be on the hub. */
  readonly target: number;
}

/** What a run comes to. Dormant: nothing is proposed any more. */
export interface Conclusion {
  readonly status: 'awake' | 'dormant';
  readonly decisions: readonly Decision[];
}

/** True when a strategy may run again; the longer of both sleeps counts. */
export function isDue(state: StrategyState, now: Date, minimumSleepSeconds: number): boolean {
  if (state.mode === 'disabled' || state.status === 'error') return false;
  if (state.lastIteration === null) return true;
  return now.getTime() >= dueAgainMs(state, state.lastIteration, minimumSleepSeconds);
}

/** When a strategy that was last run at this time may run again, in milliseconds; the longer of both sleeps counts. */
export function dueAgainMs(
  { sleepInterval }: Pick<StrategyState, 'sleepInterval'>,
  lastIteration: Date,
  minimumSleepSeconds: number,
): number {
  return lastIteration.getTime() + 1000 * Math.max(minimumSleepSeconds, sleepInterval);
}

/** True for a dormant strategy since whose last run no result has come or gone: it sleeps on. */
export function sleepsOn(state: StrategyState, resultCount: number): boolean {
  return state.status === 'dormant' && state.lastIterationResultCount === resultCount;
}

/** How many tasks a share of all weights stands for. Any share above 0 stands for at least one. */
export function targetOf(share: number | null, maxTasks: number, scaling: TaskScaling): number {
  if (share === null || share === 0) return 0;
  if (share === 1) return maxTasks;
  const tasks = scaling === 'linear' ? 1 + share * maxTasks : (1 + maxTasks) ** share;
  return Math.min(maxTasks, Math.trunc(tasks));
}

/** The sum over all transformations. */
export function countResults(surveys: Iterable<TransformationSurvey>): number {
  let count = 0;
  for (const { results } of surveys) count += results;
  return count;
}

/** Weights by gufe key, as proposed and as shares of 1, with the strategy's reasons. */
export interface ProposedShares {
  readonly weights: ReadonlyMap<string, number | null>;
  readonly shares: ReadonlyMap<string, number | null>;
  readonly reasons: ReadonlyMap<string, string>;
}

/**
 * What weights come to. A transformation with a task in error gets no more; one that the strategy says nothing about is left
 * alone. Throws BAD_REQUEST for a weight of a transformation that the network does not have.
 */
export function conclude(
  surveys: readonly TransformationSurvey[],
  { weights, shares, reasons }: ProposedShares,
  {
    maxTasksPerTransformation,
    taskScaling,
  }: Pick<StrategyState, 'maxTasksPerTransformation' | 'taskScaling'>,
): Conclusion {
  const known = new Set(surveys.map(({ transformation }) => gufeKeyOf(transformation)));
  for (const key of shares.keys()) {
    if (known.has(key)) continue;
    throw new AlchemiscaleError(
      'BAD_REQUEST',
      `the strategy gave a weight to ${key}, which the network does not have`,
    );
  }
  const isDormant = [...shares.values()].every(share => share === null);
  const decisions: Decision[] = [];
  for (const survey of surveys) {
    const key = gufeKeyOf(survey.transformation);
    const proposed = shares.get(key);
    if (proposed === undefined && (isDormant || survey.errors === 0)) continue;
    const share = survey.errors > 0 ? null : (proposed ?? null);
    const target = targetOf(share, maxTasksPerTransformation, taskScaling);
    decisions.push({ survey, weight: weights.get(key), why: reasons.get(key) ?? null, share, target });
  }
  return { status: isDormant ? 'dormant' : 'awake', decisions };
}

/** The gufe key in a scoped key. */
export function gufeKeyOf(key: string): string {
  return key.split('-', 2).join('-');
}

/** Tasks on the hub, whatever their status. */
export function countActioned({ waiting, running, error }: ActionedCounts): number {
  return waiting + running + error;
}

/** What brings a transformation to its target. Only mode `full` takes tasks off, and never those in error. */
export function changeFor(
  { actioned, idle }: Pick<TransformationSurvey, 'actioned' | 'idle'>,
  target: number,
  mode: StrategyMode,
): Change {
  const missing = Math.max(0, target - countActioned(actioned));
  const excess = mode === 'full' ? Math.max(0, countActioned(actioned) - target) : 0;
  const addRunning = Math.min(missing, idle.running);
  const addWaiting = Math.min(missing - addRunning, idle.waiting);
  const cancelWaiting = Math.min(excess, actioned.waiting);
  const cancelRunning = Math.min(excess - cancelWaiting, actioned.running);
  const create = missing - addRunning - addWaiting;
  return { addRunning, addWaiting, create, cancelWaiting, cancelRunning, cancelError: 0 };
}

/** What a conclusion means for one transformation. A strategy that goes dormant in mode `full` takes everything off. */
export function changeOf(
  { survey, target }: Decision,
  status: Conclusion['status'],
  mode: StrategyMode,
): Change {
  if (status === 'awake') return changeFor(survey, target, mode);
  const { waiting, running, error } = mode === 'full' ? survey.actioned : NONE;
  return {
    ...changeFor({ actioned: NONE, idle: NONE }, 0, mode),
    cancelWaiting: waiting,
    cancelRunning: running,
    cancelError: error,
  };
}

const NONE: ActionedCounts = { waiting: 0, running: 0, error: 0 };

/** Tasks that are put on the hub. */
export function countAdded({ addRunning, addWaiting, create }: Change): number {
  return addRunning + addWaiting + create;
}

/** Tasks that are taken off the hub. */
export function countCancelled({ cancelWaiting, cancelRunning, cancelError }: Change): number {
  return cancelWaiting + cancelRunning + cancelError;
}

/** True when there is nothing to be done. */
export function isNoChange(change: Change): boolean {
  return Object.values(change).every(n => n === 0);
}

/** Why a transformation gets what it gets, for people. */
export function reasonFor({ survey, weight, why, share, target }: Decision): string {
  const known = why ?? plural(survey.results, 'result');
  const actioned = `${countActioned(survey.actioned)} actioned`;
  if (survey.errors > 0) {
    const failed = survey.errors === 1 ? 'a task is' : `${survey.errors} tasks are`;
    return `no more while ${failed} in error; ${known}; ${actioned}`;
  }
  if (share === null) return `no more: ${known}; ${actioned}`;
  if (share === 0) return `not now: ${known}; ${actioned}`;
  const proposed = weight === undefined || weight === null ? '' : `weight ${short(weight)}, `;
  return `${known}; ${proposed}${short(100 * share)} % of all → ${plural(target, 'task')}; ${actioned}`;
}

function plural(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** Three digits are enough to compare by eye. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
