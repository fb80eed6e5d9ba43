// The inside of a JSON string that arrives in pieces: checked, or decoded to bytes. An escape or a UTF-8 sequence may be
// cut by the end of a piece; a small automaton carries it over, byte by byte, while the common cases are read at once.
import { JsonError } from './json-error.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

// What a byte means inside a string: 0 goes on.
const [STOP_QUOTE, STOP_CONTROL, STOP_SEQUENCE] = [1, 2, 3];
const IN_STRING = new Uint8Array(256);
IN_STRING.fill(STOP_CONTROL, 0, 0x20);
IN_STRING.fill(STOP_SEQUENCE, 0x80);
IN_STRING[QUOTE] = STOP_QUOTE;
IN_STRING[BACKSLASH] = STOP_SEQUENCE;

/** The value of a hex digit. Other bytes have a value so large that a sum with it shows. */
const NOT_HEX = 0x10000;
const HEX = new Int32Array(256).fill(NOT_HEX);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  HEX[digit.charCodeAt(0)] = value;
  HEX[digit.toUpperCase().charCodeAt(0)] = value;
}

/** What the letter after a backslash stands for; 0 for one that may not stand there. */
const ESCAPED = new Uint8Array(256);
for (const pair of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t']) {
  ESCAPED[pair.charCodeAt(0)] = pair.charCodeAt(1);
}

type Pending = 'none' | 'escape' | 'hex' | 'utf8';

/** Reads one string after another; `read` gets the pieces, starting after the opening quote. */
export class JsonStringPush {
  /** Bytes before the current piece, for the place in errors. */
  base = 0;
  #pending: Pending = 'none';
  #left = 0;
  #value = 0;
  #low = 0x80;
  #high = 0xbf;

  /** The index after the closing quote, or -1 when the piece ends before it. */
  skip(piece: Uint8Array, start: number): number {
    const length = piece.length;
    let i = start;
    while (i < length) {
      const c = piece[i] as number;
      if (this.#pending !== 'none') {
        this.#feed(c, i++);
        continue;
      }
      const stop = IN_STRING[c];
      if (stop === 0) i++;
      else if (stop === STOP_QUOTE) return i + 1;
      else if (stop === STOP_CONTROL) throw this.#error('raw control character in a string', i);
      else if (c === BACKSLASH && i + 6 <= length) i = this.#endOfEscape(piece, i);
      else this.#feed(c, i++);
    }
    return -1;
  }

  /** As `skip`; gives `sink` the string's next bytes, one per code point. A code point over 255 is an error. */
  decode(piece: Uint8Array, start: number, sink: (bytes: Uint8Array) => void): number {
    const length = piece.length;
    const out = new Uint8Array(length - start);
    let at = 0;
    let end = -1;
    let i = start;
    while (i < length) {
      const c = piece[i] as number;
      let value = c;
      if (this.#pending !== 'none') {
        value = this.#feed(c, i++);
        if (value < 0) continue;
      } else {
        const stop = IN_STRING[c];
        if (stop === 0) {
          out[at++] = c;
          i++;
          continue;
        }
        if (stop === STOP_QUOTE) {
          end = i + 1;
          break;
        }
        if (stop === STOP_CONTROL) throw this.#error('raw control character in a string', i);
        if (c === BACKSLASH && i + 6 <= length && piece[i + 1] === LETTER_U) {
          value = hexValue(piece, i + 2);
          if (value >= NOT_HEX) throw this.#error('\\u without four hex digits', i);
          i += 6;
        } else {
          value = this.#feed(c, i++);
          if (value < 0) continue;
        }
      }
      if (value > 0xff) throw this.#error('a character that stands for no byte (above U+00FF)', i - 1);
      out[at++] = value;
    }
    if (at > 0) sink(out.subarray(0, at));
    return end;
  }

  #endOfEscape(piece: Uint8Array, i: number): number {
    if (piece[i + 1] === LETTER_U) {
      if (hexValue(piece, i + 2) >= NOT_HEX) throw this.#error('\\u without four hex digits', i);
      return i + 6;
    }
    if (ESCAPED[piece[i + 1] as number] === 0) throw this.#error('unknown escape in a string', i);
    return i + 2;
  }

  /** Takes one byte of an escape or UTF-8 sequence: the code point it completes, or -1. */
  #feed(c: number, i: number): number {
    switch (this.#pending) {
      case 'escape':
        return this.#afterBackslash(c, i);
      case 'hex': {
        const digit = HEX[c] as number;
        if (digit === NOT_HEX) throw this.#error('\\u without four hex digits', i);
        return this.#shift(this.#value * 16 + digit);
      }
      case 'utf8':
        if (c < this.#low || c > this.#high) throw this.#error('text that is not UTF-8', i);
        [this.#low, this.#high] = [0x80, 0xbf];
        return this.#shift(this.#value * 64 + (c & 0x3f));
      default:
        if (c === BACKSLASH) this.#pending = 'escape';
        else this.#beginUtf8(c, i);
        return -1;
    }
  }

  #afterBackslash(c: number, i: number): number {
    if (c === LETTER_U) {
      [this.#pending, this.#left, this.#value] = ['hex', 4, 0];
      return -1;
    }
    const meaning = ESCAPED[c] as number;
    if (meaning === 0) throw this.#error('unknown escape in a string', i);
    this.#pending = 'none';
    return meaning;
  }

  #shift(value: number): number {
    this.#value = value;
    if (--this.#left > 0) return -1;
    this.#pending = 'none';
    return value;
  }

  /** Which bytes may follow the first one: Unicode 16, table 3-7. */
  #beginUtf8(first: number, i: number): void {
    if (first < 0xc2 || first > 0xf4) throw this.#error('text that is not UTF-8', i);
    this.#pending = 'utf8';
    this.#left = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    this.#value = first & (first < 0xe0 ? 0x1f : first < 0xf0 ? 0x0f : 0x07);
    this.#low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    this.#high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  }

  #error(what: string, i: number): JsonError {
    return new JsonError(what, this.base + i);
  }
}

/** The value of four hex digits; NOT_HEX or more when one is none. */
function hexValue(piece: Uint8Array, i: number): number {
  const [a, b] = [HEX[piece[i] as number] as number, HEX[piece[i + 1] as number] as number];
  const [c, d] = [HEX[piece[i + 2] as number] as number, HEX[piece[i + 3] as number] as number];
  return a * 4096 + b * 256 + c * 16 + d;
}
