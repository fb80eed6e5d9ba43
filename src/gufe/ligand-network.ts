// LigandNetwork: molecules, and the atom mappings that lead from one to another; what networks of relative free energies are
// made from.
//
// Its one entry is GraphML text, which is hashed. gufe writes that text anew from the objects whenever it is asked, with the
// molecules numbered in order of their SMILES without hydrogens, which takes a chemistry library. So a network that was read
// keeps its text, and one that is made here is given a function for the SMILES.
import { type JsonObject, type JsonValue, parseJson } from '../lib/json-value.ts';
import { compareCodePoints, writeJson } from '../lib/json-write.ts';
import { SMALL_MOLECULE_COMPONENT, SmallMoleculeComponent } from './components/small-molecule.ts';
import { GufeError } from './error.ts';
import { type GraphmlEdge, type GraphmlNode, readGraphml, writeGraphml } from './graphml.ts';
import { LigandAtomMapping } from './mapping.ts';
import { RESERVED } from './opaque.ts';
import { readString } from './read-dict.ts';
import type { GufeClass } from './registry.ts';
import { decodeValue, encodeDict } from './serialization/json.ts';
import { GufeTokenizable } from './tokenizable.ts';
import { type GufeDict, type GufeDictInput, type GufeObject, type GufeValue, isGufeDict } from './values.ts';

const MODULE = 'gufe.ligandnetwork';

/** What a ligand network is made from. */
export interface LigandNetworkOptions {
  readonly edges: Iterable<LigandAtomMapping>;
  /** Molecules beyond those at the ends of edges. */
  readonly nodes?: Iterable<SmallMoleculeComponent>;
  /** Canonical SMILES without hydrogens. The key equals gufe's when it is RDKit's `MolToSmiles(RemoveHs(molecule))`. */
  readonly smilesOf: (molecule: SmallMoleculeComponent) => string;
}

/** The same from its text: the objects that the text describes, and the text. */
interface ReadLigandNetwork extends Omit<LigandNetworkOptions, 'smilesOf'> {
  readonly graphml: string;
}

/** @example new LigandNetwork({ edges, smilesOf }) or LigandNetwork.fromGraphml(text) */
export class LigandNetwork extends GufeTokenizable {
  override readonly qualname: string = 'LigandNetwork';
  override readonly module: string = MODULE;
  /** Each once, in order of key. */
  readonly edges: readonly LigandAtomMapping[];
  /** Each once, in order of key; the ends of all edges among them. */
  readonly nodes: readonly SmallMoleculeComponent[];
  /** The text, as gufe writes it or as it was read. */
  readonly graphml: string;

  constructor(source: LigandNetworkOptions | ReadLigandNetwork) {
    super();
    this.edges = sortedByKey(source.edges);
    const ends = this.edges.flatMap(({ componentA, componentB }) => [
      moleculeOf(componentA),
      moleculeOf(componentB),
    ]);
    this.nodes = sortedByKey([...ends, ...(source.nodes ?? [])]);
    this.graphml =
      'graphml' in source ? source.graphml : writeNetwork(this.nodes, this.edges, source.smilesOf);
  }

  /** The network that a text describes; it keeps the text. Throws GufeError. */
  static fromGraphml(graphml: string): LigandNetwork {
    const graph = readGraphml(graphml);
    const molecules = new Map(graph.nodes.map(node => [node.id, readMolecule(node)]));
    if (molecules.size < graph.nodes.length) throw new GufeError('two nodes of the graph have the same id');
    const edges = graph.edges.map((edge, i) => readEdge(edge, i, molecules));
    return new LigandNetwork({ edges, nodes: molecules.values(), graphml });
  }

  /** True when every molecule can be reached from every other, whatever the direction of edges. As in gufe, not when there is none. */
  get isConnected(): boolean {
    const neighbors = new Map(this.nodes.map(({ key }) => [key, new Set<string>()]));
    for (const { componentA, componentB } of this.edges) {
      neighbors.get(componentA.key)?.add(componentB.key);
      neighbors.get(componentB.key)?.add(componentA.key);
    }
    const reached = new Set(this.nodes.slice(0, 1).map(({ key }) => key));
    for (const key of reached) for (const next of neighbors.get(key) ?? []) reached.add(next);
    return reached.size === this.nodes.length && reached.size > 0;
  }

  override fields(): GufeDict {
    return new Map([['graphml', this.graphml]]);
  }

  protected override remake(fields: GufeDict): GufeObject {
    return LIGAND_NETWORK.decode(fields, this.key);
  }
}

function moleculeOf(component: GufeObject): SmallMoleculeComponent {
  if (component instanceof SmallMoleculeComponent) return component;
  throw new GufeError(`a ligand network is made of SmallMoleculeComponents, not of ${component.key}`);
}

function sortedByKey<T extends GufeObject>(objects: Iterable<T>): readonly T[] {
  const byKey = new Map<string, T>();
  for (const object of objects) if (!byKey.has(object.key)) byKey.set(object.key, object);
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
}

