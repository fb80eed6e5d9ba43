// Lines and runs of bytes from a stream, taken one after another.
import type { Readable } from 'node:stream';

const LINE_FEED = 0x0a;
const NOTHING: Buffer = Buffer.alloc(0);

export class ByteReader {
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<Buffer>;
  #buffer: Buffer = NOTHING;

  constructor(stream: Readable) {
    this.#stream = stream;
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /**
   * The text up to the next line feed, which is taken too; null at the end. Throws for a line that is cut off, or goes on for more than
   * `most` bytes.
   */
  async line(most: number = Number.POSITIVE_INFINITY): Promise<string | null> {
    const parts: Buffer[] = [];
    let size = 0;
    for (;;) {
      const end = this.#buffer.indexOf(LINE_FEED);
      if (end >= 0) {
        parts.push(this.#buffer.subarray(0, end));
        this.#buffer = this.#buffer.subarray(end + 1);
        return Buffer.concat(parts).toString('utf8');
      }
      if (this.#buffer.length > 0) parts.push(this.#buffer);
      size += this.#buffer.length;
      if (size > most) throw new Error('a line is too long');
      if (await this.#fill()) continue;
      if (parts.length === 0) return null;
      throw new Error('the last line is cut off');
    }
  }

  /** One byte or more, `most` at most; null at the end. */
  async some(most: number): Promise<Uint8Array | null> {
    if (this.#buffer.length === 0 && !(await this.#fill())) return null;
    const some = this.#buffer.subarray(0, most);
    this.#buffer = this.#buffer.subarray(some.length);
    return some;
  }

  async #fill(): Promise<boolean> {
    this.#buffer = NOTHING;
    const next = await this.#chunks.next();
    if (next.done === true) return false;
    this.#buffer = next.value;
    return true;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
    this.#stream.destroy();
  }
}
