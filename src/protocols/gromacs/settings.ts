// What a hydration free energy depends on, and two ready-made choices: one to get numbers from, one to see that all works.
import { Settings } from '../../gufe/settings.ts';
import { Quantity } from '../../gufe/units.ts';
import { SettingsReader } from '../settings-fields.ts';
import { ProtocolValidationError } from '../validation-error.ts';
import type { MdpSettings } from './mdp.ts';

/** The Python module of all classes of this protocol. It is hashed into keys, so it never changes. */
export const GROMACS_MODULE = 'alchemiscale_ts.protocols.gromacs_hydration';

export interface GromacsHydrationSettings extends MdpSettings {
  /** Smallest edge of the cubic box in nanometer; long molecules get a larger one. */
  readonly boxEdge: number;
  /** Picoseconds of each window. */
  readonly equilibrationTime: number;
  readonly productionTime: number;
  readonly nRepeats: number;
  readonly estimator: 'MBAR' | 'BAR';
  /** With a seed every run of a transformation starts from the same velocities; null draws new ones each time. */
  readonly seed: number | null;
}

const CLASS_NAME = 'GromacsHydrationProtocolSettings';

/**
 * For alkanes about 0.1 to 0.2 kcal/mol between repeats, in about 100 s a repeat on two cores. The reaction field is 1.45 times
 * as fast as PME and as good for molecules without large charges; polar molecules need PME and more charge windows.
 */
const STANDARD: GromacsHydrationSettings = {
  temperature: 298.15,
  pressure: 1,
  boxEdge: 2.2,
  cutoff: 0.9,
  coulomb: 'reaction-field',
  vdwLambdas: [0, 0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1],
  coulombLambdas: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  equilibrationTime: 10,
  productionTime: 20,
  timestep: 0.002,
  samplingInterval: 20,
  nRepeats: 3,
  estimator: 'MBAR',
  seed: null,
};

/** Far from converged: three windows of a picosecond, a few seconds a repeat. */
const QUICK: GromacsHydrationSettings = {
  ...STANDARD,
  vdwLambdas: [0, 0.5, 1],
  coulombLambdas: [0, 0, 1],
  equilibrationTime: 0.2,
  productionTime: 1,
  samplingInterval: 10,
};

const GROMACS_PRESETS = { standard: STANDARD, quick: QUICK } as const;

export type GromacsPreset = keyof typeof GROMACS_PRESETS;

/** Settings as gufe keeps them: a preset, with what is given in place of its values. */
export function gromacsHydrationSettings(
  preset: GromacsPreset = 'standard',
  options: Partial<GromacsHydrationSettings> = {},
): Settings {
  const settings = { ...GROMACS_PRESETS[preset], ...options };
  return new Settings(CLASS_NAME, GROMACS_MODULE, {
    temperature: new Quantity(settings.temperature, 'kelvin'),
    pressure: new Quantity(settings.pressure, 'bar'),
    box_edge: new Quantity(settings.boxEdge, 'nanometer'),
    cutoff: new Quantity(settings.cutoff, 'nanometer'),
    coulomb: settings.coulomb,
    vdw_lambdas: settings.vdwLambdas,
    coulomb_lambdas: settings.coulombLambdas,
    equilibration_time: new Quantity(settings.equilibrationTime, 'picosecond'),
    production_time: new Quantity(settings.productionTime, 'picosecond'),
    timestep: new Quantity(settings.timestep, 'picosecond'),
    sampling_interval: BigInt(settings.samplingInterval),
    n_repeats: BigInt(settings.nRepeats),
    estimator: settings.estimator,
    seed: settings.seed === null ? null : BigInt(settings.seed),
  });
}

const FIELDS = [
  'temperature',
  'pressure',
  'box_edge',
  'cutoff',
  'coulomb',
  'vdw_lambdas',
  'coulomb_lambdas',
  'equilibration_time',
  'production_time',
  'timestep',
  'sampling_interval',
  'n_repeats',
  'estimator',
  'seed',
];

/** The settings as plain values. Throws a ProtocolValidationError that names the setting which is wrong. */
export function readGromacsSettings(settings: Settings): GromacsHydrationSettings {
  const reader = new SettingsReader(settings, CLASS_NAME, GROMACS_MODULE, FIELDS);
  const values: GromacsHydrationSettings = {
    temperature: reader.quantity('temperature', 'kelvin'),
    pressure: reader.quantity('pressure', 'bar'),
    boxEdge: reader.quantity('box_edge', 'nanometer'),
    cutoff: reader.quantity('cutoff', 'nanometer'),
    coulomb: reader.oneOf('coulomb', ['reaction-field', 'PME']),
    vdwLambdas: reader.numbers('vdw_lambdas'),
    coulombLambdas: reader.numbers('coulomb_lambdas'),
    equilibrationTime: reader.quantity('equilibration_time', 'picosecond'),
    productionTime: reader.quantity('production_time', 'picosecond'),
    timestep: reader.quantity('timestep', 'picosecond'),
    samplingInterval: reader.integer('sampling_interval', 1),
    nRepeats: reader.integer('n_repeats', 1),
    estimator: reader.oneOf('estimator', ['MBAR', 'BAR']),
    seed: reader.integerOrNull('seed'),
  };
  checkLambdas(values);
  checkTogether(values);
  return values;
}

/** Steps of a time in picoseconds. */
export function stepsOf(timePs: number, { timestep }: Pick<GromacsHydrationSettings, 'timestep'>): number {
  return Math.round(timePs / timestep);
}

function checkLambdas({ vdwLambdas, coulombLambdas }: GromacsHydrationSettings): void {
  const refuse = (why: string): never => {
    throw new ProtocolValidationError(`'vdw_lambdas' and 'coulomb_lambdas' ${why}`);
  };
  if (vdwLambdas.length < 2 || vdwLambdas.length !== coulombLambdas.length) {
    refuse('must be of one length, two states at least');
  }
  for (const lambdas of [vdwLambdas, coulombLambdas]) {
    if (lambdas[0] !== 0 || lambdas.at(-1) !== 1) refuse('must begin with 0 and end with 1');
    if (lambdas.some((value, i) => !(value >= (lambdas[i - 1] ?? 0)))) refuse('must not decrease');
  }
  // Charges have no soft core: on an atom that is not yet there, water would fall onto them.
  if (coulombLambdas.some((charge, i) => charge > 0 && vdwLambdas[i] !== 1)) {
    refuse('must turn charges on only where vdw is 1');
  }
}

/** What the pair list may reach beyond the cut-off, and how far the box may shrink under pressure coupling, in nm. */
const BOX_MARGIN_NM = 0.4;

function checkTogether(values: GromacsHydrationSettings): void {
  if (values.boxEdge < 2 * values.cutoff + BOX_MARGIN_NM - 1e-9) {
    throw new ProtocolValidationError(
      `'box_edge' must be at least twice the cut-off and ${BOX_MARGIN_NM} nm: ${2 * values.cutoff + BOX_MARGIN_NM} nm`,
    );
  }
  if (values.timestep > 0.004)
    throw new ProtocolValidationError("'timestep' must be at most 0.004 picosecond");
  if (stepsOf(values.equilibrationTime, values) < 1) {
    throw new ProtocolValidationError("'equilibration_time' must be one time step at least");
  }
  if (stepsOf(values.productionTime, values) < values.samplingInterval) {
    throw new ProtocolValidationError("'production_time' must be one sampling interval at least");
  }
}
