// The smallest protocol: adds up what its settings say. Its keys are known from Python (module `toyproto`).
import {
  type CreateInputs,
  GUFE_REGISTRY,
  type GufeDict,
  type GufeDictInput,
  Protocol,
  type ProtocolDAGResult,
  ProtocolResult,
  ProtocolUnit,
  ProtocolUnitResult,
  protocolClass,
  protocolResultClass,
  Quantity,
  type Registry,
  readInteger,
  readNumber,
  Settings,
  type UnitContext,
  unitClass,
} from '../../src/gufe/index.ts';

const MODULE = 'toyproto';

export function toySettings(n: bigint, t: number): Settings {
  return new Settings('ToySettings', MODULE, { n, t });
}

export class ToyUnit extends ProtocolUnit {
  override readonly qualname: string = 'ToyUnit';
  override readonly module: string = MODULE;

  override execute(_context: UnitContext, inputs: GufeDict): Promise<GufeDictInput> {
    const before = inputs.get('before');
    const start = before instanceof ProtocolUnitResult ? readNumber(before.outputs, 'sum') : 0;
    return Promise.resolve({ sum: start + readNumber(inputs, 't') });
  }
}

export class ToyResult extends ProtocolResult {
  override readonly qualname: string = 'ToyResult';
  override readonly module: string = MODULE;

  override get estimate(): Quantity | null {
    return this.data.has('sum') ? new Quantity(readNumber(this.data, 'sum'), 'kilocalorie_per_mole') : null;
  }

  override get uncertainty(): Quantity | null {
    return null;
  }
}

export class ToyProtocol extends Protocol {
  override readonly qualname: string = 'ToyProtocol';
  override readonly module: string = MODULE;

  override createUnits(inputs: CreateInputs): readonly ProtocolUnit[] {
    const units: ToyUnit[] = [];
    const t = readNumber(this.settings.fields, 't');
    for (let i = 0; i < readInteger(this.settings.fields, 'n'); i++) {
      const before = units.at(-1) ?? null;
      units.push(new ToyUnit({ name: `step ${i}`, inputs: { t, before, stateA: inputs.stateA } }));
    }
    return units;
  }

  override gather(results: readonly ProtocolDAGResult[]): ProtocolResult {
    const sums = results.flatMap(result =>
      result.terminal.filter(unit => unit.ok).map(unit => readNumber(unit.outputs, 'sum')),
    );
    const data: GufeDictInput = sums.length === 0 ? {} : { sum: sums.reduce((a, b) => a + b) / sums.length };
    return new ToyResult({ nProtocolDagResults: results.length, data });
  }
}

export const TOY_REGISTRY: Registry = GUFE_REGISTRY.with(
  protocolClass('ToyProtocol', MODULE, settings => new ToyProtocol(settings)),
  unitClass('ToyUnit', MODULE, options => new ToyUnit(options)),
  protocolResultClass('ToyResult', MODULE, options => new ToyResult(options)),
);
