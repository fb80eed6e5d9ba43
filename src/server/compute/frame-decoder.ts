// Decompresses one zstd frame that arrives in pieces, holding back whoever writes while its output is being taken: a
// frame that unpacks to gigabytes passes through in pieces of `CHUNK_BYTES`.
import { createZstdDecompress } from 'node:zlib';
import { AlchemiscaleError } from '../../domain/errors.ts';
import { ZSTD_LIMITS } from '../body.ts';

const CHUNK_BYTES = 256 * 1024;

/** Feed it with `write`, then call `end`, or `close` to leave early. What follows the first frame is ignored. */
export class FrameDecoder {
  readonly #sink: (piece: Uint8Array) => Promise<void>;
  readonly #what: string;
  readonly #zstd = createZstdDecompress({ chunkSize: CHUNK_BYTES, ...ZSTD_LIMITS });
  #ended = false;
  #error: Error | null = null;
  #wake: () => void = () => {};

  /** `what` names the frame in errors. */
  constructor(what: string, sink: (piece: Uint8Array) => Promise<void>) {
    this.#what = what;
    this.#sink = sink;
    this.#zstd.on('readable', () => this.#wake());
    this.#zstd.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
    this.#zstd.on('error', error => {
      this.#error = error;
      this.#wake();
    });
  }

  async write(piece: Uint8Array): Promise<void> {
    if (this.#ended) return;
    let written = false;
    this.#zstd.write(piece, () => {
      written = true;
      this.#wake();
    });
    await this.#drain(() => written);
  }

  /** Throws UNREADABLE_BODY when the frame is not whole. */
  async end(): Promise<void> {
    this.#zstd.end();
    await this.#drain(() => false);
    this.#zstd.destroy();
  }

  close(): void {
    this.#zstd.destroy();
  }

  async #drain(isDone: () => boolean): Promise<void> {
    for (;;) {
      for (let piece = this.#zstd.read(); piece !== null; piece = this.#zstd.read()) await this.#sink(piece);
      if (this.#error !== null) throw this.#explained(this.#error);
      if (this.#ended || isDone()) return;
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }

  #explained(cause: Error): AlchemiscaleError {
    const code = 'code' in cause ? String(cause.code) : '';
    const why =
      code === 'Z_BUF_ERROR'
        ? 'it is cut short'
        : code.includes('windowTooLarge')
          ? 'it needs too much memory to decompress'
          : 'it is damaged';
    return new AlchemiscaleError('UNREADABLE_BODY', `${this.#what} is not a readable zstd frame: ${why}`, {
      cause,
    });
  }
}
