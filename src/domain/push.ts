// What a pushed result does to its task. The result itself is always kept: the work is done.
import type { TaskStatus } from './task-status.ts';

/** What is known when a result arrives. */
export interface PushSituation {
  readonly ok: boolean;
  readonly status: TaskStatus;
  /** True when the service that pushes is the one that holds the task. */
  readonly byHolder: boolean;
}

/**
 * The task's status after the push, or null when it stays.
 *
 * The holder's result decides. Of anyone else (its registration expired, or no id was given) only a success
 * counts, and only while the task waits or runs: the result exists, so completing the task is safe, whereas a
 * stranger's failure must not take a running task from the service that holds it.
 *
 * Differs from alchemiscale: there any service's result moves a running task, and a success that comes after
 * expiry leaves the task waiting, to be run again.
 */
export function statusAfterPush(situation: PushSituation): TaskStatus | null {
  const { ok, status, byHolder } = situation;
  if (byHolder && status === 'running') return ok ? 'complete' : 'error';
  if (ok && (status === 'waiting' || status === 'running')) return 'complete';
  return null;
}
