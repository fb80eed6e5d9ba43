// Reads MessagePack without loss: integers are bigints and floats numbers, maps are Maps that keep their order, and what
// is of an extension type is handed out with its code and bytes.
//
// The bytes may be hostile. A header that announces more members than bytes are left is refused before anything is made
// for them, nesting is limited, and strings must be UTF-8.

/** The bytes are not MessagePack or go beyond a limit; `offset` counts from the start of all bytes. */
export class MsgpackError extends Error {
  override readonly name: string = 'MsgpackError';
  readonly offset: number;

  constructor(what: string, offset: number) {
    super(`${what} at byte ${offset}`);
    this.offset = offset;
  }
}

/** A value of an extension type. */
export class MsgpackExtension {
  readonly code: number;
  readonly bytes: Uint8Array;
  /** Where `bytes` begin, and how deeply they nest, for errors and limits in what they hold. */
  readonly offset: number;
  readonly depth: number;

  constructor(code: number, bytes: Uint8Array, offset: number, depth: number) {
    this.code = code;
    this.bytes = bytes;
    this.offset = offset;
    this.depth = depth;
  }
}

/** Keys are mostly strings; Python's maps may have any scalar, also of an extension type. As in Python the last of equal keys counts. */
export type MsgpackMap = ReadonlyMap<MsgpackKey, MsgpackValue>;
type MsgpackScalar = null | boolean | bigint | number | string;
type MsgpackKey = MsgpackScalar | MsgpackExtension;
export type MsgpackValue =
  | MsgpackScalar
  | Uint8Array
  | readonly MsgpackValue[]
  | MsgpackMap
  | MsgpackExtension;

/** Deeper nesting than this is refused, extension types included. */
export const MAX_MSGPACK_DEPTH = 512;

/** Where the bytes lie in a larger document, and how deep in it. */
export interface MsgpackPlace {
  readonly offset: number;
  readonly depth: number;
}

/** The one value that the bytes are. Throws MsgpackError. */
export function readMsgpack(bytes: Uint8Array, place: MsgpackPlace = { offset: 0, depth: 0 }): MsgpackValue {
  const reader = new Reader(bytes, place.offset);
  const value = reader.read(place.depth);
  reader.expectEnd();
  return value;
}

/**
 * The elements of the array that the bytes are, one at a time, each with its place: so that a long one need not be held as
 * a whole. All of the bytes are checked only once the last element has been taken.
 */
export function* msgpackElements(
  bytes: Uint8Array,
): Generator<{ readonly value: MsgpackValue; readonly offset: number }> {
  const reader = new Reader(bytes, 0);
  const length = reader.readArrayHeader();
  for (let i = 0; i < length; i++) {
    const { offset } = reader;
    yield { value: reader.read(1), offset };
  }
  reader.expectEnd();
}

function isKey(value: MsgpackValue): value is MsgpackKey {
  return value === null || typeof value !== 'object' || value instanceof MsgpackExtension;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #base: number;
  #at = 0;

  constructor(bytes: Uint8Array, base: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#base = base;
  }

  get offset(): number {
    return this.#base + this.#at;
  }

  expectEnd(): void {
    if (this.#at !== this.#bytes.length) throw this.#error('expected the end of the data', this.#at);
  }

  readArrayHeader(): number {
    const start = this.#at;
    const first = this.#byte();
    if (first >= 0x90 && first < 0xa0) return this.#members(first & 0x0f, 1, start);
    if (first === 0xdc) return this.#members(this.#unsigned(2), 1, start);
    if (first === 0xdd) return this.#members(this.#unsigned(4), 1, start);
    throw this.#error('expected an array', start);
  }

  read(depth: number): MsgpackValue {
    const start = this.#at;
    if (depth > MAX_MSGPACK_DEPTH) throw this.#error(`nesting deeper than ${MAX_MSGPACK_DEPTH}`, start);
    const first = this.#byte();
    if (first < 0x80) return BigInt(first);
    if (first < 0x90) return this.#map(first & 0x0f, depth, start);
    if (first < 0xa0) return this.#array(first & 0x0f, depth, start);
    if (first < 0xc0) return this.#string(first & 0x1f);
    if (first >= 0xe0) return BigInt(first - 0x100);
    return this.#readLong(first, depth, start);
  }

  #readLong(first: number, depth: number, start: number): MsgpackValue {
    switch (first) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return first === 0xc3;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#take(this.#unsigned(1 << (first - 0xc4)));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#unsigned(1 << (first - 0xc7)), depth);
      case 0xca:
        return this.#view.getFloat32(this.#skip(4));
      case 0xcb:
        return this.#view.getFloat64(this.#skip(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return BigInt(this.#unsigned(1 << (first - 0xcc)));
      case 0xcf:
        return this.#view.getBigUint64(this.#skip(8));
      case 0xd0:
        return BigInt(this.#view.getInt8(this.#skip(1)));
      case 0xd1:
        return BigInt(this.#view.getInt16(this.#skip(2)));
      case 0xd2:
        return BigInt(this.#view.getInt32(this.#skip(4)));
      case 0xd3:
        return this.#view.getBigInt64(this.#skip(8));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << (first - 0xd4), depth);
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#string(this.#unsigned(1 << (first - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#unsigned(first === 0xdc ? 2 : 4), depth, start);
      case 0xde:
      case 0xdf:
        return this.#map(this.#unsigned(first === 0xde ? 2 : 4), depth, start);
      default:
        throw this.#error(`0x${first.toString(16)} begins no value`, start);
    }
  }

  #array(length: number, depth: number, start: number): MsgpackValue[] {
    const values: MsgpackValue[] = [];
    for (let left = this.#members(length, 1, start); left > 0; left--) values.push(this.read(depth + 1));
    return values;
  }

  #map(size: number, depth: number, start: number): MsgpackMap {
    const entries = new Map<MsgpackKey, MsgpackValue>();
    for (let left = this.#members(size, 2, start); left > 0; left--) {
      const keyAt = this.#at;
      const key = this.read(depth + 1);
      if (!isKey(key)) throw this.#error('a map key that is no scalar', keyAt);
      entries.set(key, this.read(depth + 1));
    }
    return entries;
  }

  #string(length: number): string {
    const start = this.#at;
    const bytes = this.#take(length);
    try {
      return UTF8.decode(bytes);
    } catch {
      throw this.#error('text that is not UTF-8', start);
    }
  }

  #extension(length: number, depth: number): MsgpackExtension {
    const code = this.#view.getInt8(this.#skip(1));
    const { offset } = this;
    return new MsgpackExtension(code, this.#take(length), offset, depth + 1);
  }

  /** Every member takes a byte at least, so a header that promises more than there is can be told at once. */
  #members(count: number, bytesEach: number, start: number): number {
    if (count * bytesEach > this.#bytes.length - this.#at) {
      throw this.#error(`the data ends before the ${count} members of what begins`, start);
    }
    return count;
  }

  #byte(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  #unsigned(size: number): number {
    const at = this.#skip(size);
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #take(length: number): Uint8Array {
    const at = this.#skip(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Steps over bytes and returns where they begin. */
  #skip(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) throw this.#error('the data ends too early', this.#bytes.length);
    this.#at = at + length;
    return at;
  }

  #error(what: string, at: number): MsgpackError {
    return new MsgpackError(what, this.#base + at);
  }
}
