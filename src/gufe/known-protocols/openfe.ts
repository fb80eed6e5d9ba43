// openfe's protocols that alchemiscale's users run most, as far as a network needs them: class, settings with openfe's own
// defaults, and what their results add up to. The simulations run in Python.

import type { GufeClass } from '../registry.ts';
import {
  BOOLEAN,
  checked,
  type FieldKind,
  float,
  integer,
  list,
  quantity,
  text,
} from '../settings/field-kinds.ts';
import { OPENMM_SYSTEM_GENERATOR_FF_SETTINGS, THERMO_SETTINGS } from '../settings/gufe-settings.ts';
import { SettingsModel } from '../settings/settings-model.ts';
import type { Settings } from '../settings.ts';
import type { GufeValue } from '../values.ts';
import { ExternalProtocol, type ExternalProtocolKind, externalProtocolClass } from './external-protocol.ts';
import type { NamedProtocol } from './named-protocol.ts';
import {
  AbsoluteSolvationProtocolResult,
  OPENFE_RESULT_CLASSES,
  RelativeHybridTopologyProtocolResult,
} from './openfe-results.ts';
import {
  INTEGRATOR_SETTINGS,
  MD_OUTPUT_SETTINGS,
  MD_SIMULATION_SETTINGS,
  MULTI_STATE_OUTPUT_SETTINGS,
  MULTI_STATE_SIMULATION_SETTINGS,
  OPENFF_PARTIAL_CHARGE_SETTINGS,
  OPENMM_ENGINE_SETTINGS,
  OPENMM_SOLVATION_SETTINGS,
} from './openfe-settings.ts';

const RFE_MODULE = 'openfe.protocols.openmm_rfe.hybridtop_protocols';
const RFE_SETTINGS_MODULE = 'openfe.protocols.openmm_rfe.equil_rfe_settings';
const AFE_MODULE = 'openfe.protocols.openmm_afe.equil_solvation_afe_method';
const AFE_SETTINGS_MODULE = 'openfe.protocols.openmm_afe.equil_afe_settings';

const REPEATS: FieldKind = integer({ above: 0 });
/** Room temperature at 1 bar. */
const AMBIENT = { temperature: '298.15 kelvin', pressure: '1 bar' };

/** Settings of RelativeHybridTopologyProtocol. Its defaults are openfe's. */
export const RELATIVE_HYBRID_TOPOLOGY_SETTINGS: SettingsModel = new SettingsModel({
  className: 'RelativeHybridTopologyProtocolSettings',
  module: RFE_SETTINGS_MODULE,
  fields: [
    ['forcefield_settings', OPENMM_SYSTEM_GENERATOR_FF_SETTINGS, {}],
    ['thermo_settings', THERMO_SETTINGS, AMBIENT],
    ['protocol_repeats', REPEATS, 3],
    ['solvation_settings', OPENMM_SOLVATION_SETTINGS, {}],
    ['partial_charge_settings', OPENFF_PARTIAL_CHARGE_SETTINGS, {}],
    [
      'lambda_settings',
      new SettingsModel({
        className: 'LambdaSettings',
        module: RFE_SETTINGS_MODULE,
        fields: [
          ['lambda_functions', text(), 'default'],
          ['lambda_windows', integer(), 11],
        ],
      }),
      {},
    ],
    [
      'alchemical_settings',
      new SettingsModel({
        className: 'AlchemicalSettings',
        module: RFE_SETTINGS_MODULE,
        fields: [
          ['endstate_dispersion_correction', BOOLEAN, false],
          ['use_dispersion_correction', BOOLEAN, false],
          ['softcore_LJ', text({ oneOf: ['gapsys', 'beutler'] }), 'gapsys'],
          ['softcore_alpha', float(), 0.85],
          ['turn_off_core_unique_exceptions', BOOLEAN, true],
          ['explicit_charge_correction', BOOLEAN, false],
          ['explicit_charge_correction_cutoff', quantity('nanometer'), '0.8 nanometer'],
        ],
      }),
      {},
    ],
    [
      'simulation_settings',
      MULTI_STATE_SIMULATION_SETTINGS,
      { equilibration_length: '1.0 nanosecond', production_length: '5.0 nanosecond' },
    ],
    ['engine_settings', OPENMM_ENGINE_SETTINGS, {}],
    ['integrator_settings', INTEGRATOR_SETTINGS, {}],
    ['output_settings', MULTI_STATE_OUTPUT_SETTINGS, {}],
  ],
});

