// A planned network with other versions of its molecules: the same atoms in the same order, but with charges, or in other poses.
import type { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import { GufeError } from '../../gufe/error.ts';
import { LigandNetwork } from '../../gufe/ligand-network.ts';
import { LigandAtomMapping } from '../../gufe/mapping.ts';
import type { GufeDictInput } from '../../gufe/values.ts';
import { toLigandNetwork } from './ligand-network.ts';

/**
 * The network with each molecule replaced by the one of the same name. Throws a GufeError for a molecule that is not among
 * them, or that has other atoms or bonds, since the mappings then mean something else.
 */
export async function replaceMolecules(
  network: LigandNetwork,
  molecules: readonly SmallMoleculeComponent[],
): Promise<LigandNetwork> {
  const byName = new Map(molecules.map(molecule => [molecule.name, molecule]));
  const replaced = new Map(network.nodes.map(node => [node.key, replacementOf(node, byName)]));
  const other = (key: string): SmallMoleculeComponent => {
    const molecule = replaced.get(key);
    if (molecule === undefined) throw new GufeError(`${key} is no node of the network`);
    return molecule;
  };
  const edges = network.edges.map(
    ({ componentA, componentB, atoms, annotations }) =>
      new LigandAtomMapping({
        componentA: other(componentA.key),
        componentB: other(componentB.key),
        atoms,
        annotations: annotations as GufeDictInput,
      }),
  );
  const nodes = [...replaced.values()];
  const isSame = network.nodes.every(({ key }) => replaced.get(key)?.key === key);
  // Equal molecules may still list their properties in another order: those given are the ones to write.
  if (isSame) return new LigandNetwork({ edges, nodes, graphml: network.graphml });
  return await toLigandNetwork(edges, nodes);
}

function replacementOf(
  node: SmallMoleculeComponent,
  byName: ReadonlyMap<string, SmallMoleculeComponent>,
): SmallMoleculeComponent {
  const molecule = byName.get(node.name);
  if (molecule === undefined)
    throw new GufeError(`the plan has a molecule '${node.name}', the ligands have none of that name`);
  if (skeleton(molecule) === skeleton(node)) return molecule;
  throw new GufeError(
    `'${node.name}' has other atoms or bonds, or the same in another order, than in the plan`,
  );
}

/** Elements and bonds in order; bond orders may be written in more than one way. */
function skeleton({ elements, bonds }: SmallMoleculeComponent): string {
  const pairs = bonds.map(({ begin, end }) => [begin, end].sort((x, y) => x - y).join('-')).sort();
  return `${elements.join('')} ${pairs.join(' ')}`;
}
