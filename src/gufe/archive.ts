// AlchemicalArchive: a network with the results of its transformations, to keep, to share, to cite.
import { GufeError } from './error.ts';
import { withEntry } from './key-rule.ts';
import { AlchemicalNetwork } from './network.ts';
import { ProtocolDAGResult } from './protocol/result.ts';
import { readDict, readList, readObject, readString, wrong } from './read-dict.ts';
import type { GufeClass } from './registry.ts';
import { GufeTokenizable } from './tokenizable.ts';
import { type AnyTransformation, NonTransformation, Transformation } from './transformation.ts';
import {
  type GufeDict,
  type GufeDictInput,
  type GufeInput,
  type GufeObject,
  type GufeValue,
  isTokenizable,
  toGufeDict,
} from './values.ts';

const MODULE = 'gufe.archival';

/** The release of gufe whose rules for objects and keys are followed here; an archive says by which it was written. */
export const GUFE_VERSION = '1.12.0';

/** The results of one transformation. */
export type TransformationResults = readonly [
  transformation: AnyTransformation,
  results: readonly ProtocolDAGResult[],
];

/** What an archive is made from. */
export interface ArchiveOptions {
  readonly network: AlchemicalNetwork;
  /** Each transformation once, all of them edges of the network; those without results may be left out. */
  readonly transformationResults: Iterable<TransformationResults>;
  /** Whatever should be kept with it, such as who made it and why. */
  readonly metadata?: GufeDictInput | null;
  /** The gufe that wrote it: readers warn when their own differs in the first two numbers. `GUFE_VERSION` by default. */
  readonly versionGufe?: string;
}

/** A network with its results. */
export class AlchemicalArchive extends GufeTokenizable {
  override readonly qualname: string = 'AlchemicalArchive';
  override readonly module: string = MODULE;
  readonly network: AlchemicalNetwork;
  /** In order of key, and so are the results of each, without repeats. */
  readonly transformationResults: readonly TransformationResults[];
  readonly metadata: GufeDict;
  readonly versionGufe: string;

  constructor(options: ArchiveOptions) {
    super();
    this.network = options.network;
    this.transformationResults = checkedResults(options.network, options.transformationResults);
    this.metadata = toGufeDict(options.metadata ?? {}, 'metadata');
    this.versionGufe = options.versionGufe ?? GUFE_VERSION;
  }

  /** The results of a transformation by its key; empty when the archive has none. */
  resultsOf(transformation: GufeObject): readonly ProtocolDAGResult[] {
    const { key } = transformation;
    return this.transformationResults.find(([known]) => known.key === key)?.[1] ?? [];
  }

  override fields(): GufeDict {
    return new Map<string, GufeValue>([
      ['network', this.network],
      ['transformation_results', this.transformationResults],
      ['metadata', this.metadata],
      ['version_gufe', this.versionGufe],
    ]);
  }

  protected override remake(fields: GufeDict): GufeObject {
    return ALCHEMICAL_ARCHIVE.decode(fields, this.key);
  }
}

function checkedResults(
  network: AlchemicalNetwork,
  given: Iterable<TransformationResults>,
): TransformationResults[] {
  const edges = new Set(network.edges.map(edge => edge.key));
  const byKey = new Map<string, TransformationResults>();
  for (const [transformation, results] of given) {
    const { key } = transformation;
    if (!edges.has(key)) throw new GufeError(`${key} has results but is no edge of ${network.key}`);
    if (byKey.has(key)) throw new GufeError(`the results of ${key} are given twice`);
    byKey.set(key, [transformation, sortedByKey(results)]);
  }
  return [...byKey].sort(([a], [b]) => compare(a, b)).map(([, pair]) => pair);
}

function sortedByKey(results: readonly ProtocolDAGResult[]): readonly ProtocolDAGResult[] {
  const byKey = new Map(results.map(result => [result.key, result]));
  return [...byKey].sort(([a], [b]) => compare(a, b)).map(([, result]) => result);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** How it is read. */
export const ALCHEMICAL_ARCHIVE: GufeClass = {
  qualname: 'AlchemicalArchive',
  module: MODULE,
  entries: ['network', 'transformation_results', 'metadata', 'version_gufe'],
  keyRule: { today: dict => withEntry(dict, 'metadata', new Map()) },
  decode: fields => {
    const network = readObject(fields, 'network');
    return new AlchemicalArchive({
      network:
        network instanceof AlchemicalNetwork ? network : wrong(network, 'network', 'an AlchemicalNetwork'),
      transformationResults: readList(fields, 'transformation_results').map(readPair),
      metadata: (fields.get('metadata') ?? null) === null ? null : readMetadata(fields),
      versionGufe: readString(fields, 'version_gufe'),
    });
  },
};

function readPair(value: GufeValue, index: number): TransformationResults {
  const name = `transformation_results[${index}]`;
  const pair = Array.isArray(value) ? (value as readonly GufeValue[]) : [];
  const [transformation, results] = pair;
  const isEdge = transformation instanceof Transformation || transformation instanceof NonTransformation;
  if (pair.length !== 2 || !isEdge || !Array.isArray(results)) {
    return wrong(value, name, 'a transformation and the list of its results');
  }
  return [transformation, (results as readonly GufeValue[]).map(result => readResult(result, name))];
}

function readResult(value: GufeValue, name: string): ProtocolDAGResult {
  if (value instanceof ProtocolDAGResult) return value;
  return wrong(isTokenizable(value) ? value : null, name, 'a list of ProtocolDAGResults');
}

function readMetadata(fields: GufeDict): ReadonlyMap<string, GufeInput> {
  return readDict(fields, 'metadata') as ReadonlyMap<string, GufeInput>;
}
