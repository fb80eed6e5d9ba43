// Keyed chains that arrive in pieces: read pair by pair, in memory that the largest object decides and not the file, or
// decoded to objects without ever holding the text as a whole. gzip and zstd are undone on the way.
import { ChainPieces } from '../lib/chain-pieces.ts';
import { DecompressError, decompressed } from '../lib/decompress-stream.ts';
import { JsonError } from '../lib/json-error.ts';
import type { KeyedChainEntry } from '../lib/json-scan.ts';
import { faultAtLine } from './document-faults.ts';
import { GufeError } from './error.ts';
import { ChainDecoder, type DecodeOptions } from './keyed-chain.ts';
import type { GufeObject } from './values.ts';

export type { KeyedChainEntry } from '../lib/json-scan.ts';

/** How to read what arrives in pieces. */
export interface StreamOptions {
  /** A pair of more text than this is refused; 64 MiB if left out. */
  readonly maxPairBytes?: number;
}

/**
 * The pairs of a keyed chain, as they come: stated key, exact text of the keyed dict, place in the (decompressed) text. The
 * text has been checked to be JSON. Throws GufeError with the place, after all pairs before the fault.
 * @param source the file's bytes, plain, gzip or zstd: a Node read stream, the body of a `Response`, …
 * @example for await (const { key, bytes } of streamKeyedChain(createReadStream('network.json.zst'))) …
 */
export async function* streamKeyedChain(
  source: AsyncIterable<Uint8Array>,
  options: StreamOptions = {},
): AsyncGenerator<KeyedChainEntry> {
  const pieces = new ChainPieces(options);
  try {
    // Not `yield*`, which waits more often: of a hundred thousand small objects that would be a fifth of the time.
    for await (const piece of decompressed(source)) {
      for (const entry of pieces.write(piece)) yield entry;
    }
    for (const entry of pieces.end()) yield entry;
  } catch (error) {
    if (error instanceof JsonError) throw faultAtLine(error, pieces.lineOf(error));
    if (error instanceof DecompressError) throw new GufeError(error.message, { cause: error });
    throw error;
  }
}

/** The root of a keyed chain that arrives in pieces. Throws GufeError; nothing is half built. */
export async function decodeKeyedChainStream(
  source: AsyncIterable<Uint8Array>,
  options: DecodeOptions & StreamOptions = {},
): Promise<GufeObject> {
  const decoder = new ChainDecoder(options);
  for await (const entry of streamKeyedChain(source, options)) decoder.add(entry);
  return decoder.root();
}
