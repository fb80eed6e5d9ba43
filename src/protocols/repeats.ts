// Estimates from independent repeats, by openfe's convention: one analysis unit a repeat states an estimate; the estimate of
// all runs of a transformation is the mean over repeats, and its uncertainty their sample standard deviation (n − 1). The
// spread is reported because the statistical error of a single short simulation says little about its real one.
//
// A run that extends another goes on with its repeats: such a repeat keeps its `repeat_id`, counts up `generation`, and its
// newest estimate stands for the older ones, which it includes.
import { ProtocolResult } from '../gufe/protocol/protocol.ts';
import type { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import type { ProtocolUnitResult } from '../gufe/protocol/unit-result.ts';
import { readInteger, readNumbers, readQuantity, readString } from '../gufe/read-dict.ts';
import { Quantity } from '../gufe/units.ts';
import type { GufeDictInput, GufeInput } from '../gufe/values.ts';
import { mean, sampleStandardDeviation } from './estimators/statistics.ts';

/** The unit in which estimates are given, as pint writes it. */
export const ESTIMATE_UNIT = 'kilocalorie_per_mole';

/** What one analysis unit found for one repeat. */
export interface RepeatEstimate {
  readonly repeatId: string;
  /** 0 for a run that extends none. */
  readonly generation: number;
  readonly estimateKcalPerMol: number;
  /** Statistical error of this repeat alone. */
  readonly errorKcalPerMol: number;
  /** Between the sampled states, 0 to 1; below 0.03 the error is not to be trusted. */
  readonly overlap: number;
}

/** An estimate as outputs of an analysis unit. */
export function repeatOutputs(repeat: RepeatEstimate): { readonly [name: string]: GufeInput } {
  return {
    repeat_id: repeat.repeatId,
    generation: BigInt(repeat.generation),
    unit_estimate: new Quantity(repeat.estimateKcalPerMol, ESTIMATE_UNIT),
    unit_estimate_error: new Quantity(repeat.errorKcalPerMol, ESTIMATE_UNIT),
    overlap: repeat.overlap,
  };
}

/** The successful results of one class of units; classes are known by name, so results of unknown classes may be among them. */
export function resultsOfUnits(
  result: ProtocolDAGResult,
  unitQualname: string,
): readonly ProtocolUnitResult[] {
  return result.successes.filter(({ sourceKey }) => sourceKey.startsWith(`${unitQualname}-`));
}

/** The newest estimate of each repeat of the successful runs; failed runs count for nothing, however far they came. */
export function collectRepeats(
  results: readonly ProtocolDAGResult[],
  analysisQualname: string,
): readonly RepeatEstimate[] {
  const repeats = new Map<string, RepeatEstimate>();
  for (const result of results) {
    if (!result.ok) continue;
    for (const { outputs } of resultsOfUnits(result, analysisQualname)) {
      const repeat: RepeatEstimate = {
        repeatId: readString(outputs, 'repeat_id'),
        generation: readInteger(outputs, 'generation'),
        estimateKcalPerMol: readQuantity(outputs, 'unit_estimate').valueIn(ESTIMATE_UNIT),
        errorKcalPerMol: readQuantity(outputs, 'unit_estimate_error').valueIn(ESTIMATE_UNIT),
        overlap: outputs.get('overlap') as number,
      };
      const known = repeats.get(repeat.repeatId);
      if (known === undefined || known.generation < repeat.generation) repeats.set(repeat.repeatId, repeat);
    }
  }
  // In an order of its own, so that the same runs give the same result however they were listed.
  return [...repeats.values()].sort((a, b) => (a.repeatId < b.repeatId ? -1 : 1));
}

/** The entries of a protocol result's data; what `RepeatsResult` and its Python counterpart read. */
export function repeatsData(repeats: readonly RepeatEstimate[]): GufeDictInput {
  return {
    repeat_ids: repeats.map(repeat => repeat.repeatId),
    estimates: repeats.map(repeat => repeat.estimateKcalPerMol),
    errors: repeats.map(repeat => repeat.errorKcalPerMol),
    overlaps: repeats.map(repeat => repeat.overlap),
  };
}

/** A protocol result over repeats. */
export abstract class RepeatsResult extends ProtocolResult {
  /** One value a repeat, in kcal/mol. */
  get estimatesKcalPerMol(): readonly number[] {
    return readNumbers(this.data, 'estimates');
  }

  /** Mean over repeats; null without any. */
  override get estimate(): Quantity | null {
    const values = this.estimatesKcalPerMol;
    return values.length === 0 ? null : new Quantity(mean(values), ESTIMATE_UNIT);
  }

  /** Sample standard deviation over repeats; 0 for one, null for none. */
  override get uncertainty(): Quantity | null {
    const values = this.estimatesKcalPerMol;
    return values.length === 0 ? null : new Quantity(sampleStandardDeviation(values), ESTIMATE_UNIT);
  }
}
