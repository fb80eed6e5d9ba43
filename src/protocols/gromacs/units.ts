// The units of work of a hydration free energy: one set-up, which all repeats share since it has no randomness in it, one
// unit for each window of each repeat, one analysis for each repeat.
import { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import { ProtocolUnit, type UnitContext, unitClass } from '../../gufe/protocol/unit.ts';
import { PosixPath } from '../../gufe/python-types.ts';
import { readInteger, readObject, readSettings, readString, wrong } from '../../gufe/read-dict.ts';
import type { GufeClass } from '../../gufe/registry.ts';
import { Quantity } from '../../gufe/units.ts';
import type { GufeDict, GufeDictInput } from '../../gufe/values.ts';
import { reducedToKcalPerMol, thermalEnergyKjPerMol } from '../energy-units.ts';
import { estimatePath } from '../estimators/path.ts';
import { ESTIMATE_UNIT, repeatOutputs } from '../repeats.ts';
import { readUnitResult, readUnitResults } from '../unit-inputs.ts';
import { readEnergyDifferences } from './energy-differences.ts';
import { currentGmx } from './gmx.ts';
import { type MoleculeGraph, typeAlkane } from './oplsaa.ts';
import { GROMACS_MODULE, readGromacsSettings, stepsOf } from './settings.ts';
import { simulateWindow, solvateAndMinimize } from './simulation.ts';

/** A molecule as the force field writer takes it. */
export function moleculeGraph(molecule: SmallMoleculeComponent): MoleculeGraph {
  return {
    name: molecule.name,
    atoms: molecule.atoms.map(({ atomicNumber, isotope, charge }) => ({
      atomicNumber,
      isotope,
      formalCharge: charge,
    })),
    bonds: molecule.bonds.map(({ begin, end, type }) => ({ begin, end, order: type })),
  };
}

/** Puts the solute into relaxed water. Inputs: `solute`, `settings`. */
export class GromacsSetUpUnit extends ProtocolUnit {
  override readonly qualname: string = 'GromacsSetUpUnit';
  override readonly module: string = GROMACS_MODULE;

  override async execute(context: UnitContext, inputs: GufeDict): Promise<GufeDictInput> {
    const solute = readObject(inputs, 'solute');
    if (!(solute instanceof SmallMoleculeComponent))
      return wrong(solute, 'solute', 'a SmallMoleculeComponent');
    const settings = readGromacsSettings(readSettings(inputs, 'settings'));
    const system = await solvateAndMinimize({
      program: currentGmx(),
      molecule: typeAlkane(moleculeGraph(solute)),
      name: solute.name,
      coordinatesAngstrom: solute.coordinates,
      settings,
      smallestBoxNm: settings.boxEdge,
      folder: context.shared,
      signal: context.signal,
    });
    return {
      coordinates: new PosixPath(system.coordinates),
      topology: new PosixPath(system.topology),
      waters: BigInt(system.waters),
      box_edge: new Quantity(system.boxEdgeNm, 'nanometer'),
    };
  }
}

/** Samples one coupling state. Inputs: `setup`, `state` (index), `seed`. */
export class GromacsWindowUnit extends ProtocolUnit {
  override readonly qualname: string = 'GromacsWindowUnit';
  override readonly module: string = GROMACS_MODULE;

  override async execute(context: UnitContext, inputs: GufeDict): Promise<GufeDictInput> {
    const setup = readUnitResult(inputs, 'setup');
    const settings = readGromacsSettings(readSettings(setup.inputs, 'settings'));
    const outcome = await simulateWindow({
      program: currentGmx(),
      system: {
        coordinates: readPath(setup.outputs, 'coordinates'),
        topology: readPath(setup.outputs, 'topology'),
      },
      settings,
      state: readInteger(inputs, 'state'),
      equilibrationSteps: stepsOf(settings.equilibrationTime, settings),
      productionSteps: stepsOf(settings.productionTime, settings),
      seed: readInteger(inputs, 'seed'),
      folder: context.scratch,
      signal: context.signal,
    });
    // As text, not as a path: the energies outlive the run, so that results can be analyzed anew (alchemlyb reads this).
    return { dhdl: outcome.energyDifferences, nanoseconds_per_day: outcome.nanosecondsPerDay };
  }
}

/** Estimates the free energy of one repeat. Inputs: `setup`, `windows` (in order of state), `repeat_id`. */
export class GromacsAnalysisUnit extends ProtocolUnit {
  override readonly qualname: string = 'GromacsAnalysisUnit';
  override readonly module: string = GROMACS_MODULE;

  override async execute(_context: UnitContext, inputs: GufeDict): Promise<GufeDictInput> {
    const setup = readUnitResult(inputs, 'setup');
    const { temperature, estimator } = readGromacsSettings(readSettings(setup.inputs, 'settings'));
    const windows = readUnitResults(inputs, 'windows');
    const kTKjPerMol = thermalEnergyKjPerMol(temperature);
    const energies = windows.map(({ outputs }, state) =>
      readEnergyDifferences(readString(outputs, 'dhdl'), { state, states: windows.length, kTKjPerMol }),
    );
    const path = estimatePath(energies, estimator);
    const kcalPerMol = (reduced: number): number => reducedToKcalPerMol(reduced, temperature);
    return {
      ...repeatOutputs({
        repeatId: readString(inputs, 'repeat_id'),
        generation: 0,
        estimateKcalPerMol: kcalPerMol(path.difference),
        errorKcalPerMol: kcalPerMol(path.error),
        overlap: path.overlap,
      }),
      free_energies: path.freeEnergies.map(reduced => new Quantity(kcalPerMol(reduced), ESTIMATE_UNIT)),
    };
  }
}

function readPath(outputs: GufeDict, name: string): string {
  const path = outputs.get(name);
  return path instanceof PosixPath ? path.path : wrong(path, name, 'a path');
}

/** How to read the units. */
export const GROMACS_UNITS: readonly GufeClass[] = [
  unitClass('GromacsSetUpUnit', GROMACS_MODULE, options => new GromacsSetUpUnit(options)),
  unitClass('GromacsWindowUnit', GROMACS_MODULE, options => new GromacsWindowUnit(options)),
  unitClass('GromacsAnalysisUnit', GROMACS_MODULE, options => new GromacsAnalysisUnit(options)),
];
