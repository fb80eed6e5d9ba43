// JSON as Python means it, without loss: the values, and the parser that makes them.
//
// An integer token is a bigint and any other number a (floating point) number, so `1` and `1.0` stay apart and integers
// of any size survive. Objects are Maps: they keep the order of their entries, whatever the names look like. Lone
// surrogates survive in strings. Not kept are spellings that Python does not keep either (`1E5`, `A`, white space);
// where exact bytes matter, keep the bytes (json-scan.ts).
import { JsonError } from './json-error.ts';
import { MAX_INTEGER_DIGITS, MAX_JSON_DEPTH } from './json-scan.ts';

/** An object; as in Python a repeated name has the place of the first and the value of the last. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** Any value that the parser yields or the printer takes: bigint is an integer, number a float. */
export type JsonValue =
  | null
  | boolean
  | string
  | bigint
  | number
  | readonly JsonValue[]
  | JsonObject
  | IntKeyedObject;

/**
 * An object whose keys are integers in Python. It is printed with its keys as text but *sorted* as numbers, which decides
 * about hashes. Text does not tell such objects from others, so the parser never yields one.
 */
export class IntKeyedObject {
  readonly entries: ReadonlyMap<bigint, JsonValue>;

  constructor(entries: ReadonlyMap<bigint, JsonValue>) {
    this.entries = entries;
  }
}

/** True for the Map form of an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return value instanceof Map;
}

/**
 * More values than this in one text are refused: a byte or two of text can be a list of its own, which takes a hundred in
 * memory. A protein of half a million atoms has fewer.
 */
const DEFAULT_MAX_VALUES = 10_000_000;

/** How to parse. */
export interface ParseJsonOptions {
  /** More values than this, at all depths, are refused; ten million if left out. */
  readonly maxValues?: number;
}

/** Parses text, or bytes of UTF-8, that is exactly one JSON value; throws JsonError. */
export function parseJson(source: string | Uint8Array, options: ParseJsonOptions = {}): JsonValue {
  const text = typeof source === 'string' ? source : decodeUtf8(source);
  const maxValues = options.maxValues ?? DEFAULT_MAX_VALUES;
  const cursor = { text, at: 0, depth: 0, valuesLeft: maxValues, maxValues };
  const value = parseValue(cursor);
  skipSpace(cursor);
  if (cursor.at !== text.length) throw failure(cursor, 'expected the end of the text');
  return value;
}

/**
 * The same value in plain JavaScript: objects without prototype, integers as number where that is exact and as bigint
 * beyond. For code that reads settings and request bodies and prints nothing back.
 */
export function toPlain(value: JsonValue): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(toPlain);
  const plain: Record<string, unknown> = Object.create(null);
  const entries = value instanceof IntKeyedObject ? value.entries : (value as JsonObject);
  for (const [name, member] of entries) plain[String(name)] = toPlain(member);
  return plain;
}

interface Cursor {
  readonly text: string;
  at: number;
  depth: number;
  valuesLeft: number;
  readonly maxValues: number;
}

const WORDS: Readonly<Record<string, readonly [string, JsonValue]>> = {
  t: ['true', true],
  f: ['false', false],
  n: ['null', null],
  N: ['NaN', Number.NaN],
  I: ['Infinity', Number.POSITIVE_INFINITY],
};

function parseValue(cursor: Cursor): JsonValue {
  skipSpace(cursor);
  if (cursor.valuesLeft-- === 0) throw failure(cursor, `more than ${cursor.maxValues} values`);
  const c = cursor.text[cursor.at] ?? '';
  if (c === '"') return parseString(cursor);
  if (c === '{') return nested(cursor, parseObject);
  if (c === '[') return nested(cursor, parseArray);
  const word = WORDS[c];
  if (word === undefined) return parseNumber(cursor);
  if (!cursor.text.startsWith(word[0], cursor.at)) throw failure(cursor, 'expected a value');
  cursor.at += word[0].length;
  return word[1];
}

