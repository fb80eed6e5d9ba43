// Finds where a JSON value ends, over bytes, and refuses what is not JSON on the way.
//
// What is accepted is what Python's json.loads accepts: JSON plus NaN, Infinity and -Infinity. Stored bytes go to Python
// clients verbatim, so the rest is as strict as there: number grammar, escapes, no raw control characters, valid UTF-8,
// and no integer over 4,300 digits (Python refuses to convert longer ones). Nesting is limited, since readers recurse.
//
// The shape of the code is for speed (some 300 MB/s): one loop with a stack of closing brackets, tables instead of
// comparisons, white space looked for only where Python writes none. Reading past the end gives undefined, which no
// comparison takes for a byte.
import { JsonError } from './json-error.ts';

/** Deeper nesting than this is refused; Python's own reader gives up at about 1,000. */
export const MAX_JSON_DEPTH = 512;

/** Python's limit for the digits of an integer in text. */
export const MAX_INTEGER_DIGITS = 4300;

/** The bytes of JSON's punctuation. */
export const BYTE = {
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  openArray: 0x5b,
  backslash: 0x5c,
  closeArray: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const;

const { quote, comma, colon, openArray, openObject, closeObject, backslash } = BYTE;
const [SPACE, MINUS, PLUS, DOT, ZERO, NINE, LOWER_E, UPPER_E] = [
  0x20, 0x2d, 0x2b, 0x2e, 0x30, 0x39, 0x65, 0x45,
];

const IS_SPACE = new Uint8Array(256);
for (const byte of [SPACE, 0x0a, 0x0d, 0x09]) IS_SPACE[byte] = 1;

// What a byte means inside a string: 0 goes on.
const [STOP_QUOTE, STOP_ESCAPE, STOP_CONTROL, STOP_HIGH] = [1, 2, 3, 4];
const IN_STRING = new Uint8Array(256);
IN_STRING.fill(STOP_CONTROL, 0, 0x20);
IN_STRING.fill(STOP_HIGH, 0x80);
IN_STRING[quote] = STOP_QUOTE;
IN_STRING[backslash] = STOP_ESCAPE;

/** Closing brackets of what is open. One for all: a walk never yields to other code. */
const closers = new Uint8Array(MAX_JSON_DEPTH);

/** The index after the JSON value that starts at `start` (no white space before it). Throws JsonError when there is none. */
export function endOfValue(bytes: Uint8Array, start: number): number {
  let depth = 0;
  let close = 0;
  let i = start;
  for (;;) {
    const c = bytes[i] as number;
    if (c === openObject || c === openArray) {
      if (depth === MAX_JSON_DEPTH) throw new JsonError(`nesting deeper than ${MAX_JSON_DEPTH}`, i);
      closers[depth++] = close;
      close = c + 2;
      i = skipSpace(bytes, i + 1);
      if (bytes[i] !== close) {
        if (close === closeObject) i = afterName(bytes, i);
        continue;
      }
      close = closers[--depth] as number;
      i++;
    } else if (c === quote) {
      i = endOfString(bytes, i);
    } else {
      i = endOfPlain(bytes, i);
    }
    // A value has ended at i: close what ends here, until a comma leads to the next value.
    for (;;) {
      if (depth === 0) return i;
      let after = bytes[i] as number;
      if (IS_SPACE[after] === 1) {
        i = skipSpace(bytes, i);
        after = bytes[i] as number;
      }
      if (after === comma) {
        // Python writes one blank.
        i += bytes[i + 1] === SPACE ? 2 : 1;
        if (IS_SPACE[bytes[i] as number] === 1) i = skipSpace(bytes, i);
        if (close === closeObject) i = afterName(bytes, i);
        break;
      }
      if (after !== close) throw unexpected(bytes, i, `',' or '${String.fromCharCode(close)}'`);
      close = closers[--depth] as number;
      i++;
    }
  }
}

/** The same for a number or word: most in molecules are one digit in a list, which is read here at once. */
function endOfPlain(bytes: Uint8Array, start: number): number {
  const first = bytes[start] as number;
  if (first < ZERO || first > NINE) return endOfScalar(bytes, start);
  const second = bytes[start + 1] as number;
  if (second === comma || second === BYTE.closeArray) return start + 1;
  return endOfNumber(bytes, start);
}

/** The index after the string, number or word that starts at `start`. */
export function endOfScalar(bytes: Uint8Array, start: number): number {
  const c = bytes[start] as number;
  if (c === quote) return endOfString(bytes, start);
  return c <= NINE ? endOfNumber(bytes, start) : endOfWord(bytes, start);
}

/** From the opening quote of a member's name to the start of its value. */
export function afterName(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== quote) throw unexpected(bytes, start, 'a name in quotes');
  let i = endOfString(bytes, start);
  if (bytes[i] !== colon) i = expectByte(bytes, skipSpace(bytes, i), colon);
  return skipSpace(bytes, i + 1);
}

