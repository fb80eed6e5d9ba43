// What results of openfe's protocols add up to, as openfe gathers them: analysis units by repeat, the mean over repeats as
// estimate, their spread as uncertainty.
import { ProtocolResult, protocolResultClass } from '../protocol/protocol.ts';
import type { ProtocolDAGResult } from '../protocol/result.ts';
import { ProtocolUnitResult } from '../protocol/unit-result.ts';
import { readDict, readNumber, readQuantity, wrong } from '../read-dict.ts';
import type { GufeClass } from '../registry.ts';
import { Quantity } from '../units.ts';
import type { GufeDict, GufeValue } from '../values.ts';

const RFE_MODULE = 'openfe.protocols.openmm_rfe.hybridtop_protocol_results';
const AFE_MODULE = 'openfe.protocols.openmm_afe.afe_protocol_results';

/** Analysis results of each repeat, the earliest generation first; repeats in the order in which they are met. */
type Repeats = ReadonlyMap<string, readonly ProtocolUnitResult[]>;

/** An estimate and its spread, in one unit. */
interface Spread {
  readonly estimate: Quantity;
  readonly uncertainty: Quantity;
}

/** Result of a relative free energy: the mean over repeats. */
export class RelativeHybridTopologyProtocolResult extends ProtocolResult {
  override readonly qualname: string = 'RelativeHybridTopologyProtocolResult';
  override readonly module: string = RFE_MODULE;

  static gather(results: readonly ProtocolDAGResult[]): RelativeHybridTopologyProtocolResult {
    return new RelativeHybridTopologyProtocolResult({
      nProtocolDagResults: results.length,
      data: repeatsOf(analyses(results)),
    });
  }

  override get estimate(): Quantity | null {
    return spreadOf(this.data)?.estimate ?? null;
  }

  /** Sample standard deviation over repeats; 0 for one. */
  override get uncertainty(): Quantity | null {
    return spreadOf(this.data)?.uncertainty ?? null;
  }
}

/** Result of a solvation free energy: the mean in vacuum less the mean in solvent. */
export class AbsoluteSolvationProtocolResult extends ProtocolResult {
  override readonly qualname: string = 'AbsoluteSolvationProtocolResult';
  override readonly module: string = AFE_MODULE;

  static gather(results: readonly ProtocolDAGResult[]): AbsoluteSolvationProtocolResult {
    const all = analyses(results);
    const inSolvent = (result: ProtocolUnitResult): boolean => result.outputs.get('simtype') === 'solvent';
    return new AbsoluteSolvationProtocolResult({
      nProtocolDagResults: results.length,
      data: {
        solvent: repeatsOf(all.filter(inSolvent)),
        vacuum: repeatsOf(all.filter(result => !inSolvent(result))),
      },
    });
  }

  /** Null unless both legs have results. */
  override get estimate(): Quantity | null {
    const legs = this.#legs();
    if (legs === null) return null;
    const { unit } = legs.vacuum.estimate;
    const solvent = legs.solvent.estimate.to(unit).toNumber();
    return new Quantity(legs.vacuum.estimate.toNumber() - solvent, unit);
  }

  /** The spreads of both legs, added in quadrature. */
  override get uncertainty(): Quantity | null {
    const legs = this.#legs();
    if (legs === null) return null;
    const { unit } = legs.vacuum.uncertainty;
    const [vacuum, solvent] = [legs.vacuum, legs.solvent].map(leg => leg.uncertainty.to(unit).toNumber());
    return new Quantity(Math.sqrt((vacuum ?? 0) ** 2 + (solvent ?? 0) ** 2), unit);
  }

  #legs(): { readonly solvent: Spread; readonly vacuum: Spread } | null {
    const [solvent, vacuum] = [
      spreadOf(readDict(this.data, 'solvent')),
      spreadOf(readDict(this.data, 'vacuum')),
    ];
    return solvent === null || vacuum === null ? null : { solvent, vacuum };
  }
}

/** How they are read. */
export const OPENFE_RESULT_CLASSES: readonly GufeClass[] = [
  protocolResultClass(
    'RelativeHybridTopologyProtocolResult',
    RFE_MODULE,
    options => new RelativeHybridTopologyProtocolResult(options),
  ),
  protocolResultClass(
    'AbsoluteSolvationProtocolResult',
    AFE_MODULE,
    options => new AbsoluteSolvationProtocolResult(options),
  ),
];

/** Successful results of analysis units. They are known by their name; what else a unit is called does not matter. */
function analyses(results: readonly ProtocolDAGResult[]): readonly ProtocolUnitResult[] {
  return results.flatMap(result => result.successes.filter(({ name }) => name?.includes('Analysis')));
}

function repeatsOf(results: readonly ProtocolUnitResult[]): Repeats {
  const repeats = new Map<string, ProtocolUnitResult[]>();
  for (const result of results) {
    const id = String(result.outputs.get('repeat_id'));
    const known = repeats.get(id);
    if (known === undefined) repeats.set(id, [result]);
    else known.push(result);
  }
  const generation = ({ outputs }: ProtocolUnitResult): number => readNumber(outputs, 'generation');
  for (const members of repeats.values()) members.sort((a, b) => generation(a) - generation(b));
  return repeats;
}

/** Over the first result of each repeat, in the unit of the first of all; null without any. */
function spreadOf(repeats: GufeDict): Spread | null {
  const estimates = [...repeats].map(([id, members]) =>
    readQuantity(firstOf(members, id).outputs, 'unit_estimate'),
  );
  const [first] = estimates;
  if (first === undefined) return null;
  const values = estimates.map(estimate => estimate.to(first.unit).toNumber());
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = values.length === 1 ? 0 : Math.sqrt(squares / (values.length - 1));
  return { estimate: new Quantity(mean, first.unit), uncertainty: new Quantity(deviation, first.unit) };
}

function firstOf(members: GufeValue, id: string): ProtocolUnitResult {
  const first: unknown = Array.isArray(members) ? members[0] : undefined;
  return first instanceof ProtocolUnitResult ? first : wrong(first, `data.${id}`, 'a list of unit results');
}
