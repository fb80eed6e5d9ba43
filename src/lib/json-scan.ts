// Reads JSON text without building objects: hands out slices of the bytes, having checked that they are JSON.
//
// gufe keys are hashes over JSON text, so `1.0` must never become `1`; text that is only stored and served again is
// therefore never parsed to objects, and a walk over the bytes is also some thirty times faster than a parse that keeps
// number texts. What is accepted is JSON in Python's dialect (json-walk.ts). Slices are views, not copies.
import { JsonError } from './json-error.ts';
import {
  afterName,
  BYTE,
  endOfString,
  endOfValue,
  expectByte,
  expectEnd,
  skipSpace,
  unexpected,
} from './json-walk.ts';

export { endOfScalar, endOfValue, MAX_INTEGER_DIGITS, MAX_JSON_DEPTH } from './json-walk.ts';

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

/** Throws JsonError unless `bytes` are exactly one JSON value, white space around it aside. */
export function checkJson(bytes: Uint8Array): void {
  expectEnd(bytes, endOfValue(bytes, skipSpace(bytes, 0)));
}

/** The pairs of a keyed chain, `[[key, dict], …]`. All of the text is checked only once the last pair has been taken. */
export function* keyedChainEntries(bytes: Uint8Array): Generator<KeyedChainEntry> {
  for (const element of elementStarts(bytes)) {
    const { entry, end } = chainEntryAt(bytes, element.at);
    element.end = end;
    yield entry;
  }
}

/** The pair of a keyed chain that begins at `at`, and the index after it. */
export function chainEntryAt(
  bytes: Uint8Array,
  at: number,
): { readonly entry: KeyedChainEntry; readonly end: number } {
  if (bytes[at] !== BYTE.openArray) throw unexpected(bytes, at, "'[' of a [key, dict] pair");
  const keyAt = skipSpace(bytes, at + 1);
  if (bytes[keyAt] !== BYTE.quote) throw unexpected(bytes, keyAt, 'a gufe key in quotes');
  const keyEnd = endOfString(bytes, keyAt);
  const offset = skipSpace(bytes, expectByte(bytes, skipSpace(bytes, keyEnd), BYTE.comma) + 1);
  if (bytes[offset] !== BYTE.openObject) throw unexpected(bytes, offset, "'{' of a keyed dict");
  const dictEnd = endOfValue(bytes, offset);
  const end = expectByte(bytes, skipSpace(bytes, dictEnd), BYTE.closeArray) + 1;
  const key = checkedString(bytes, keyAt, keyEnd);
  return { entry: { key, bytes: bytes.subarray(offset, dictEnd), offset }, end };
}

/** The members of the object that `bytes` are, in order. All of the text is checked only once the last one has been taken. */
export function* objectEntries(bytes: Uint8Array): Generator<ObjectEntry> {
  let i = skipSpace(bytes, expectByte(bytes, skipSpace(bytes, 0), BYTE.openObject) + 1);
  if (bytes[i] === BYTE.closeObject) return expectEnd(bytes, i + 1);
  for (;;) {
    const nameAt = i;
    const valueAt = afterName(bytes, nameAt);
    const end = endOfValue(bytes, valueAt);
    const name = checkedString(bytes, nameAt, endOfString(bytes, nameAt));
    yield { name, value: bytes.subarray(valueAt, end) };
    i = skipSpace(bytes, end);
    if (bytes[i] === BYTE.closeObject) return expectEnd(bytes, i + 1);
    i = skipSpace(bytes, expectByte(bytes, i, BYTE.comma, "',' or '}'") + 1);
  }
}

/** The elements of the array that `bytes` are, as views of their exact text. */
export function* arrayElements(bytes: Uint8Array): Generator<Uint8Array> {
  for (const element of elementStarts(bytes)) {
    element.end = endOfValue(bytes, element.at);
    yield bytes.subarray(element.at, element.end);
  }
}

