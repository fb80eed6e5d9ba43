// What must hold of claims in every history: who holds what, in which order, and what may be offered at all.
import { type Call, callsOf, mayCount, over } from './history.ts';
import { given, mayLieBetween, type Story, type Taking, type TaskStory } from './story.ts';

type Sentences = Generator<string>;

/** Failures within the history's length that a service may have before it is denied. */
export interface ClaimSettings {
  readonly maxFailures: number;
  /** Classes of the protocols that tasks are for. */
  readonly protocol: string;
}

export function* claimRules(story: Story, settings: ClaimSettings): Sentences {
  for (const call of callsOf(story.calls, 'claim')) yield* oneClaim(story, call, settings);
  for (const task of story.tasks.values()) {
    yield* holders(story, task);
    yield* held(story, task);
    yield* attempts(story, task);
  }
  yield* importance(story);
  yield* failures(story, settings);
}

/** 4, 11, 13, 15, 16, 17: of one answer. */
function* oneClaim(story: Story, call: Call<'claim'>, { protocol }: ClaimSettings): Sentences {
  const tasks = given(call);
  if (tasks === null) return;
  const { count, scopes, exclude, protocols, service } = call.ask;
  if (tasks.length !== count) yield `15: a claim of ${count} was answered with ${tasks.length} entries`;
  const taken = tasks.filter(task => task !== null);
  if (tasks.slice(0, taken.length).includes(null)) yield `15: a claim was answered with nulls before tasks`;
  if (new Set(taken).size !== taken.length) yield `14: a claim of ${service} gave a task twice`;
  if (taken.length > 0 && protocols !== null && !protocols.includes(protocol)) {
    yield `17: ${service} asked for ${protocols} and got ${taken[0]}, of ${protocol}`;
  }
  for (const task of taken) {
    const scope = task.split('-').slice(2).join('-');
    if (!scopes.includes(scope) || exclude.includes(scope))
      yield `16: ${service} got ${task} from outside its scopes`;
    const found = story.tasks.get(task);
    const remains = story.remains.tasks.get(task);
    const actions = found?.actions.filter(action => action.begin < call.end) ?? [];
    if (actions.length > 0 && actions.every(({ ask }) => ask.weight === 0)) {
      yield `13: ${task} was claimed though its weight was 0`;
    }
    if (actions.length === 0) yield `13: ${task} was claimed though nobody had actioned it`;
    const parent = remains?.extends ?? null;
    const finished = parent === null ? [] : (story.tasks.get(parent)?.pushes ?? []);
    if (parent !== null && !finished.some(({ ask, begin }) => ask.ok && begin < call.end)) {
      yield `11: ${task} was claimed before ${parent} was complete`;
    }
  }
}

/** What may have taken a task from the service that a claim gave it to, so that it waits again. */
function* releases(
  story: Story,
  { service }: Taking,
  task: TaskStory,
): Generator<Call<'push'> | Call<'setStatus'> | Call<'deregister'>> {
  for (const push of task.pushes) if (push.ask.service === service && !push.ask.ok) yield push;
  yield* task.resets;
  yield* story.leavings.get(service) ?? [];
}

/** 1, 2, 3, 4: between two claims of a task the first service has given it up. Of claims that overlap either may be the first. */
function* holders(story: Story, task: TaskStory): Sentences {
  const gaveUp = (first: Taking, second: Taking): boolean =>
    [...releases(story, first, task)].some(call => mayLieBetween(call, first.claim.begin, second.claim.end));
  for (const [place, second] of task.takings.entries()) {
    const first = task.takings[place - 1];
    if (first === undefined || gaveUp(first, second)) continue;
    if (second.claim.begin < first.claim.end && gaveUp(second, first)) continue;
    yield `3: ${task.key} was given to ${second.service} while ${first.service} held it: ${evidence(story, task)}`;
  }
}

/** Everything that was done about a task, by time. */
function evidence(story: Story, task: TaskStory): string {
  const services = new Set(task.takings.map(({ service }) => service));
  const calls = [
    ...task.takings.map(({ claim }) => claim),
    ...task.pushes,
    ...task.resets,
    ...task.cancels,
    ...[...services].flatMap(service => story.leavings.get(service) ?? []),
  ].sort((a, b) => a.begin - b.begin);
  return calls
    .map(({ name, begin, end, ask, answer }) => {
      const who = 'service' in ask ? ask.service.slice(-4) : 'user';
      const what = name === 'push' && 'traceback' in ask ? `push ${ask.traceback ?? 'ok'}` : name;
      return `${what} by ${who} ${begin.toFixed(0)}-${end.toFixed(0)} ${answer.kind}`;
    })
    .join('; ');
}

/** 2: who got a task last, and did nothing more, still holds it. */
function* held(story: Story, task: TaskStory): Sentences {
  const last = task.takings.at(-1);
  const remains = story.remains.tasks.get(task.key);
  if (last === undefined || remains === undefined || remains.status === 'running') return;
  const after = last.claim.begin;
  const successes = task.pushes.filter(({ ask }) => ask.ok);
  const others = [...releases(story, last, task), ...successes, ...task.endings.map(({ call }) => call)];
  if (!others.some(call => over(call) > after)) {
    yield `2: ${task.key} was claimed by ${last.service}, which did nothing since, and is ${remains.status}`;
  }
}

