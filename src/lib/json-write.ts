// Prints JSON values exactly as Python's json.dumps does: `, ` and `: ` between things, everything beyond ASCII
// escaped, floats by their repr. gufe keys are hashes of this text, so each character matters.
import { IntKeyedObject, type JsonObject, type JsonValue } from './json-value.ts';

/** How to print: `sortKeys` orders the members of every object by code point, as hashing asks for. */
export interface WriteJsonOptions {
  readonly sortKeys?: boolean;
}

/** The text of a value. */
export function writeJson(value: JsonValue, options: WriteJsonOptions = {}): string {
  return print(value, options.sortKeys ?? false);
}

function print(value: JsonValue, sorted: boolean): string {
  switch (typeof value) {
    case 'string':
      return writeString(value);
    case 'number':
      return writeFloat(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
  }
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${value.map(element => print(element, sorted)).join(', ')}]`;
  return printMembers(textEntries(value as JsonObject | IntKeyedObject, sorted), sorted);
}

function printMembers(entries: Iterable<readonly [string, JsonValue]>, sorted: boolean): string {
  const members: string[] = [];
  for (const [name, value] of entries) members.push(`${writeString(name)}: ${print(value, sorted)}`);
  return `{${members.join(', ')}}`;
}

function textEntries(
  value: JsonObject | IntKeyedObject,
  sorted: boolean,
): Iterable<readonly [string, JsonValue]> {
  if (value instanceof IntKeyedObject) {
    const entries = [...value.entries];
    if (sorted) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return entries.map(([key, member]) => [String(key), member] as const);
  }
  return sorted ? [...value].sort(([a], [b]) => compareCodePoints(a, b)) : value;
}

/** Python's order of strings. JavaScript's own differs where one has a surrogate pair and the other U+E000 or above. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; ) {
    const x = a.codePointAt(i) as number;
    const y = b.codePointAt(i) as number;
    if (x !== y) return x - y;
    i += x > 0xffff ? 2 : 1;
  }
  return a.length - b.length;
}

/** Names and keys are almost always of these characters, which stand for themselves. */
const UNESCAPED = /^[ !#-[\]-~]*$/;
const BEYOND_ASCII = /[\u007f-\uffff]/g;
/** Escapes of the units 0..255: bytes travel as such text, so molecules are full of them. */
const ESCAPES: readonly string[] = Array.from({ length: 256 }, (_, unit) => escapeUnit(unit));

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/** A string in quotes, ASCII only; surrogate pairs and lone surrogates alike become `\uXXXX`, one a unit. */
export function writeString(text: string): string {
  if (UNESCAPED.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(BEYOND_ASCII, character => {
    const unit = character.charCodeAt(0);
    return ESCAPES[unit] ?? escapeUnit(unit);
  });
}

/** Python's repr of a float: the same shortest digits as JavaScript's, laid out differently. */
export function writeFloat(value: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  }
  const size = Math.abs(value);
  if (size === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (size >= 1e-4 && size < 1e16) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const sign = exponent.startsWith('-') ? '-' : '+';
  return `${digits}e${sign}${exponent.slice(1).padStart(2, '0')}`;
}
