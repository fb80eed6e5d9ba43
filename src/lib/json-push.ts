// Reads JSON text that arrives in pieces, in memory that does not grow with it: for bodies too large to hold.
//
// A visitor is asked, value by value, what to do with it: `enter` a container and be asked about what is in it, `skip`,
// take the `text` of a (small) value, or take a string as `latin1` bytes, piece by piece. Every byte is checked, skipped
// or not, as strictly as in json-scan.ts and for the same reason: what passes here is stored and served verbatim.
//
// Between pieces the reader stands between two tokens, in a string, or in a scalar (number or word).
import { JsonError } from './json-error.ts';
import { endOfScalar, MAX_INTEGER_DIGITS, MAX_JSON_DEPTH } from './json-scan.ts';
import { JsonStringPush } from './json-string-push.ts';
import { KeptBytes } from './kept-bytes.ts';

/** Member names and array indexes that lead to a value, from the outside in. Reused: copy it to keep it. */
export type JsonPath = readonly (string | number)[];

export type JsonKind = 'object' | 'array' | 'string' | 'scalar';

/** What to do with a value. Only containers can be entered, only strings taken as latin1; `skip` is done instead. */
export type JsonTake = 'enter' | 'skip' | 'text' | 'latin1';

export interface JsonVisitor {
  /** A value begins. */
  begin(path: JsonPath, kind: JsonKind): JsonTake;
  /** A value that `begin` told of has ended; `start` and `end` count bytes from the start of all text. */
  end?(path: JsonPath, start: number, end: number): void;
  /** The whole JSON text of a value taken as `text`. */
  text?(path: JsonPath, text: string): void;
  /** The next bytes of a string taken as `latin1`: one per code point, all below 256. */
  latin1?(bytes: Uint8Array): void;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const MAX_NAME_BYTES = 64 * 1024;
const DEFAULT_MAX_TEXT_BYTES = 1024 * 1024;
const MAX_SCALAR_BYTES = MAX_INTEGER_DIGITS + 100;

const SPACE = new Uint8Array(256);
for (const c of [0x20, 0x0a, 0x0d, 0x09]) SPACE[c] = 1;
/** Bytes that end a number or word. */
const DELIMITER = new Uint8Array(SPACE);
for (const c of [COMMA, COLON, QUOTE, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT]) DELIMITER[c] = 1;

/** What comes next. `element` and `member`: the first one, or the end of an empty container. */
type State = 'value' | 'element' | 'member' | 'name' | 'colon' | 'after' | 'done' | 'inString' | 'inScalar';

/** Feed it with `write`, then call `end`. Throws JsonError, whose offset counts from the start of all text. */
export class JsonPush {
  readonly #visitor: JsonVisitor;
  readonly #text: KeptBytes;
  readonly #name = new KeptBytes(MAX_NAME_BYTES);
  readonly #scalar = new KeptBytes(MAX_SCALAR_BYTES);
  readonly #string = new JsonStringPush();
  readonly #sink: (bytes: Uint8Array) => void;
  /** Of the entered containers: what leads to the current value, and where each began. */
  readonly #path: (string | number)[] = [];
  readonly #starts: number[] = [];
  /** The closing brackets of all open containers. */
  readonly #closing = new Uint8Array(MAX_JSON_DEPTH);
  #depth = 0;
  #state: State = 'value';
  #inName = false;
  /** The value that `begin` was asked about and that is not entered: its depth (-1: there is none), use and start. */
  #mutedAt = -1;
  #take: JsonTake = 'skip';
  #start = 0;
  #piece: Uint8Array = new Uint8Array(0);
  /** Bytes before the current piece. */
  #base = 0;

  constructor(visitor: JsonVisitor, options: { readonly maxTextBytes?: number } = {}) {
    this.#visitor = visitor;
    this.#text = new KeptBytes(options.maxTextBytes ?? DEFAULT_MAX_TEXT_BYTES);
    this.#sink = bytes => visitor.latin1?.(bytes);
  }

