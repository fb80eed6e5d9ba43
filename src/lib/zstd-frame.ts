// The header of a zstd frame (RFC 8878, 3.1.1.1), as far as it tells how much the frame unpacks to.

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd] as const;

/**
 * The size of the content that the frame states: null when it states none, `cut` when the header is not all there.
 * Bytes that are no frame state none.
 */
export function readContentSize(header: Uint8Array): number | null | 'cut' {
  for (const [i, byte] of MAGIC.entries()) {
    if (i >= header.length) return 'cut';
    if (header[i] !== byte) return null;
  }
  const descriptor = header[4];
  if (descriptor === undefined) return 'cut';
  const single = (descriptor & 0x20) !== 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
  if (sizeBytes === 0) return null;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number;
  const at = 5 + (single ? 0 : 1) + dictionaryBytes;
  if (header.length < at + sizeBytes) return 'cut';
  let size = 0;
  for (let i = sizeBytes - 1; i >= 0; i--) size = size * 256 + (header[at + i] as number);
  return sizeBytes === 2 ? size + 256 : size;
}
