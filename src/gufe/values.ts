// The values that gufe dicts hold, on the TypeScript side.
//
// `bigint` is Python's int and `number` is Python's float: write `3n` for 3 and `3` for 3.0. They are different texts and
// so give different gufe keys. Dicts are Maps (plain objects move integer-like names to the front); what users pass in
// may be plain objects, what they get back is always a read-only Map. Python types with a codec have a class of their
// own: Quantity, Unit, Settings, Bytes, DateTime, NdArray, NumpyScalar, PosixPath, Uuid; so has a dict with integers for keys
// (IntKeyedDict). Other gufe objects may stand anywhere in dicts and lists.
import type { JsonObject } from '../lib/json-value.ts';
import type { WriteJsonOptions } from '../lib/json-write.ts';
import type { Zstd } from '../lib/zstd.ts';
import { GufeError } from './error.ts';

/** Marks gufe objects, so that encoders know one without importing the class (which imports them). */
export const TOKENIZABLE: unique symbol = Symbol.for('alchemiscale.gufe.tokenizable');

/** Marks the value classes that have a codec. */
export const CODED: unique symbol = Symbol.for('alchemiscale.gufe.coded');

/** A value of a Python type that has a JSON codec: one of the classes named above. */
export interface CodedValue {
  readonly [CODED]: true;
}

/** Any gufe object, as others see it; GufeTokenizable is its base class. Ask for a class with `instanceof`. */
export interface GufeObject {
  readonly [TOKENIZABLE]: true;
  /** The Python class: its `__qualname__`, which is also the first half of the key, … */
  readonly qualname: string;
  /** … and the Python module that defines it. Both are hashed. */
  readonly module: string;
  /** The schema version of the Python class; never hashed. */
  readonly version: bigint;
  /** The defaults of the Python class, by entry: entries equal to theirs are not hashed. */
  readonly defaults: JsonObject;
  /** `<qualname>-<32 hex digits>`. */
  readonly key: string;
  /** The class's own entries, in the order they are written. */
  fields(): GufeDict;
  /** The gufe objects that this one refers to directly, in order, repeats included. */
  references(): readonly GufeObject[];
  /** All entries, with other gufe objects as references. */
  toKeyedDict(): JsonObject;
  /** The keyed dict as JSON text. */
  keyedDictText(): string;
  /** The keyed chain: this object and all that it refers to. */
  toKeyedChain(): KeyedChain;
  /** The keyed chain as JSON text, character for character as gufe writes it. */
  toJson(): string;
  /** The full dict: all entries, with every gufe object in them as its own full dict. */
  toDict(): GufeDict;
  /** The full dict as JSON text. */
  toDictText(options?: WriteJsonOptions): string;
  /** The keyed chain as MessagePack, in a zstd frame unless told otherwise. */
  toMsgpack(options?: MsgpackOptions): Uint8Array;
  /** The same object with some entries (named as in its dict) replaced. */
  copyWithReplacements(replacements: GufeDictInput): GufeObject;
  /** True when the keys are equal. */
  equals(other: GufeObject): boolean;
}

/** How MessagePack is written. */
export interface MsgpackOptions {
  /** False leaves out the zstd frame, which is what gufe reads from a file; true if left out. */
  readonly compress?: boolean;
  /** Another zstd than Node's. */
  readonly zstd?: Zstd;
}

/** A keyed chain as values: pairs of key and keyed dict, what is referred to first, the root last. */
export type KeyedChain = readonly (readonly [key: string, dict: JsonObject])[];

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
  | GufeObject;

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
export function isTokenizable(value: unknown): value is GufeObject {
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

/** Readers stop at this depth; values in a cycle would have none. */
export const MAX_INPUT_DEPTH = 500;

/** A copy as a dict, all the way down; refuses what Python has no counterpart for. */
export function toGufeDict(input: GufeDictInput, where = '', depth = 0): GufeDict {
  const entries = input instanceof Map ? input : Object.entries(input);
  const dict = new Map<string, GufeValue>();
  for (const [name, value] of entries as Iterable<[string, GufeInput]>) {
    if (typeof name !== 'string')
      throw new GufeError(`${where || 'dict'}: names are strings, not ${typeof name}`);
    dict.set(name, toGufeValue(value, where === '' ? name : `${where}.${name}`, depth + 1));
  }
  return dict;
}

/** A copy as a value, all the way down; `where` names it in errors. */
export function toGufeValue(input: GufeInput, where = 'value', depth = 0): GufeValue {
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
  if (depth > MAX_INPUT_DEPTH) {
    throw new GufeError(`${where.slice(0, 60)}…: nesting deeper than ${MAX_INPUT_DEPTH}`, { path: where });
  }
  if (Array.isArray(input)) {
    return input.map((element, i) => toGufeValue(element, `${where}[${i}]`, depth + 1));
  }
  const prototype: unknown = Object.getPrototypeOf(input);
  if (input instanceof Map || prototype === Object.prototype || prototype === null) {
    return toGufeDict(input as GufeDictInput, where, depth);
  }
  throw new GufeError(`${where}: ${input.constructor.name} has no counterpart in gufe`);
}
