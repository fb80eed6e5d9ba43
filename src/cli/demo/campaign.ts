// What the demo computes: real hydration free energies of small alkanes where GROMACS is installed, else free energies
// between harmonic wells. Either way every row has an answer to stand beside: an experiment, or the exact value.
import type { AlchemicalNetwork, AnyTransformation } from '../../gufe/index.ts';
import { ALKANES, type AlkaneName, FREESOLV_SOURCE } from '../../protocols/gromacs/freesolv.ts';
import { hydrationNetwork } from '../../protocols/gromacs/network.ts';
import { harmonicNetwork } from '../../protocols/harmonic/network.ts';
import { HarmonicProtocol, wellOf } from '../../protocols/harmonic/protocol.ts';
import { exactFreeEnergy } from '../../protocols/harmonic/well.ts';

/** Tasks for each transformation; each runs one independent repeat, so that their spread is the uncertainty. */
export const REPEATS = 3;

export interface Reference {
  /** kcal/mol. */
  readonly value: number;
  readonly source: string;
}

export interface Campaign {
  /** Class name of the protocol. */
  readonly protocol: string;
  readonly engine: string;
  readonly network: AlchemicalNetwork;
  /** The known answer for one of the network's edges. */
  readonly referenceFor: (edge: AnyTransformation) => Reference;
  /** Seconds that one task is expected to take on one core. */
  readonly taskSeconds: number;
  /** Said under the table; null when the numbers may be trusted. */
  readonly remark: string | null;
}

const NOT_CONVERGED =
  'Not converged: --quick uses few windows and steps to show that everything works. Run without it for numbers.';

const MOLECULES: readonly AlkaneName[] = ['methane', 'ethane', 'propane'];

/** Hydration free energies by GROMACS of the given version. */
export function hydrationCampaign(gmxVersion: string, quick: boolean): Campaign {
  return {
    protocol: 'GromacsHydrationProtocol',
    engine: `GROMACS ${gmxVersion}`,
    network: hydrationNetwork({
      molecules: MOLECULES,
      preset: quick ? 'quick' : 'standard',
      settings: { nRepeats: 1 },
    }),
    referenceFor: edge => {
      const { measured } = ALKANES[edge.name as AlkaneName];
      return { value: measured.kcalPerMol, source: FREESOLV_SOURCE };
    },
    taskSeconds: quick ? 6 : 200,
    remark: quick ? NOT_CONVERGED : null,
  };
}

/** Free energies between harmonic wells, whose exact values are known. */
export function harmonicCampaign(quick: boolean): Campaign {
  const network = harmonicNetwork({
    nRepeats: 1,
    nWindows: quick ? 3 : 5,
    nSamples: quick ? 100 : 5000,
    name: quick ? 'harmonic wells, quick' : 'harmonic wells',
  });
  return {
    protocol: 'HarmonicProtocol',
    engine: 'exact sampling of Gaussians, MBAR',
    network,
    referenceFor: edge => {
      const { protocol } = edge;
      if (!(protocol instanceof HarmonicProtocol)) throw new TypeError(`${edge.key} has another protocol`);
      const [wellA, wellB] = [wellOf(edge.stateA, 'A'), wellOf(edge.stateB, 'B')];
      return { value: exactFreeEnergy(wellA, wellB, protocol.options.temperatureK), source: 'exact' };
    },
    taskSeconds: quick ? 1.5 : 3,
    remark: quick ? NOT_CONVERGED : null,
  };
}
