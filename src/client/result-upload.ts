// The body of a result's upload, made piece by piece so that a large result need not lie in memory several times over.
//
// Layers, inside out: JSON text of the result's keyed chain → zstd frame Z1, which the service keeps → gufe's codec for
// bytes, which is a second zstd frame Z2 as latin-1 text in JSON → gzip. Z1 is compressed already, so Z2 is written
// with stored blocks: no time spent, and any reader takes it.
import { CAN_STREAM_BODIES, type EncodedBody, gzip, latin1Json, streamBody } from './encode.ts';

/** The frame Z1: bytes at hand, or a Blob (on Node `await fs.openAsBlob(path)`) that is read while it is sent. */
export type ResultFrame = Uint8Array | Blob;

/** Results up to this size are encoded once, before they are sent; larger ones while they are sent, at each try. */
const STREAM_ABOVE_BYTES = 4 * 1024 * 1024;

/** The JSON text of the body, in pieces. */
async function* resultUpload(frame: ResultFrame, serviceId: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield utf8(
    '{"protocoldagresult": {"__class__": "bytes", "__module__": "builtins", ":is_custom:": true, "latin-1": "',
  );
  for await (const piece of storedFrame(frame)) yield latin1Json(piece);
  yield utf8(`"}, "compute_service_id": ${JSON.stringify(serviceId)}}`);
}

function sizeOf(frame: ResultFrame): number {
  return frame instanceof Blob ? frame.size : frame.byteLength;
}

/**
 * A zstd frame that holds `content` as it is (RFC 8878, 3.1.1): magic, header with content size, raw blocks. The size
 * is in the header because Python's one-shot reader refuses a frame without it. The window is stated (128 KiB) rather than
 * left to the content size, so that streaming readers with a limited window take a frame of any length.
 */
async function* storedFrame(content: ResultFrame): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const size = sizeOf(content);
  const header = new DataView(new ArrayBuffer(14));
  header.setUint32(0, ZSTD_MAGIC, true);
  header.setUint8(4, CONTENT_SIZE_IN_8_BYTES);
  header.setUint8(5, WINDOW_128_KIB);
  header.setBigUint64(6, BigInt(size), true);
  yield new Uint8Array(header.buffer);
  let start = 0;
  do {
    const end = Math.min(start + PIECE_BYTES, size);
    yield storedBlocks(await slice(content, start, end), end === size);
    start = end;
  } while (start < size);
}

const ZSTD_MAGIC = 0xfd2fb528;
const CONTENT_SIZE_IN_8_BYTES = 0b11_000000;
const WINDOW_128_KIB = 7 << 3;
/** The largest block that a window of 128 KiB allows. */
const BLOCK_BYTES = 128 * 1024;
/** How much is read at a time: a whole number of blocks. */
const PIECE_BYTES = 8 * BLOCK_BYTES;

function storedBlocks(bytes: Uint8Array, last: boolean): Uint8Array<ArrayBuffer> {
  const count = Math.max(1, Math.ceil(bytes.byteLength / BLOCK_BYTES));
  const blocks = new Uint8Array(bytes.byteLength + count * 3);
  for (let i = 0; i < count; i++) {
    const block = bytes.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES);
    const header = (block.byteLength << 3) | (last && i === count - 1 ? 1 : 0);
    const at = i * (BLOCK_BYTES + 3);
    blocks.set([header & 0xff, (header >> 8) & 0xff, header >> 16], at);
    blocks.set(block, at + 3);
  }
  return blocks;
}

async function slice(content: ResultFrame, start: number, end: number): Promise<Uint8Array> {
  if (content instanceof Blob) return new Uint8Array(await content.slice(start, end).arrayBuffer());
  return content.subarray(start, end);
}

/** The body as it is sent, gzipped or not; encoded once when small. */
export async function encodeUpload(
  frame: ResultFrame,
  serviceId: string,
  compress: boolean,
): Promise<EncodedBody> {
  const encoding = compress ? ({ contentEncoding: 'gzip' } as const) : {};
  const streamed = CAN_STREAM_BODIES && sizeOf(frame) > STREAM_ABOVE_BYTES;
  if (streamed)
    return {
      ...encoding,
      content: () => streamBody(resultUpload(frame, serviceId), compress ? GZIP_LEVEL : null),
    };
  const json = await joined(resultUpload(frame, serviceId));
  return { ...encoding, content: compress ? await gzip(json, GZIP_LEVEL) : json };
}

/** What gzip can undo is only the latin-1 text's own growth, and the lowest level does that as well as the others. */
const GZIP_LEVEL = 1;

async function joined(pieces: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of pieces) parts.push(piece);
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
