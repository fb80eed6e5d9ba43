// Python's bytes, datetime, path and UUID as values. Each keeps what it was read from, so that writing it again gives
// the same text.
import { isZstdFrame, nodeZstd, type Zstd, ZstdError } from '../lib/zstd.ts';
import { readContentSize } from '../lib/zstd-frame.ts';
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

  /** How many bytes there are, as far as that is told without decompressing them; else null. */
  get size(): number | null {
    if (this.#data !== null) return this.#data.length;
    if (!isZstdFrame(this.frame)) return this.frame.length;
    const size = readContentSize(this.frame);
    return typeof size === 'number' ? size : null;
  }

  /**
   * The bytes themselves, not a copy: do not write into them. What is no zstd frame is taken for them, as in gufe. Throws
   * GufeError for more than `maxBytes` and for a damaged frame.
   *
   * Differs from gufe: it takes a damaged frame, and one that does not state its size, for the data.
   */
  read(options: { readonly zstd?: Zstd; readonly maxBytes?: number } = {}): Uint8Array {
    if (this.#data !== null) return this.#data;
    const frame = this.frame;
    if (!isZstdFrame(frame)) return frame;
    const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    // Told before anything is unpacked.
    if ((this.size ?? 0) > maxBytes) throw new GufeError(`bytes: over ${maxBytes} bytes once decompressed`);
    const zstd = options.zstd ?? requireZstd();
    try {
      return zstd.decompress(frame, maxBytes);
    } catch (cause) {
      if (!(cause instanceof ZstdError)) throw cause;
      throw new GufeError(`bytes: ${cause.message}`, { cause });
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
  /** ISO text as Python writes it, whatever it was given as: `2026-01-02T03:04:05.000678+00:00`. */
  readonly text: string;

  /** Throws GufeError for what is no date and time, and for one that there never is. */
  constructor(text: string) {
    const parts = ISO.exec(text);
    if (parts === null) throw new GufeError(`'${text}' is not an ISO date and time`);
    const [, day = '', time = '', milli = '000', micro = '000', offset = ''] = parts;
    const zone = offsetText(offset);
    if (!isDay(day) || !isTime(time) || zone === null) {
      throw new GufeError(`'${text}' is a date and time that does not exist`);
    }
    const fraction = `${milli}${micro}`;
    this.text = `${day}T${time}${fraction === '000000' ? '' : `.${fraction}`}${zone}`;
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

function isDay(text: string): boolean {
  // The calendar turns 30 February into 2 March.
  const date = new Date(`${text}T00:00:00Z`);
  return !text.startsWith('0000') && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function isTime(text: string): boolean {
  return /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(text);
}

/** An offset from UTC as Python writes it; null for one of a day or more. */
function offsetText(text: string): string | null {
  if (text === '') return '';
  const [hours = 0, minutes = 0, seconds = 0] = (text.match(/\d\d/g) ?? []).slice(0, 3).map(Number);
  const fraction = /\.(\d{1,6})/.exec(text)?.[1]?.padEnd(6, '0') ?? '000000';
  const total = hours * 3600 + minutes * 60 + seconds;
  if (total >= 86_400) return null;
  const isZero = total === 0 && Number(fraction) === 0;
  const sign = text.startsWith('-') && !isZero ? '-' : '+';
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const clock = `${sign}${two(total / 3600)}:${two((total / 60) % 60)}`;
  if (Number(fraction) !== 0) return `${clock}:${two(total % 60)}.${fraction}`;
  return total % 60 === 0 ? clock : `${clock}:${two(total % 60)}`;
}

/** A POSIX path, as text. */
export class PosixPath {
  readonly [CODED] = true;
  /** As Python writes it: without empty parts and without `.`. */
  readonly path: string;

  constructor(path: string) {
    const parts = path.split('/').filter(part => part !== '' && part !== '.');
    // POSIX leaves it open what exactly two slashes mean, so Python keeps them.
    const root = /^\/*/.exec(path)?.[0].length ?? 0;
    this.path = `${root === 0 ? '' : root === 2 ? '//' : '/'}${parts.join('/')}` || '.';
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A UUID in its canonical 36 characters. */
export class Uuid {
  readonly [CODED] = true;
  readonly text: string;

  constructor(text: string) {
    if (!UUID.test(text)) throw new GufeError(`'${text}' is not a UUID in its canonical form`);
    this.text = text.toLowerCase();
  }
}
