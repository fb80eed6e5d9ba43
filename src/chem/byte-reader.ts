// A cursor over little-endian bytes that refuses to run over their end.

import { GufeError } from '../gufe/error.ts';

/** Reads numbers and texts one after the other. */
export class ByteReader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#step(1));
  }

  i8(): number {
    return this.#view.getInt8(this.#step(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#step(2), true);
  }

  i16(): number {
    return this.#view.getInt16(this.#step(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#step(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#step(4), true);
  }

  f32(): number {
    return this.#view.getFloat32(this.#step(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#step(8), true);
  }

  /** A count of 64 bits. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.#step(8), true));
  }

  /** A text in UTF-8, its length in front of it as 32 bits. */
  text(): string {
    const length = this.u32();
    const start = this.#step(length);
    return UTF8.decode(this.#bytes.subarray(start, start + length));
  }

  skip(count: number): void {
    this.#step(count);
  }

  #step(count: number): number {
    const start = this.#at;
    if (start + count > this.#bytes.length) throw new GufeError('a pickle of RDKit ends early');
    this.#at = start + count;
    return start;
  }
}

const UTF8 = new TextDecoder();
