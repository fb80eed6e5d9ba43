// Reads JSON text without building objects: it walks the bytes once, checks that they are JSON, and hands out slices.
//
// gufe keys are hashes over JSON text, so `1.0` must never become `1`; text that is only stored and served again is
// therefore never parsed to objects, and a walk over the bytes is also some thirty times faster than a parse that keeps
// number texts. What is accepted is what Python's json.loads accepts: JSON plus NaN, Infinity and -Infinity. Stored
// bytes go to Python clients verbatim, so the rest is as strict as there: number grammar, escapes, no raw control
// characters, valid UTF-8, and no integer over 4,300 digits (Python refuses to convert longer ones).
// Nesting is limited: readers recurse.
import { JsonError } from './json-error.ts';

/** Deeper nesting than this is refused; Python's own reader gives up at about 1,000. */
export const MAX_JSON_DEPTH = 512;

/** Python's limit for the digits of an integer in text. */
export const MAX_INTEGER_DIGITS = 4300;

/** One pair of a keyed chain. */
export interface KeyedChainEntry {
  readonly key: string;
  /** The keyed dict's exact text: a view into the chain, not a copy. */
  readonly bytes: Uint8Array;
  /** Where `bytes` starts in the chain. */
  readonly offset: number;
}

/** One member of an object; `value` is a view of the member's exact text. A repeated name is given every time; Python keeps the last. */
export interface ObjectEntry {
  readonly name: string;
  readonly value: Uint8Array;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

// What a byte means inside a string: 0 goes on.
const [STOP_QUOTE, STOP_ESCAPE, STOP_CONTROL, STOP_HIGH] = [1, 2, 3, 4];
const IN_STRING = new Uint8Array(256);
IN_STRING.fill(STOP_CONTROL, 0, 0x20);
IN_STRING.fill(STOP_HIGH, 0x80);
IN_STRING[QUOTE] = STOP_QUOTE;
IN_STRING[BACKSLASH] = STOP_ESCAPE;

/**
 * The index after the JSON value that starts at `start` (no white space before it). Throws JsonError when there is none.
 * `onObject` is told the index of every `{` on the way.
 */
export function endOfValue(bytes: Uint8Array, start: number, onObject?: (index: number) => void): number {
  const stack = new Uint8Array(MAX_JSON_DEPTH);
  let depth = 0;
  let i = start;
  for (;;) {
    const c = bytes[i];
    if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
      if (depth === MAX_JSON_DEPTH) throw new JsonError(`nesting deeper than ${MAX_JSON_DEPTH}`, i);
      if (c === OPEN_OBJECT) onObject?.(i);
      const close = c + 2;
      i = skipSpace(bytes, i + 1);
      if (bytes[i] !== close) {
        stack[depth++] = close;
        if (close === CLOSE_OBJECT) i = afterName(bytes, i);
        continue;
      }
      i++;
    } else {
      i = endOfScalar(bytes, i);
    }
    // A value has ended at i: close what ends here, until a comma leads to the next value.
    for (;;) {
      if (depth === 0) return i;
      i = skipSpace(bytes, i);
      const close = stack[depth - 1];
      const after = bytes[i];
      if (after === COMMA) {
        i = skipSpace(bytes, i + 1);
        if (close === CLOSE_OBJECT) i = afterName(bytes, i);
        break;
      }
      if (after !== close) throw unexpected(bytes, i, `',' or '${String.fromCharCode(close as number)}'`);
      depth--;
      i++;
    }
  }
}

/** Throws JsonError unless `bytes` are exactly one JSON value, white space around it aside. */
export function checkJson(bytes: Uint8Array): void {
  expectEnd(bytes, endOfValue(bytes, skipSpace(bytes, 0)));
}

/** The pairs of a keyed chain, `[[key, dict], …]`. All of the text is checked only once the last pair has been taken. */
export function* keyedChainEntries(bytes: Uint8Array): Generator<KeyedChainEntry> {
  for (const start of elementStarts(bytes)) {
    if (bytes[start.at] !== OPEN_ARRAY) throw unexpected(bytes, start.at, "'[' of a [key, dict] pair");
    const keyAt = skipSpace(bytes, start.at + 1);
    if (bytes[keyAt] !== QUOTE) throw unexpected(bytes, keyAt, 'a gufe key in quotes');
    const keyEnd = endOfString(bytes, keyAt);
    const offset = skipSpace(bytes, expect(bytes, skipSpace(bytes, keyEnd), COMMA) + 1);
    if (bytes[offset] !== OPEN_OBJECT) throw unexpected(bytes, offset, "'{' of a keyed dict");
    const end = endOfValue(bytes, offset);
    start.end = expect(bytes, skipSpace(bytes, end), CLOSE_ARRAY) + 1;
    yield { key: readString(bytes.subarray(keyAt, keyEnd)), bytes: bytes.subarray(offset, end), offset };
  }
}

