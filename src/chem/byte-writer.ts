// Little-endian bytes, written one number after the other into a buffer that grows.

/** Writes numbers; `bytes` hands them back. */
export class ByteWriter {
  #view = new DataView(new ArrayBuffer(1024));
  #at = 0;

  u8(value: number): void {
    const start = this.#step(1);
    this.#view.setUint8(start, value);
  }

  u32(value: number): void {
    const start = this.#step(4);
    this.#view.setUint32(start, value, true);
  }

  f64(value: number): void {
    const start = this.#step(8);
    this.#view.setFloat64(start, value, true);
  }

  u16(value: number): void {
    const start = this.#step(2);
    this.#view.setUint16(start, value, true);
  }

  /** A text in UTF-8, its length in front of it as 32 bits. */
  text(value: string): void {
    const bytes = UTF8.encode(value);
    this.u32(bytes.length);
    this.write(bytes);
  }

  write(bytes: Uint8Array): void {
    const start = this.#step(bytes.length);
    new Uint8Array(this.#view.buffer).set(bytes, start);
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.#view.buffer, 0, this.#at);
  }

  /** Makes room first: the view may be another one afterward. */
  #step(count: number): number {
    const start = this.#at;
    if (start + count > this.#view.byteLength) {
      const grown = new Uint8Array(2 * (start + count));
      grown.set(this.bytes);
      this.#view = new DataView(grown.buffer);
    }
    this.#at = start + count;
    return start;
  }
}

const UTF8 = new TextEncoder();
