// Brings a network's hub to what was decided, piece by piece: a piece is one transaction of bounded size, which counts what
// there is before it changes anything (StrategyStore.applyTargets). Whatever is cut off between two pieces, or in one, is made
// up by the next run and never done twice.
import type { StrategyMode } from '../domain/strategy.ts';
import {
  type Conclusion,
  changeFor,
  countActioned,
  countAdded,
  countCancelled,
  type Decision,
  isNoChange,
} from '../domain/strategy-cycle.ts';
import type { AppliedTarget, ApplyTargets, StrategyStore } from '../store/state-store.ts';

/** The lease is another's, or was ended by what a user has said: the run is over. */
export class LeaseLost extends Error {
  override readonly name: string = 'LeaseLost';
}

/** Others wait while a piece is written: so many tasks or transformations take about 20 ms in SQLite. */
const TASKS_AT_ONCE = 500;
const TRANSFORMATIONS_AT_ONCE = 200;

/** The hub of a run, and the time. */
export interface ApplyContext {
  readonly store: Pick<StrategyStore, 'applyTargets' | 'clearHub'>;
  readonly network: string;
  readonly holder: string;
  readonly mode: StrategyMode;
  readonly clock: () => Date;
  /** Ends the run between two pieces, when aborted. */
  readonly signal: AbortSignal;
}

/** What was done, by transformation. */
export type Applied = Map<string, AppliedTarget>;

/** Adds to `applied` as it goes, so that what was done is known also when a later piece fails. Throws LeaseLost. */
export async function applyConclusion(
  context: ApplyContext,
  { status, decisions }: Conclusion,
  applied: Applied,
): Promise<void> {
  if (status === 'dormant') {
    if (context.mode === 'full') await clear(context, decisions, applied);
    return;
  }
  for (const targets of piecesOf(decisions, context.mode)) {
    context.signal.throwIfAborted();
    const { network, holder } = context;
    const done = await context.store.applyTargets({ network, holder, targets, now: context.clock() });
    if (done === null) throw new LeaseLost();
    for (const [place, { transformation }] of targets.entries()) {
      const row = done[place];
      if (row !== undefined) applied.set(transformation, sum(applied.get(transformation), row));
    }
  }
}

type Targets = ApplyTargets['targets'];

/** A transformation that wants more tasks than fit into a piece gets them in steps. */
function* piecesOf(decisions: readonly Decision[], mode: StrategyMode): Generator<Targets> {
  let piece: Targets[number][] = [];
  let tasks = 0;
  for (const { transformation, target, cost } of stepsOf(decisions, mode)) {
    piece.push({ transformation, target });
    tasks += cost;
    if (tasks < TASKS_AT_ONCE && piece.length < TRANSFORMATIONS_AT_ONCE) continue;
    yield piece;
    [piece, tasks] = [[], 0];
  }
  if (piece.length > 0) yield piece;
}

function* stepsOf(
  decisions: readonly Decision[],
  mode: StrategyMode,
): Generator<Targets[number] & { readonly cost: number }> {
  for (const { survey, target } of decisions) {
    const change = changeFor(survey, target, mode);
    if (isNoChange(change)) continue;
    const { transformation } = survey;
    const missing = countAdded(change);
    for (let left = missing - TASKS_AT_ONCE; left > 0; left -= TASKS_AT_ONCE) {
      yield { transformation, target: target - left, cost: TASKS_AT_ONCE };
    }
    yield { transformation, target, cost: Math.min(TASKS_AT_ONCE, missing) + countCancelled(change) };
  }
}

/** A strategy that is over in mode `full` leaves nothing on the hub. Which task was of which transformation is as surveyed. */
async function clear(context: ApplyContext, decisions: readonly Decision[], applied: Applied): Promise<void> {
  const { network, holder } = context;
  let total = 0;
  try {
    for (;;) {
      context.signal.throwIfAborted();
      const cleared = await context.store.clearHub({ network, holder, count: TASKS_AT_ONCE });
      if (cleared === null) throw new LeaseLost();
      if (cleared === 0) break;
      total += cleared;
    }
    total = Number.POSITIVE_INFINITY;
  } finally {
    for (const { survey } of decisions) {
      const actionedBefore = countActioned(survey.actioned);
      const cancelled = Math.min(actionedBefore, total);
      total -= cancelled;
      applied.set(survey.transformation, { actionedBefore, created: 0, actioned: 0, cancelled });
    }
  }
}

function sum(before: AppliedTarget | undefined, now: AppliedTarget): AppliedTarget {
  return before === undefined
    ? now
    : {
        actionedBefore: before.actionedBefore,
        created: before.created + now.created,
        actioned: before.actioned + now.actioned,
        cancelled: before.cancelled + now.cancelled,
      };
}
