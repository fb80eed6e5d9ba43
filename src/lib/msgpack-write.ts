// Writes MessagePack, in the shortest form of each kind as Python's msgpack does. One call writes one token; what nests is
// announced by its number of members. Integers and floats are different calls, so that 1 and 1.0 stay apart.

const UTF8 = new TextEncoder();

/** Collects tokens; `bytes` gives what was written. */
export class MsgpackWriter {
  #buffer: Uint8Array = new Uint8Array(1024);
  #view: DataView = new DataView(this.#buffer.buffer);
  #length = 0;

  /** What has been written; a view that further writing may change. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  writeNil(): void {
    this.#byte(0xc0);
  }

  writeBoolean(value: boolean): void {
    this.#byte(value ? 0xc3 : 0xc2);
  }

  /** Always as 64 bits. */
  writeFloat(value: number): void {
    const at = this.#reserve(9);
    this.#view.setUint8(at, 0xcb);
    this.#view.setFloat64(at + 1, value);
  }

  /** False, with nothing written, for an integer that 64 bits do not hold. */
  writeInteger(value: bigint): boolean {
    if (value >= -0x80000000n && value <= 0xffffffffn) {
      this.#writeSmall(Number(value));
      return true;
    }
    if (value < -(2n ** 63n) || value >= 2n ** 64n) return false;
    const at = this.#reserve(9);
    this.#view.setUint8(at, value < 0n ? 0xd3 : 0xcf);
    this.#view.setBigUint64(at + 1, BigInt.asUintN(64, value));
    return true;
  }

  #writeSmall(value: number): void {
    if (value >= -32 && value < 128) this.#byte(value & 0xff);
    else if (value < -0x8000) this.#sized(0xd2, value >>> 0, 4);
    else if (value < -0x80) this.#sized(0xd1, value & 0xffff, 2);
    else if (value < 0) this.#sized(0xd0, value & 0xff, 1);
    else if (value < 0x100) this.#sized(0xcc, value, 1);
    else if (value < 0x10000) this.#sized(0xcd, value, 2);
    else this.#sized(0xce, value, 4);
  }

  /** False, with nothing written, for a string with a lone surrogate: it has no UTF-8. */
  writeString(text: string): boolean {
    if (!text.isWellFormed()) return false;
    const bytes = UTF8.encode(text);
    if (bytes.length < 32) this.#byte(0xa0 | bytes.length);
    else this.#header(bytes.length, 0xd9, 0xda, 0xdb);
    this.#append(bytes);
    return true;
  }

  writeBytes(bytes: Uint8Array): void {
    this.#header(bytes.length, 0xc4, 0xc5, 0xc6);
    this.#append(bytes);
  }

  /** `length` elements follow. */
  beginArray(length: number): void {
    if (length < 16) this.#byte(0x90 | length);
    else this.#header(length, null, 0xdc, 0xdd);
  }

  /** `size` pairs of key and value follow. */
  beginMap(size: number): void {
    if (size < 16) this.#byte(0x80 | size);
    else this.#header(size, null, 0xde, 0xdf);
  }

  /** An extension type: its code (0 to 127) and its bytes. */
  writeExtension(code: number, payload: Uint8Array): void {
    const { length } = payload;
    const fixed = [1, 2, 4, 8, 16].indexOf(length);
    if (fixed >= 0) this.#byte(0xd4 + fixed);
    else this.#header(length, 0xc7, 0xc8, 0xc9);
    this.#byte(code);
    this.#append(payload);
  }

  #header(length: number, byte1: number | null, byte2: number, byte4: number): void {
    if (byte1 !== null && length < 0x100) this.#sized(byte1, length, 1);
    else if (length < 0x10000) this.#sized(byte2, length, 2);
    else this.#sized(byte4, length, 4);
  }

  #sized(first: number, value: number, size: 1 | 2 | 4): void {
    const at = this.#reserve(1 + size);
    this.#view.setUint8(at, first);
    if (size === 1) this.#view.setUint8(at + 1, value);
    else if (size === 2) this.#view.setUint16(at + 1, value);
    else this.#view.setUint32(at + 1, value);
  }

  #byte(value: number): void {
    // The place first: making room may replace the buffer.
    const at = this.#reserve(1);
    this.#buffer[at] = value;
  }

  #append(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
  }

  /** The place of `size` more bytes. */
  #reserve(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#buffer.length));
      larger.set(this.#buffer.subarray(0, at));
      this.#buffer = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