/** The members of the object that `bytes` are, in order. All of the text is checked only once the last one has been taken. */
export function* objectEntries(bytes: Uint8Array): Generator<ObjectEntry> {
  let i = expect(bytes, skipSpace(bytes, 0), OPEN_OBJECT) + 1;
  i = skipSpace(bytes, i);
  if (bytes[i] === CLOSE_OBJECT) return expectEnd(bytes, i + 1);
  for (;;) {
    const nameAt = i;
    const valueAt = afterName(bytes, nameAt);
    const end = endOfValue(bytes, valueAt);
    const name = readString(bytes.subarray(nameAt, endOfString(bytes, nameAt)));
    yield { name, value: bytes.subarray(valueAt, end) };
    i = skipSpace(bytes, end);
    if (bytes[i] === CLOSE_OBJECT) return expectEnd(bytes, i + 1);
    i = skipSpace(bytes, expect(bytes, i, COMMA, "',' or '}'") + 1);
  }
}

/** The elements of the array that `bytes` are, as views of their exact text. */
export function* arrayElements(bytes: Uint8Array): Generator<Uint8Array> {
  for (const element of elementStarts(bytes)) {
    element.end = endOfValue(bytes, element.at);
    yield bytes.subarray(element.at, element.end);
  }
}

/** The text that a JSON string (quotes included) stands for. Lone surrogates survive. */
export function readString(bytes: Uint8Array): string {
  if (bytes[0] !== QUOTE) throw unexpected(bytes, 0, 'a string');
  const end = endOfString(bytes, 0);
  if (end !== bytes.length) throw unexpected(bytes, end, 'the end of the string');
  const text = decodeUtf8(bytes);
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
}

const STUB_NAME = ':gufe-key:';
const STUB_NAME_BYTES = new TextEncoder().encode(`"${STUB_NAME}"`);

/**
 * The gufe keys that a keyed dict refers to, `{":gufe-key:": "K"}` at any depth, in order of first sight, each once.
 * As in gufe an object is a reference only if that is its only entry.
 */
export function findReferences(dictBytes: Uint8Array): string[] {
  const found = new Set<string>();
  const end = endOfValue(dictBytes, skipSpace(dictBytes, 0), index => {
    const key = referenceAt(dictBytes, index);
    if (key !== null) found.add(key);
  });
  expectEnd(dictBytes, end);
  return [...found];
}

/** The key of the reference whose `{` is at `index`, or null when that object is none. */
function referenceAt(bytes: Uint8Array, index: number): string | null {
  let key: string | null = null;
  let i = skipSpace(bytes, index + 1);
  // Almost every object fails here, on its first name.
  while (bytes[i] === QUOTE && isStubName(bytes, i)) {
    i = afterName(bytes, i);
    if (bytes[i] !== QUOTE) return null;
    const end = endOfString(bytes, i);
    key = readString(bytes.subarray(i, end));
    i = skipSpace(bytes, end);
    if (bytes[i] === CLOSE_OBJECT) return key;
    if (bytes[i] !== COMMA) return null;
    i = skipSpace(bytes, i + 1);
  }
  return null;
}

function isStubName(bytes: Uint8Array, at: number): boolean {
  for (let j = 1; j < STUB_NAME_BYTES.length; j++) {
    const c = bytes[at + j];
    // Any character of the name may be written as an escape; nobody does, but Python would read it so.
    if (c === BACKSLASH) return readString(bytes.subarray(at, endOfString(bytes, at))) === STUB_NAME;
    if (c !== STUB_NAME_BYTES[j]) return false;
  }
  return true;
}

/** Walks an array's commas and brackets; whoever takes an element writes its end back. */
function* elementStarts(bytes: Uint8Array): Generator<{ readonly at: number; end: number }> {
  let i = skipSpace(bytes, expect(bytes, skipSpace(bytes, 0), OPEN_ARRAY) + 1);
  if (bytes[i] === CLOSE_ARRAY) return expectEnd(bytes, i + 1);
  for (;;) {
    const element = { at: i, end: i };
    yield element;
    i = skipSpace(bytes, element.end);
    if (bytes[i] === CLOSE_ARRAY) return expectEnd(bytes, i + 1);
    i = skipSpace(bytes, expect(bytes, i, COMMA, "',' or ']'") + 1);
  }
}

/** From the opening quote of a member's name to the start of its value. */
function afterName(bytes: Uint8Array, i: number): number {
  if (bytes[i] !== QUOTE) throw unexpected(bytes, i, 'a name in quotes');
  const colon = skipSpace(bytes, endOfString(bytes, i));
  return skipSpace(bytes, expect(bytes, colon, COLON) + 1);
}

/** The index after the closing quote of the string whose opening quote is at `start`. */
function endOfString(bytes: Uint8Array, start: number): number {
  const length = bytes.length;
  let i = start + 1;
  while (i < length) {
    const stop = IN_STRING[bytes[i] as number];
    if (stop === 0) i++;
    else if (stop === STOP_QUOTE) return i + 1;
    else if (stop === STOP_ESCAPE) i = endOfEscape(bytes, i);
    else if (stop === STOP_HIGH) i = endOfSequence(bytes, i);
    else throw new JsonError('raw control character in a string', i);
  }
  throw new JsonError('unterminated string', start);
}