function nested<T extends JsonValue>(cursor: Cursor, parse: (cursor: Cursor) => T): T {
  if (cursor.depth === MAX_JSON_DEPTH) throw failure(cursor, `nesting deeper than ${MAX_JSON_DEPTH}`);
  cursor.depth++;
  cursor.at++;
  const value = parse(cursor);
  cursor.depth--;
  return value;
}

function parseArray(cursor: Cursor): JsonValue[] {
  const values: JsonValue[] = [];
  if (took(cursor, ']')) return values;
  do {
    values.push(parseValue(cursor));
  } while (took(cursor, ','));
  if (!took(cursor, ']')) throw failure(cursor, "expected ',' or ']'");
  return values;
}

function parseObject(cursor: Cursor): Map<string, JsonValue> {
  const entries = new Map<string, JsonValue>();
  if (took(cursor, '}')) return entries;
  do {
    skipSpace(cursor);
    if (cursor.text[cursor.at] !== '"') throw failure(cursor, 'expected a name in quotes');
    const name = parseString(cursor);
    if (!took(cursor, ':')) throw failure(cursor, "expected ':'");
    entries.set(name, parseValue(cursor));
  } while (took(cursor, ','));
  if (!took(cursor, '}')) throw failure(cursor, "expected ',' or '}'");
  return entries;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: raw control characters are what must not be there
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

function parseString(cursor: Cursor): string {
  const { text, at } = cursor;
  const plainEnd = matchEnd(PLAIN, text, at + 1);
  if (text[plainEnd] === '"') {
    cursor.at = plainEnd + 1;
    return text.slice(at + 1, plainEnd);
  }
  const end = endOfString(text, plainEnd);
  if (text[end] !== '"') {
    cursor.at = end;
    if (end === text.length) throw failure({ ...cursor, at }, 'unterminated string');
    throw failure(cursor, text[end] === '\\' ? 'unknown escape' : 'raw control character');
  }
  cursor.at = end + 1;
  return JSON.parse(text.slice(at, end + 1)) as string;
}

/** A loop and no starred group: of a group the engine remembers every turn, and runs out of stack after some millions. */
function endOfString(text: string, from: number): number {
  let end = from;
  while (text[end] === '\\') {
    ESCAPE.lastIndex = end;
    if (!ESCAPE.test(text)) return end;
    end = matchEnd(PLAIN, text, ESCAPE.lastIndex);
  }
  return end;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;

function parseNumber(cursor: Cursor): bigint | number {
  const { text, at } = cursor;
  if (text.startsWith('-Infinity', at)) {
    cursor.at = at + 9;
    return Number.NEGATIVE_INFINITY;
  }
  NUMBER.lastIndex = at;
  const match = NUMBER.exec(text);
  if (match === null) throw failure(cursor, 'expected a value');
  const token = match[0];
  if (match[1] === undefined && match[2] === undefined) {
    const digits = token.startsWith('-') ? token.length - 1 : token.length;
    if (digits > MAX_INTEGER_DIGITS)
      throw failure(cursor, `an integer of more than ${MAX_INTEGER_DIGITS} digits`);
    cursor.at = at + token.length;
    return BigInt(token);
  }
  cursor.at = at + token.length;
  return Number(token);
}

function took(cursor: Cursor, character: string): boolean {
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== character) return false;
  cursor.at++;
  return true;
}

function skipSpace(cursor: Cursor): void {
  for (;;) {
    const c = cursor.text.charCodeAt(cursor.at);
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
    cursor.at++;
  }
}

function matchEnd(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  pattern.test(text);
  return pattern.lastIndex;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new JsonError('text that is not UTF-8', firstBadByte(bytes));
  }
}

/** Halving finds it: a prefix decodes (as the start of a stream) exactly until the bad sequence is in it. */
function firstBadByte(bytes: Uint8Array): number {
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return good;
}

function failure(cursor: Cursor, what: string): JsonError {
  const before = cursor.text.slice(0, cursor.at);
  return new JsonError(what, new TextEncoder().encode(before).length);
}
