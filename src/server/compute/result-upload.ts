// Receives a pushed result while it arrives, in memory that does not depend on its size:
//
//   JSON text  ─►  latin-1 string  ─►  bytes  ─►  outer frame  ─►  inner frame ─┬─►  object store, as it is
//   (envelope.ts)                                  (unpacked)                   └─►  unpacked  ─►  ResultReader
//
// gufe's codec for bytes compresses, and clients hand it bytes that are compressed already, hence two frames. Clients
// with a gufe before 1.2 send one: then what the outer frame unpacks to is the keyed chain itself, which begins with
// `[`, and the bytes before unpacking are what is stored.
import { AlchemiscaleError } from '../../domain/errors.ts';
import { type ReadResult, ResultReader } from '../../domain/result-reader.ts';
import { isZstdFrame } from '../../lib/zstd.ts';
import { readContentSize } from '../../lib/zstd-frame.ts';
import type { ObjectUpload } from '../../objects/object-store.ts';
import { refuseBomb, tooLarge } from '../body.ts';
import type { LimitSettings } from '../settings.ts';
import { ResultEnvelope } from './envelope.ts';
import { FrameDecoder } from './frame-decoder.ts';

/** What a push says. */
export interface ReceivedResult {
  readonly result: ReadResult;
  /** The compute service that pushes; null when it gave no id. */
  readonly service: string | null;
}

/** Each step hands its output to another thread; a socket's pieces are too small for that. */
const BATCH_BYTES = 128 * 1024;
const PIECE_BYTES = 256 * 1024;

/** Reads the body to its end and writes the bytes to store into `upload`. Throws what is wrong, in one sentence. */
export async function receiveResult(
  body: AsyncIterable<Uint8Array>,
  upload: ObjectUpload,
  limits: LimitSettings,
): Promise<ReceivedResult> {
  const envelope = new ResultEnvelope();
  const frame = new StoredFrame(upload, limits);
  const layers = new Layers(piece => frame.write(piece));
  try {
    for await (const piece of body) {
      // A socket gives little at a time; where a body comes in one piece, it must not be one turn.
      for (let at = 0; at < piece.length; at += PIECE_BYTES) {
        const bytes = envelope.write(piece.subarray(at, at + PIECE_BYTES));
        if (bytes >= BATCH_BYTES) await layers.write(envelope.take());
      }
    }
    const service = envelope.end();
    await layers.write(envelope.take());
    await layers.end();
    return { result: await frame.end(), service };
  } finally {
    layers.close();
    frame.close();
  }
}

/** The longest header of a frame. */
const HEADER_BYTES = 18;

/** The frame that is stored: counted, kept, and read on the way. */
class StoredFrame {
  readonly #upload: ObjectUpload;
  readonly #limits: LimitSettings;
  readonly #reader = new ResultReader();
  readonly #decoder: FrameDecoder;
  #header: Uint8Array | null = new Uint8Array(0);
  #bytes = 0;
  #textBytes = 0;

  constructor(upload: ObjectUpload, limits: LimitSettings) {
    this.#upload = upload;
    this.#limits = limits;
    this.#decoder = new FrameDecoder('The result', async text => this.#read(text));
  }

  async write(piece: Uint8Array): Promise<void> {
    this.#bytes += piece.length;
    if (this.#bytes > this.#limits.resultBytes) throw tooLarge(this.#limits.resultBytes);
    this.#checkHeader(piece);
    await this.#upload.write(piece);
    await this.#decoder.write(piece);
  }

  async end(): Promise<ReadResult> {
    await this.#decoder.end();
    return this.#reader.end();
  }

  close(): void {
    this.#decoder.close();
  }

  #read(text: Uint8Array): void {
    this.#textBytes += text.length;
    if (this.#textBytes > this.#limits.resultTextBytes) throw tooLarge(this.#limits.resultTextBytes);
    refuseBomb(this.#textBytes, this.#bytes);
    this.#reader.write(text);
  }

  /** Python reads only frames that state the size of their content, and results are handed out as they came. */
  #checkHeader(piece: Uint8Array): void {
    if (this.#header === null) return;
    const header = Buffer.concat([this.#header, piece.subarray(0, HEADER_BYTES)]);
    const size = readContentSize(header);
    this.#header = size === 'cut' ? header : null;
    if (size === null) {
      throw new AlchemiscaleError(
        'INVALID_BODY',
        'The zstd frame of the result does not state the size of its content, without which Python clients cannot read it',
      );
    }
    if (size !== 'cut' && size > this.#limits.resultTextBytes) throw tooLarge(this.#limits.resultTextBytes);
  }
}

/** A zstd block, after which output must have come, is 128 KiB at most. */
const MAX_UNDECIDED_BYTES = 1024 * 1024;

/** Finds out from the first bytes that the outer frame unpacks to whether there is another one inside. */
class Layers {
  readonly #sink: (piece: Uint8Array) => Promise<void>;
  readonly #outer: FrameDecoder;
  #layers: 'unknown' | 'one' | 'two' = 'unknown';
  /** What came in, and what came out of it, while that is unknown. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #start: Uint8Array = new Uint8Array(0);

  constructor(sink: (piece: Uint8Array) => Promise<void>) {
    this.#sink = sink;
    this.#outer = new FrameDecoder('The content of `protocoldagresult`', piece => this.#unpacked(piece));
  }

  async write(piece: Uint8Array): Promise<void> {
    if (this.#layers === 'one') return this.#sink(piece);
    if (this.#layers === 'unknown') this.#hold(piece);
    await this.#outer.write(piece);
    if (this.#layers === 'unknown') return;
    const held = this.#held;
    this.#held = [];
    if (this.#is('one')) for (const before of held) await this.#sink(before);
  }

  async end(): Promise<void> {
    if (this.#layers === 'one') return;
    await this.#outer.end();
    if (this.#layers !== 'two') throw neither();
  }

  close(): void {
    this.#outer.close();
  }

  #hold(piece: Uint8Array): void {
    this.#held.push(piece);
    this.#heldBytes += piece.length;
    if (this.#heldBytes > MAX_UNDECIDED_BYTES) throw neither();
  }

  async #unpacked(piece: Uint8Array): Promise<void> {
    if (this.#layers === 'two') return this.#sink(piece);
    if (this.#layers === 'one') return;
    this.#start = Buffer.concat([this.#start, piece]);
    if (this.#start.length < 4) return;
    if (isZstdFrame(this.#start)) {
      this.#layers = 'two';
      await this.#sink(this.#start);
    } else if (/^\s*\[/.test(Buffer.from(this.#start.subarray(0, 4)).toString('latin1'))) {
      this.#layers = 'one';
    } else {
      throw neither();
    }
  }

  /** Awaits change it, which the compiler does not see. */
  #is(layers: 'one' | 'two'): boolean {
    return this.#layers === layers;
  }
}

function neither(): AlchemiscaleError {
  return new AlchemiscaleError(
    'UNREADABLE_BODY',
    'The content of `protocoldagresult` must be the zstd frame of a keyed chain, itself in a zstd frame',
  );
}
