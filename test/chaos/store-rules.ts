// What must be in the stores when all is over: everything that was acknowledged, nothing of what was refused, and of what nobody
// knows either all or nothing.
import { type Call, type CallName, callsOf, mayCount, over } from './history.ts';
import { given, type Story, type TaskStory } from './story.ts';

type Sentences = Generator<string>;

export function* storeRules(story: Story): Sentences {
  yield* networks(story);
  yield* created(story);
  yield* results(story);
  yield* batches(story);
  for (const task of story.tasks.values()) {
    yield* endings(story, task);
    yield* looks(task);
    yield* pushes(story, task);
    yield* hubs(story, task);
    yield* priorities(story, task);
  }
}

/** What a value may be at the end: that of the last acknowledged call, or of any call that may have come after it. */
function possibleLast<N extends CallName, T>(
  calls: readonly Call<N>[],
  read: (call: Call<N>) => T,
  initial: T,
): Set<T> {
  const counted = calls.filter(mayCount);
  const isOvertaken = (call: Call<N>): boolean =>
    counted.some(other => other.answer.kind === 'acknowledged' && other.begin > over(call));
  const last = new Set(counted.filter(call => !isOvertaken(call)).map(read));
  if (!counted.some(({ answer }) => answer.kind === 'acknowledged')) last.add(initial);
  return last;
}

/** 32, and that no network is lost. */
function* networks(story: Story): Sentences {
  const made = callsOf(story.calls, 'createNetwork').filter(mayCount);
  for (const call of made) {
    const key = given(call);
    if (key !== null && !story.remains.networks.has(key)) yield `acknowledged: network ${key} is lost`;
  }
  for (const [key, weight] of story.remains.networks) {
    if (!made.some(({ ask }) => ask.network === key)) yield `refused: network ${key} is there`;
    const set = callsOf(story.calls, 'setWeight').filter(({ ask }) => ask.network === key);
    const possible = possibleLast(set, ({ ask }) => ask.weight, 0.5);
    if (weight === null || !possible.has(weight))
      yield `32: the weight of ${key} is ${weight}, not ${[...possible]}`;
  }
}

/** Tasks: those acknowledged are there; the others are those of calls without an answer, all of a call or none. */
function* created(story: Story): Sentences {
  const calls = callsOf(story.calls, 'createTasks').filter(mayCount);
  const known = new Set<string>();
  for (const call of calls) {
    const keys = given(call);
    if (keys === null) continue;
    if (keys.length !== call.ask.count)
      yield `30: ${call.ask.count} tasks were asked for, ${keys.length} were named`;
    for (const key of keys) {
      const remains = story.remains.tasks.get(key);
      if (known.has(key)) yield `acknowledged: task ${key} was named twice`;
      known.add(key);
      if (remains === undefined) yield `acknowledged: task ${key} is lost`;
      else if (remains.transformation !== call.ask.transformation || remains.extends !== call.ask.extends) {
        yield `31: task ${key} performs ${remains.transformation} after ${remains.extends}`;
      }
    }
  }
  const kind = (transformation: string, parent: string | null): string => `${transformation} ${parent}`;
  const extra = new Map<string, number>();
  for (const [key, { transformation, extends: parent }] of story.remains.tasks) {
    const of = kind(transformation, parent);
    if (!known.has(key)) extra.set(of, (extra.get(of) ?? 0) + 1);
  }
  for (const [of, count] of extra) {
    const open = calls.filter(
      ({ ask, answer }) => answer.kind === 'unknown' && kind(ask.transformation, ask.extends) === of,
    );
    if (!sums(open.map(({ ask }) => ask.count)).has(count)) {
      yield `unknown: ${count} tasks of ${of} that no call explains`;
    }
  }
}

/** The sums of all choices of some numbers. */
function sums(numbers: readonly number[]): ReadonlySet<number> {
  let found = new Set([0]);
  for (const number of numbers) found = new Set([...found, ...[...found].map(sum => sum + number)]);
  return found;
}

/** 18, 19: results. */
function* results(story: Story): Sentences {
  const pushes = callsOf(story.calls, 'push').filter(mayCount);
  const refs = new Map<string, string>();
  for (const push of pushes) {
    const ref = given(push);
    if (ref === null) continue;
    const { task, objKey, ok } = push.ask;
    const found = story.remains.tasks.get(task)?.results.find(result => result.ref === ref);
    if (found === undefined) yield `18: the acknowledged result ${ref} of ${task} is lost`;
    else if (found.objKey !== objKey || found.ok !== ok) yield `18: the result ${ref} is another one now`;
    const earlier = refs.get(`${task} ${objKey} ${ok}`) ?? ref;
    if (earlier !== ref) yield `19: one result of ${task} was called ${earlier} and ${ref}`;
    refs.set(`${task} ${objKey} ${ok}`, ref);
  }
  const asked = new Set(pushes.map(({ ask }) => `${ask.task} ${ask.objKey} ${ask.ok}`));
  for (const [task, remains] of story.remains.tasks) {
    const names = remains.results.map(({ objKey, ok }) => `${task} ${objKey} ${ok}`);
    if (new Set(names).size !== names.length) yield `19: a result of ${task} is there twice`;
    for (const name of names) if (!asked.has(name)) yield `refused: the result ${name} is there`;
  }
}

