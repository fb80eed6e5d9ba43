// The values that gufe dicts hold, on the TypeScript side.
//
// `bigint` is Python's int and `number` is Python's float: write `3n` for 3 and `3` for 3.0. They are different texts and
// so give different gufe keys. Dicts are Maps (plain objects move integer-like names to the front); what users pass in
// may be plain objects, what they get back is always a read-only Map. Python types with a codec have a class of their
// own: Quantity, Unit, Settings, Bytes, DateTime, NdArray, NumpyScalar, PosixPath, Uuid. Other gufe objects may stand
// anywhere in dicts and lists.
import { GufeError } from './error.ts';
import type { NdArray, NumpyScalar } from './numpy.ts';
import type { Bytes, DateTime, PosixPath, Uuid } from './python-types.ts';
import type { Settings } from './settings.ts';
import type { GufeTokenizable } from './tokenizable.ts';
import type { Quantity, Unit } from './units.ts';

/** Marks gufe objects, so that encoders know one without importing the class (which imports them). */
export const TOKENIZABLE: unique symbol = Symbol.for('alchemiscale.gufe.tokenizable');

/** Marks the value classes that have a codec. */
export const CODED: unique symbol = Symbol.for('alchemiscale.gufe.coded');

/** A value of a Python type that has a JSON codec. */
export type CodedValue =
  | Bytes
  | DateTime
  | NdArray
  | NumpyScalar
  | PosixPath
  | Quantity
  | Settings
  | Unit
  | Uuid;

/** What a gufe dict may hold. */
export type GufeValue =
  | null
  | boolean
  | string
  | bigint
  | number
  | readonly GufeValue[]
  | GufeDict
  | CodedValue
  | GufeTokenizable;

/** A gufe dict: entries by name, in order. */
export type GufeDict = ReadonlyMap<string, GufeValue>;

/** What may be passed where a value is asked for: plain objects are taken for dicts. */
export type GufeInput =
  | Exclude<GufeValue, readonly GufeValue[] | GufeDict>
  | readonly GufeInput[]
  | GufeDictInput;

/** What may be passed where a dict is asked for. */
export type GufeDictInput = ReadonlyMap<string, GufeInput> | { readonly [name: string]: GufeInput };

/** True for any gufe object. */
export function isTokenizable(value: unknown): value is GufeTokenizable {
  return typeof value === 'object' && value !== null && TOKENIZABLE in value;
}

/** True for values of the classes that have a codec. */
export function isCoded(value: unknown): value is CodedValue {
  return typeof value === 'object' && value !== null && CODED in value;
}

/** True for dicts. */
export function isGufeDict(value: unknown): value is GufeDict {
  return value instanceof Map;
}

/** A copy as a dict, all the way down; refuses what Python has no counterpart for. */
export function toGufeDict(input: GufeDictInput, where = ''): GufeDict {
  const entries = input instanceof Map ? input : Object.entries(input);
  const dict = new Map<string, GufeValue>();
  for (const [name, value] of entries as Iterable<[string, GufeInput]>) {
    if (typeof name !== 'string')
      throw new GufeError(`${where || 'dict'}: names are strings, not ${typeof name}`);
    dict.set(name, toGufeValue(value, where === '' ? name : `${where}.${name}`));
  }
  return dict;
}

/** A copy as a value, all the way down; `where` names it in errors. */
export function toGufeValue(input: GufeInput, where = 'value'): GufeValue {
  switch (typeof input) {
    case 'boolean':
    case 'string':
    case 'bigint':
    case 'number':
      return input;
    case 'object':
      break;
    default:
      throw new GufeError(`${where}: ${typeof input} has no counterpart in gufe`);
  }
  if (input === null || isTokenizable(input) || isCoded(input)) return input;
  if (Array.isArray(input)) return input.map((element, i) => toGufeValue(element, `${where}[${i}]`));
  const prototype: unknown = Object.getPrototypeOf(input);
  if (input instanceof Map || prototype === Object.prototype || prototype === null) {
    return toGufeDict(input as GufeDictInput, where);
  }
  throw new GufeError(`${where}: ${input.constructor.name} has no counterpart in gufe`);
}
