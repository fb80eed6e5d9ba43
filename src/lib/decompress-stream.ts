// Decompression of bytes that arrive in pieces. The first bytes tell what they are: gzip, zstd, or neither, in which case
// they pass unchanged. Works with what the platform has: Node has both, browsers have gzip.

/** Compressed bytes that cannot be read: damaged, cut, or of a kind that this platform cannot read. */
export class DecompressError extends Error {
  override readonly name: string = 'DecompressError';
}

/** What the first bytes of a file tell. */
export type Compression = 'gzip' | 'zstd' | 'none';

const ENOUGH_BYTES = 4;
const CHUNK_BYTES = 512 * 1024;

/** Four bytes are enough. */
export function compressionOf(head: Uint8Array): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  return head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd ? 'zstd' : 'none';
}

/** The bytes without their compression, if they have any. Throws DecompressError on the way. */
export async function* decompressed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  const head = await takeHead(iterator);
  const kind = compressionOf(head);
  const whole = prepend(head, iterator);
  if (kind === 'none') return yield* whole;
  const decompress = nodeDecompressor(kind) ?? webDecompressor(kind);
  if (decompress === null) throw new DecompressError(`${kind} cannot be read here`);
  try {
    yield* decompress(whole);
  } catch (cause) {
    if (!isDecompressionFault(cause)) throw cause;
    throw new DecompressError(`the ${kind} data are damaged or cut: ${cause.message}`, { cause });
  }
}

async function takeHead(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < ENOUGH_BYTES) {
    const next = await iterator.next();
    if (next.done === true) break;
    if (head.length === 0) head = next.value;
    else head = Uint8Array.from([...head, ...next.value]);
  }
  return head;
}

async function* prepend(head: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

type Decompressor = (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

function nodeDecompressor(kind: 'gzip' | 'zstd'): Decompressor | null {
  const zlib = globalThis.process?.getBuiltinModule?.('node:zlib');
  const stream = globalThis.process?.getBuiltinModule?.('node:stream');
  if (zlib === undefined || stream === undefined) return null;
  if (kind === 'zstd' && zlib.createZstdDecompress === undefined) return null;
  return source => {
    const options = { chunkSize: CHUNK_BYTES };
    const transform = kind === 'gzip' ? zlib.createGunzip(options) : zlib.createZstdDecompress(options);
    // Whoever reads the transform gets its error; the callback is for the pipeline's own sake.
    return stream.pipeline(stream.Readable.from(source), transform, () => undefined);
  };
}

function webDecompressor(kind: 'gzip' | 'zstd'): Decompressor | null {
  if (kind === 'zstd' || globalThis.DecompressionStream === undefined) return null;
  return source => {
    const input = new ReadableStream<BufferSource>({
      async start(controller) {
        for await (const piece of source) controller.enqueue(piece as Uint8Array<ArrayBuffer>);
        controller.close();
      },
    });
    return iterate(input.pipeThrough(new DecompressionStream('gzip')));
  };
}

/** Not every browser can iterate over a stream. */
async function* iterate(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const next = await reader.read();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await reader.cancel();
  }
}

/** Node's errors carry a code of zlib or zstd; a browser's are TypeErrors. */
function isDecompressionFault(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return error instanceof TypeError || (typeof code === 'string' && /^Z(_|STD_)|^ERR_/.test(code));
}