/** 30: answers are aligned with questions. */
function* batches(story: Story): Sentences {
  for (const name of ['action', 'cancel', 'setStatus', 'setPriority'] as const) {
    for (const call of callsOf(story.calls, name)) {
      const answer = given<'action' | 'cancel' | 'setStatus' | 'setPriority'>(call);
      if (answer === null) continue;
      const { tasks } = call.ask;
      const isAligned =
        answer.length === tasks.length && answer.every((key, place) => key === null || key === tasks[place]);
      if (!isAligned) yield `30: the answer of ${name} is not in the order of the question`;
    }
  }
}

/** 9: what has been ended stays so, and was asked for. */
function* endings(story: Story, { key, endings: asked, takings, looks: seen }: TaskStory): Sentences {
  const status = story.remains.tasks.get(key)?.status;
  const accepted = asked.filter(ending => ending.accepted);
  const words = new Set(accepted.map(({ call }) => call.ask.status));
  if (words.size > 1) yield `9: ${key} was made ${[...words].join(' and ')}`;
  for (const { call } of accepted) {
    if (status !== undefined && status !== call.ask.status)
      yield `9: ${key} was made ${call.ask.status} and is ${status}`;
    for (const { claim } of takings)
      if (claim.begin > call.end) yield `9: ${key} was claimed after it was ${call.ask.status}`;
    for (const look of seen) {
      if (look.call.begin > call.end && look.status !== call.ask.status)
        yield `9: ${key} was ${call.ask.status}, then ${look.status}`;
    }
  }
  if (status !== 'invalid' && status !== 'deleted') return;
  for (let at: string | null = key; at !== null; at = story.remains.tasks.get(at)?.extends ?? null) {
    if (story.tasks.get(at)?.endings.some(({ call }) => call.ask.status === status)) return;
  }
  yield `9: ${key} is ${status} though nobody asked for it`;
}

const AFTER: Readonly<Record<string, readonly (string | null)[]>> = {
  complete: ['complete', 'invalid', 'deleted'],
  invalid: ['invalid'],
  deleted: ['deleted'],
};

/** 9, 10: a status that ends a task is followed by none that does not. */
function* looks({ key, looks: seen }: TaskStory): Sentences {
  for (const first of seen) {
    const allowed = AFTER[first.status ?? ''];
    if (allowed === undefined) continue;
    for (const second of seen) {
      if (second.call.begin > first.call.end && !allowed.includes(second.status)) {
        yield `10: ${key} was ${first.status}, then ${second.status}`;
      }
    }
  }
}

/** 10, 20: a success completes, and nothing else does. */
function* pushes(story: Story, { key, pushes: all, endings: asked }: TaskStory): Sentences {
  const status = story.remains.tasks.get(key)?.status;
  const successes = all.filter(({ ask }) => ask.ok);
  if (status === 'complete' && successes.length === 0) yield `20: ${key} is complete without a success`;
  if (status === 'error' && !all.some(({ ask }) => !ask.ok)) yield `20: ${key} is in error without a failure`;
  const isAlone = asked.length === 0 && all.every(({ ask }) => ask.ok);
  const isEnded = isGivenUp(story, key);
  if (
    isAlone &&
    !isEnded &&
    successes.some(({ answer }) => answer.kind === 'acknowledged') &&
    status !== 'complete'
  ) {
    yield `20: a success of ${key} was acknowledged, and it is ${status}`;
  }
}

function isGivenUp(story: Story, key: string): boolean {
  for (let at: string | null = key; at !== null; at = story.remains.tasks.get(at)?.extends ?? null) {
    if ((story.tasks.get(at)?.endings.length ?? 0) > 0) return true;
  }
  return false;
}

/** 23: an action stays until it is cancelled, its task ends, or a failure takes it off this hub. */
function* hubs(story: Story, { key, actions, cancels, pushes: all }: TaskStory): Sentences {
  const remains = story.remains.tasks.get(key);
  if (remains === undefined || !['waiting', 'running'].includes(remains.status)) return;
  if (all.some(({ ask }) => !ask.ok)) return;
  for (const { ask, answer } of actions) {
    const accepted = answer.kind === 'acknowledged' && answer.value[ask.tasks.indexOf(key)] !== null;
    const isCancelled = cancels.some(cancel => cancel.ask.network === ask.network);
    if (accepted && !isCancelled && !remains.hubs.includes(ask.network)) {
      yield `23: ${key} is no longer on the hub of ${ask.network}, where nobody cancelled it`;
    }
  }
  for (const { ask, answer, end } of cancels) {
    const accepted = answer.kind === 'acknowledged' && answer.value[ask.tasks.indexOf(key)] !== null;
    const isBack = actions.some(action => action.ask.network === ask.network && over(action) > end);
    if (accepted && !isBack && remains.hubs.includes(ask.network))
      yield `23: ${key} was cancelled and is still on the hub`;
  }
}

/** 31: nothing but a call for it changes a priority. */
function* priorities(story: Story, { key, priorities: set }: TaskStory): Sentences {
  const remains = story.remains.tasks.get(key);
  if (remains === undefined) return;
  const possible = possibleLast(set, ({ ask }) => ask.priority, 10);
  if (!possible.has(remains.priority))
    yield `31: the priority of ${key} is ${remains.priority}, not ${[...possible]}`;
}
