// The rules over histories, tried on histories made by hand: a sound one, and for each rule one that breaks it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TaskStatus } from '../../src/domain/task-status.ts';
import { checkHistory } from './check-history.ts';
import type { Answer, AnyCall, CallName, Calls, TaskRemains } from './history.ts';

const NETWORK = 'AlchemicalNetwork-1-a-b-c';
const OTHER = 'AlchemicalNetwork-2-a-b-c';
const TRANSFORMATION = 'Transformation-1-a-b-c';
const task = (name: string): string => `Task-${name}-a-b-c`;
const [A, B, C] = [task('A'), task('B'), task('C')] as const;
const ONE = 'chaos-1';
const TWO = 'chaos-2';
const CLAIM = { service: ONE, scopes: ['a-b-c'], exclude: [], protocols: null, count: 1 } as const;

/** A history under construction: calls follow each other, unless told when. */
class Made {
  readonly calls: AnyCall[] = [];
  readonly tasks = new Map<string, TaskRemains>();
  readonly networks = new Map<string, number | null>([[NETWORK, 0.5]]);
  #now = 0;

  /** The last calls become one interval each from the begin of the first of them, so that they overlap. */
  overlapping(count: number): this {
    const begin = this.calls.at(-count)?.begin ?? 0;
    const late = this.calls.splice(-count).map(call => ({ ...call, begin }) as AnyCall);
    this.calls.push(...late);
    return this;
  }

