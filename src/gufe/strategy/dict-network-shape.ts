// The shape of a network from a full dict, in which every transformation holds its systems whole: 10,000 of them are 300 MB of text
// and would be 4 GB of objects. A full dict states no keys, so that objects must be made; one transformation at a time is.
import { arrayElements, checkJson, objectEntries } from '../../lib/json-scan.ts';
import { type JsonValue, parseJson } from '../../lib/json-value.ts';
import { ChemicalSystem } from '../chemical-system.ts';
import { GufeError } from '../error.ts';
import { decodeJson } from '../forms.ts';
import type { DecodeOptions } from '../keyed-chain.ts';
import { ALCHEMICAL_NETWORK } from '../network.ts';
import { REFERENCE } from '../serialization/json.ts';
import { contentKey } from '../tokenize.ts';
import { NonTransformation, Transformation } from '../transformation.ts';
import type { GufeObject } from '../values.ts';
import type { NetworkShape } from './network-shape.ts';
import type { StrategyEdge } from './state-graph.ts';

/** The shape of the network in a full dict as JSON; null where the text is that of anything else. Throws GufeError with the place. */
export function readDictNetworkShape(bytes: Uint8Array, options: DecodeOptions = {}): NetworkShape | null {
  const members = membersOf(bytes);
  if (members === null) return null;
  const keys = { nodes: new Set<string>(), edges: new Map<string, StrategyEdge>() };
  for (const edge of objectsIn(members, 'edges', options)) {
    if (!(edge instanceof Transformation || edge instanceof NonTransformation)) {
      throw new GufeError(
        `'edges' must be a list of Transformations and NonTransformations, not ${edge.key}`,
      );
    }
    const [stateA, stateB]: readonly [GufeObject, GufeObject] = [edge.stateA, edge.stateB];
    keys.edges.set(edge.key, { key: edge.key, stateA: stateA.key, stateB: stateB.key });
    keys.nodes.add(stateA.key).add(stateB.key);
  }
  for (const node of objectsIn(members, 'nodes', options)) {
    if (!(node instanceof ChemicalSystem)) {
      throw new GufeError(`'nodes' must be a list of ChemicalSystems, not ${node.key}`);
    }
    keys.nodes.add(node.key);
  }
  const edges = [...keys.edges.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  const dict = new Map<string, JsonValue>([
    ['nodes', references([...keys.nodes].sort())],
    ['edges', references(edges.map(({ key }) => key))],
    ['name', parseJson(members.get('name') ?? NULL)],
    ['__qualname__', ALCHEMICAL_NETWORK.qualname],
    ['__module__', ALCHEMICAL_NETWORK.module],
  ]);
  const defaults = ALCHEMICAL_NETWORK.keyRule?.defaults ?? new Map();
  return { key: contentKey(ALCHEMICAL_NETWORK.qualname, dict, defaults), edges };
}

const NULL = 'null';

type Members = ReadonlyMap<string, Uint8Array>;

/** Null for what is no network, or no JSON. */
function membersOf(bytes: Uint8Array): Members | null {
  try {
    checkJson(bytes);
    const members = new Map([...objectEntries(bytes)].map(({ name, value }) => [name, value] as const));
    const isNetwork = ['qualname', 'module'].every(word => {
      const said = members.get(`__${word}__`);
      return said !== undefined && parseJson(said) === ALCHEMICAL_NETWORK[word as 'qualname' | 'module'];
    });
    return isNetwork ? members : null;
  } catch {
    return null;
  }
}

function* objectsIn(members: Members, name: string, options: DecodeOptions): Generator<GufeObject> {
  const value = members.get(name);
  if (value === undefined) throw new GufeError(`'${name}' is missing`, { path: name });
  let place = 0;
  for (const element of arrayElements(value)) {
    const path = `${name}[${place}]`;
    try {
      yield decodeJson(element, options);
    } catch (cause) {
      if (!(cause instanceof GufeError)) throw cause;
      throw new GufeError(`${path}: ${cause.message}`, { cause, path });
    }
    place += 1;
  }
}

function references(keys: readonly string[]): JsonValue {
  return keys.map(key => new Map([[REFERENCE, key]]));
}
