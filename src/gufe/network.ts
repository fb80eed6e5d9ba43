// AlchemicalNetwork: a set of transformations and of the chemical systems between which they lead.
import type { JsonObject, JsonValue } from '../lib/json-value.ts';
import { ChemicalSystem } from './chemical-system.ts';
import { withSortedReferences } from './key-rule.ts';
import { readObjects, readStringOrNull, wrong } from './read-dict.ts';
import type { GufeClass } from './registry.ts';
import { GufeTokenizable } from './tokenizable.ts';
import { type AnyTransformation, NonTransformation, Transformation } from './transformation.ts';
import type { GufeDict, GufeObject, GufeValue } from './values.ts';

const MODULE = 'gufe.network';
const DEFAULTS: JsonObject = new Map<string, JsonValue>([
  ['edges', null],
  ['nodes', null],
  ['name', null],
]);

/** What a network is made from. */
export interface NetworkOptions {
  readonly edges?: Iterable<AnyTransformation>;
  /** Systems beyond those at the ends of edges. */
  readonly nodes?: Iterable<ChemicalSystem>;
  readonly name?: string | null;
}

/** What is submitted to alchemiscale. */
export class AlchemicalNetwork extends GufeTokenizable {
  override readonly qualname: string = 'AlchemicalNetwork';
  override readonly module: string = MODULE;
  /** Each once, in order of key. */
  readonly edges: readonly AnyTransformation[];
  /** Each once, in order of key; the states of all edges among them. */
  readonly nodes: readonly ChemicalSystem[];
  readonly name: string | null;

  constructor(options: NetworkOptions = {}) {
    super();
    this.edges = sortedByKey(options.edges ?? []);
    const ends = this.edges.flatMap(edge => [edge.stateA, edge.stateB]);
    this.nodes = sortedByKey([...ends, ...(options.nodes ?? [])]);
    this.name = options.name ?? null;
  }

  override get defaults(): JsonObject {
    return DEFAULTS;
  }

  override fields(): GufeDict {
    return new Map<string, GufeValue>([
      ['nodes', this.nodes],
      ['edges', this.edges],
      ['name', this.name],
    ]);
  }

  protected override remake(fields: GufeDict): GufeObject {
    return ALCHEMICAL_NETWORK.decode(fields, this.key);
  }
}

/** Keys are ASCII but for exotic class names, so the order of code units is Python's. */
function sortedByKey<T extends GufeObject>(objects: Iterable<T>): T[] {
  const byKey = new Map<string, T>();
  for (const object of objects) if (!byKey.has(object.key)) byKey.set(object.key, object);
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, object]) => object);
}

/** How it is read. */
export const ALCHEMICAL_NETWORK: GufeClass = {
  qualname: 'AlchemicalNetwork',
  module: MODULE,
  entries: ['nodes', 'edges', 'name'],
  keyRule: {
    defaults: DEFAULTS,
    today: dict => withSortedReferences(withSortedReferences(dict, 'nodes'), 'edges'),
  },
  decode: fields =>
    new AlchemicalNetwork({
      nodes: readObjects(fields, 'nodes').map(node =>
        node instanceof ChemicalSystem ? node : wrong(node, 'nodes', 'a list of ChemicalSystems'),
      ),
      edges: readObjects(fields, 'edges').map(edge =>
        edge instanceof Transformation || edge instanceof NonTransformation
          ? edge
          : wrong(edge, 'edges', 'a list of Transformations and NonTransformations'),
      ),
      name: readStringOrNull(fields, 'name'),
    }),
};
