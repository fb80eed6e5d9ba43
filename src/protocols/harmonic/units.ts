// The units of work of the harmonic protocol: one set-up, one unit for each window of each repeat, one analysis for each
// repeat. Every window draws independent samples, so the estimates are exact but for the finite number of samples.
import { ProtocolUnit, type UnitContext, unitClass } from '../../gufe/protocol/unit.ts';
import {
  readInteger,
  readNumbers,
  readObject,
  readSettings,
  readString,
  wrong,
} from '../../gufe/read-dict.ts';
import type { GufeClass } from '../../gufe/registry.ts';
import type { GufeDict, GufeDictInput } from '../../gufe/values.ts';
import { reducedToKcalPerMol, thermalEnergyKjPerMol } from '../energy-units.ts';
import { estimatePath } from '../estimators/path.ts';
import { seededRandom } from '../random.ts';
import { repeatOutputs } from '../repeats.ts';
import { readUnitResult, readUnitResults } from '../unit-inputs.ts';
import { waitSeconds } from '../wait.ts';
import { readHarmonicSettings } from './settings.ts';
import { HARMONIC_MODULE, HarmonicWell, type WellParameters, wellBetween, wellEnergy } from './well.ts';

/** Lays out the windows between the wells. Inputs: `wellA`, `wellB`, `settings`. */
export class HarmonicSetUpUnit extends ProtocolUnit {
  override readonly qualname: string = 'HarmonicSetUpUnit';
  override readonly module: string = HARMONIC_MODULE;

  override async execute(_context: UnitContext, inputs: GufeDict): Promise<GufeDictInput> {
    const { nWindows } = readHarmonicSettings(readSettings(inputs, 'settings'));
    const [wellA, wellB] = [readWell(inputs, 'wellA'), readWell(inputs, 'wellB')];
    const states = Array.from({ length: nWindows }, (_, i) => wellBetween(wellA, wellB, i / (nWindows - 1)));
    return {
      force_constants: states.map(state => state.forceConstant),
      minima: states.map(state => state.minimum),
      offsets: states.map(state => state.offset),
    };
  }
}

/** Draws the samples of one window. Inputs: `setup`, `window` (index), `seed`. */
export class HarmonicSampleUnit extends ProtocolUnit {
  override readonly qualname: string = 'HarmonicSampleUnit';
  override readonly module: string = HARMONIC_MODULE;

  override async execute(context: UnitContext, inputs: GufeDict): Promise<GufeDictInput> {
    const setup = readUnitResult(inputs, 'setup');
    const settings = readHarmonicSettings(readSettings(setup.inputs, 'settings'));
    const state = readStates(setup.outputs)[readInteger(inputs, 'window')];
    if (state === undefined) return wrong(inputs.get('window'), 'window', 'the index of a window');
    await waitSeconds(settings.workSeconds, context.signal);
    const random = seededRandom(readInteger(inputs, 'seed'));
    const width = Math.sqrt(thermalEnergyKjPerMol(settings.temperatureK) / state.forceConstant);
    const draw = (): number => state.minimum + width * random.gaussian();
    return { positions: Array.from({ length: settings.nSamples }, draw) };
  }
}

/**
 * Estimates the free energy of one repeat. Inputs: `setup`, `windows` (in order), `repeat_id`, `generation`, and `earlier`:
 * for each window the positions of the runs that this one extends.
 */
export class HarmonicAnalysisUnit extends ProtocolUnit {
  override readonly qualname: string = 'HarmonicAnalysisUnit';
  override readonly module: string = HARMONIC_MODULE;

  override async execute(_context: UnitContext, inputs: GufeDict): Promise<GufeDictInput> {
    const setup = readUnitResult(inputs, 'setup');
    const { temperatureK, estimator } = readHarmonicSettings(readSettings(setup.inputs, 'settings'));
    const states = readStates(setup.outputs);
    const kT = thermalEnergyKjPerMol(temperatureK);
    // energies[window][state][sample], reduced.
    const energies = allPositions(inputs).map(xs =>
      states.map(state => Float64Array.from(xs, x => wellEnergy(state, x) / kT)),
    );
    const path = estimatePath(energies, estimator);
    return repeatOutputs({
      repeatId: readString(inputs, 'repeat_id'),
      generation: readInteger(inputs, 'generation'),
      estimateKcalPerMol: reducedToKcalPerMol(path.difference, temperatureK),
      errorKcalPerMol: reducedToKcalPerMol(path.error, temperatureK),
      overlap: path.overlap,
    });
  }
}

/** The positions of each window that an analysis works on, those of the extended runs first. */
export function allPositions(inputs: GufeDict): readonly (readonly number[])[] {
  const earlier = inputs.get('earlier');
  return readUnitResults(inputs, 'windows').map(({ outputs }, window) => {
    const before = Array.isArray(earlier) && earlier.length > 0 ? earlier[window] : [];
    const fromBefore = Array.isArray(before)
      ? before.map(Number)
      : wrong(before, 'earlier', 'lists of positions');
    return [...fromBefore, ...readNumbers(outputs, 'positions')];
  });
}

function readStates(outputs: GufeDict): readonly WellParameters[] {
  const [minima, offsets] = [readNumbers(outputs, 'minima'), readNumbers(outputs, 'offsets')];
  return readNumbers(outputs, 'force_constants').map((forceConstant, i) => ({
    forceConstant,
    minimum: minima[i] ?? Number.NaN,
    offset: offsets[i] ?? Number.NaN,
  }));
}

function readWell(inputs: GufeDict, name: string): HarmonicWell {
  const well = readObject(inputs, name);
  return well instanceof HarmonicWell ? well : wrong(well, name, 'a HarmonicWell');
}

/** How to read the units. */
export const HARMONIC_UNITS: readonly GufeClass[] = [
  unitClass('HarmonicSetUpUnit', HARMONIC_MODULE, options => new HarmonicSetUpUnit(options)),
  unitClass('HarmonicSampleUnit', HARMONIC_MODULE, options => new HarmonicSampleUnit(options)),
  unitClass('HarmonicAnalysisUnit', HARMONIC_MODULE, options => new HarmonicAnalysisUnit(options)),
];