function endOfEscape(bytes: Uint8Array, i: number): number {
  switch (bytes[i + 1]) {
    case 0x22: // "
    case 0x5c: // \
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return i + 2;
    case 0x75: // u
      for (let j = i + 2; j < i + 6; j++) {
        if (!isHexDigit(bytes[j])) throw new JsonError('\\u without four hex digits', i);
      }
      return i + 6;
    default:
      throw new JsonError('unknown escape in a string', i);
  }
}

function isHexDigit(c: number | undefined): boolean {
  return (
    c !== undefined && ((c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x46) || (c >= 0x61 && c <= 0x66))
  );
}

/** The index after the UTF-8 sequence at `i`, which must be well formed (Unicode 16, table 3-7). */
function endOfSequence(bytes: Uint8Array, i: number): number {
  const first = bytes[i] as number;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const second = bytes[i + 1] ?? 0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  let ok = first >= 0xc2 && first <= 0xf4 && second >= low && second <= high;
  for (let j = 2; j < length; j++) ok &&= ((bytes[i + j] ?? 0) & 0xc0) === 0x80;
  if (!ok) throw new JsonError('text that is not UTF-8', i);
  return i + length;
}

/** The index after the string, number or word at `i`. */
export function endOfScalar(bytes: Uint8Array, i: number): number {
  switch (bytes[i]) {
    case QUOTE:
      return endOfString(bytes, i);
    case 0x74:
      return endOfWord(bytes, i, 'true');
    case 0x66:
      return endOfWord(bytes, i, 'false');
    case 0x6e:
      return endOfWord(bytes, i, 'null');
    case 0x4e:
      return endOfWord(bytes, i, 'NaN');
    case 0x49:
      return endOfWord(bytes, i, 'Infinity');
    default:
      return endOfNumber(bytes, i);
  }
}

function endOfWord(bytes: Uint8Array, start: number, word: string): number {
  for (let j = 0; j < word.length; j++) {
    if (bytes[start + j] !== word.charCodeAt(j)) throw unexpected(bytes, start, 'a value');
  }
  return start + word.length;
}

function endOfNumber(bytes: Uint8Array, start: number): number {
  const digitsAt = bytes[start] === MINUS ? start + 1 : start;
  if (digitsAt > start && bytes[digitsAt] === 0x49) return endOfWord(bytes, digitsAt, 'Infinity');
  let i = bytes[digitsAt] === ZERO ? digitsAt + 1 : endOfDigits(bytes, digitsAt);
  if (i === digitsAt) throw unexpected(bytes, start, 'a value');
  const integerEnd = i;
  if (bytes[i] === DOT) i = endOfSomeDigits(bytes, i + 1);
  const e = bytes[i];
  if (e === 0x65 || e === 0x45) {
    const sign = bytes[i + 1];
    i = endOfSomeDigits(bytes, sign === 0x2b || sign === MINUS ? i + 2 : i + 1);
  }
  if (i === integerEnd && i - digitsAt > MAX_INTEGER_DIGITS) {
    throw new JsonError(`an integer of more than ${MAX_INTEGER_DIGITS} digits`, start);
  }
  return i;
}

function endOfSomeDigits(bytes: Uint8Array, start: number): number {
  const end = endOfDigits(bytes, start);
  if (end === start) throw unexpected(bytes, start, 'a digit');
  return end;
}

function endOfDigits(bytes: Uint8Array, start: number): number {
  let i = start;
  for (;;) {
    const c = bytes[i];
    if (c === undefined || c < ZERO || c > NINE) return i;
    i++;
  }
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let i = start;
  for (;;) {
    const c = bytes[i];
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return i;
    i++;
  }
}

/** Returns `i` if that byte is there. */
function expect(bytes: Uint8Array, i: number, byte: number, what?: string): number {
  if (bytes[i] !== byte) throw unexpected(bytes, i, what ?? `'${String.fromCharCode(byte)}'`);
  return i;
}

function expectEnd(bytes: Uint8Array, end: number): void {
  const i = skipSpace(bytes, end);
  if (i !== bytes.length) throw unexpected(bytes, i, 'the end of the text');
}

function unexpected(bytes: Uint8Array, i: number, wanted: string): JsonError {
  return new JsonError(
    i < bytes.length ? `expected ${wanted}` : `expected ${wanted}, not the end of the text,`,
    i,
  );
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Short ASCII text, as most names and keys are, is faster to build by hand than through a TextDecoder. */
function decodeUtf8(bytes: Uint8Array): string {
  if (bytes.length > 64) return UTF8.decode(bytes);
  for (const byte of bytes) if (byte >= 0x80) return UTF8.decode(bytes);
  return String.fromCharCode(...bytes);
}