/** Lambda values from 0 to 1 that never go back. */
const SCHEDULE: FieldKind = checked(list(float({ from: 0, upTo: 1 })), (value: GufeValue) => {
  const lambdas = value as readonly number[];
  return lambdas.every((lambda, i) => i === 0 || lambda >= (lambdas[i - 1] ?? 0))
    ? null
    : `must not decrease; it is ${lambdas.join(', ')}`;
});

const zeros = (count: number): readonly number[] => Array.from({ length: count }, () => 0);
const ones = (count: number): readonly number[] => Array.from({ length: count }, () => 1);

const CHARGES_14 = [0, 0.25, 0.5, 0.75, ...ones(10)];
const STERICS_14 = [...zeros(5), 0.12, 0.24, 0.36, 0.48, 0.6, 0.7, 0.77, 0.85, 1];
const CHARGES_20 = [0, 0.25, 0.5, 0.75, ...ones(16)];
const STERICS_20 = [
  ...zeros(5),
  0.05,
  0.1,
  0.2,
  0.3,
  0.4,
  0.5,
  0.6,
  0.65,
  0.7,
  0.75,
  0.8,
  0.85,
  0.9,
  0.95,
  1,
];

const EQUILIBRATION_OUTPUT = {
  equil_npt_structure: 'equil_npt_structure.pdb',
  production_trajectory_filename: 'production_equil.xtc',
  log_output: 'equil_simulation.log',
};
const EQUILIBRATION = { equilibration_length: '0.2 nanosecond', production_length: '0.5 nanosecond' };

/** Settings of AbsoluteSolvationProtocol. Its defaults are openfe's. */
export const ABSOLUTE_SOLVATION_SETTINGS: SettingsModel = new SettingsModel({
  className: 'AbsoluteSolvationSettings',
  module: AFE_SETTINGS_MODULE,
  fields: [
    ['protocol_repeats', REPEATS, 3],
    ['solvent_forcefield_settings', OPENMM_SYSTEM_GENERATOR_FF_SETTINGS, {}],
    ['vacuum_forcefield_settings', OPENMM_SYSTEM_GENERATOR_FF_SETTINGS, { nonbonded_method: 'nocutoff' }],
    ['thermo_settings', THERMO_SETTINGS, AMBIENT],
    ['solvation_settings', OPENMM_SOLVATION_SETTINGS, {}],
    [
      'alchemical_settings',
      new SettingsModel({
        className: 'AlchemicalSettings',
        module: AFE_SETTINGS_MODULE,
        fields: [
          ['disable_alchemical_dispersion_correction', BOOLEAN, false],
          ['annihilate_sterics', BOOLEAN, false],
          ['softcore_alpha', float(), 0.5],
          ['softcore_a', float(), 1],
          ['softcore_b', float(), 1],
          ['softcore_c', float(), 6],
        ],
      }),
      {},
    ],
    [
      'lambda_settings',
      new SettingsModel({
        className: 'LambdaSettings',
        module: AFE_SETTINGS_MODULE,
        fields: [
          ['lambda_elec', SCHEDULE, CHARGES_20],
          ['lambda_vdw', SCHEDULE, STERICS_20],
          ['lambda_restraints', SCHEDULE, zeros(20)],
        ],
      }),
      { lambda_elec: CHARGES_14, lambda_vdw: STERICS_14, lambda_restraints: zeros(14) },
    ],
    ['vacuum_engine_settings', OPENMM_ENGINE_SETTINGS, {}],
    ['solvent_engine_settings', OPENMM_ENGINE_SETTINGS, {}],
    ['integrator_settings', INTEGRATOR_SETTINGS, {}],
    [
      'vacuum_equil_simulation_settings',
      MD_SIMULATION_SETTINGS,
      { ...EQUILIBRATION, equilibration_length_nvt: null },
    ],
    [
      'vacuum_simulation_settings',
      MULTI_STATE_SIMULATION_SETTINGS,
      { n_replicas: 14, equilibration_length: '0.5 nanosecond', production_length: '2.0 nanosecond' },
    ],
    [
      'solvent_equil_simulation_settings',
      MD_SIMULATION_SETTINGS,
      { ...EQUILIBRATION, equilibration_length_nvt: '0.1 nanosecond' },
    ],
    [
      'solvent_simulation_settings',
      MULTI_STATE_SIMULATION_SETTINGS,
      { n_replicas: 14, equilibration_length: '1.0 nanosecond', production_length: '10.0 nanosecond' },
    ],
    [
      'vacuum_equil_output_settings',
      MD_OUTPUT_SETTINGS,
      { ...EQUILIBRATION_OUTPUT, equil_nvt_structure: null, equil_npt_structure: 'equil_structure.pdb' },
    ],
    [
      'vacuum_output_settings',
      MULTI_STATE_OUTPUT_SETTINGS,
      { output_filename: 'vacuum.nc', checkpoint_storage_filename: 'vacuum_checkpoint.nc' },
    ],
    [
      'solvent_equil_output_settings',
      MD_OUTPUT_SETTINGS,
      { ...EQUILIBRATION_OUTPUT, equil_nvt_structure: 'equil_nvt_structure.pdb' },
    ],
    [
      'solvent_output_settings',
      MULTI_STATE_OUTPUT_SETTINGS,
      { output_filename: 'solvent.nc', checkpoint_storage_filename: 'solvent_checkpoint.nc' },
    ],
    ['partial_charge_settings', OPENFF_PARTIAL_CHARGE_SETTINGS, {}],
  ],
});

