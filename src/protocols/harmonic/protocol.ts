// The harmonic protocol: the free energy between two harmonic wells, by sampling windows between them and analyzing them with
// BAR or MBAR as a simulation would be analyzed. The answer is known exactly, so it shows whether a whole installation
// computes, moves and gathers results correctly.
import type { ChemicalSystem } from '../../gufe/chemical-system.ts';
import {
  type CreateInputs,
  Protocol,
  protocolClass,
  protocolResultClass,
} from '../../gufe/protocol/protocol.ts';
import type { ProtocolDAGResult } from '../../gufe/protocol/result.ts';
import type { ProtocolUnit } from '../../gufe/protocol/unit.ts';
import { readInteger, readString } from '../../gufe/read-dict.ts';
import type { GufeClass } from '../../gufe/registry.ts';
import type { Settings } from '../../gufe/settings.ts';
import type { GufeInput } from '../../gufe/values.ts';
import { deriveSeed, randomSeed } from '../random.ts';
import { collectRepeats, RepeatsResult, repeatsData, resultsOfUnits } from '../repeats.ts';
import { ProtocolValidationError } from '../validation-error.ts';
import { type HarmonicSettings, harmonicSettings, readHarmonicSettings } from './settings.ts';
import {
  allPositions,
  HARMONIC_UNITS,
  HarmonicAnalysisUnit,
  HarmonicSampleUnit,
  HarmonicSetUpUnit,
} from './units.ts';
import { HARMONIC_MODULE, HARMONIC_WELL, HarmonicWell } from './well.ts';

/** @example new HarmonicProtocol(harmonicSettings({ nSamples: 1000 })) */
export class HarmonicProtocol extends Protocol {
  override readonly qualname: string = 'HarmonicProtocol';
  override readonly module: string = HARMONIC_MODULE;
  readonly options: HarmonicSettings;

  constructor(settings: Settings = harmonicSettings()) {
    super(settings);
    this.options = readHarmonicSettings(settings);
  }

  override validate({ stateA, stateB, extends: extended }: CreateInputs): void {
    wellOf(stateA, 'A');
    wellOf(stateB, 'B');
    if (extended !== null) this.#repeatsOf(extended);
  }

  override createUnits(inputs: CreateInputs): readonly ProtocolUnit[] {
    const { nRepeats, nWindows, seed } = this.options;
    const [wellA, wellB] = [wellOf(inputs.stateA, 'A'), wellOf(inputs.stateB, 'B')];
    const setup = new HarmonicSetUpUnit({
      name: `set-up ${wellA.name} to ${wellB.name}`,
      inputs: { wellA, wellB, settings: this.settings },
    });
    const runSeed = seed ?? randomSeed();
    const repeats = inputs.extends === null ? newRepeats(nRepeats) : this.#repeatsOf(inputs.extends);
    const units: ProtocolUnit[] = [setup];
    for (const [r, repeat] of repeats.entries()) {
      const windows = Array.from({ length: nWindows }, (_, window) => {
        const windowSeed = deriveSeed(runSeed, repeat.generation, r, window);
        return new HarmonicSampleUnit({
          name: `sample window ${window}, repeat ${r}`,
          inputs: { setup, window: BigInt(window), seed: BigInt(windowSeed) },
        });
      });
      const { repeatId, generation, earlier } = repeat;
      const analysis = new HarmonicAnalysisUnit({
        name: `analysis, repeat ${r}`,
        inputs: { setup, windows, repeat_id: repeatId, generation: BigInt(generation), earlier },
      });
      units.push(...windows, analysis);
    }
    return units;
  }

  override gather(results: readonly ProtocolDAGResult[]): HarmonicProtocolResult {
    return new HarmonicProtocolResult({
      nProtocolDagResults: results.length,
      data: repeatsData(collectRepeats(results, 'HarmonicAnalysisUnit')),
    });
  }

  /** The repeats of a result, to be gone on with: each keeps its samples. */
  #repeatsOf(extended: ProtocolDAGResult): readonly Repeat[] {
    const analyses = extended.ok ? resultsOfUnits(extended, 'HarmonicAnalysisUnit') : [];
    if (analyses.length === 0) {
      throw new ProtocolValidationError(
        `${extended.key} is not a successful result of the harmonic protocol`,
      );
    }
    return analyses.map(({ inputs }) => {
      const earlier = allPositions(inputs);
      if (earlier.length !== this.options.nWindows) {
        throw new ProtocolValidationError(
          `${extended.key} has ${earlier.length} windows where this protocol has ${this.options.nWindows}`,
        );
      }
      return {
        repeatId: readString(inputs, 'repeat_id'),
        generation: readInteger(inputs, 'generation') + 1,
        earlier,
      };
    });
  }
}

interface Repeat {
  readonly repeatId: string;
  readonly generation: number;
  readonly earlier: readonly (readonly number[])[] & GufeInput;
}

function newRepeats(count: number): readonly Repeat[] {
  return Array.from({ length: count }, () => ({
    repeatId: crypto.randomUUID().replaceAll('-', ''),
    generation: 0,
    earlier: [],
  }));
}

/** The one well in a chemical system, whatever its label. */
export function wellOf(state: ChemicalSystem, which: string): HarmonicWell {
  const wells = [...state.components.values()].filter(component => component instanceof HarmonicWell);
  const [well] = wells;
  if (well === undefined || wells.length !== 1 || state.components.size !== 1) {
    const found = [...state.components.values()].map(component => component.qualname).join(', ') || 'nothing';
    throw new ProtocolValidationError(
      `state ${which} must consist of one HarmonicWell; it consists of ${found}`,
    );
  }
  return well;
}

/** Estimate over all repeats, in kcal/mol. */
export class HarmonicProtocolResult extends RepeatsResult {
  override readonly qualname: string = 'HarmonicProtocolResult';
  override readonly module: string = HARMONIC_MODULE;
}

/** How to read everything of this protocol. */
export const HARMONIC_CLASSES: readonly GufeClass[] = [
  HARMONIC_WELL,
  protocolClass('HarmonicProtocol', HARMONIC_MODULE, settings => new HarmonicProtocol(settings)),
  protocolResultClass(
    'HarmonicProtocolResult',
    HARMONIC_MODULE,
    options => new HarmonicProtocolResult(options),
  ),
  ...HARMONIC_UNITS,
];
