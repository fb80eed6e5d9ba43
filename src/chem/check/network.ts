// Everything that can be said of a network before it is sent.
import { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import { GufeError } from '../../gufe/error.ts';
import type { AlchemicalNetwork } from '../../gufe/network.ts';
import { Transformation } from '../../gufe/transformation.ts';
import { type LigandShape, prepareShape } from '../mapping/ligand.ts';
import { loadRdkit, type Rdkit } from '../rdkit.ts';
import type { Finding } from './finding.ts';
import { checkGraph } from './graph.ts';
import { checkMolecules } from './molecules.ts';
import { checkPlaces } from './place.ts';
import { checkTransformation } from './transformation.ts';

/** Findings, the errors first. Protocols speak for themselves where the network was read with their classes. */
export async function checkNetwork(network: AlchemicalNetwork): Promise<readonly Finding[]> {
  const rdkit = await loadRdkit();
  const shapes = new Map<string, LigandShape | null>();
  const shapeOf = (molecule: SmallMoleculeComponent): LigandShape | null => {
    const known = shapes.get(molecule.key);
    const shape = known === undefined ? shapeOrNull(rdkit, molecule) : known;
    shapes.set(molecule.key, shape);
    return shape;
  };
  const findings = [
    ...network.edges
      .filter(edge => edge instanceof Transformation)
      .flatMap(edge => checkTransformation(edge, shapeOf)),
    ...(await checkMolecules(rdkit, moleculesOf(network))),
    ...checkGraph(network),
    ...checkPlaces(network.nodes),
  ];
  return findings.toSorted((a, b) => Number(b.level === 'error') - Number(a.level === 'error'));
}

/** Each molecule once, in the order of the systems. */
export function moleculesOf(network: AlchemicalNetwork): readonly SmallMoleculeComponent[] {
  const molecules = new Map<string, SmallMoleculeComponent>();
  for (const { components } of network.nodes) {
    for (const component of components.values()) {
      if (component instanceof SmallMoleculeComponent) molecules.set(component.key, component);
    }
  }
  return [...molecules.values()];
}

function shapeOrNull(rdkit: Rdkit, molecule: SmallMoleculeComponent): LigandShape | null {
  try {
    return prepareShape(rdkit, molecule);
  } catch (error) {
    if (error instanceof GufeError) return null;
    throw error;
  }
}
