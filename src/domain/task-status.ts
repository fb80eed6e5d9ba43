// The life of a Task as a total table: every (status, event) has an outcome, so a missing case is a type error and
// the test walks every cell.
//
//            claim       release     complete    fail      restart    reset     invalidate  delete
//   waiting  → running   ·           (·)         ·         ·          same      → invalid   → deleted
//   running  ·           → waiting   → complete  → error   ·          → waiting → invalid   → deleted
//   complete ·           ·           same        ·         ·          ·         → invalid   → deleted
//   error    ·           ·           ·           same      → waiting  → waiting → invalid   → deleted
//   invalid  ·           ·           ·           ·         ·          ·         same        ·
//   deleted  ·           ·           ·           ·         ·          ·         ·           same
//
// ·  = refused, the status stays. "same" = accepted, nothing changes.
// (·) a result that arrives for a waiting task, after its holder's registration expired, completes it too: the work is
// done and running it again would waste it. That rule needs to know who pushes and so lives in `push.ts`.

/** The words, as they are on the wire and in every store. */
export const TASK_STATUSES = ['waiting', 'running', 'complete', 'error', 'invalid', 'deleted'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** What can happen to a task. `reset`, `invalidate` and `delete` are what a user may ask for. */
export type TaskEvent =
  | 'claim'
  | 'release'
  | 'complete'
  | 'fail'
  | 'restart'
  | 'reset'
  | 'invalidate'
  | 'delete';

/** The status after the event, or null when the event is refused in this status. */
export type Outcome = TaskStatus | null;

export const TRANSITIONS: Record<TaskStatus, Record<TaskEvent, Outcome>> = {
  waiting: {
    claim: 'running',
    release: null,
    complete: null,
    fail: null,
    restart: null,
    reset: 'waiting',
    invalidate: 'invalid',
    delete: 'deleted',
  },
  running: {
    claim: null,
    release: 'waiting',
    complete: 'complete',
    fail: 'error',
    restart: null,
    reset: 'waiting',
    invalidate: 'invalid',
    delete: 'deleted',
  },
  complete: {
    claim: null,
    release: null,
    complete: 'complete',
    fail: null,
    restart: null,
    reset: null,
    invalidate: 'invalid',
    delete: 'deleted',
  },
  error: {
    claim: null,
    release: null,
    complete: null,
    fail: 'error',
    restart: 'waiting',
    reset: 'waiting',
    invalidate: 'invalid',
    delete: 'deleted',
  },
  invalid: {
    claim: null,
    release: null,
    complete: null,
    fail: null,
    restart: null,
    reset: null,
    invalidate: 'invalid',
    delete: null,
  },
  deleted: {
    claim: null,
    release: null,
    complete: null,
    fail: null,
    restart: null,
    reset: null,
    invalidate: null,
    delete: 'deleted',
  },
};

/** What each status means for the task's ties: whether it may stay on hubs, and whether a service may hold it. */
export const TIES: Record<TaskStatus, { readonly onHubs: boolean; readonly claimed: boolean }> = {
  waiting: { onHubs: true, claimed: false },
  running: { onHubs: true, claimed: true },
  complete: { onHubs: false, claimed: false },
  error: { onHubs: true, claimed: false },
  invalid: { onHubs: false, claimed: false },
  deleted: { onHubs: false, claimed: false },
};

/** The statuses a user may set, and the event each stands for. */
export const USER_EVENTS: Readonly<Record<'waiting' | 'invalid' | 'deleted', TaskEvent>> = {
  waiting: 'reset',
  invalid: 'invalidate',
  deleted: 'delete',
};
export type UserSettableStatus = keyof typeof USER_EVENTS;

export function isTaskStatus(word: string): word is TaskStatus {
  return (TASK_STATUSES as readonly string[]).includes(word);
}

export function isUserSettable(word: string): word is UserSettableStatus {
  return Object.hasOwn(USER_EVENTS, word);
}

/** The statuses in which `event` is accepted: what a store puts into the WHERE of its update. */
export function acceptingStatuses(event: TaskEvent): readonly TaskStatus[] {
  return TASK_STATUSES.filter(status => TRANSITIONS[status][event] !== null);
}
