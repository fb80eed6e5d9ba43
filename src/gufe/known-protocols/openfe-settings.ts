// The settings models of openfe's OpenMM protocols (at commit 110503a4 of 2026): fields, defaults and checks of
// openfe.protocols.openmm_utils.omm_settings. Any of them that changes in openfe changes the keys of protocols.
//
// Differs from openfe where a subclass there loses a check of its base class by accident (a length of simulation or an interval
// that is not positive): it is refused here.
import { boxOfQuantity, isReduced } from '../components/protein/box-vectors.ts';
import {
  arrayQuantity,
  BOOLEAN,
  checked,
  type FieldKind,
  float,
  integer,
  list,
  nullable,
  quantity,
  text,
} from '../settings/field-kinds.ts';
import { type SettingsField, SettingsModel } from '../settings/settings-model.ts';
import { Quantity } from '../units.ts';
import type { GufeDict, GufeValue } from '../values.ts';

const UTILS = 'openfe.protocols.openmm_utils.omm_settings';

function model(
  className: string,
  fields: readonly SettingsField[],
  check?: (fields: GufeDict) => string | null,
): SettingsModel {
  return new SettingsModel({ className, module: UTILS, fields, ...(check === undefined ? {} : { check }) });
}

const POSITIVE = { above: 0 } as const;
const NOT_NEGATIVE = { from: 0 } as const;
const TEXT = text();
const OPTIONAL_TEXT: FieldKind = nullable(TEXT);

/** The water around the solute. */
export const OPENMM_SOLVATION_SETTINGS: SettingsModel = model('OpenMMSolvationSettings', [
  ['solvent_model', text({ oneOf: ['tip3p', 'spce', 'tip4pew', 'tip5p'] }), 'tip3p'],
  ['solvent_padding', nullable(quantity('nanometer', NOT_NEGATIVE)), '1.5 nanometer'],
  ['box_shape', nullable(text({ oneOf: ['cube', 'dodecahedron', 'octahedron'] })), 'dodecahedron'],
  ['number_of_solvent_molecules', nullable(integer(POSITIVE)), null],
  ['box_vectors', nullable(checked(arrayQuantity('nanometer', [3, 3]), unreducedBox)), null],
  ['box_size', nullable(arrayQuantity('nanometer', [3])), null],
]);

function unreducedBox(value: GufeValue): string | null {
  if (!(value instanceof Quantity)) return null;
  return isReduced(boxOfQuantity(value)) ? null : "must be in OpenMM's reduced form";
}

/** How partial charges come about. */
export const OPENFF_PARTIAL_CHARGE_SETTINGS: SettingsModel = model('OpenFFPartialChargeSettings', [
  ['partial_charge_method', text({ oneOf: ['am1bcc', 'am1bccelf10', 'nagl', 'espaloma'] }), 'am1bcc'],
  ['off_toolkit_backend', text({ oneOf: ['ambertools', 'openeye', 'rdkit'] }), 'ambertools'],
  ['number_of_conformers', nullable(integer()), null],
  ['nagl_model', OPTIONAL_TEXT, null],
]);

/** Where OpenMM runs. */
export const OPENMM_ENGINE_SETTINGS: SettingsModel = model('OpenMMEngineSettings', [
  ['compute_platform', nullable(text({ oneOf: ['cpu', 'opencl', 'cuda'], capitals: 'ignored' })), 'cuda'],
  ['gpu_device_index', nullable(list(integer())), null],
]);

/** Time step, thermostat, barostat. */
export const INTEGRATOR_SETTINGS: SettingsModel = model(
  'IntegratorSettings',
  [
    ['timestep', quantity('femtosecond', POSITIVE), '4.0 femtosecond'],
    ['langevin_collision_rate', quantity('1 / picosecond', NOT_NEGATIVE), '1.0 / picosecond'],
    ['reassign_velocities', BOOLEAN, false],
    ['n_restart_attempts', integer(NOT_NEGATIVE), 20],
    ['constraint_tolerance', float(POSITIVE), 1e-6],
    ['barostat', text({ oneOf: ['MonteCarloBarostat', 'MonteCarloMembraneBarostat'] }), 'MonteCarloBarostat'],
    ['barostat_frequency', quantity('timestep'), '25.0 timestep'],
    ['surface_tension', nullable(quantity('bar * nanometer')), '0 bar * nanometer'],
    ['remove_com', BOOLEAN, false],
  ],
  fields => {
    const tension = fields.get('surface_tension');
    const isMembrane = fields.get('barostat') === 'MonteCarloMembraneBarostat';
    if (isMembrane && tension === null)
      return "'surface_tension' must be set (it may be 0) for MonteCarloMembraneBarostat";
    const isTense = tension instanceof Quantity && tension.toNumber() !== 0;
    return !isMembrane && isTense ? "'surface_tension' must be 0 for MonteCarloBarostat" : null;
  },
);

