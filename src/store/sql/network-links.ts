// From one gufe object to its neighbors: a network's transformations and chemical systems, and back. What refers to what was
// written down with the objects, under the attribute's name.
import type { Key, NetworkStore, QueryObjects } from '../state-store.ts';
import { type Connection, type Statement, statement } from './database.ts';
import { findObjects, findTasks, keyOf, orderedScopes, type SpecificScope, splitKey } from './keys.ts';

interface Neighbor {
  readonly gufe_key: string;
}

/** Neighbors live in the scope of the object they were asked for. */
async function listNeighbors(
  connection: Connection,
  key: Key,
  of: 'object' | 'network' | 'transformation',
  ask: (object: number) => Statement<Neighbor>,
): Promise<readonly Key[]> {
  const found = (await findObjects(connection, [key], of)).get(key);
  const scope: SpecificScope | null = splitKey(key);
  if (found === undefined || scope === null) return [];
  const rows = await connection.all(ask(found.id));
  return rows.map(row => keyOf(row.gufe_key, scope));
}

const TRANSFORMATIONS = statement<[network: number], Neighbor>(
  `SELECT o.gufe_key
  FROM edge e
  JOIN object o ON o.id = e.transformation
  WHERE e.network = ?
  ORDER BY o.gufe_key`,
);

/** The edges of a network. */
export function listTransformations(connection: Connection, network: Key): Promise<readonly Key[]> {
  return listNeighbors(connection, network, 'network', TRANSFORMATIONS);
}

const NODES = statement<[network: number], Neighbor>(
  `SELECT o.gufe_key
  FROM dependency d
  JOIN object o ON o.id = d.child
  WHERE d.parent = ? AND d.attribute = 'nodes' AND o.qualname = 'ChemicalSystem'
  ORDER BY o.gufe_key`,
);

// A state that is both A and B of a transformation cannot be stored, so nothing comes twice.
const ENDS = statement<[transformation: number], Neighbor>(
  `SELECT o.gufe_key
  FROM dependency d
  JOIN object o ON o.id = d.child
  WHERE d.parent = ? AND d.attribute IN ('stateA', 'stateB', 'system')
  ORDER BY d.attribute, o.gufe_key`,
);

/** See NetworkStore.listChemicalSystems. */
export function listChemicalSystems(
  connection: Connection,
  of: Parameters<NetworkStore['listChemicalSystems']>[0]['of'],
): Promise<readonly Key[]> {
  return 'network' in of
    ? listNeighbors(connection, of.network, 'network', NODES)
    : listNeighbors(connection, of.transformation, 'transformation', ENDS);
}

const NETWORKS_OF_TRANSFORMATION = statement<[transformation: number], Neighbor>(
  `SELECT o.gufe_key
  FROM edge e
  JOIN object o ON o.id = e.network
  WHERE e.transformation = ?
  ORDER BY o.gufe_key`,
);

const NETWORKS_OF_SYSTEM = statement<[system: number], Neighbor>(
  `SELECT o.gufe_key
  FROM dependency d
  JOIN network n ON n.id = d.parent
  JOIN object o ON o.id = n.id
  WHERE d.child = ? AND d.attribute = 'nodes'
  ORDER BY o.gufe_key`,
);

/** See NetworkStore.listNetworks. */
export async function listNetworks(
  connection: Connection,
  of: Parameters<NetworkStore['listNetworks']>[0]['of'],
): Promise<readonly Key[]> {
  if ('transformation' in of) {
    return listNeighbors(connection, of.transformation, 'transformation', NETWORKS_OF_TRANSFORMATION);
  }
  if ('chemicalSystem' in of) {
    return listNeighbors(connection, of.chemicalSystem, 'object', NETWORKS_OF_SYSTEM);
  }
  const task = (await findTasks(connection, [of.task])).get(of.task);
  const scope = splitKey(of.task);
  if (task === undefined || scope === null) return [];
  const rows = await connection.all(NETWORKS_OF_TRANSFORMATION(task.transformation));
  return rows.map(row => keyOf(row.gufe_key, scope));
}

const TRANSFORMATIONS_OF_SYSTEM = statement<[system: number], Neighbor>(
  `SELECT DISTINCT o.gufe_key
  FROM dependency d
  JOIN transformation f ON f.id = d.parent
  JOIN object o ON o.id = f.id
  WHERE d.child = ? AND d.attribute IN ('stateA', 'stateB', 'system')
  ORDER BY o.gufe_key`,
);

/** The transformations that begin or end in a chemical system. */
export function listTransformationsOf(connection: Connection, chemicalSystem: Key): Promise<readonly Key[]> {
  return listNeighbors(connection, chemicalSystem, 'object', TRANSFORMATIONS_OF_SYSTEM);
}

/** Class names, in the order of keys. */
const CLASSES: Readonly<Record<QueryObjects['kind'], readonly string[]>> = {
  transformation: ['NonTransformation', 'Transformation'],
  chemicalSystem: ['ChemicalSystem'],
};

// Keys begin with the class name and a hyphen, so the objects of a class lie together in the index of keys.
const OF_CLASS = statement<[scope: number, from: string, below: string], Neighbor>(
  `SELECT gufe_key
  FROM object
  WHERE scope = ? AND gufe_key >= ? AND gufe_key < ?
  ORDER BY gufe_key`,
);
// The index of PostgreSQL has the beginning of the name only.
const OF_CLASS_AND_NAME = statement<[scope: number, qualname: string, name: string, name: string], Neighbor>(
  `SELECT gufe_key
  FROM object
  WHERE scope = ? AND qualname = ? AND name = ? AND substr(name, 1, 256) = substr(?, 1, 256)
  ORDER BY gufe_key`,
);
/** What comes after the hyphen in ASCII. */
const AFTER_HYPHEN = '.';

/** See NetworkStore.query. `scopes`: scopeList. */
export async function queryObjects(
  connection: Connection,
  scopes: string,
  { kind, name }: Pick<QueryObjects, 'kind' | 'name'>,
): Promise<readonly Key[]> {
  const keys: Key[] = [];
  for (const scope of await orderedScopes(connection, scopes)) {
    for (const qualname of CLASSES[kind]) {
      const ask =
        name === null
          ? OF_CLASS(scope.id, `${qualname}-`, `${qualname}${AFTER_HYPHEN}`)
          : OF_CLASS_AND_NAME(scope.id, qualname, name, name);
      for (const row of await connection.all(ask)) keys.push(keyOf(row.gufe_key, scope));
    }
  }
  return keys;
}