/** Walks an array's commas and brackets; whoever takes an element writes its end back. */
function* elementStarts(bytes: Uint8Array): Generator<{ readonly at: number; end: number }> {
  let i = skipSpace(bytes, expectByte(bytes, skipSpace(bytes, 0), BYTE.openArray) + 1);
  if (bytes[i] === BYTE.closeArray) return expectEnd(bytes, i + 1);
  for (;;) {
    const element = { at: i, end: i };
    yield element;
    i = skipSpace(bytes, element.end);
    if (bytes[i] === BYTE.closeArray) return expectEnd(bytes, i + 1);
    i = skipSpace(bytes, expectByte(bytes, i, BYTE.comma, "',' or ']'") + 1);
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text that a JSON string (quotes included) stands for. Lone surrogates survive. */
export function readString(bytes: Uint8Array): string {
  if (bytes[0] !== BYTE.quote) throw unexpected(bytes, 0, 'a string');
  const end = endOfString(bytes, 0);
  if (end !== bytes.length) throw unexpected(bytes, end, 'the end of the string');
  const text = UTF8.decode(bytes);
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
}

/** Longer strings are left to the decoder. */
const MAX_SHORT_STRING = 256;

/** The text of a string that has been checked and lies between two places, quotes included. */
function checkedString(bytes: Uint8Array, start: number, end: number): string {
  let isPlain = end - start < MAX_SHORT_STRING;
  for (let i = start; isPlain && i < end; i++) {
    const c = bytes[i] as number;
    isPlain = c < 0x80 && c !== BYTE.backslash;
  }
  // Keys and names are short and plain nearly always; a decoder takes as long for one as the scan of a whole object.
  if (isPlain) return Reflect.apply(String.fromCharCode, null, bytes.subarray(start + 1, end - 1));
  return readString(bytes.subarray(start, end));
}

const STUB_NAME = ':gufe-key:';
const STUB_NAME_BYTES = new TextEncoder().encode(`"${STUB_NAME}"`);

/**
 * The gufe keys that a keyed dict (or any value in one) refers to: `{":gufe-key:": "K"}` at any depth, in order of first
 * sight, each once. As in gufe an object is a reference only if that is its only entry. The bytes must have been checked:
 * here only strings are told from the rest.
 */
export function findReferences(bytes: Uint8Array): string[] {
  const found = new Set<string>();
  const length = bytes.length;
  for (let i = 0; i < length; i++) {
    const c = bytes[i];
    if (c === BYTE.quote) {
      i = endOfCheckedString(bytes, i);
    } else if (c === BYTE.openObject) {
      const key = referenceAt(bytes, i);
      if (key !== null) found.add(key);
    }
  }
  return [...found];
}

/** The index of the closing quote. */
function endOfCheckedString(bytes: Uint8Array, start: number): number {
  const length = bytes.length;
  for (let i = start + 1; i < length; i++) {
    const c = bytes[i];
    if (c === BYTE.quote) return i;
    if (c === BYTE.backslash) i++;
  }
  throw new JsonError('unterminated string', start);
}

/** The key of the reference whose `{` is at `index`, or null when that object is none. */
function referenceAt(bytes: Uint8Array, index: number): string | null {
  let i = skipSpace(bytes, index + 1);
  // Almost every object fails here, on its first name. The loop is for a name that is repeated: the last one counts.
  while (bytes[i] === BYTE.quote && isStubName(bytes, i)) {
    i = afterName(bytes, i);
    if (bytes[i] !== BYTE.quote) return null;
    const end = endOfString(bytes, i);
    const key = readString(bytes.subarray(i, end));
    i = skipSpace(bytes, end);
    if (bytes[i] === BYTE.closeObject) return key;
    if (bytes[i] !== BYTE.comma) return null;
    i = skipSpace(bytes, i + 1);
  }
  return null;
}

function isStubName(bytes: Uint8Array, at: number): boolean {
  for (let j = 1; j < STUB_NAME_BYTES.length; j++) {
    const c = bytes[at + j];
    // Any character of the name may be written as an escape; nobody does, but Python would read it so.
    if (c === BYTE.backslash) return readString(bytes.subarray(at, endOfString(bytes, at))) === STUB_NAME;
    if (c !== STUB_NAME_BYTES[j]) return false;
  }
  return true;
}
