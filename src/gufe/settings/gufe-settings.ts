// The settings models that come with gufe: what every protocol's settings have at least.
import { BOOLEAN, float, list, nullable, quantity, text } from './field-kinds.ts';
import { SettingsModel } from './settings-model.ts';

const MODULE = 'gufe.settings.models';

/** Temperature, pressure, and what else makes the ensemble. */
export const THERMO_SETTINGS: SettingsModel = new SettingsModel({
  className: 'ThermoSettings',
  module: MODULE,
  fields: [
    ['temperature', nullable(quantity('kelvin')), null],
    ['pressure', nullable(quantity('bar')), null],
    ['ph', nullable(float({ above: 0 })), null],
    ['redox_potential', nullable(quantity('volt')), null],
  ],
});

/** How OpenMM makes a system: force fields, constraints, cutoffs. */
export const OPENMM_SYSTEM_GENERATOR_FF_SETTINGS: SettingsModel = new SettingsModel({
  className: 'OpenMMSystemGeneratorFFSettings',
  module: MODULE,
  fields: [
    [
      'constraints',
      nullable(text({ oneOf: ['hbonds', 'allbonds', 'hangles'], capitals: 'lowered' })),
      'hbonds',
    ],
    ['rigid_water', BOOLEAN, true],
    ['hydrogen_mass', float(), 3],
    [
      'forcefields',
      list(text()),
      [
        'amber/ff14SB.xml',
        'amber/tip3p_standard.xml',
        'amber/tip3p_HFE_multivalent.xml',
        'amber/phosaa10.xml',
        'amber/lipid17_merged.xml',
      ],
    ],
    ['small_molecule_forcefield', text(), 'openff-2.2.1'],
    [
      'nonbonded_method',
      text({
        oneOf: ['CutoffNonPeriodic', 'CutoffPeriodic', 'Ewald', 'LJPME', 'NoCutoff', 'PME'],
        capitals: 'ignored',
      }),
      'PME',
    ],
    ['nonbonded_cutoff', quantity('nanometer', { from: 0 }), '0.9 nanometer'],
  ],
});

/** The least that a protocol's settings are. Its defaults: 300 K, and the force field's own. */
export const SETTINGS: SettingsModel = new SettingsModel({
  className: 'Settings',
  module: MODULE,
  fields: [
    ['forcefield_settings', OPENMM_SYSTEM_GENERATOR_FF_SETTINGS, {}],
    ['thermo_settings', THERMO_SETTINGS, { temperature: '300 kelvin' }],
  ],
});