  write(piece: Uint8Array): void {
    this.#piece = piece;
    this.#string.base = this.#base;
    for (let i = 0; i < piece.length; ) {
      if (this.#state === 'inString') i = this.#readString(i);
      else if (this.#state === 'inScalar') i = this.#readScalar(i);
      else if (SPACE[piece[i] as number] === 1) i++;
      else i = this.#readToken(piece[i] as number, i);
    }
    for (const kept of [this.#name, this.#scalar, this.#text]) kept.cut(piece, this.#base);
    this.#base += piece.length;
  }

  /** No more text comes. */
  end(): void {
    this.#piece = new Uint8Array(0);
    if (this.#state === 'inScalar') this.#endScalar(0);
    if (this.#state !== 'done') throw new JsonError('expected more, not the end of the text,', this.#base);
  }

  #readToken(c: number, i: number): number {
    switch (this.#state) {
      case 'element':
        return c === CLOSE_ARRAY ? this.#close(i) : this.#beginValue(c, i);
      case 'value':
        return this.#beginValue(c, i);
      case 'member':
        return c === CLOSE_OBJECT ? this.#close(i) : this.#beginName(c, i);
      case 'name':
        return this.#beginName(c, i);
      case 'colon':
        if (c !== COLON) throw this.#unexpected("':'", i);
        this.#state = 'value';
        return i + 1;
      case 'after':
        return this.#afterValue(c, i);
      default:
        throw this.#unexpected('the end of the text', i);
    }
  }

  #beginName(c: number, i: number): number {
    if (c !== QUOTE) throw this.#unexpected('a name in quotes', i);
    this.#inName = true;
    this.#state = 'inString';
    if (this.#mutedAt < 0) this.#name.begin(i);
    return i + 1;
  }

  #beginValue(c: number, i: number): number {
    if (this.#mutedAt < 0) this.#ask(c, i);
    if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
      if (this.#depth === MAX_JSON_DEPTH) {
        throw new JsonError(`nesting deeper than ${MAX_JSON_DEPTH}`, this.#base + i);
      }
      this.#closing[this.#depth++] = c + 2;
      this.#state = c === OPEN_OBJECT ? 'member' : 'element';
      return i + 1;
    }
    if (c === QUOTE) {
      this.#state = 'inString';
      return i + 1;
    }
    this.#state = 'inScalar';
    this.#scalar.begin(i);
    return i;
  }

  #ask(c: number, i: number): void {
    const kind = KINDS[c] ?? 'scalar';
    this.#take = this.#visitor.begin(this.#path, kind);
    if (this.#take === 'enter' && (kind === 'object' || kind === 'array')) {
      this.#starts.push(this.#base + i);
      this.#path.push(kind === 'object' ? '' : 0);
      return;
    }
    this.#mutedAt = this.#depth;
    this.#start = this.#base + i;
    if (this.#take === 'text') this.#text.begin(i);
  }

  #readString(i: number): number {
    const decoded = this.#take === 'latin1' && !this.#inName && this.#mutedAt === this.#depth;
    const end = decoded ? this.#string.decode(this.#piece, i, this.#sink) : this.#string.skip(this.#piece, i);
    if (end < 0) return this.#piece.length;
    if (!this.#inName) return this.#endValue(end);
    this.#inName = false;
    this.#state = 'colon';
    if (this.#mutedAt < 0) {
      const name = this.#name.take(this.#piece, end, this.#base);
      this.#path[this.#path.length - 1] = JSON.parse(DECODER.decode(name)) as string;
    }
    return end;
  }

  #readScalar(start: number): number {
    let i = start;
    while (i < this.#piece.length && DELIMITER[this.#piece[i] as number] === 0) i++;
    return i < this.#piece.length ? this.#endScalar(i) : i;
  }

  #endScalar(end: number): number {
    const token = this.#scalar.take(this.#piece, end, this.#base);
    if (!isScalar(token)) throw new JsonError('expected a value', this.#base + end - token.length);
    return this.#endValue(end);
  }

  #afterValue(c: number, i: number): number {
    const closing = this.#closing[this.#depth - 1] as number;
    if (c === closing) return this.#close(i);
    if (c !== COMMA) throw this.#unexpected(`',' or '${String.fromCharCode(closing)}'`, i);
    this.#state = closing === CLOSE_OBJECT ? 'name' : 'value';
    if (this.#mutedAt < 0 && closing === CLOSE_ARRAY) {
      const last = this.#path.length - 1;
      this.#path[last] = (this.#path[last] as number) + 1;
    }
    return i + 1;
  }

  #close(i: number): number {
    this.#depth--;
    if (this.#mutedAt >= 0) return this.#endValue(i + 1);
    this.#path.pop();
    const start = this.#starts.pop() as number;
    this.#state = this.#depth === 0 ? 'done' : 'after';
    this.#visitor.end?.(this.#path, start, this.#base + i + 1);
    return i + 1;
  }

  /** A string, a scalar or a container that was not entered ends before `end`. */
  #endValue(end: number): number {
    this.#state = this.#depth === 0 ? 'done' : 'after';
    if (this.#mutedAt !== this.#depth) return end;
    this.#mutedAt = -1;
    if (this.#take === 'text') {
      const text = this.#text.take(this.#piece, end, this.#base);
      this.#visitor.text?.(this.#path, DECODER.decode(text));
    }
    this.#visitor.end?.(this.#path, this.#start, this.#base + end);
    return end;
  }

  #unexpected(wanted: string, i: number): JsonError {
    return new JsonError(`expected ${wanted}`, this.#base + i);
  }
}

const KINDS: Readonly<Record<number, JsonKind>> = {
  [OPEN_OBJECT]: 'object',
  [OPEN_ARRAY]: 'array',
  [QUOTE]: 'string',
};

const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

function isScalar(token: Uint8Array): boolean {
  try {
    return token.length > 0 && endOfScalar(token, 0) === token.length;
  } catch {
    return false;
  }
}
