// One file of the disk cache. A file is believed only when its digest is right and it says that it holds what was asked
// for; anything else (a torn write, a full disk, a bad sector, another program's file) counts as not there.
//
//     magic, 4 bytes │ packed, 1 │ length of the name, 2 │ digest, 32 │ name │ payload
//
// The digest is SHA-256 over all the rest. The payload is the bytes, or a zstd frame of them: networks shrink 20 times,
// results are such frames already.
import { isZstdFrame, type Zstd } from '../../lib/zstd.ts';

const MAGIC = [0x41, 0x4c, 0x43, 0x31] as const;
const [PACKED_AT, NAME_LENGTH_AT, DIGEST_AT, NAME_AT] = [4, 5, 7, 39];
/** Smaller ones do not shrink worth the while. */
const PACK_FROM_BYTES = 512;
/** More is no object but an accident. */
const MAX_UNPACKED_BYTES = 4 * 1024 ** 3;

/** The file that holds `bytes` under a name. */
export async function writeEntry(
  name: string,
  bytes: Uint8Array,
  zstd: Zstd | null,
): Promise<Uint8Array<ArrayBuffer>> {
  const isPacked = zstd !== null && bytes.length >= PACK_FROM_BYTES && !isZstdFrame(bytes);
  const payload = isPacked ? zstd.compress(bytes) : bytes;
  const nameBytes = new TextEncoder().encode(name);
  const file = new Uint8Array(NAME_AT + nameBytes.length + payload.length);
  file.set(MAGIC);
  file[PACKED_AT] = isPacked ? 1 : 0;
  new DataView(file.buffer).setUint16(NAME_LENGTH_AT, nameBytes.length);
  file.set(nameBytes, NAME_AT);
  file.set(payload, NAME_AT + nameBytes.length);
  file.set(await digestOf(file), DIGEST_AT);
  return file;
}

/** The bytes in a file, or null when it does not hold `name` whole. */
export async function readEntry(
  name: string,
  content: Uint8Array<ArrayBuffer>,
  zstd: Zstd | null,
): Promise<Uint8Array | null> {
  // Node reads files as Buffers, whose `slice` is no copy.
  const file = new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  const nameBytes = new TextEncoder().encode(name);
  const start = NAME_AT + nameBytes.length;
  if (file.length < start || MAGIC.some((byte, i) => file[i] !== byte)) return null;
  const header = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (header.getUint16(NAME_LENGTH_AT) !== nameBytes.length) return null;
  if (nameBytes.some((byte, i) => file[NAME_AT + i] !== byte)) return null;
  const digest = file.slice(DIGEST_AT, NAME_AT);
  const wanted = await digestOf(file);
  if (digest.some((byte, i) => wanted[i] !== byte)) return null;
  const payload = file.subarray(start);
  if (file[PACKED_AT] === 0) return payload;
  return zstd === null ? null : zstd.decompress(payload, MAX_UNPACKED_BYTES);
}

/** Over the file with zeros in the digest's own place. Changes the file there. */
async function digestOf(file: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  file.fill(0, DIGEST_AT, NAME_AT);
  return new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', file));
}

/** A name as text that any file system takes. */
export async function fileNameOf(name: string): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(name));
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('');
}
