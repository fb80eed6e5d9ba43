// Where facts made by the original lie: a part of them in the repository, the full set beside the checkout or wherever
// ALCHEMISCALE_GOLDEN says, if it is there.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FULL = process.env.ALCHEMISCALE_GOLDEN ?? join(ROOT, '..', 'shared', 'data', 'golden');

/** The folder of the copied facts about one topic. */
export function fixtures(topic: string): string {
  return join(ROOT, 'test', 'fixtures', topic);
}

/** The folder of the full set, or null where it is not. */
export const GOLDEN: string | null = existsSync(join(FULL, 'canonical.jsonl.gz')) ? FULL : null;

/** Why tests over the full set do not run; false when they do. */
export const NO_GOLDEN: string | false =
  GOLDEN === null ? `the full set made by Python with gufe is not at ${FULL} (ALCHEMISCALE_GOLDEN)` : false;

/** A file's bytes, gunzipped if it lies there as `.gz`. */
export function readGolden(path: string): Uint8Array {
  return existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(`${path}.gz`));
}