/** The index after the closing quote of the string whose opening quote is at `start`. */
export function endOfString(bytes: Uint8Array, start: number): number {
  const length = bytes.length;
  let i = start + 1;
  while (i < length) {
    const stop = IN_STRING[bytes[i] as number];
    if (stop === 0) i++;
    else if (stop === STOP_QUOTE) return i + 1;
    else i = afterSpecial(bytes, i, stop as number);
  }
  throw new JsonError('unterminated string', start);
}

const IS_HEX = new Uint8Array(256);
for (const digit of '0123456789abcdefABCDEF') IS_HEX[digit.charCodeAt(0)] = 1;

function afterSpecial(bytes: Uint8Array, i: number, stop: number): number {
  if (stop === STOP_HIGH) return endOfSequence(bytes, i);
  if (stop === STOP_CONTROL) throw new JsonError('raw control character in a string', i);
  switch (bytes[i + 1]) {
    case quote:
    case backslash:
    case 0x2f: // '/'
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return i + 2;
    case 0x75: // u
      if (!areHexDigits(bytes, i + 2)) throw new JsonError('\\u without four hex digits', i);
      return i + 6;
    default:
      throw new JsonError('unknown escape in a string', i);
  }
}

/** All four at once: molecules and arrays are text that is mostly such escapes. */
function areHexDigits(bytes: Uint8Array, i: number): boolean {
  const [a, b, c, d] = [bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]] as [
    number,
    number,
    number,
    number,
  ];
  return (
    ((IS_HEX[a] as number) & (IS_HEX[b] as number) & (IS_HEX[c] as number) & (IS_HEX[d] as number)) === 1
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

/** The words by their first byte. */
const WORD_OF: (Uint8Array | null)[] = new Array(256).fill(null);
for (const word of ['true', 'false', 'null', 'NaN', 'Infinity'])
  WORD_OF[word.charCodeAt(0)] = new TextEncoder().encode(word);

function endOfWord(bytes: Uint8Array, start: number): number {
  const word = WORD_OF[bytes[start] as number] ?? null;
  if (word === null) throw unexpected(bytes, start, 'a value');
  return endOfThisWord(bytes, start, word);
}

function endOfThisWord(bytes: Uint8Array, start: number, word: Uint8Array): number {
  for (let j = 1; j < word.length; j++) {
    if (bytes[start + j] !== word[j]) throw unexpected(bytes, start, 'a value');
  }
  return start + word.length;
}

function endOfNumber(bytes: Uint8Array, start: number): number {
  const digits = bytes[start] === MINUS ? start + 1 : start;
  let i = bytes[digits] === ZERO ? digits + 1 : endOfDigits(bytes, digits);
  if (i === digits) {
    if (digits > start && bytes[digits] === 0x49) return endOfWord(bytes, digits);
    throw unexpected(bytes, start, 'a value');
  }
  const integerEnd = i;
  let c = bytes[i] as number;
  if (c === DOT) {
    i = endOfSomeDigits(bytes, i + 1);
    c = bytes[i] as number;
  }
  if (c === LOWER_E || c === UPPER_E) {
    c = bytes[++i] as number;
    i = endOfSomeDigits(bytes, c === PLUS || c === MINUS ? i + 1 : i);
  }
  if (i === integerEnd && i - digits > MAX_INTEGER_DIGITS) {
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
  let c = bytes[i] as number;
  while (c >= ZERO && c <= NINE) c = bytes[++i] as number;
  return i;
}

/** The index of the next byte that is not white space. */
export function skipSpace(bytes: Uint8Array, start: number): number {
  let i = start;
  while (IS_SPACE[bytes[i] as number] === 1) i++;
  return i;
}

/** Returns `i` if that byte is there. */
export function expectByte(bytes: Uint8Array, i: number, byte: number, what?: string): number {
  if (bytes[i] !== byte) throw unexpected(bytes, i, what ?? `'${String.fromCharCode(byte)}'`);
  return i;
}

/** Throws unless only white space follows. */
export function expectEnd(bytes: Uint8Array, end: number): void {
  const i = skipSpace(bytes, end);
  if (i !== bytes.length) throw unexpected(bytes, i, 'the end of the text');
}

/** The error for another byte than the one wanted. */
export function unexpected(bytes: Uint8Array, i: number, wanted: string): JsonError {
  return new JsonError(i < bytes.length ? `expected ${wanted}` : `text ends where ${wanted} must come,`, i);
}
