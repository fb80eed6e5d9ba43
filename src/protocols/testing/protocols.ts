// Protocols that misbehave on purpose, to test what runs protocols: one that fails in a chosen way, one that takes its time.
// They run on any chemical systems and have no estimate.
import {
  type CreateInputs,
  Protocol,
  ProtocolResult,
  protocolClass,
  protocolResultClass,
} from '../../gufe/protocol/protocol.ts';
import type { ProtocolDAGResult } from '../../gufe/protocol/result.ts';
import type { ProtocolUnit } from '../../gufe/protocol/unit.ts';
import type { GufeClass } from '../../gufe/registry.ts';
import { Settings } from '../../gufe/settings.ts';
import { Quantity } from '../../gufe/units.ts';
import { SettingsReader } from '../settings-fields.ts';
import {
  FAILURE_MODES,
  FailingUnit,
  type FailureMode,
  SlowUnit,
  TESTING_MODULE,
  TESTING_UNITS,
} from './units.ts';

export interface FailingOptions {
  /** How many attempts fail before one succeeds; null for all of them. */
  readonly failures: number | null;
  /** `throw` an error, `exit` the process, or `kill` it. */
  readonly mode: FailureMode;
}

/** Settings of a FailingProtocol; without options every attempt throws. */
export function failingSettings(options: Partial<FailingOptions> = {}): Settings {
  const { failures = null, mode = 'throw' } = options;
  return new Settings('FailingProtocolSettings', TESTING_MODULE, {
    failures: failures === null ? null : BigInt(failures),
    mode,
  });
}

/** Two units: one that succeeds, and one after it that fails. */
export class FailingProtocol extends Protocol {
  override readonly qualname: string = 'FailingProtocol';
  override readonly module: string = TESTING_MODULE;
  readonly options: FailingOptions;

  constructor(settings: Settings = failingSettings()) {
    super(settings);
    const reader = new SettingsReader(settings, 'FailingProtocolSettings', TESTING_MODULE, [
      'failures',
      'mode',
    ]);
    this.options = { failures: reader.integerOrNull('failures'), mode: reader.oneOf('mode', FAILURE_MODES) };
  }

  override createUnits(_inputs: CreateInputs): readonly ProtocolUnit[] {
    const { failures, mode } = this.options;
    const first = new FailingUnit({ name: 'succeeds', inputs: { failures: 0n, mode: 'throw' } });
    const second = new FailingUnit({
      name: 'fails',
      inputs: { after: first, failures: failures === null ? null : BigInt(failures), mode },
    });
    return [first, second];
  }

  override gather(results: readonly ProtocolDAGResult[]): TestingProtocolResult {
    return new TestingProtocolResult({ nProtocolDagResults: results.length, data: {} });
  }
}

export interface SlowOptions {
  /** How long each unit takes. */
  readonly seconds: number;
  /** How many units there are; none depends on another. */
  readonly nUnits: number;
  /** Whether units go on when they are told to stop. */
  readonly ignoreAbort: boolean;
}

/** Settings of a SlowProtocol; without options one unit of a second that stops when told to. */
export function slowSettings(options: Partial<SlowOptions> = {}): Settings {
  const { seconds = 1, nUnits = 1, ignoreAbort = false } = options;
  return new Settings('SlowProtocolSettings', TESTING_MODULE, {
    duration: new Quantity(seconds, 'second'),
    n_units: BigInt(nUnits),
    ignore_abort: ignoreAbort,
  });
}

/** Units side by side that only wait. */
export class SlowProtocol extends Protocol {
  override readonly qualname: string = 'SlowProtocol';
  override readonly module: string = TESTING_MODULE;
  readonly options: SlowOptions;

  constructor(settings: Settings = slowSettings()) {
    super(settings);
    const names = ['duration', 'n_units', 'ignore_abort'];
    const reader = new SettingsReader(settings, 'SlowProtocolSettings', TESTING_MODULE, names);
    this.options = {
      seconds: reader.quantity('duration', 'second', true),
      nUnits: reader.integer('n_units', 1),
      ignoreAbort: reader.boolean('ignore_abort'),
    };
  }

  override createUnits(_inputs: CreateInputs): readonly ProtocolUnit[] {
    const { seconds, nUnits, ignoreAbort } = this.options;
    return Array.from(
      { length: nUnits },
      (_, index) => new SlowUnit({ name: `slow ${index}`, inputs: { seconds, ignore_abort: ignoreAbort } }),
    );
  }

  override gather(results: readonly ProtocolDAGResult[]): TestingProtocolResult {
    return new TestingProtocolResult({ nProtocolDagResults: results.length, data: {} });
  }
}

/** Counts runs; there is nothing to estimate. */
export class TestingProtocolResult extends ProtocolResult {
  override readonly qualname: string = 'TestingProtocolResult';
  override readonly module: string = TESTING_MODULE;
  override readonly estimate: Quantity | null = null;
  override readonly uncertainty: Quantity | null = null;
}

/** How to read everything of these protocols. */
export const TESTING_CLASSES: readonly GufeClass[] = [
  protocolClass('FailingProtocol', TESTING_MODULE, settings => new FailingProtocol(settings)),
  protocolClass('SlowProtocol', TESTING_MODULE, settings => new SlowProtocol(settings)),
  protocolResultClass('TestingProtocolResult', TESTING_MODULE, options => new TestingProtocolResult(options)),
  ...TESTING_UNITS,
];
