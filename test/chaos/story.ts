// The history by task and by service, as the rules ask for it.
import type { Key } from '../../src/store/state-store.ts';
import {
  type AnyCall,
  type Call,
  type CallName,
  type Calls,
  callsOf,
  mayCount,
  over,
  type Remains,
} from './history.ts';

/** A task that a claim surely gave to a service. */
export interface Taking {
  readonly task: Key;
  readonly service: string;
  readonly claim: Call<'claim'>;
}

/** A task as the history knows it. */
export interface TaskStory {
  readonly key: Key;
  /** By begin. */
  readonly takings: Taking[];
  readonly pushes: Call<'push'>[];
  readonly resets: Call<'setStatus'>[];
  /** Requests to end it for good. */
  readonly endings: { readonly call: Call<'setStatus'>; readonly accepted: boolean }[];
  readonly actions: Call<'action'>[];
  readonly cancels: Call<'cancel'>[];
  readonly priorities: Call<'setPriority'>[];
  readonly looks: { readonly call: Call<'look'>; readonly status: string | null }[];
}

export interface Story {
  readonly calls: readonly AnyCall[];
  readonly remains: Remains;
  readonly tasks: ReadonlyMap<Key, TaskStory>;
  readonly leavings: ReadonlyMap<string, readonly Call<'deregister'>[]>;
}

export function tellStory(calls: readonly AnyCall[], remains: Remains): Story {
  const tasks = new Map<Key, TaskStory>();
  const of = (key: Key): TaskStory => {
    let story = tasks.get(key);
    if (story === undefined) {
      story = {
        key,
        takings: [],
        pushes: [],
        resets: [],
        endings: [],
        actions: [],
        cancels: [],
        priorities: [],
        looks: [],
      };
      tasks.set(key, story);
    }
    return story;
  };
  for (const key of remains.tasks.keys()) of(key);
  for (const claim of callsOf(calls, 'claim')) {
    for (const task of given(claim) ?? []) {
      if (task !== null) of(task).takings.push({ task, service: claim.ask.service, claim });
    }
  }
  for (const push of callsOf(calls, 'push')) if (mayCount(push)) of(push.ask.task).pushes.push(push);
  for (const call of callsOf(calls, 'setStatus')) {
    if (!mayCount(call)) continue;
    for (const [place, task] of call.ask.tasks.entries()) {
      if (call.ask.status === 'waiting') of(task).resets.push(call);
      else of(task).endings.push({ call, accepted: (given(call)?.[place] ?? null) !== null });
    }
  }
  for (const call of callsOf(calls, 'action'))
    if (mayCount(call)) for (const task of call.ask.tasks) of(task).actions.push(call);
  for (const call of callsOf(calls, 'cancel'))
    if (mayCount(call)) for (const task of call.ask.tasks) of(task).cancels.push(call);
  for (const call of callsOf(calls, 'setPriority')) {
    if (mayCount(call)) for (const task of call.ask.tasks) of(task).priorities.push(call);
  }
  for (const call of callsOf(calls, 'look')) {
    for (const [place, status] of (given(call) ?? []).entries()) {
      of(call.ask.tasks[place] ?? '').looks.push({ call, status });
    }
  }
  for (const { takings } of tasks.values()) takings.sort((a, b) => a.claim.begin - b.claim.begin);
  const leavings = Map.groupBy(callsOf(calls, 'deregister').filter(mayCount), ({ ask }) => ask.service);
  return { calls, remains, tasks, leavings };
}

/** What an acknowledged call gave; null for others. */
export function given<N extends CallName>(call: Call<N>): Calls[N]['value'] | null {
  return call.answer.kind === 'acknowledged' ? call.answer.value : null;
}

/** Whether a call's effect may lie between the begin of one and the end of another. */
export function mayLieBetween(call: AnyCall | Call<CallName>, after: number, before: number): boolean {
  return call.begin < before && over(call) > after;
}
