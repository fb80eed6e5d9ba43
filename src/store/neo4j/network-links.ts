// From one gufe object to its neighbors: a network's transformations and chemical systems, and back.
import type { Key, NetworkStore, QueryObjects } from '../state-store.ts';
import { type Database, statement, type Value } from './database.ts';
import { byKey, isIn, scopeList } from './keys.ts';

interface Neighbor {
  readonly key: Key;
}

type Question = { readonly key: Key };

/** `path` leads from `n`, the object asked about, to `x`. */
const neighbors = (label: string, path: string, order = 'x._gufe_key') =>
  statement<Question, Neighbor>(
    `MATCH (n:GufeTokenizable {_scoped_key: $key})
    WHERE n:${label}
    MATCH ${path}
    WITH DISTINCT x
    RETURN x._scoped_key AS key
    ORDER BY ${order}`,
  );

const TRANSFORMATION = 'Transformation|NonTransformation';

const TRANSFORMATIONS = neighbors('AlchemicalNetwork', `(n)-[:DEPENDS_ON]->(x:${TRANSFORMATION})`);
const NODES = neighbors('AlchemicalNetwork', '(n)-[:DEPENDS_ON]->(x:ChemicalSystem)');
// State A before state B. Nothing comes twice: a state that is both cannot be stored.
const ENDS = statement<Question, Neighbor>(
  `MATCH (n:GufeTokenizable {_scoped_key: $key})
  WHERE n:${TRANSFORMATION}
  MATCH (n)-[r:DEPENDS_ON]->(x:ChemicalSystem)
  RETURN x._scoped_key AS key
  ORDER BY r.attribute, x._gufe_key`,
);
const NETWORKS_OF_TRANSFORMATION = neighbors(TRANSFORMATION, '(n)<-[:DEPENDS_ON]-(x:AlchemicalNetwork)');
const NETWORKS_OF_SYSTEM = neighbors('ChemicalSystem', '(n)<-[:DEPENDS_ON]-(x:AlchemicalNetwork)');
const NETWORKS_OF_TASK = neighbors(
  'Task',
  `(n)-[:PERFORMS]->(:${TRANSFORMATION})<-[:DEPENDS_ON]-(x:AlchemicalNetwork)`,
);
const TRANSFORMATIONS_OF_SYSTEM = neighbors('ChemicalSystem', `(n)<-[:DEPENDS_ON]-(x:${TRANSFORMATION})`);

async function list(
  database: Database,
  ask: (question: Question) => ReturnType<typeof TRANSFORMATIONS>,
  key: Key,
): Promise<readonly Key[]> {
  return (await database.read(tx => tx.all(ask({ key })))).map(row => row.key);
}

/** The edges of a network. */
export function listTransformations(database: Database, network: Key): Promise<readonly Key[]> {
  return list(database, TRANSFORMATIONS, network);
}

/** See NetworkStore.listChemicalSystems. */
export function listChemicalSystems(
  database: Database,
  of: Parameters<NetworkStore['listChemicalSystems']>[0]['of'],
): Promise<readonly Key[]> {
  return 'network' in of ? list(database, NODES, of.network) : list(database, ENDS, of.transformation);
}

/** See NetworkStore.listNetworks. */
export function listNetworks(
  database: Database,
  of: Parameters<NetworkStore['listNetworks']>[0]['of'],
): Promise<readonly Key[]> {
  if ('transformation' in of) return list(database, NETWORKS_OF_TRANSFORMATION, of.transformation);
  if ('chemicalSystem' in of) return list(database, NETWORKS_OF_SYSTEM, of.chemicalSystem);
  return list(database, NETWORKS_OF_TASK, of.task);
}

/** The transformations that begin or end in a chemical system. */
export function listTransformationsOf(database: Database, chemicalSystem: Key): Promise<readonly Key[]> {
  return list(database, TRANSFORMATIONS_OF_SYSTEM, chemicalSystem);
}

const query = (label: string) =>
  statement<{ readonly scopes: readonly Value[]; readonly name: string | null }, Neighbor>(
    `MATCH (n:${label})
    WHERE ($name IS NULL OR n.name = $name) AND ${isIn('n')}
    RETURN n._scoped_key AS key
    ORDER BY ${byKey('n')}`,
  );
const QUERIES = { transformation: query(TRANSFORMATION), chemicalSystem: query('ChemicalSystem') };

/** See NetworkStore.query. */
export async function queryObjects(
  database: Database,
  { scopes, kind, name }: QueryObjects,
): Promise<readonly Key[]> {
  const ask = QUERIES[kind]({ scopes: scopeList(scopes), name });
  return (await database.read(tx => tx.all(ask))).map(({ key }) => key);
}
