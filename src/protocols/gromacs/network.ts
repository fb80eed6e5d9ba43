// A network of hydration free energies: a star around water, one edge a molecule.
import { ChemicalSystem } from '../../gufe/chemical-system.ts';
import type { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import { SolventComponent } from '../../gufe/components/solvent.ts';
import { AlchemicalNetwork } from '../../gufe/network.ts';
import { Transformation } from '../../gufe/transformation.ts';
import { alkane } from './alkanes.ts';
import type { AlkaneName } from './freesolv.ts';
import { GromacsHydrationProtocol } from './protocol.ts';
import { type GromacsHydrationSettings, type GromacsPreset, gromacsHydrationSettings } from './settings.ts';

export interface HydrationNetworkOptions {
  /** Names of alkanes, or molecules of one's own. */
  readonly molecules: readonly (AlkaneName | SmallMoleculeComponent)[];
  readonly preset: GromacsPreset;
  readonly settings?: Partial<GromacsHydrationSettings>;
  /** Of the network. */
  readonly name?: string;
}

/** One transformation a molecule, named after it. Refuses at once a molecule that could not be simulated. */
export function hydrationNetwork(options: HydrationNetworkOptions): AlchemicalNetwork {
  const protocol = new GromacsHydrationProtocol(gromacsHydrationSettings(options.preset, options.settings));
  const solvent = new SolventComponent({ ionConcentration: '0.0 molar' });
  const stateB = new ChemicalSystem({ solvent }, 'water');
  const edges = options.molecules.map(molecule => {
    const solute = typeof molecule === 'string' ? alkane(molecule) : molecule;
    const stateA = new ChemicalSystem({ solute, solvent }, `${solute.name} in water`);
    protocol.validate({ stateA, stateB, mapping: null, extends: null });
    return new Transformation({ stateA, stateB, protocol, name: solute.name });
  });
  return new AlchemicalNetwork({ edges, name: options.name ?? 'hydration free energies' });
}