const OUTPUT_FIELDS: readonly SettingsField[] = [
  ['output_indices', TEXT, 'not water'],
  ['checkpoint_interval', quantity('nanosecond', POSITIVE), '1.0 nanosecond'],
  ['checkpoint_storage_filename', TEXT, 'checkpoint.chk'],
  ['forcefield_cache', OPTIONAL_TEXT, 'db.json'],
];

/** What a simulation of several states writes. */
export const MULTI_STATE_OUTPUT_SETTINGS: SettingsModel = model('MultiStateOutputSettings', [
  ...OUTPUT_FIELDS,
  ['output_filename', TEXT, 'simulation.nc'],
  ['output_structure', TEXT, 'hybrid_system.pdb'],
  ['positions_write_frequency', nullable(quantity('picosecond', NOT_NEGATIVE)), '100.0 picosecond'],
  ['velocities_write_frequency', nullable(quantity('picosecond', NOT_NEGATIVE)), null],
]);

/** What plain dynamics writes. */
export const MD_OUTPUT_SETTINGS: SettingsModel = model('MDOutputSettings', [
  ...OUTPUT_FIELDS,
  ['production_trajectory_filename', OPTIONAL_TEXT, 'simulation.xtc'],
  ['trajectory_write_interval', quantity('picosecond'), '20.0 picosecond'],
  ['preminimized_structure', OPTIONAL_TEXT, 'system.pdb'],
  ['minimized_structure', OPTIONAL_TEXT, 'minimized.pdb'],
  ['equil_nvt_structure', OPTIONAL_TEXT, 'equil_nvt.pdb'],
  ['equil_npt_structure', OPTIONAL_TEXT, 'equil_npt.pdb'],
  ['log_output', OPTIONAL_TEXT, 'simulation.log'],
]);

const SIMULATION_FIELDS: readonly SettingsField[] = [
  ['minimization_steps', integer(POSITIVE), 5000],
  ['equilibration_length', quantity('nanosecond', POSITIVE)],
  ['production_length', quantity('nanosecond', POSITIVE)],
];

/** How long several states are sampled, and how. */
export const MULTI_STATE_SIMULATION_SETTINGS: SettingsModel = model('MultiStateSimulationSettings', [
  ...SIMULATION_FIELDS,
  ['sampler_method', text({ oneOf: ['repex', 'sams', 'independent'], capitals: 'ignored' }), 'repex'],
  ['time_per_iteration', quantity('picosecond', POSITIVE), '2.5 picosecond'],
  ['real_time_analysis_interval', nullable(quantity('picosecond')), '250.0 picosecond'],
  // Its type allows null, but its check fails on it.
  [
    'early_termination_target_error',
    quantity('kilocalorie_per_mole', NOT_NEGATIVE),
    '0.0 kilocalorie_per_mole',
  ],
  ['real_time_analysis_minimum_time', quantity('picosecond', NOT_NEGATIVE), '500.0 picosecond'],
  [
    'sams_flatness_criteria',
    text({ oneOf: ['logZ-flatness', 'minimum-visits', 'histogram-flatness'], capitals: 'ignored' }),
    'logZ-flatness',
  ],
  ['sams_gamma0', float(NOT_NEGATIVE), 1],
  ['n_replicas', integer(POSITIVE), 11],
]);

/** How long plain dynamics runs. */
export const MD_SIMULATION_SETTINGS: SettingsModel = model('MDSimulationSettings', [
  ...SIMULATION_FIELDS,
  ['equilibration_length_nvt', nullable(quantity('nanosecond'))],
]);
