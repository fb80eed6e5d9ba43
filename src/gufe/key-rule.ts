// How the key of a class's objects follows from their keyed dict, said in data, so that a key can be computed from text of
// a file without making the object.
import { IntKeyedObject, isJsonObject, type JsonObject, type JsonValue } from '../lib/json-value.ts';
import { md5Hex } from '../lib/md5.ts';
import { canonicalText } from './tokenize.ts';

/** The rule of a class; one without any has the hash of all its entries for a key. */
export interface KeyRule {
  /** Entries equal to their default are not hashed. */
  readonly defaults?: JsonObject;
  /** Entries that hold a dict with integers for keys, which sort as such. */
  readonly intKeyed?: readonly string[];
  /**
   * The dict that gufe would write for an object that it has read from this one: entries added since, sets in order. Null when
   * gufe could not make an object of it.
   */
  readonly today?: (dict: JsonObject) => JsonObject | null;
  /** For classes whose objects stand for an occasion: their random key is the entry `_key`. */
  readonly stored?: boolean;
  /** For classes whose token is the hash of a text of their own, not of the dict; null when the dict does not have it. */
  readonly text?: (dict: JsonObject) => string | null;
}

const NO_DEFAULTS: JsonObject = new Map();

/** The dict that gufe would write; null when it could not make an object of this one. */
export function asReadToday(rule: KeyRule, dict: JsonObject): JsonObject | null {
  return rule.today === undefined ? dict : rule.today(dict);
}

/** The key by a rule, of the dict as it is (`today` is not applied); null when the dict lacks what the rule asks for. */
export function keyByRule(qualname: string, dict: JsonObject, rule: KeyRule): string | null {
  if (rule.stored === true) {
    const stored = dict.get('_key');
    return typeof stored === 'string' && isKeyOf(qualname, stored) ? stored : null;
  }
  if (rule.text !== undefined) {
    const text = rule.text(dict);
    return text === null ? null : `${qualname}-${md5Hex(text)}`;
  }
  let hashed = dict;
  for (const name of rule.intKeyed ?? []) hashed = withIntKeys(hashed, name);
  return `${qualname}-${md5Hex(canonicalText(hashed, rule.defaults ?? NO_DEFAULTS))}`;
}

/** Whether a text has the form of a key of that class. */
function isKeyOf(qualname: string, text: string): boolean {
  return text.startsWith(`${qualname}-`) && /^[0-9a-f]{32}$/.test(text.slice(qualname.length + 1));
}

/** The dict with one entry's names taken for integers; unchanged where they are none. */
function withIntKeys(dict: JsonObject, name: string): JsonObject {
  const value = dict.get(name);
  const integers = value === undefined ? null : asIntKeyed(value);
  return integers === null ? dict : new Map<string, JsonValue>([...dict, [name, integers]]);
}

/** An object whose names are all integers, as an object with integer keys; null for any other value. */
export function asIntKeyed(value: JsonValue): IntKeyedObject | null {
  if (!isJsonObject(value) || value.size === 0) return null;
  const names = [...value.keys()];
  if (!names.every(name => /^(0|-?[1-9]\d{0,4000})$/.test(name))) return null;
  return new IntKeyedObject(new Map([...value].map(([name, member]) => [BigInt(name), member] as const)));
}

/** For `today`: the entry is there, be it with this value. */
export function withEntry(dict: JsonObject, name: string, value: JsonValue): JsonObject {
  return (dict.get(name) ?? null) === null ? new Map<string, JsonValue>([...dict, [name, value]]) : dict;
}

/** For `today`: a list of references as the set that it stands for, each once and in order of key. */
export function withSortedReferences(dict: JsonObject, name: string): JsonObject {
  const list = dict.get(name);
  if (!Array.isArray(list)) return dict;
  const byKey = new Map<string, JsonValue>();
  for (const element of list as readonly JsonValue[]) {
    const key = isJsonObject(element) ? element.get(':gufe-key:') : undefined;
    if (typeof key !== 'string') return dict;
    byKey.set(key, element);
  }
  const sorted = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, element]) => element);
  return new Map<string, JsonValue>([...dict, [name, sorted]]);
}
