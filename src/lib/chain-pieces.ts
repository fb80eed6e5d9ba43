// Reads a keyed chain that arrives in pieces, pair by pair, in memory that its largest pair decides: for files far larger
// than memory. A pair is read at full speed once it is there as a whole; where the text ends before that, more is waited
// for, at least as much again as there is, so that a large pair is looked at a few times and not once a piece.
//
// The scanner works on a copy with some zeros after it, which no JSON has: it then never reads past the end of an array,
// which in V8 costs it three quarters of its speed from the first time on.
import { JsonError } from './json-error.ts';
import { chainEntryAt, type KeyedChainEntry } from './json-scan.ts';
import { BYTE, expectByte, skipSpace, unexpected } from './json-walk.ts';

/** Larger pairs are refused: a little compressed text can be a great deal, and a pair is held as a whole. */
const DEFAULT_MAX_PAIR_BYTES = 64 * 1024 * 1024;

/** As many as the scanner looks ahead at most, and one: a fault so near to the end may only be that the text ends. */
const PADDING = 16;

/** Text is gathered to this much before it is looked at: the less often, the fewer pairs are cut. */
const DEFAULT_WINDOW_BYTES = 4 * 1024 * 1024;

/** What comes next. `first`: the first pair, or the end of an empty chain. */
type State = 'start' | 'first' | 'pair' | 'after' | 'done';

/** Feed it with `write`, then call `end`; each gives the pairs that are whole by then. Throws JsonError. */
export class ChainPieces {
  readonly #maxPairBytes: number;
  readonly #windowBytes: number;
  /** What has come and is not yet read, in pieces. */
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  /** Bytes that must be there before the next try. */
  #wanted: number;
  /** Bytes before the rest. */
  #base = 0;
  #lines = 0;
  #state: State = 'start';

  constructor(options: { readonly maxPairBytes?: number; readonly windowBytes?: number } = {}) {
    this.#maxPairBytes = options.maxPairBytes ?? DEFAULT_MAX_PAIR_BYTES;
    this.#windowBytes = options.windowBytes ?? DEFAULT_WINDOW_BYTES;
    this.#wanted = this.#windowBytes;
  }

  /** The pairs that this piece completes, as views that keep their surroundings in memory: copy what is to stay. */
  *write(piece: Uint8Array): Generator<KeyedChainEntry> {
    this.#rest.push(piece);
    this.#restBytes += piece.length;
    if (this.#restBytes >= this.#wanted) yield* this.#read(false);
  }

  /** No more text comes: the pairs that are left. */
  *end(): Generator<KeyedChainEntry> {
    yield* this.#read(true);
    if (this.#state !== 'done') throw unexpected(new Uint8Array(0), 0, this.#expected()).movedBy(this.#base);
  }

  /** The line of the text, from 1, on which an error lies that was thrown here. */
  lineOf(error: JsonError): number {
    const unread = joinPadded(this.#rest, this.#restBytes).subarray(
      0,
      Math.max(0, error.offset - this.#base),
    );
    return 1 + this.#lines + countNewlines(unread);
  }

  *#read(isLast: boolean): Generator<KeyedChainEntry> {
    const end = this.#restBytes;
    const bytes = joinPadded(this.#rest, end);
    this.#rest = [bytes.subarray(0, end)];
    let at = 0;
    this.#wanted = this.#windowBytes;
    for (;;) {
      at = skipSpace(bytes, at);
      if (at >= end) break;
      if (this.#state === 'first' || this.#state === 'pair') {
        if (this.#state === 'first' && bytes[at] === BYTE.closeArray) {
          at++;
          this.#state = 'done';
          continue;
        }
        const pair = this.#pairAt(bytes, at, end, isLast);
        if (pair === null) break;
        this.#checkSize(pair.end - at, at);
        this.#state = 'after';
        at = pair.end;
        yield { ...pair.entry, offset: this.#base + pair.entry.offset };
      } else at = this.#step(bytes, at);
    }
    this.#rest = at < end ? [bytes.subarray(at, end)] : [];
    this.#restBytes = end - at;
    this.#base += at;
    this.#lines += countNewlines(bytes.subarray(0, at));
  }

  /** Null when more text must come first. */
  #pairAt(
    bytes: Uint8Array,
    at: number,
    end: number,
    isLast: boolean,
  ): ReturnType<typeof chainEntryAt> | null {
    try {
      return chainEntryAt(bytes, at);
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      if (error.offset < end - PADDING) throw error.movedBy(this.#base);
      if (isLast) return this.#explain(bytes.subarray(0, end), at);
      const there = end - at;
      this.#checkSize(there, at);
      this.#wanted = Math.max(this.#windowBytes, Math.min(2 * there, this.#maxPairBytes + 1));
      return null;
    }
  }

  #checkSize(bytes: number, at: number): void {
    if (bytes <= this.#maxPairBytes) return;
    throw new JsonError(`a pair of more than ${this.#maxPairBytes} bytes`, this.#base + at);
  }

  /** The scanner's own words about the end of the text, where it is the end. */
  #explain(bytes: Uint8Array, at: number): never {
    try {
      chainEntryAt(bytes, at);
    } catch (error) {
      throw error instanceof JsonError ? error.movedBy(this.#base) : error;
    }
    throw new JsonError('unreadable', this.#base + at);
  }

  /** Over a bracket or comma between pairs. */
  #step(bytes: Uint8Array, at: number): number {
    try {
      if (this.#state === 'start') {
        expectByte(bytes, at, BYTE.openArray, this.#expected());
        this.#state = 'first';
      } else if (this.#state === 'after' && bytes[at] === BYTE.closeArray) this.#state = 'done';
      else {
        if (this.#state === 'done') throw unexpected(bytes, at, this.#expected());
        expectByte(bytes, at, BYTE.comma, this.#expected());
        this.#state = 'pair';
      }
      return at + 1;
    } catch (error) {
      throw error instanceof JsonError ? error.movedBy(this.#base) : error;
    }
  }

  #expected(): string {
    switch (this.#state) {
      case 'start':
        return "'[' of a keyed chain";
      case 'first':
      case 'pair':
        return "'[' of a [key, dict] pair";
      case 'after':
        return "',' or ']'";
      case 'done':
        return 'the end of the text';
      default:
        return this.#state satisfies never;
    }
  }
}

/** Line ends in a piece of text. */
export function countNewlines(bytes: Uint8Array): number {
  let count = 0;
  for (let i = bytes.indexOf(0x0a); i !== -1; i = bytes.indexOf(0x0a, i + 1)) count++;
  return count;
}

function joinPadded(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length + PADDING);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
