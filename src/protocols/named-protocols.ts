// The protocols that can be asked for by name: openfe's, which Python services run, and the built-in ones.
import type { NamedProtocol } from '../gufe/known-protocols/named-protocol.ts';
import { OPENFE_PROTOCOLS } from '../gufe/known-protocols/openfe.ts';
import {
  type FieldKind,
  float,
  integer,
  list,
  nullable,
  quantity,
  text,
} from '../gufe/settings/field-kinds.ts';
import { SettingsModel } from '../gufe/settings/settings-model.ts';
import type { Settings } from '../gufe/settings.ts';
import { GromacsHydrationProtocol } from './gromacs/protocol.ts';
import { gromacsHydrationSettings } from './gromacs/settings.ts';
import { HarmonicProtocol } from './harmonic/protocol.ts';
import { harmonicSettings } from './harmonic/settings.ts';

const COUNT: FieldKind = integer({ from: 1 });
const ESTIMATOR: FieldKind = text({ oneOf: ['MBAR', 'BAR'] });
const LAMBDAS: FieldKind = list(float({ from: 0, upTo: 1 }));
const PICOSECONDS: FieldKind = quantity('picosecond', { above: 0 });
const NANOMETERS: FieldKind = quantity('nanometer', { above: 0 });

const HARMONIC_KINDS: Readonly<Record<string, FieldKind>> = {
  temperature: quantity('kelvin', { above: 0 }),
  n_repeats: COUNT,
  n_windows: integer({ from: 2 }),
  n_samples: COUNT,
  estimator: ESTIMATOR,
  seed: nullable(integer()),
  work_time: quantity('second', { from: 0 }),
};

const GROMACS_KINDS: Readonly<Record<string, FieldKind>> = {
  temperature: quantity('kelvin', { above: 0 }),
  pressure: quantity('bar', { above: 0 }),
  box_edge: NANOMETERS,
  cutoff: NANOMETERS,
  coulomb: text({ oneOf: ['reaction-field', 'PME'] }),
  vdw_lambdas: LAMBDAS,
  coulomb_lambdas: LAMBDAS,
  equilibration_time: PICOSECONDS,
  production_time: PICOSECONDS,
  timestep: PICOSECONDS,
  sampling_interval: COUNT,
  n_repeats: COUNT,
  estimator: ESTIMATOR,
  seed: nullable(integer()),
};

/** Replaces fields in settings whose kinds are given. */
function updated(
  settings: Settings,
  kinds: Readonly<Record<string, FieldKind>>,
  overrides: unknown,
): Settings {
  const { className, module } = settings;
  const model = new SettingsModel({ className, module, fields: Object.entries(kinds) });
  return model.update(settings, overrides);
}

/** Every protocol that has a name here. */
export const NAMED_PROTOCOLS: readonly NamedProtocol[] = [
  ...OPENFE_PROTOCOLS,
  {
    name: 'GromacsHydrationProtocol',
    summary: 'built-in: hydration free energies of alkanes with GROMACS',
    defaults: () => gromacsHydrationSettings(),
    make: (overrides = {}) =>
      new GromacsHydrationProtocol(updated(gromacsHydrationSettings(), GROMACS_KINDS, overrides)),
  },
  {
    name: 'GromacsHydrationProtocol-quick',
    summary: 'the same, far from converged: to see that everything works',
    defaults: () => gromacsHydrationSettings('quick'),
    make: (overrides = {}) =>
      new GromacsHydrationProtocol(updated(gromacsHydrationSettings('quick'), GROMACS_KINDS, overrides)),
  },
  {
    name: 'HarmonicProtocol',
    summary:
      'built-in: free energies between harmonic wells, whose answers are exact, to test an installation',
    defaults: () => harmonicSettings(),
    make: (overrides = {}) => new HarmonicProtocol(updated(harmonicSettings(), HARMONIC_KINDS, overrides)),
  },
];
