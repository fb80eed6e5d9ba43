// Absolute hydration free energies by GROMACS: the free energy of transfer of a molecule from gas to water.
//
// By openfe's convention for absolute solvation, state A is the solute in its solvent and state B the solvent alone, and the
// estimate is the hydration free energy itself, in kcal/mol: negative for molecules that like water, positive for alkanes.
// Solutes are alkanes so far (oplsaa.ts); any other is refused when the transformation is validated, before anything runs.
import type { ChemicalSystem } from '../../gufe/chemical-system.ts';
import { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import { SolventComponent } from '../../gufe/components/solvent.ts';
import {
  type CreateInputs,
  Protocol,
  protocolClass,
  protocolResultClass,
} from '../../gufe/protocol/protocol.ts';
import type { ProtocolDAGResult } from '../../gufe/protocol/result.ts';
import type { ProtocolUnit } from '../../gufe/protocol/unit.ts';
import type { GufeClass } from '../../gufe/registry.ts';
import type { Settings } from '../../gufe/settings.ts';
import { deriveSeed, randomSeed } from '../random.ts';
import { collectRepeats, RepeatsResult, repeatsData } from '../repeats.ts';
import { ProtocolValidationError } from '../validation-error.ts';
import { typeAlkane } from './oplsaa.ts';
import {
  GROMACS_MODULE,
  type GromacsHydrationSettings,
  gromacsHydrationSettings,
  readGromacsSettings,
} from './settings.ts';
import {
  GROMACS_UNITS,
  GromacsAnalysisUnit,
  GromacsSetUpUnit,
  GromacsWindowUnit,
  moleculeGraph,
} from './units.ts';

/** @example new GromacsHydrationProtocol(gromacsHydrationSettings('quick')) */
export class GromacsHydrationProtocol extends Protocol {
  override readonly qualname: string = 'GromacsHydrationProtocol';
  override readonly module: string = GROMACS_MODULE;
  readonly options: GromacsHydrationSettings;

  constructor(settings: Settings = gromacsHydrationSettings()) {
    super(settings);
    this.options = readGromacsSettings(settings);
  }

  /** Throws a ProtocolValidationError, or a GromacsError that names the atom which has no force field type. */
  override validate(inputs: CreateInputs): void {
    typeAlkane(moleculeGraph(soluteOf(inputs)));
    if (inputs.extends !== null) {
      throw new ProtocolValidationError(
        'GromacsHydrationProtocol extends no results: run the transformation again, repeats add up',
      );
    }
  }

  override createUnits(inputs: CreateInputs): readonly ProtocolUnit[] {
    const { nRepeats, seed, vdwLambdas } = this.options;
    const solute = soluteOf(inputs);
    const setup = new GromacsSetUpUnit({
      name: `set-up ${solute.name}`,
      inputs: { solute, settings: this.settings },
    });
    const runSeed = seed ?? randomSeed();
    const repeats = Array.from({ length: nRepeats }, (_, r) => {
      const windows = vdwLambdas.map((_lambda, state) => {
        return new GromacsWindowUnit({
          name: `window ${state}, repeat ${r}`,
          inputs: { setup, state: BigInt(state), seed: BigInt(gromacsSeed(deriveSeed(runSeed, r, state))) },
        });
      });
      const analysis = new GromacsAnalysisUnit({
        name: `analysis, repeat ${r}`,
        inputs: { setup, windows, repeat_id: crypto.randomUUID().replaceAll('-', '') },
      });
      return [...windows, analysis];
    });
    return [setup, ...repeats.flat()];
  }

  override gather(results: readonly ProtocolDAGResult[]): GromacsHydrationProtocolResult {
    return new GromacsHydrationProtocolResult({
      nProtocolDagResults: results.length,
      data: repeatsData(collectRepeats(results, 'GromacsAnalysisUnit')),
    });
  }
}

/** GROMACS wants positive signed 32-bit seeds; odd, since a window uses its seed and the next. */
function gromacsSeed(seed: number): number {
  return 1 + 2 * (seed >>> 3);
}

/** The solute, once the two states are found to be it in water and water alone. */
function soluteOf({ stateA, stateB }: Pick<CreateInputs, 'stateA' | 'stateB'>): SmallMoleculeComponent {
  const [inA, inB] = [partsOf(stateA, 'A'), partsOf(stateB, 'B')];
  const [solute, ...more] = inA.molecules;
  if (solute === undefined || more.length > 0 || inB.molecules.length > 0) {
    throw new ProtocolValidationError(
      'state A must hold the solute and the solvent, state B the solvent alone; ' +
        `there are ${inA.molecules.length} small molecules in A and ${inB.molecules.length} in B`,
    );
  }
  if (!inA.solvent.equals(inB.solvent)) {
    throw new ProtocolValidationError('the solvents of state A and B differ');
  }
  if (inA.solvent.smiles !== 'O' || Number.parseFloat(inA.solvent.ionConcentration) !== 0) {
    throw new ProtocolValidationError(
      `the solvent must be water (smiles 'O') without ions (ion concentration 0 molar), not '${inA.solvent.smiles}' ` +
        `with ${inA.solvent.ionConcentration}`,
    );
  }
  return solute;
}

function partsOf(
  state: ChemicalSystem,
  which: string,
): { solvent: SolventComponent; molecules: readonly SmallMoleculeComponent[] } {
  const components = [...state.components.values()];
  const solvents = components.filter(component => component instanceof SolventComponent);
  const molecules = components.filter(component => component instanceof SmallMoleculeComponent);
  const [solvent] = solvents;
  if (
    solvent === undefined ||
    solvents.length > 1 ||
    solvents.length + molecules.length < components.length
  ) {
    const found = components.map(component => component.qualname).join(', ') || 'nothing';
    throw new ProtocolValidationError(
      `state ${which} must hold one SolventComponent and beside it only small molecules; it holds ${found}`,
    );
  }
  return { solvent, molecules };
}

/** Hydration free energy over all repeats, in kcal/mol. */
export class GromacsHydrationProtocolResult extends RepeatsResult {
  override readonly qualname: string = 'GromacsHydrationProtocolResult';
  override readonly module: string = GROMACS_MODULE;
}

/** How to read everything of this protocol. */
export const GROMACS_CLASSES: readonly GufeClass[] = [
  protocolClass(
    'GromacsHydrationProtocol',
    GROMACS_MODULE,
    settings => new GromacsHydrationProtocol(settings),
  ),
  protocolResultClass(
    'GromacsHydrationProtocolResult',
    GROMACS_MODULE,
    options => new GromacsHydrationProtocolResult(options),
  ),
  ...GROMACS_UNITS,
];
