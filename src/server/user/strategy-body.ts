// The body of POST /networks/:network/strategy: `{"strategy": [keyed chain] | null, …}`, where the other members are those
// of the strategy's state. The chain goes to the store as the bytes that came; what is wrong with the state is told in the
// words of the original's model, of which clients show the text.
import { Type } from 'typebox';
import { AlchemiscaleError } from '../../domain/errors.ts';
import {
  DEFAULT_STRATEGY_STATE,
  STRATEGY_MODES,
  STRATEGY_STATUSES,
  type StrategyState,
  TASK_SCALINGS,
} from '../../domain/strategy.ts';
import { parseBody } from '../body.ts';
import { findMembers } from '../body-members.ts';
import { InvalidInput } from '../errors.ts';
import { compileReader } from '../read-schema.ts';

/** What a network's strategy shall be; without a chain it shall have none. */
export interface StrategyBody {
  readonly chain: Uint8Array | null;
  readonly state: StrategyState;
}

const MEMBERS: ReadonlySet<string> = new Set([
  'strategy',
  'mode',
  'status',
  'iterations',
  'sleep_interval',
  'last_iteration',
  'last_iteration_result_count',
  'max_tasks_per_transformation',
  'task_scaling',
  'exception',
  'traceback',
]);

/** Reads the body. Throws INVALID_BODY. */
export async function readStrategyBody(body: Uint8Array): Promise<StrategyBody> {
  const members = await findMembers(body, MEMBERS, 'strategy');
  const chain = members.get('strategy');
  if (chain === undefined) throw new AlchemiscaleError('INVALID_BODY', "'strategy'");
  const isNone = Buffer.from(chain).toString('latin1') === 'null';
  // A copy: the store may move it to another thread, which must not take the rest of the body along.
  return isNone
    ? { chain: null, state: DEFAULT_STRATEGY_STATE }
    : { chain: new Uint8Array(chain), state: readState(members) };
}

/** What is wrong with one member. */
interface Fault {
  readonly type: string;
  readonly msg: string;
}

type Reading<T> = { readonly value: T } | { readonly fault: Fault };
type Read<T> = (input: unknown) => Reading<T>;

function readState(members: ReadonlyMap<string, Uint8Array>): StrategyState {
  const faults: string[] = [];
  const member = <T>(name: string, read: Read<T>, absent: T): T => {
    const text = members.get(name);
    if (text === undefined) return absent;
    const input = parseBody(text);
    const reading = read(input);
    if ('value' in reading) return reading.value;
    faults.push(describe(name, reading.fault, input));
    return absent;
  };
  const none = DEFAULT_STRATEGY_STATE;
  const state: StrategyState = {
    mode: member('mode', word(STRATEGY_MODES), none.mode),
    status: member('status', word(STRATEGY_STATUSES), none.status),
    iterations: member('iterations', integer, none.iterations),
    sleepInterval: member('sleep_interval', positive, none.sleepInterval),
    lastIteration: member('last_iteration', orNull(time), none.lastIteration),
    lastIterationResultCount: member('last_iteration_result_count', integer, none.lastIterationResultCount),
    maxTasksPerTransformation: member(
      'max_tasks_per_transformation',
      positive,
      none.maxTasksPerTransformation,
    ),
    taskScaling: member('task_scaling', word(TASK_SCALINGS), none.taskScaling),
    exception: member('exception', orNull(pair), none.exception),
    traceback: member('traceback', orNull(text), none.traceback),
  };
  if (faults.length === 0) return state;
  const errors = faults.length === 1 ? 'error' : 'errors';
  throw new AlchemiscaleError(
    'INVALID_BODY',
    `${faults.length} validation ${errors} for StrategyState\n${faults.join('\n')}`,
  );
}

function word<W extends string>(words: readonly W[]): Read<W> {
  const quoted = words.map(each => `'${each}'`);
  const expected = `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
  return input => {
    const value = words.find(each => each === input);
    return value === undefined ? wrong('enum', `Input should be ${expected}`) : { value };
  };
}

const readInteger = compileReader(Type.Integer(), 'body');

/** As lenient as everywhere: `"3"` and `3.0` are 3. */
const integer: Read<number> = input => {
  try {
    const value = Number(readInteger(input));
    if (Number.isSafeInteger(value)) return { value };
    return wrong('int_parsing_size', 'Unable to parse input string as an integer, exceeded maximum size');
  } catch (error) {
    const [problem] = error instanceof InvalidInput ? error.problems : [];
    if (problem === undefined) throw error;
    return wrong(problem.type, problem.msg);
  }
};

const positive: Read<number> = input => {
  const reading = integer(input);
  if ('fault' in reading || reading.value > 0) return reading;
  return wrong('greater_than', 'Input should be greater than 0');
};

const text: Read<string> = input =>
  typeof input === 'string' ? { value: input } : wrong('string_type', 'Input should be a valid string');

const pair: Read<readonly [string, string]> = input => {
  if (!Array.isArray(input)) return wrong('tuple_type', 'Input should be a valid tuple');
  const [name, message] = input as readonly unknown[];
  if (input.length === 2 && typeof name === 'string' && typeof message === 'string') {
    return { value: [name, message] };
  }
  return wrong('tuple_type', 'Input should be a class name and a message');
};

const ISO_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/;

/** ISO text; of a time without offset UTC is meant. */
const time: Read<Date> = input => {
  const zone = typeof input === 'string' ? ISO_TIME.exec(input) : null;
  const value =
    zone === null ? new Date(Number.NaN) : new Date(zone[1] === undefined ? `${input}Z` : `${input}`);
  if (!Number.isNaN(value.getTime())) return { value };
  return wrong('datetime_from_date_parsing', 'Input should be a valid datetime or date');
};

function orNull<T>(read: Read<T>): Read<T | null> {
  return input => (input === null ? { value: null } : read(input));
}

function wrong(type: string, msg: string): { readonly fault: Fault } {
  return { fault: { type, msg } };
}

function describe(name: string, { type, msg }: Fault, input: unknown): string {
  return `${name}\n  ${msg} [type=${type}, input_value=${inPython(input)}, input_type=${pythonType(input)}]`;
}

const MAX_SHOWN = 50;

function inPython(input: unknown): string {
  if (input === null) return 'None';
  if (input === true) return 'True';
  if (input === false) return 'False';
  if (typeof input === 'string') return `'${input.slice(0, MAX_SHOWN)}'`;
  if (typeof input === 'object') return Array.isArray(input) ? '[...]' : '{...}';
  return String(input).slice(0, MAX_SHOWN);
}

function pythonType(input: unknown): string {
  if (input === null) return 'NoneType';
  if (typeof input === 'string') return 'str';
  if (typeof input === 'boolean') return 'bool';
  if (typeof input === 'object') return Array.isArray(input) ? 'list' : 'dict';
  return Number.isInteger(input) || typeof input === 'bigint' ? 'int' : 'float';
}
