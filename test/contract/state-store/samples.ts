// Small networks for the contract suites: keyed chains with the shape of gufe's and nothing of their chemistry. Tokens are
// hashes of the text, so equal content has equal keys.
import { createHash } from 'node:crypto';
import type { ScopeDict } from '../../../src/domain/scope.ts';
import type { Key, StateStore } from '../../../src/store/state-store.ts';

/** A transformation of a sample network. */
export interface SampleEdge {
  readonly name: string;
  /** Class name of its protocol. */
  readonly protocol: string;
  /** Without a second state. */
  readonly non?: boolean;
  /** Names of its systems; two of its own unless told. */
  readonly systems?: readonly [from: string, to?: string];
}

/** A keyed chain and the keys in it. */
export interface Sample {
  readonly chain: Uint8Array;
  readonly network: string;
  /** In the order of the edges asked for. */
  readonly transformations: readonly string[];
}

type Reference = { readonly ':gufe-key:': string };

/** Makes a network with these edges. */
export function sampleNetwork(name: string | null, edges: readonly SampleEdge[]): Sample {
  const entries = new Map<string, string>();
  const add = (qualname: string, members: Record<string, unknown>): Reference => {
    const text = pythonJson({ ...members, __qualname__: qualname, __module__: 'sample', ':version:': 1 });
    const key = `${qualname}-${createHash('md5').update(text).digest('hex')}`;
    entries.set(key, `["${key}", ${text}]`);
    return { ':gufe-key:': key };
  };
  const solvent = add('SolventComponent', { smiles: 'O' });
  const nodes = new Map<string, Reference>();
  const keys: Reference[] = [];
  for (const edge of edges) {
    const [from = `${edge.name} A`, to = `${edge.name} B`] = edge.systems ?? [];
    const system = (name: string): Reference => {
      const reference = add('ChemicalSystem', { components: { solvent }, name });
      nodes.set(reference[':gufe-key:'], reference);
      return reference;
    };
    const protocol = add(edge.protocol, { settings: { n: 1 } });
    const { name: edgeName } = edge;
    const members =
      edge.non === true
        ? { system: system(from), protocol, name: edgeName, metadata: {} }
        : { stateA: system(from), stateB: system(to), protocol, mapping: null, name: edgeName, metadata: {} };
    keys.push(add(edge.non === true ? 'NonTransformation' : 'Transformation', members));
  }
  const network = add('AlchemicalNetwork', { nodes: [...nodes.values()], edges: keys, name });
  return {
    chain: new TextEncoder().encode(`[${[...entries.values()].join(', ')}]`),
    network: network[':gufe-key:'],
    transformations: keys.map(reference => reference[':gufe-key:']),
  };
}

/** JSON with Python's separators, as chains have them. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}: ${pythonJson(member)}`,
  );
  return `{${members.join(', ')}}`;
}

/** A stored network. */
export interface Stored {
  readonly scope: ScopeDict;
  readonly network: Key;
  readonly hub: Key;
  readonly transformations: readonly Key[];
}

/** Key of an object in a scope. */
export function keyIn(scope: ScopeDict, gufeKey: string): Key {
  return `${gufeKey}-${scope.org}-${scope.campaign}-${scope.project}`;
}

/** Stores a sample network in a scope. */
export async function submit(
  store: StateStore,
  scope: ScopeDict,
  { chain, network, transformations }: Sample,
): Promise<Stored> {
  await store.networks.create({ scope, state: 'active', chain: chain.slice() });
  const key = keyIn(scope, network);
  return {
    scope,
    network: key,
    hub: keyIn(scope, `TaskHub-${createHash('md5').update(key).digest('hex')}`),
    transformations: transformations.map(transformation => keyIn(scope, transformation)),
  };
}
