// zstd as two synchronous functions, so that code which must run in a browser can be handed another implementation.
// Frames are as Python readers need them: one frame that states its content size (a one-shot reader refuses any other),
// level 3, no checksum.

/** Compression as the rest of the code needs it. */
export interface Zstd {
  /** One frame, with the content size in its header. */
  compress(bytes: Uint8Array): Uint8Array;
  /** The content of the first frame; what follows it is ignored. Throws ZstdError. */
  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array;
}

/** `corrupt`: not a zstd frame, or a damaged or truncated one. `too-large`: more content than allowed. */
type ZstdErrorReason = 'corrupt' | 'too-large';

/** Bytes that could not be decompressed. */
export class ZstdError extends Error {
  override readonly name: string = 'ZstdError';
  readonly reason: ZstdErrorReason;

  constructor(reason: ZstdErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

const LEVEL = 3;

/** Node's own zstd, or null where there is none (browsers, Node below 22.15). */
export function nodeZstd(): Zstd | null {
  const zlib = globalThis.process?.getBuiltinModule?.('node:zlib');
  if (zlib?.zstdCompressSync === undefined) return null;
  const params = { [zlib.constants.ZSTD_c_compressionLevel]: LEVEL };
  return {
    compress: bytes => zlib.zstdCompressSync(bytes, { params }),
    decompress(bytes, maxBytes) {
      try {
        return zlib.zstdDecompressSync(bytes, { maxOutputLength: maxBytes });
      } catch (cause) {
        const tooLarge = (cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
        if (tooLarge) throw new ZstdError('too-large', `over ${maxBytes} bytes once decompressed`, { cause });
        throw new ZstdError('corrupt', 'not a complete zstd frame', { cause });
      }
    },
  };
}

/** True when the bytes begin like a zstd frame. */
export function isZstdFrame(bytes: Uint8Array): boolean {
  return bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd;
}