  call<N extends CallName>(name: N, ask: Calls[N]['ask'], answer: Answer<Calls[N]['value']>): this {
    this.calls.push({ name, begin: ++this.#now, end: ++this.#now, ask, answer } as unknown as AnyCall);
    return this;
  }

  ok<N extends CallName>(name: N, ask: Calls[N]['ask'], value: Calls[N]['value']): this {
    return this.call(name, ask, { kind: 'acknowledged', value });
  }

  lost<N extends CallName>(name: N, ask: Calls[N]['ask']): this {
    return this.call(name, ask, { kind: 'unknown', why: 'cut' });
  }

  /** What is left of a task; waiting on its hub unless told. */
  left(key: string, remains: Partial<TaskRemains> = {}): this {
    this.tasks.set(key, {
      transformation: TRANSFORMATION,
      extends: null,
      status: 'waiting',
      priority: 10,
      hubs: [NETWORK],
      results: [],
      ...remains,
    });
    return this;
  }

  verdict(): readonly string[] {
    const remains = { networks: this.networks, tasks: this.tasks };
    return checkHistory(this.calls, remains, { maxFailures: 1, protocol: 'P' });
  }
}

/** Tasks of one transformation, offered on the network. */
function offered(keys: readonly string[], weight: number | null = null): Made {
  const ask = { transformation: TRANSFORMATION, extends: null, count: keys.length };
  const made = new Made()
    .ok('createNetwork', { network: NETWORK }, NETWORK)
    .ok('createTasks', ask, keys)
    .ok('action', { network: NETWORK, tasks: keys, weight }, keys)
    .ok('register', { service: ONE }, null)
    .ok('register', { service: TWO }, null);
  for (const key of keys) made.left(key);
  return made;
}

const pushed = (of: string, service: string = ONE, traceback: string | null = null, name = 'R') => ({
  service,
  task: of,
  objKey: `ProtocolDAGResult-${name}`,
  ok: traceback === null,
  traceback,
});
const resultOf = (ok: boolean, name = 'R') => ({
  ref: `Ref-${name}`,
  objKey: `ProtocolDAGResult-${name}`,
  ok,
});
const ended = (status: TaskStatus, ...results: TaskRemains['results'][number][]) => ({
  status,
  hubs: [],
  results,
});

/** One task that was claimed, and whose result was pushed. */
const finished = (): Made =>
  offered([A])
    .ok('claim', CLAIM, [A])
    .ok('push', pushed(A), 'Ref-R')
    .left(A, ended('complete', resultOf(true)));

/** One task that has failed in the hands of a service. */
const failed = (traceback = 'flaky 1'): Made =>
  offered([A])
    .ok('addPattern', { network: NETWORK, pattern: 'flaky', maxRetries: 1 }, null)
    .ok('claim', CLAIM, [A])
    .ok('push', pushed(A, ONE, traceback), 'Ref-R');

describe('sound histories', () => {
  const sound: Readonly<Record<string, () => Made>> = {
    'nothing at all': () => new Made().ok('createNetwork', { network: NETWORK }, NETWORK),
    'a task that is complete': finished,
    'a result pushed twice': () => finished().lost('push', pushed(A)).ok('push', pushed(A), 'Ref-R'),
    'a claim without an answer whose tasks are held': () =>
      offered([A]).lost('claim', CLAIM).left(A, { status: 'running' }),
    'a task given on after its service has left': () =>
      offered([A])
        .ok('claim', CLAIM, [A])
        .lost('deregister', { service: ONE })
        .ok('claim', { ...CLAIM, service: TWO }, [A])
        .left(A, { status: 'running' }),
    'a slow claim that gets what a quick one has given up meanwhile': () => {
      const made = failed();
      // It began first of all and ends last.
      made
        .ok('claim', { ...CLAIM, service: TWO }, [A])
        .left(A, { status: 'running', results: [resultOf(false)] });
      const slow = made.calls.pop() as AnyCall;
      const quick = made.calls.findIndex(({ name }) => name === 'claim');
      made.calls.push({ ...slow, begin: (made.calls[quick]?.begin ?? 0) - 0.5 } as AnyCall);
      return made;
    },
    'a restart': () =>
      failed()
        .ok('claim', { ...CLAIM, service: TWO }, [A])
        .left(A, { status: 'running', results: [resultOf(false)] }),
    'tasks of a call without an answer, all or none': () =>
      offered([A])
        .lost('createTasks', { transformation: TRANSFORMATION, extends: null, count: 2 })
        .left(B)
        .left(C),
    'a call that was refused': () =>
      offered([A]).call('cancel', { network: NETWORK, tasks: [A] }, { kind: 'refused', why: '400' }),
    'an end that nobody answered': () =>
      finished()
        .lost('setStatus', { tasks: [A], status: 'deleted' })
        .left(A, ended('deleted', resultOf(true))),
    'a weight set twice, once without an answer': () => {
      const made = offered([A]).lost('setWeight', { network: NETWORK, weight: 0.1 });
      made.ok('setWeight', { network: NETWORK, weight: 0.2 }, null).networks.set(NETWORK, 0.1);
      return made;
    },
    'a denied service': () => {
      const made = offered([A, B]);
      for (const [key, name] of [
        [A, 'X'],
        [B, 'Y'],
      ] as const) {
        made.ok('claim', CLAIM, [key]).ok('push', pushed(key, ONE, 'wrong', name), `Ref-${name}`);
        made.left(key, ended('error', resultOf(false, name)));
      }
      return made.ok('claim', CLAIM, null);
    },
  };
  for (const [name, make] of Object.entries(sound)) {
    test(name, () => assert.deepEqual(make().verdict(), []));
  }
});

describe('histories that break a rule', () => {
  const broken: Readonly<Record<string, readonly [rule: string, make: () => Made]>> = {
    'a claim that is not held afterwards': ['2', () => offered([A]).ok('claim', CLAIM, [A])],
    'two services with one task': [
      '3',
      () =>
        offered([A])
          .ok('claim', CLAIM, [A])
          .ok('claim', { ...CLAIM, service: TWO }, [A])
          .left(A, { status: 'running' }),
    ],
    'two services with one task, by claims that overlap': [
      '3',
      () =>
        offered([A])
          .ok('claim', CLAIM, [A])
          .ok('claim', { ...CLAIM, service: TWO }, [A])
          .overlapping(2)
          .left(A, { status: 'running' }),
    ],
    'a task twice in one claim': [
      '14',
      () =>
        offered([A])
          .ok('claim', { ...CLAIM, count: 2 }, [A, A])
          .left(A, { status: 'running' }),
    ],
    'a deleted task that is claimed': [
      '9',
      () =>
        offered([A])
          .ok('setStatus', { tasks: [A], status: 'deleted' }, [A])
          .ok('claim', CLAIM, [A])
          .left(A, ended('deleted')),
    ],
    'a deleted task that is waiting again': [
      '9',
      () => offered([A]).ok('setStatus', { tasks: [A], status: 'deleted' }, [A]),
    ],
    'a deleted task that nobody deleted': ['9', () => offered([A]).left(A, ended('deleted'))],
    'two ends of one task': [
      '9',
      () =>
        offered([A])
          .ok('setStatus', { tasks: [A], status: 'deleted' }, [A])
          .ok('setStatus', { tasks: [A], status: 'invalid' }, [A])
          .left(A, ended('invalid')),
    ],
    'a complete task that waits': [
      '10',
      () =>
        finished()
          .ok('look', { tasks: [A] }, ['complete'])
          .ok('look', { tasks: [A] }, ['waiting']),
    ],
    'a task claimed before its parent is complete': [
      '11',
      () =>
        offered([A])
          .ok('createTasks', { transformation: TRANSFORMATION, extends: A, count: 1 }, [B])
          .ok('action', { network: NETWORK, tasks: [B], weight: null }, [B])
          .ok('claim', CLAIM, [B])
          .left(B, { status: 'running', extends: A }),
    ],
    'a less important task first': [
      '12',
      () =>
        offered([A, B])
          .ok('setPriority', { tasks: [A], priority: 1 }, [A])
          .ok('claim', CLAIM, [B])
          .left(A, { priority: 1 })
          .left(B, { status: 'running' }),
    ],
    'a task of weight 0': [
      '13',
      () => offered([A], 0).ok('claim', CLAIM, [A]).left(A, { status: 'running' }),
    ],
    'too short an answer': ['15', () => offered([A]).ok('claim', { ...CLAIM, count: 2 }, [])],
    'nulls before tasks': [
      '15',
      () =>
        offered([A])
          .ok('claim', { ...CLAIM, count: 2 }, [null, A])
          .left(A, { status: 'running' }),
    ],
    'an excluded scope': [
      '16',
      () =>
        offered([A])
          .ok('claim', { ...CLAIM, exclude: ['a-b-c'] }, [A])
          .left(A, { status: 'running' }),
    ],
    'another protocol': [
      '17',
      () =>
        offered([A])
          .ok('claim', { ...CLAIM, protocols: ['Q'] }, [A])
          .left(A, { status: 'running' }),
    ],
    'a lost result': ['18', () => finished().left(A, ended('complete', resultOf(true, 'other')))],
    'a result with two names': ['19', () => finished().ok('push', pushed(A), 'Ref-S')],
    'a result twice': [
      '19',
      () => finished().left(A, ended('complete', resultOf(true), { ...resultOf(true), ref: 'Ref-S' })),
    ],
    'a success that completes nothing': ['20', () => finished().left(A, { results: [resultOf(true)] })],
    'completion out of nothing': ['20', () => offered([A]).left(A, ended('complete'))],
    'an error out of nothing': ['20', () => offered([A]).left(A, { status: 'error' })],
    'one restart too many': [
      '21',
      () =>
        failed()
          .ok('claim', CLAIM, [A])
          .ok('push', pushed(A, ONE, 'flaky 2', 'S'), 'Ref-S')
          .ok('claim', { ...CLAIM, service: TWO }, [A])
          .left(A, { status: 'running', results: [resultOf(false), resultOf(false, 'S')] }),
    ],
    'a restart that no pattern gives': [
      '21',
      () =>
        failed('wrong')
          .ok('claim', { ...CLAIM, service: TWO }, [A])
          .left(A, { status: 'running', results: [resultOf(false)] }),
    ],
    'an action that went with another': [
      '23',
      () => {
        const made = offered([A]).ok('action', { network: OTHER, tasks: [A], weight: null }, [A]);
        made.networks.set(OTHER, 0.5);
        return made
          .ok('createNetwork', { network: OTHER }, OTHER)
          .ok('cancel', { network: NETWORK, tasks: [A] }, [A])
          .left(A, { hubs: [] });
      },
    ],
    'a cancel that did nothing': [
      '23',
      () => offered([A]).ok('cancel', { network: NETWORK, tasks: [A] }, [A]),
    ],
    'a denial without failures': ['27', () => offered([A]).ok('claim', CLAIM, null)],
    'no denial after failures': [
      '27',
      () => {
        const made = offered([A, B, C]);
        for (const [key, name] of [
          [A, 'X'],
          [B, 'Y'],
        ] as const) {
          made.ok('claim', CLAIM, [key]).ok('push', pushed(key, ONE, 'wrong', name), `Ref-${name}`);
          made.left(key, ended('error', resultOf(false, name)));
        }
        return made.ok('claim', CLAIM, [C]).left(C, { status: 'running' });
      },
    ],
    'an answer in another order': [
      '30',
      () => offered([A, B]).ok('cancel', { network: OTHER, tasks: [A, B] }, [B, A]),
    ],
    'fewer tasks than asked for': [
      '30',
      () =>
        offered([A])
          .ok('createTasks', { transformation: TRANSFORMATION, extends: null, count: 2 }, [B])
          .left(B),
    ],
    'a priority that nobody set': ['31', () => offered([A]).left(A, { priority: 3 })],
    'another parent': ['31', () => offered([A, B]).left(B, { extends: A })],
    'a weight that nobody set': [
      '32',
      () => {
        const made = offered([A]);
        made.networks.set(NETWORK, 0.9);
        return made;
      },
    ],
    'a lost network': [
      'acknowledged',
      () => {
        const made = new Made().ok('createNetwork', { network: NETWORK }, NETWORK);
        made.networks.clear();
        return made;
      },
    ],
    'a lost task': [
      'acknowledged',
      () => {
        const made = offered([A, B]);
        made.tasks.delete(B);
        return made;
      },
    ],
    'half of a call without an answer': [
      'unknown',
      () =>
        offered([A]).lost('createTasks', { transformation: TRANSFORMATION, extends: null, count: 2 }).left(B),
    ],
    'a task that nobody made': ['unknown', () => offered([A]).left(B)],
    'a result that nobody pushed': ['refused', () => offered([A]).left(A, { results: [resultOf(false)] })],
  };
  for (const [name, [rule, make]] of Object.entries(broken)) {
    test(`${rule}: ${name}`, () => {
      const found = make().verdict();
      assert.ok(
        found.some(sentence => sentence.startsWith(`${rule}: `)),
        `found instead: ${JSON.stringify(found)}`,
      );
    });
  }
});
