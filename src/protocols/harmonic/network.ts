// A small network of wells with a cycle, for demonstrations and tests: the estimates around the cycle must add up to zero, and
// every edge has an exact answer.
import { ChemicalSystem } from '../../gufe/chemical-system.ts';
import { AlchemicalNetwork } from '../../gufe/network.ts';
import { Transformation } from '../../gufe/transformation.ts';
import { HarmonicProtocol } from './protocol.ts';
import { type HarmonicSettings, harmonicSettings } from './settings.ts';
import { HarmonicWell } from './well.ts';

// At 298.15 K a well of 1000 kJ/(mol nm²) is 0.05 nm wide, so these overlap as neighbors in a free-energy network should.
const WELLS = [
  { name: 'A', forceConstant: 1000, minimum: 0, offset: 0 },
  { name: 'B', forceConstant: 2000, minimum: 0.04, offset: 4 },
  { name: 'C', forceConstant: 500, minimum: 0.09, offset: -3 },
  { name: 'D', forceConstant: 4000, minimum: 0.02, offset: 1.5 },
] as const;

const EDGES = ['A-B', 'B-C', 'C-A', 'A-D', 'B-D'] as const;

export interface HarmonicNetworkOptions extends Partial<HarmonicSettings> {
  /** Of the network; networks of different names are different networks. */
  readonly name?: string;
}

/** Four wells and five transformations. */
export function harmonicNetwork(options: HarmonicNetworkOptions = {}): AlchemicalNetwork {
  const { name = 'harmonic wells', ...settings } = options;
  const protocol = new HarmonicProtocol(harmonicSettings(settings));
  const systems = new Map<string, ChemicalSystem>(
    WELLS.map(well => [well.name, new ChemicalSystem({ well: new HarmonicWell(well) }, well.name)]),
  );
  const edges = EDGES.map(edge => {
    const [stateA, stateB] = edge.split('-').map(end => systems.get(end) as ChemicalSystem);
    return new Transformation({
      stateA: stateA as ChemicalSystem,
      stateB: stateB as ChemicalSystem,
      protocol,
      name: edge.replace('-', ' to '),
    });
  });
  return new AlchemicalNetwork({ edges, name });
}
