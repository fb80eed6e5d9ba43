// The full dict: an object with everything that it refers to in place, each as its own full dict. Shared objects are
// repeated, and objects nest as deeply as they refer to each other, so both the size and the depth are watched.
import { MAX_JSON_DEPTH } from '../../lib/json-scan.ts';
import { IntKeyedObject, isJsonObject, type JsonValue, parseJson } from '../../lib/json-value.ts';
import { type WriteJsonOptions, writeJson } from '../../lib/json-write.ts';
import { GufeError } from '../error.ts';
import { IntKeyedDict } from '../int-keyed-dict.ts';
import {
  type GufeDict,
  type GufeInput,
  type GufeObject,
  type GufeValue,
  isGufeDict,
  isTokenizable,
} from '../values.ts';

/** Below what JavaScript engines can hold in one string. */
const MAX_TEXT = 500_000_000;
/** Objects in objects, and what lies between them. JSON readers stop long before. */
const MAX_DEPTH = 1500;

/** The full dict as values; an object that occurs often is one Map that occurs often. */
export function fullDict(root: GufeObject): GufeDict {
  const done = new Map<string, GufeDict>();
  const dictOf = (object: GufeObject, depth: number): GufeDict => {
    const known = done.get(object.key);
    if (known !== undefined) return known;
    const dict = new Map<string, GufeValue>();
    for (const [name, value] of object.fields()) dict.set(name, inlined(value, depth + 1));
    dict.set('__qualname__', object.qualname);
    dict.set('__module__', object.module);
    dict.set(':version:', object.version);
    done.set(object.key, dict);
    return dict;
  };
  const inlined = (value: GufeValue, depth: number): GufeValue => {
    if (depth > MAX_DEPTH) throw tooDeep(root);
    if (isTokenizable(value)) return dictOf(value, depth);
    if (Array.isArray(value)) return value.map(element => inlined(element, depth + 1));
    if (isGufeDict(value))
      return new Map([...value].map(([name, member]) => [name, inlined(member, depth + 1)]));
    if (!(value instanceof IntKeyedDict)) return value;
    return new IntKeyedDict(
      [...value.entries].map(([key, member]) => [key, inlined(member, depth + 1) as GufeInput]),
    );
  };
  return dictOf(root, 0);
}

interface Text {
  readonly text: string;
  /** How deeply its JSON nests. */
  readonly height: number;
}

/** An unescaped quote after `{` cannot be inside a string, so whatever matches is a reference. */
const REFERENCE = /\{\s*":gufe-key:"\s*:\s*("(?:[^"\\]|\\.)*")\s*\}/g;

/** The full dict as JSON text: the keyed dicts, their references replaced by the texts of what they refer to. */
export function fullDictText(root: GufeObject, options: WriteJsonOptions = {}): string {
  const done = new Map<string, Text>();
  const budget = { left: MAX_TEXT };
  const textOf = (object: GufeObject, depth: number): Text => {
    const known = done.get(object.key);
    if (known !== undefined) return known;
    if (depth > MAX_DEPTH) throw tooDeep(root);
    const inside = new Map<string, Text>();
    for (const reference of object.references()) inside.set(reference.key, textOf(reference, depth + 1));
    const dict = object.toKeyedDict();
    const height = nesting(dict, key => inside.get(key)?.height ?? 0);
    if (height > MAX_JSON_DEPTH) throw tooDeep(root);
    const own = options.sortKeys === true ? writeJson(dict, options) : object.keyedDictText();
    const text = { text: spliced(own, inside, budget), height };
    done.set(object.key, text);
    return text;
  };
  return textOf(root, 0).text;
}

/** The budget is for the texts of all objects, of which many may be long: memory is what is short. */
function spliced(text: string, inside: ReadonlyMap<string, Text>, budget: { left: number }): string {
  const spend = (characters: number): void => {
    budget.left -= characters;
    if (budget.left < 0) {
      throw new GufeError(`a full dict of over ${MAX_TEXT} characters on the way; write a keyed chain`);
    }
  };
  spend(text.length);
  if (inside.size === 0) return text;
  return text.replace(REFERENCE, (stub, quoted: string) => {
    const referred = inside.get(parseJson(quoted) as string)?.text ?? stub;
    spend(referred.length);
    return referred;
  });
}

/** Levels of objects and lists, those of references included. */
function nesting(value: JsonValue, heightOf: (key: string) => number): number {
  if (value === null || typeof value !== 'object') return 0;
  if (isJsonObject(value) && value.size === 1) {
    const key = value.get(':gufe-key:');
    if (typeof key === 'string') return heightOf(key);
  }
  const members = value instanceof IntKeyedObject ? value.entries.values() : value.values();
  let most = 0;
  for (const member of members) most = Math.max(most, nesting(member, heightOf));
  return most + 1;
}

function tooDeep(root: GufeObject): GufeError {
  return new GufeError(`${root.key}: objects nest too deeply for a full dict; write a keyed chain`);
}