function writeNetwork(
  nodes: readonly SmallMoleculeComponent[],
  edges: readonly LigandAtomMapping[],
  smilesOf: (molecule: SmallMoleculeComponent) => string,
): string {
  // Molecules of one SMILES and one name stay in order of key; in gufe their order is that of a set, so any.
  const sorted = nodes
    .map(molecule => ({ molecule, smiles: smilesOf(molecule) }))
    .sort(
      (a, b) => compareCodePoints(a.smiles, b.smiles) || compareCodePoints(a.molecule.name, b.molecule.name),
    );
  const labels = new Map(sorted.map(({ molecule }, i) => [molecule.key, `mol${i}`]));
  const label = (component: GufeObject): string => labels.get(component.key) ?? '';
  const rows = edges
    .map(
      edge =>
        [label(edge.componentA), label(edge.componentB), pairsText(edge), annotationsText(edge)] as const,
    )
    .sort(compareRows);
  return writeGraphml({
    nodes: sorted.map(({ molecule }, i) => ({
      id: `mol${i}`,
      attributes: new Map([['moldict', writeJson(molecule.toKeyedDict(), { sortKeys: true })]]),
    })),
    edges: rows.map(([source, target, mapping, annotations]) => ({
      source,
      target,
      attributes: new Map([
        ['mapping', mapping],
        ['annotations', annotations],
      ]),
    })),
  });
}

/** By the first text that differs: all are ASCII, so the order of code units is Python's. */
function compareRows(a: readonly string[], b: readonly string[]): number {
  const i = a.findIndex((text, at) => text !== b[at]);
  return i === -1 ? 0 : (a[i] ?? '') < (b[i] ?? '') ? -1 : 1;
}

function pairsText(edge: LigandAtomMapping): string {
  return writeJson([...edge.atoms].map(([a, b]) => [BigInt(a), BigInt(b)]));
}

function annotationsText(edge: LigandAtomMapping): string {
  return writeJson(encodeDict(edge.annotations));
}

function readMolecule({ id, attributes }: GraphmlNode): SmallMoleculeComponent {
  const dict = readJson(attributes.get('moldict'), `node '${id}': moldict`) as JsonObject;
  const fields = new Map<string, GufeValue>();
  for (const [name, value] of isGufeDict(dict as GufeValue) ? dict : []) {
    if (RESERVED.has(name)) continue;
    // One of a newer gufe; without it the molecule would be another one, with another key.
    if (!SMALL_MOLECULE_COMPONENT.entries.includes(name)) {
      throw new GufeError(`node '${id}': the molecule has an unknown entry '${name}'`);
    }
    fields.set(name, decodeValue(value, noReferences));
  }
  try {
    return SmallMoleculeComponent.fromFields(fields);
  } catch (cause) {
    if (!(cause instanceof GufeError)) throw cause;
    throw new GufeError(`node '${id}': ${cause.message}`, { cause });
  }
}

function readEdge(
  edge: GraphmlEdge,
  index: number,
  molecules: ReadonlyMap<string, SmallMoleculeComponent>,
): LigandAtomMapping {
  const where = `edge ${index} ('${edge.source}' to '${edge.target}')`;
  const [componentA, componentB] = [molecules.get(edge.source), molecules.get(edge.target)];
  if (componentA === undefined || componentB === undefined)
    throw new GufeError(`${where}: there is no such node`);
  const pairs = readJson(edge.attributes.get('mapping'), `${where}: mapping`);
  // Files of the first gufe releases have no annotations.
  const annotations = decodeValue(
    readJson(edge.attributes.get('annotations') ?? 'null', `${where}: annotations`),
    noReferences,
  );
  if (annotations !== null && !isGufeDict(annotations))
    throw new GufeError(`${where}: annotations must be a dict`);
  return new LigandAtomMapping({
    componentA,
    componentB,
    atoms: readPairs(pairs, where),
    annotations: (annotations ?? {}) as GufeDictInput,
  });
}

function readPairs(pairs: JsonValue, where: string): ReadonlyMap<number, number> {
  const atoms = new Map<number, number>();
  for (const pair of Array.isArray(pairs) ? pairs : [null]) {
    const [a, b] = Array.isArray(pair) ? (pair as readonly JsonValue[]) : [];
    if (typeof a !== 'bigint' || typeof b !== 'bigint') {
      throw new GufeError(`${where}: mapping must be a list of pairs of atom indices`);
    }
    atoms.set(Number(a), Number(b));
  }
  return atoms;
}

function readJson(text: string | undefined, where: string): JsonValue {
  if (text === undefined) throw new GufeError(`${where} is missing`);
  try {
    return parseJson(text);
  } catch (cause) {
    throw new GufeError(`${where}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function noReferences(key: string): GufeValue {
  throw new GufeError(`${key}: GraphML cannot refer to other objects`);
}

/** How it is read. */
export const LIGAND_NETWORK: GufeClass = {
  qualname: 'LigandNetwork',
  module: MODULE,
  entries: ['graphml'],
  decode: fields => LigandNetwork.fromGraphml(readString(fields, 'graphml')),
};
