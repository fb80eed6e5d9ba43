// Python's bytes, datetime, path and UUID as values. Each keeps what it was read from, so that writing it again gives
// the same text.
import { isZstdFrame, nodeZstd, type Zstd, ZstdError } from '../lib/zstd.ts';
import { GufeError } from './error.ts';
import { CODED } from './values.ts';

/** More than this is not decompressed unless asked for. */
const DEFAULT_MAX_BYTES = 2 ** 31 - 1;

/** Python bytes. In JSON they travel as a zstd frame, which is what is kept when they were read: it is part of hashes. */
export class Bytes {
  readonly [CODED] = true;
  readonly #data: Uint8Array | null;
  readonly #zstd: Zstd | null;
  #frame: Uint8Array | null;

  private constructor(data: Uint8Array | null, frame: Uint8Array | null, zstd: Zstd | null) {
    this.#data = data;
    this.#frame = frame;
    this.#zstd = zstd;
  }

  /** Bytes to be written, copied; compressed when first needed, by Node's zstd unless another is given. */
  static from(data: Uint8Array, zstd: Zstd | null = null): Bytes {
    return new Bytes(data.slice(), null, zstd);
  }

  /** Bytes as they were read. */
  static fromFrame(frame: Uint8Array): Bytes {
    return new Bytes(null, frame, null);
  }

  /** The zstd frame; for bytes read from old files possibly the data themselves. */
  get frame(): Uint8Array {
    this.#frame ??= (this.#zstd ?? requireZstd()).compress(this.#data as Uint8Array);
    return this.#frame;
  }

  /** The bytes themselves, not a copy: do not write into them. As in gufe a frame that cannot be read is taken for uncompressed data. */
  read(options: { readonly zstd?: Zstd; readonly maxBytes?: number } = {}): Uint8Array {
    if (this.#data !== null) return this.#data;
    const frame = this.frame;
    if (!isZstdFrame(frame)) return frame;
    const zstd = options.zstd ?? requireZstd();
    try {
      return zstd.decompress(frame, options.maxBytes ?? DEFAULT_MAX_BYTES);
    } catch (error) {
      if (error instanceof ZstdError && error.reason === 'corrupt') return frame;
      throw error;
    }
  }
}

function requireZstd(): Zstd {
  const zstd = nodeZstd();
  if (zstd === null) throw new GufeError('no zstd here: pass an implementation of it');
  return zstd;
}

const ISO =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{3})(?:(\d{3}))?)?(Z|[+-]\d\d:?\d\d(?::?\d\d)?(?:\.\d+)?)?$/;

/** Python's datetime: with an offset from UTC, or "naive", which in unit results means the machine's local clock. */
export class DateTime {
  readonly [CODED] = true;
  /** ISO text as Python writes it: `2026-01-02T03:04:05.000678+00:00`. */
  readonly text: string;

  constructor(text: string) {
    if (!ISO.test(text)) throw new GufeError(`'${text}' is not an ISO date and time`);
    this.text = text;
  }

  /** The local clock without an offset, as gufe stamps unit results. */
  static naive(date: Date): DateTime {
    const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
    return new DateTime(pythonIso(local));
  }

  /** The same instant in UTC, with its offset. */
  static utc(date: Date): DateTime {
    return new DateTime(`${pythonIso(date)}+00:00`);
  }

  get isNaive(): boolean {
    return ISO.exec(this.text)?.[5] === undefined;
  }

  /** The instant, to the millisecond; a naive one is taken for this machine's local time. */
  toDate(): Date {
    const [, day, time, milliseconds = '000', , offset = ''] = ISO.exec(this.text) as RegExpExecArray;
    return new Date(`${day}T${time}.${milliseconds}${offset}`);
  }

  toString(): string {
    return this.text;
  }
}

/** Python leaves the fraction out when it is zero and writes six digits otherwise. */
function pythonIso(date: Date): string {
  const [seconds, rest] = date.toISOString().split('.') as [string, string];
  return rest.startsWith('000') ? seconds : `${seconds}.${rest.slice(0, 3)}000`;
}

/** A POSIX path, as text. */
export class PosixPath {
  readonly [CODED] = true;
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A UUID in its canonical 36 characters. */
export class Uuid {
  readonly [CODED] = true;
  readonly text: string;

  constructor(text: string) {
    if (!UUID.test(text)) throw new GufeError(`'${text}' is not a UUID in its canonical form`);
    this.text = text;
  }
}
