// What a run of the harmonic protocol depends on.
import { Settings } from '../../gufe/settings.ts';
import { Quantity } from '../../gufe/units.ts';
import { SettingsReader } from '../settings-fields.ts';
import { HARMONIC_MODULE } from './well.ts';

export interface HarmonicSettings {
  /** Kelvin. */
  readonly temperatureK: number;
  /** Independent repeats in one run. */
  readonly nRepeats: number;
  /** Sampled states from A to B, both included. */
  readonly nWindows: number;
  /** Independent samples of each. */
  readonly nSamples: number;
  readonly estimator: 'MBAR' | 'BAR';
  /** With a seed every run of a transformation draws the same numbers; null draws new ones each time. */
  readonly seed: number | null;
  /** Each window takes at least this long; for tests and demonstrations. */
  readonly workSeconds: number;
}

const CLASS_NAME = 'HarmonicProtocolSettings';

const DEFAULTS: HarmonicSettings = {
  temperatureK: 298.15,
  nRepeats: 3,
  nWindows: 3,
  nSamples: 200,
  estimator: 'MBAR',
  seed: null,
  workSeconds: 0,
};

/** Settings as gufe keeps them; what is left out has its default. */
export function harmonicSettings(options: Partial<HarmonicSettings> = {}): Settings {
  const settings = { ...DEFAULTS, ...options };
  return new Settings(CLASS_NAME, HARMONIC_MODULE, {
    temperature: new Quantity(settings.temperatureK, 'kelvin'),
    n_repeats: BigInt(settings.nRepeats),
    n_windows: BigInt(settings.nWindows),
    n_samples: BigInt(settings.nSamples),
    estimator: settings.estimator,
    seed: settings.seed === null ? null : BigInt(settings.seed),
    work_time: new Quantity(settings.workSeconds, 'second'),
  });
}

/** The settings as plain values. Throws a ProtocolValidationError that names the setting which is wrong. */
export function readHarmonicSettings(settings: Settings): HarmonicSettings {
  const names = ['temperature', 'n_repeats', 'n_windows', 'n_samples', 'estimator', 'seed', 'work_time'];
  const reader = new SettingsReader(settings, CLASS_NAME, HARMONIC_MODULE, names);
  return {
    temperatureK: reader.quantity('temperature', 'kelvin'),
    nRepeats: reader.integer('n_repeats', 1),
    nWindows: reader.integer('n_windows', 2),
    nSamples: reader.integer('n_samples', 1),
    estimator: reader.oneOf('estimator', ['MBAR', 'BAR']),
    seed: reader.integerOrNull('seed'),
    workSeconds: reader.quantity('work_time', 'second', true),
  };
}
