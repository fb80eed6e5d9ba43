// Judging failed tasks for restarts: the store says which patterns are attached and which tracebacks count, patterns are
// tried here, and the store decides by domain/restart.ts. Between the question and the answer somebody may attach another
// pattern; the store notices, and the question is asked again.
import type { ErroredTask, Judgement, RestartStore } from '../store/state-store.ts';
import { findPatterns, type Matches } from './patterns.ts';

/** Tries the patterns attached to a task on these tracebacks. */
export async function judge(
  restarts: RestartStore,
  task: string,
  tracebacks: readonly string[],
): Promise<Matches> {
  return findPatterns(await restarts.listForTask({ task }), tracebacks);
}

const BATCH = 100;
/** A task that was judged waits, or is off the hub: a round leaves over those that got another pattern meanwhile. */
const MAX_ROUNDS = 3;

/** Judges the tasks in error on a network's hub, as after patterns have been added to it. */
export async function resolveErrors(restarts: RestartStore, network: string): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const errors = await restarts.listErrors({ network });
    if (errors.length === 0) return;
    for (let at = 0; at < errors.length; at += BATCH) {
      const judgements = await judgeAll(restarts, errors.slice(at, at + BATCH));
      await restarts.resolve({ judgements });
    }
  }
}

async function judgeAll(restarts: RestartStore, errors: readonly ErroredTask[]): Promise<Judgement[]> {
  const judgements: Judgement[] = [];
  for (const { task, tracebacks } of errors) {
    judgements.push({ task, ...(await judge(restarts, task, tracebacks)) });
  }
  return judgements;
}
