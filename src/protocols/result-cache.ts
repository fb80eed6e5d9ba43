// Results of the units of a DAG that is not finished yet, kept in files so that it can be gone on with after a stop: as gufe
// keeps them, so either program can go on with what the other began.
//     <base>/<key of the DAG>-results_cache/<key of a unit>_unitresults.json    the result as keyed chain
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GufeError } from '../gufe/error.ts';
import { decodeKeyedChainAs } from '../gufe/keyed-chain.ts';
import type { ProtocolDAG } from '../gufe/protocol/dag.ts';
import { ProtocolUnitResult } from '../gufe/protocol/unit-result.ts';
import { JsonError } from '../lib/json-error.ts';
import { PROTOCOL_REGISTRY } from './registry.ts';

/** A DAG that cannot be run from the state it is in; the message says which result is in the way. */
export class ProtocolExecutionError extends GufeError {
  override readonly name: string = 'ProtocolExecutionError';
}

export interface ResultCacheOptions {
  /** A folder that any number of DAGs may share; made if it is not there. */
  readonly base: string;
  /** Called for files that hold no result; their units are run again. */
  readonly onUnreadable?: ((path: string, error: Error) => void) | undefined;
}

/** The cache of one DAG. */
export class ResultCache {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Opens the cache of a DAG, and reads what is in it: results by the key of their unit. */
  static async open(
    dag: ProtocolDAG,
    { base, onUnreadable }: ResultCacheOptions,
  ): Promise<{ readonly cache: ResultCache; readonly results: ReadonlyMap<string, ProtocolUnitResult> }> {
    const folder = join(base, `${dag.key}-results_cache`);
    await mkdir(folder, { recursive: true });
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter(entry => entry.isFile() && entry.name.endsWith('.json'))
      .map(entry => join(entry.parentPath, entry.name))
      .sort();
    const found = new Map<string, ProtocolUnitResult>();
    for (const path of paths) {
      const result = await readResult(path, onUnreadable);
      if (result !== null) found.set(result.sourceKey, result);
    }
    return { cache: new ResultCache(folder), results: usableResults(dag, found) };
  }

  /** Keeps a result; a reader finds it whole or not at all. */
  async keep(result: ProtocolUnitResult): Promise<void> {
    const path = join(this.#folder, `${result.sourceKey}_unitresults.json`);
    await writeFile(`${path}.tmp`, result.toJson());
    await rename(`${path}.tmp`, path);
  }

  /** Removes everything of this DAG. */
  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function readResult(
  path: string,
  onUnreadable: ResultCacheOptions['onUnreadable'],
): Promise<ProtocolUnitResult | null> {
  try {
    return decodeKeyedChainAs(ProtocolUnitResult, await readFile(path), { registry: PROTOCOL_REGISTRY });
  } catch (error) {
    if (!(error instanceof GufeError || error instanceof JsonError)) throw error;
    onUnreadable?.(path, error);
    return null;
  }
}

/** The results of units of the DAG. One whose dependencies have none would not fit what these give when they are run again. */
function usableResults(
  dag: ProtocolDAG,
  found: ReadonlyMap<string, ProtocolUnitResult>,
): ReadonlyMap<string, ProtocolUnitResult> {
  const usable = new Map<string, ProtocolUnitResult>();
  for (const unit of dag.protocolUnits) {
    const result = found.get(unit.key);
    if (result === undefined) continue;
    const missing = dag.dependenciesOf(unit).find(({ key }) => !usable.has(key));
    if (missing !== undefined) {
      throw new ProtocolExecutionError(
        `the cache has a result of ${unit.key} but none of ${missing.key}, on which it depends: remove the cache of ${dag.key}`,
      );
    }
    usable.set(unit.key, result);
  }
  return usable;
}