/** 21, 22: a failure gives a task another run only by a pattern that matches, and no more often than that one allows. */
function* attempts(story: Story, task: TaskStory): Sentences {
  if (task.takings.length < 2) return;
  const services = new Set(task.takings.map(({ service }) => service));
  let free = task.resets.length;
  for (const service of services) free += story.leavings.get(service)?.length ?? 0;
  const networks = new Set(task.actions.map(({ ask }) => ask.network));
  const patterns = callsOf(story.calls, 'addPattern').filter(
    call => mayCount(call) && networks.has(call.ask.network),
  );
  const failed = new Map(
    task.pushes.filter(({ ask }) => !ask.ok).map(({ ask }) => [ask.objKey, ask.traceback ?? '']),
  );
  const matched = [...failed.values()].filter(text =>
    patterns.some(({ ask }) => new RegExp(ask.pattern).test(text)),
  );
  const allowed = Math.max(0, ...patterns.map(({ ask }) => ask.maxRetries));
  const restarts = Math.min(matched.length, allowed * Math.max(1, networks.size));
  if (task.takings.length > 1 + free + restarts) {
    yield `21: ${task.key} ran ${task.takings.length} times, with ${free} other reasons and ${restarts} restarts allowed`;
  }
}

/** 12: of tasks that nothing but one claim has touched, the more important ones come first. */
function* importance(story: Story): Sentences {
  const untouched = [...story.tasks.values()].filter(
    task =>
      task.actions.length === 1 &&
      task.cancels.length + task.resets.length + task.endings.length === 0 &&
      task.actions[0]?.answer.kind === 'acknowledged' &&
      (task.actions[0].ask.weight ?? 0.5) > 0 &&
      task.priorities.every(({ answer }) => answer.kind === 'acknowledged') &&
      story.remains.tasks.get(task.key)?.extends === null,
  );
  const ready = (task: TaskStory): number =>
    Math.max(...[...task.actions, ...task.priorities].map(({ end }) => end));
  const lost = callsOf(story.calls, 'claim').filter(({ answer }) => answer.kind === 'unknown');
  const priorityOf = (task: TaskStory): number => task.priorities.at(-1)?.ask.priority ?? 10;
  for (const taken of untouched) {
    const claim = taken.takings[0]?.claim;
    if (claim === undefined || lost.some(({ begin }) => begin < claim.end)) continue;
    for (const other of untouched) {
      const sameHub = other.actions[0]?.ask.network === taken.actions[0]?.ask.network;
      if (!sameHub || priorityOf(other) >= priorityOf(taken) || ready(other) > claim.begin) continue;
      if (ready(taken) > claim.begin) continue;
      const first = other.takings[0]?.claim.begin ?? Number.POSITIVE_INFINITY;
      if (first > claim.end) yield `12: ${taken.key} was claimed before ${other.key}, which matters more`;
    }
  }
}

/** 27: too many failures deny, and nothing else does but that nobody knows the service. */
function* failures(story: Story, { maxFailures }: ClaimSettings): Sentences {
  for (const claim of callsOf(story.calls, 'claim')) {
    if (claim.answer.kind !== 'acknowledged') continue;
    const { service } = claim.ask;
    const pushed = callsOf(story.calls, 'push').filter(({ ask }) => ask.service === service && !ask.ok);
    const possible = new Set(
      pushed.filter(push => mayCount(push) && push.begin < claim.end).map(({ ask }) => ask.objKey),
    );
    const sure = new Set(
      pushed
        .filter(
          push => push.answer.kind === 'acknowledged' && push.end < claim.begin && surelyHeld(story, push),
        )
        .map(({ ask }) => ask.objKey),
    );
    const mayBeGone = (story.leavings.get(service) ?? []).some(({ begin }) => begin < claim.end);
    if (claim.answer.value === null && possible.size <= maxFailures && !mayBeGone) {
      yield `27: ${service} was denied after ${possible.size} failures`;
    }
    if (claim.answer.value !== null && sure.size > maxFailures && !mayBeGone) {
      yield `27: ${service} was not denied after ${sure.size} failures`;
    }
  }
}

/** Whether the service held the task when it pushed, whatever else happened. */
function surelyHeld(story: Story, push: Call<'push'>): boolean {
  const task = story.tasks.get(push.ask.task);
  const takings = task?.takings.filter(({ claim }) => claim.begin < push.begin) ?? [];
  if (task === undefined || takings.at(-1)?.service !== push.ask.service) return false;
  const others = [...task.resets, ...task.endings.map(({ call }) => call), ...task.pushes];
  return !others.some(
    call => call.begin < push.end && !(call.name === 'push' && call.ask.objKey === push.ask.objKey),
  );
}
