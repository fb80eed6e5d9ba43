// What clients did to a server while it was tormented: each call with its begin, its end and its answer, and what the stores
// hold afterwards. An answer that did not come, or that blames the store (5xx), is unknown: the call may have had its effect, then
// or later, or none.
import type { TaskStatus } from '../../src/domain/task-status.ts';
import type { Key } from '../../src/store/state-store.ts';

/** What each call asks, and what its answer gives. Lists of answers are aligned with what was asked. */
export interface Calls {
  createNetwork: { readonly ask: { readonly network: Key }; readonly value: Key };
  createTasks: {
    readonly ask: { readonly transformation: Key; readonly extends: Key | null; readonly count: number };
    readonly value: readonly Key[];
  };
  action: {
    readonly ask: { readonly network: Key; readonly tasks: readonly Key[]; readonly weight: number | null };
    readonly value: readonly (Key | null)[];
  };
  cancel: {
    readonly ask: { readonly network: Key; readonly tasks: readonly Key[] };
    readonly value: readonly (Key | null)[];
  };
  setStatus: {
    readonly ask: { readonly tasks: readonly Key[]; readonly status: 'waiting' | 'invalid' | 'deleted' };
    readonly value: readonly (Key | null)[];
  };
  setPriority: {
    readonly ask: { readonly tasks: readonly Key[]; readonly priority: number };
    readonly value: readonly (Key | null)[];
  };
  setWeight: { readonly ask: { readonly network: Key; readonly weight: number }; readonly value: null };
  addPattern: {
    readonly ask: { readonly network: Key; readonly pattern: string; readonly maxRetries: number };
    readonly value: null;
  };
  register: { readonly ask: { readonly service: string }; readonly value: null };
  heartbeat: { readonly ask: { readonly service: string }; readonly value: null };
  deregister: { readonly ask: { readonly service: string }; readonly value: null };
  claim: {
    readonly ask: {
      readonly service: string;
      readonly scopes: readonly string[];
      readonly exclude: readonly string[];
      readonly protocols: readonly string[] | null;
      readonly count: number;
    };
    /** Null: denied. */
    readonly value: readonly (Key | null)[] | null;
  };
  push: {
    readonly ask: {
      readonly service: string;
      readonly task: Key;
      readonly objKey: string;
      readonly ok: boolean;
      readonly traceback: string | null;
    };
    readonly value: Key;
  };
  look: {
    readonly ask: { readonly tasks: readonly Key[] };
    readonly value: readonly (TaskStatus | null)[];
  };
}

export type CallName = keyof Calls;

export type Answer<T> =
  | { readonly kind: 'acknowledged'; readonly value: T }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** One call; times in milliseconds of one clock. */
export interface Call<N extends CallName> {
  readonly name: N;
  readonly begin: number;
  readonly end: number;
  readonly ask: Calls[N]['ask'];
  readonly answer: Answer<Calls[N]['value']>;
}

export type AnyCall = { readonly [N in CallName]: Call<N> }[CallName];

/** What the state store holds when everything is over. */
export interface Remains {
  /** Networks with the weight of their hub. */
  readonly networks: ReadonlyMap<Key, number | null>;
  readonly tasks: ReadonlyMap<Key, TaskRemains>;
}

export interface TaskRemains {
  readonly transformation: Key;
  readonly extends: Key | null;
  readonly status: TaskStatus;
  readonly priority: number;
  /** Networks on whose hubs it is. */
  readonly hubs: readonly Key[];
  readonly results: readonly { readonly ref: Key; readonly objKey: string; readonly ok: boolean }[];
}

/** Keeps calls in the order of their ends. */
export class History {
  readonly calls: AnyCall[] = [];

  /** Makes a call once and keeps what came of it. `judge` says what an error means. */
  async record<N extends CallName>(
    name: N,
    ask: Calls[N]['ask'],
    make: () => Promise<Calls[N]['value']>,
    judge: (error: unknown) => 'refused' | 'unknown',
  ): Promise<Answer<Calls[N]['value']>> {
    const begin = performance.now();
    let answer: Answer<Calls[N]['value']>;
    try {
      answer = { kind: 'acknowledged', value: await make() };
    } catch (error) {
      answer = { kind: judge(error), why: String(error).slice(0, 300) };
    }
    const call: Call<N> = { name, begin, end: performance.now(), ask, answer };
    this.calls.push(call as unknown as AnyCall);
    return answer;
  }
}

/** Calls of one name. */
export function callsOf<N extends CallName>(calls: readonly AnyCall[], name: N): readonly Call<N>[] {
  return calls.filter(call => call.name === name) as unknown as readonly Call<N>[];
}

/** Whether it may have had an effect. */
export function mayCount(call: AnyCall | Call<CallName>): boolean {
  return call.answer.kind !== 'refused';
}

/** When its effect has surely come, if it comes. */
export function over(call: AnyCall | Call<CallName>): number {
  return call.answer.kind === 'acknowledged' ? call.end : Number.POSITIVE_INFINITY;
}
