// Typed reads from gufe dicts: each returns what it says or throws a GufeError that names the entry.
import { GufeError } from './error.ts';
import { IntKeyedDict } from './int-keyed-dict.ts';
import { Settings } from './settings.ts';
import { Quantity } from './units.ts';
import { type GufeDict, type GufeObject, type GufeValue, isGufeDict, isTokenizable } from './values.ts';

/** An integer or float as a number; integers beyond 2^53 are refused rather than rounded. */
export function readNumber(dict: GufeDict, name: string): number {
  const value = dict.get(name);
  if (typeof value === 'number') return value;
  return Number(integerWithin(value, name));
}

/** An integer as a number; beyond 2^53 it is refused rather than rounded. */
export function readInteger(dict: GufeDict, name: string): number {
  return Number(integerWithin(dict.get(name), name));
}

/** A string. */
export function readString(dict: GufeDict, name: string): string {
  const value = dict.get(name);
  return typeof value === 'string' ? value : wrong(value, name, 'a string');
}

/** A string, or null where the entry is null or missing. */
export function readStringOrNull(dict: GufeDict, name: string): string | null {
  return (dict.get(name) ?? null) === null ? null : readString(dict, name);
}

/** A bool. */
export function readBoolean(dict: GufeDict, name: string): boolean {
  const value = dict.get(name);
  return typeof value === 'boolean' ? value : wrong(value, name, 'true or false');
}

/** A list of any values. */
export function readList(dict: GufeDict, name: string): readonly GufeValue[] {
  const value = dict.get(name);
  return Array.isArray(value) ? (value as readonly GufeValue[]) : wrong(value, name, 'a list');
}

/** A list of integers or floats, as numbers. */
export function readNumbers(dict: GufeDict, name: string): readonly number[] {
  return readList(dict, name).map((value, i) =>
    typeof value === 'number' ? value : Number(integerWithin(value, `${name}[${i}]`)),
  );
}

/** A dict. */
export function readDict(dict: GufeDict, name: string): GufeDict {
  const value = dict.get(name);
  return isGufeDict(value) ? value : wrong(value, name, 'a dict');
}

/** A dict with integers for keys: one, or a dict read from JSON, where the integers are names. */
export function readIntKeyed(dict: GufeDict, name: string): IntKeyedDict {
  const value = dict.get(name);
  if (value instanceof IntKeyedDict) return value;
  return isGufeDict(value)
    ? IntKeyedDict.fromNames(value, name)
    : wrong(value, name, 'a dict with integers for keys');
}

/** A quantity. */
export function readQuantity(dict: GufeDict, name: string): Quantity {
  const value = dict.get(name);
  return value instanceof Quantity ? value : wrong(value, name, 'a quantity');
}

/** A settings model. */
export function readSettings(dict: GufeDict, name: string): Settings {
  const value = dict.get(name);
  return value instanceof Settings ? value : wrong(value, name, 'settings');
}

/** Any gufe object. */
export function readObject(dict: GufeDict, name: string): GufeObject {
  const value = dict.get(name);
  return isTokenizable(value) ? value : wrong(value, name, 'a gufe object');
}

/** A list of gufe objects. */
export function readObjects(dict: GufeDict, name: string): readonly GufeObject[] {
  return readList(dict, name).map((value, i) =>
    isTokenizable(value) ? value : wrong(value, `${name}[${i}]`, 'a gufe object'),
  );
}

function integerWithin(value: GufeValue | undefined, name: string): bigint {
  if (typeof value !== 'bigint') return wrong(value, name, 'an integer');
  if (!Number.isSafeInteger(Number(value))) return wrong(value, name, 'an integer below 2^53');
  return value;
}

/** Throws: the entry is not what it must be. */
export function wrong(value: unknown, name: string, wanted: string): never {
  throw new GufeError(`'${name}' must be ${wanted}; it is ${describe(value)}`, { path: name });
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a dict';
  if (typeof value !== 'object') return `${typeof value} ${String(value).slice(0, 60)}`;
  return isTokenizable(value) ? value.key : `a ${value.constructor.name}`;
}