/** Settings as one gets them without saying anything, changed where something is said. */
function settingsFrom(model: SettingsModel, overrides: unknown): Settings {
  return model.update(model.make(), overrides);
}

const RELATIVE_HYBRID_TOPOLOGY: ExternalProtocolKind = {
  qualname: 'RelativeHybridTopologyProtocol',
  module: RFE_MODULE,
  gather: RelativeHybridTopologyProtocolResult.gather,
};

const ABSOLUTE_SOLVATION: ExternalProtocolKind = {
  qualname: 'AbsoluteSolvationProtocol',
  module: AFE_MODULE,
  gather: AbsoluteSolvationProtocolResult.gather,
};

/** Relative free energies of two ligands by a hybrid topology. */
export function relativeHybridTopologyProtocol(overrides: unknown = {}): ExternalProtocol {
  return new ExternalProtocol(
    RELATIVE_HYBRID_TOPOLOGY,
    settingsFrom(RELATIVE_HYBRID_TOPOLOGY_SETTINGS, overrides),
  );
}

/** Absolute solvation free energies of one molecule. */
export function absoluteSolvationProtocol(overrides: unknown = {}): ExternalProtocol {
  return new ExternalProtocol(ABSOLUTE_SOLVATION, settingsFrom(ABSOLUTE_SOLVATION_SETTINGS, overrides));
}

/** By name. */
export const OPENFE_PROTOCOLS: readonly NamedProtocol[] = [
  {
    name: 'RelativeHybridTopologyProtocol',
    summary:
      'openfe: relative free energies of two ligands, in solvent or in a complex, with OpenMM (needs an atom mapping)',
    defaults: () => RELATIVE_HYBRID_TOPOLOGY_SETTINGS.make(),
    make: relativeHybridTopologyProtocol,
  },
  {
    name: 'AbsoluteSolvationProtocol',
    summary: 'openfe: absolute solvation free energies of one molecule, with OpenMM',
    defaults: () => ABSOLUTE_SOLVATION_SETTINGS.make(),
    make: absoluteSolvationProtocol,
  },
];

/** How they and their results are read. */
export const OPENFE_CLASSES: readonly GufeClass[] = [
  externalProtocolClass(RELATIVE_HYBRID_TOPOLOGY),
  externalProtocolClass(ABSOLUTE_SOLVATION),
  ...OPENFE_RESULT_CLASSES,
];
