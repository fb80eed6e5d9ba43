// Bytes between two places of a text that arrives in pieces: they may begin in one piece and end in a later one.
import { JsonError } from './json-error.ts';

/** Keeps from `begin` to `take`; `cut` tells it that a piece is over. Throws JsonError when it would keep too much. */
export class KeptBytes {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  /** Where what is kept begins, or goes on, in the current piece; -1 when nothing is. */
  #from = -1;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  begin(from: number): void {
    this.#from = from;
  }

  cut(piece: Uint8Array, base: number): void {
    if (this.#from < 0) return;
    this.#check(piece.length - this.#from, base);
    // A copy, so that a few bytes do not keep the whole piece in memory.
    this.#parts.push(new Uint8Array(piece.subarray(this.#from)));
    this.#bytes += piece.length - this.#from;
    this.#from = 0;
  }

  /** A view into the piece where nothing was cut. `base`: bytes before the piece. */
  take(piece: Uint8Array, end: number, base: number): Uint8Array {
    const last = piece.subarray(this.#from, end);
    this.#check(last.length, base);
    this.#from = -1;
    if (this.#parts.length === 0) return last;
    const whole = new Uint8Array(this.#bytes + last.length);
    let at = 0;
    for (const part of [...this.#parts, last]) {
      whole.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#bytes = 0;
    return whole;
  }

  #check(more: number, base: number): void {
    if (this.#bytes + more > this.#maxBytes) {
      throw new JsonError(`a name, number or text of more than ${this.#maxBytes} bytes`, base + this.#from);
    }
  }
}
