// Where real systems with their gufe keys lie (openfe-benchmarks, with networks made by gufe): beside the checkout or wherever
// ALCHEMISCALE_BENCHMARKS says, if they are there. They are too large to be copied into the repository.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const BESIDE = fileURLToPath(new URL('../../../shared/data/benchmarks', import.meta.url));
const FOLDER = process.env.ALCHEMISCALE_BENCHMARKS ?? BESIDE;

/** Why tests over the real systems do not run; false when they do. */
export const NO_BENCHMARKS: string | false = existsSync(join(FOLDER, 'tyk2', 'keys.json'))
  ? false
  : `the benchmark systems are not at ${FOLDER} (ALCHEMISCALE_BENCHMARKS)`;

/** The path of a file of one system; for one that lies there as `.gz`, that. */
export function benchmarkPath(system: string, file: string): string {
  const path = join(FOLDER, system, file);
  return existsSync(path) ? path : `${path}.gz`;
}

/** A file of one system, decompressed. */
export function readBenchmark(system: string, file: string): Buffer {
  const path = benchmarkPath(system, file);
  return path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path);
}
