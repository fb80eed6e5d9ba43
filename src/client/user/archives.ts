// Part of AlchemiscaleClient: archives, which hold a network with all its results for keeping and sharing.
import { AlchemiscaleError } from '../../domain/errors.ts';
import type { ScopedKey } from '../../domain/scoped-key.ts';
import { AlchemicalArchive, type TransformationResults } from '../../gufe/archive.ts';
import { GufeError } from '../../gufe/error.ts';
import type { AlchemicalNetwork } from '../../gufe/network.ts';
import { type GufeDict, type GufeDictInput, toGufeDict } from '../../gufe/values.ts';
import type { ProgressOptions } from '../concurrency.ts';
import type { CallOptions } from '../http.ts';
import { type KeyLike, toKey } from '../keys.ts';
import { ResultMethods } from './results.ts';

export interface ArchiveRequestOptions extends ProgressOptions {
  /** Kept with the archive, such as who made it and why. */
  readonly metadata?: GufeDictInput | null;
}

export interface ArchivesRequestOptions extends ProgressOptions {
  /** For each network what is kept with its archive, or null. */
  readonly metadata?: readonly (GufeDictInput | null)[] | null;
}

export class ArchiveMethods extends ResultMethods {
  /**
   * A network with all successful results it has now; null when there is none such. Progress counts transformations. The
   * archive is in memory as a whole, results included.
   */
  async getNetworkArchive(
    network: KeyLike,
    options: ArchiveRequestOptions = {},
  ): Promise<AlchemicalArchive | null> {
    const metadata = readableMetadata(options.metadata ?? null, String(network));
    return await this.#archive(toKey(network), metadata, options);
  }

  /** The archives of networks, aligned with the input, one fetched after the other; progress counts networks. */
  async getNetworkArchives(
    networks: readonly KeyLike[],
    options: ArchivesRequestOptions = {},
  ): Promise<(AlchemicalArchive | null)[]> {
    const { signal, onProgress } = options;
    const keys = networks.map(toKey);
    if (new Set(keys.map(String)).size !== keys.length) {
      throw badRequest('`networks` list must not contain duplicate entries');
    }
    const given = options.metadata ?? keys.map(() => null);
    if (given.length !== keys.length) {
      throw badRequest(`metadata must be as long as networks: ${given.length} against ${keys.length}`);
    }
    const metadata = given.map((each, index) => readableMetadata(each, String(keys[index])));
    const archives: (AlchemicalArchive | null)[] = [];
    for (const [index, key] of keys.entries()) {
      archives.push(await this.#archive(key, metadata[index] ?? null, { signal }));
      onProgress?.(archives.length, keys.length);
    }
    return archives;
  }

  async #archive(
    key: ScopedKey,
    metadata: GufeDict | null,
    options: ProgressOptions,
  ): Promise<AlchemicalArchive | null> {
    const { signal } = options;
    if (!(await this.checkExists(key, { signal }))) return null;
    const network = await this.getNetwork(key, { signal });
    const edgeOf = this.#edges(network, { signal });
    const results = this.iterateNetworkResults(key, { ...options, returnAs: 'ProtocolDAGResults' });
    const transformationResults: TransformationResults[] = [];
    for await (const [transformation, found] of results) {
      transformationResults.push([await edgeOf(transformation), found]);
    }
    const made = { network, transformationResults };
    return new AlchemicalArchive(metadata === null ? made : { ...made, metadata });
  }

  /**
   * What a transformation's key stands for: an edge of the network at hand, where that has this key. A service may know an
   * edge under the key of another generation of gufe; then what it stores under it is fetched.
   */
  #edges(
    network: AlchemicalNetwork,
    options: CallOptions,
  ): (key: ScopedKey) => Promise<TransformationResults[0]> {
    const edges = new Map(network.edges.map(edge => [edge.key, edge]));
    return async key => edges.get(key.gufeKey) ?? (await this.getTransformation(key, options));
  }
}

/** Found out before anything is fetched. */
function readableMetadata(metadata: GufeDictInput | null, network: string): GufeDict | null {
  if (metadata === null) return null;
  try {
    return toGufeDict(metadata, 'metadata');
  } catch (cause) {
    if (!(cause instanceof GufeError)) throw cause;
    throw badRequest(`the metadata for ${network} cannot be written: ${cause.message}`);
  }
}

function badRequest(message: string): AlchemiscaleError {
  return new AlchemiscaleError('BAD_REQUEST', message);
}
