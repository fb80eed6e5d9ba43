// The transformations of a kept run as they are stored: the text of domain/strategy-run.ts as one zstd frame. Ten thousand of
// them are 1.5 MB of text and 0.3 MB in the store.
import {
  readTransformationRuns,
  type TransformationRun,
  writeTransformationRuns,
} from '../domain/strategy-run.ts';
import { nodeZstd, type Zstd } from '../lib/zstd.ts';

/** More is no history but an accident. */
const MAX_TEXT_BYTES = 1024 ** 3;

export function packTransformationRuns(runs: readonly TransformationRun[]): Uint8Array {
  return zstd().compress(new TextEncoder().encode(writeTransformationRuns(runs)));
}

export function unpackTransformationRuns(bytes: Uint8Array): readonly TransformationRun[] {
  return readTransformationRuns(new TextDecoder().decode(zstd().decompress(bytes, MAX_TEXT_BYTES)));
}

function zstd(): Zstd {
  const own = nodeZstd();
  if (own === null) throw new Error('this Node has no zstd: 22.15 or newer is needed');
  return own;
}
