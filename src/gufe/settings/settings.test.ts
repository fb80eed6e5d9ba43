// Settings models against the Python classes: the same values give the same settings, or are refused by both.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fixtures } from '../../../test/support/golden.ts';
import { writeJson } from '../../lib/json-write.ts';
import { NdArray, Quantity, Settings } from '../index.ts';
import { ABSOLUTE_SOLVATION_SETTINGS, RELATIVE_HYBRID_TOPOLOGY_SETTINGS } from '../known-protocols/openfe.ts';
import * as openfe from '../known-protocols/openfe-settings.ts';
import { encodeValue } from '../serialization/json.ts';
import { integer, nullable, quantity } from './field-kinds.ts';
import * as gufe from './gufe-settings.ts';
import { SettingsError } from './settings-error.ts';
import { plainSettings, SettingsModel } from './settings-model.ts';

interface Case {
  readonly module: string;
  readonly className: string;
  readonly given: Readonly<Record<string, unknown>>;
  readonly settings: string | null;
}

const CASES = readFileSync(join(fixtures('openfe'), 'settings.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as Case);

type Make = (given: unknown) => Settings;

/** How to make settings of each class, those within a protocol's settings among them. */
function makers(): ReadonlyMap<string, Make> {
  const found = new Map<string, Make>();
  for (const top of [RELATIVE_HYBRID_TOPOLOGY_SETTINGS, ABSOLUTE_SOLVATION_SETTINGS]) {
    for (const [name, value] of top.make().fields) {
      if (!(value instanceof Settings)) continue;
      const make: Make = given => top.make({ [name]: given }).get(name) as Settings;
      found.set(`${value.module}.${value.className}`, make);
    }
  }
  for (const model of [...Object.values(openfe), ...Object.values(gufe)]) {
    found.set(`${model.module}.${model.className}`, given => model.make(given));
  }
  return found;
}

const written = (settings: Settings): string => writeJson(encodeValue(settings));

describe('models', () => {
  test('make of the same values what the Python classes make, or refuse them too', () => {
    const known = makers();
    for (const { module, className, given, settings } of CASES) {
      const make = known.get(`${module}.${className}`);
      assert.ok(make, className);
      const label = `${className} ${JSON.stringify(given)}`;
      if (settings === null) assert.throws(() => make(given), SettingsError, label);
      else assert.equal(written(make(given)), settings, label);
    }
  });

  test('read back what they print as plain values', () => {
    const known = makers();
    for (const { module, className, given, settings } of CASES) {
      if (settings === null) continue;
      const make = known.get(`${module}.${className}`) as Make;
      const plain = JSON.parse(JSON.stringify(plainSettings(make(given))));
      assert.equal(written(make(plain)), settings, JSON.stringify(plain));
    }
  });

  test('have the defaults of the Python classes', () => {
    assert.equal(written(gufe.THERMO_SETTINGS.make()).includes('"temperature": null'), true);
    const settings = gufe.SETTINGS.make();
    assert.deepEqual(
      (settings.get('thermo_settings') as Settings).get('temperature'),
      new Quantity(300n, 'kelvin'),
    );
    assert.equal((settings.get('forcefield_settings') as Settings).get('hydrogen_mass'), 3);
  });
});

describe('updates', () => {
  const model = new SettingsModel({
    className: 'Outer',
    module: 'm',
    fields: [
      ['n', nullable(integer({ from: 1 })), 3],
      ['thermo', gufe.THERMO_SETTINGS, { temperature: '298.15 kelvin' }],
      ['length', quantity('nanometer'), '1 nanometer'],
    ],
  });

  test('replace nested fields one by one and leave the others', () => {
    const first = model.update(model.make(), { n: null, thermo: { pressure: '1 bar' } });
    const settings = model.update(first, { thermo: { ph: 7 } });
    assert.equal(settings.get('n'), null);
    const thermo = settings.get('thermo') as Settings;
    assert.deepEqual(
      ['temperature', 'pressure', 'ph'].map(name => String(thermo.get(name))),
      ['298.15 kelvin', '1 bar', '7'],
    );
    assert.equal(first.get('thermo') === thermo, false);
    assert.equal((first.get('thermo') as Settings).get('ph'), null);
  });

  test('take whole settings, Maps and quantities', () => {
    const thermo = gufe.THERMO_SETTINGS.make({ ph: 5 });
    const settings = model.make(
      new Map<string, unknown>([
        ['thermo', thermo],
        ['length', new Quantity(1, 'angstrom')],
      ]),
    );
    assert.equal((settings.get('thermo') as Settings).get('temperature'), null);
    assert.deepEqual(settings.get('length'), new Quantity(0.09999999999999999, 'nanometer'));
  });

  test('that are wrong are refused with the path of the setting', () => {
    const refused = (values: unknown, path: string, message: string | RegExp): void =>
      assert.throws(() => model.update(model.make(), values), { name: 'SettingsError', path, message });
    refused({ m: 1 }, 'm', "'m' is not a setting of Outer, which has n, thermo, length");
    refused({ thermo: { temp: 1 } }, 'thermo.temp', /^'thermo.temp' is not a setting of ThermoSettings/);
    refused({ n: 0 }, 'n', "'n' must be at least 1; it is 0");
    refused({ n: 1.5 }, 'n', "'n' must be a whole number; it is 1.5");
    refused({ n: '3' }, 'n', "'n' must be a whole number; it is '3'");
    refused(
      { thermo: { temperature: 300 } },
      'thermo.temperature',
      "'thermo.temperature' needs a unit: '300 kelvin'",
    );
    refused(
      { thermo: { temperature: '1 bar' } },
      'thermo.temperature',
      /: bar is a pressure and kelvin a temperature$/,
    );
    refused(
      { thermo: { temperature: '1 furlong' } },
      'thermo.temperature',
      /'furlong' is not one that can be converted/,
    );
    refused({ thermo: { ph: -1 } }, 'thermo.ph', "'thermo.ph' must be above 0; it is -1");
    refused({ thermo: 3 }, 'thermo', "'thermo' must be a mapping of settings; it is 3");
    refused({ thermo: gufe.SETTINGS.make() }, 'thermo', /must be gufe.settings.models.ThermoSettings/);
    refused({ length: { val: [1, 2, 3], unit: 'nm' } }, 'length', /must be a single number with a unit/);
    refused([], '', /must be a mapping of settings/);
    assert.throws(() => model.update(gufe.THERMO_SETTINGS.make(), {}), SettingsError);
    assert.throws(() => openfe.MD_SIMULATION_SETTINGS.make(), {
      message: "'equilibration_length' must be given: MDSimulationSettings has no default for it",
    });
  });

  test('arrays are boxes or lengths, a diagonal for a box', () => {
    const { OPENMM_SOLVATION_SETTINGS: solvation } = openfe;
    const settings = solvation.make({ box_vectors: { val: [3, 4, 5], unit: 'nm' } });
    const box = (settings.get('box_vectors') as Quantity).magnitude as NdArray;
    assert.deepEqual(
      [box.shape, [...box.toNumbers()]],
      [
        [3, 3],
        [3, 0, 0, 0, 4, 0, 0, 0, 5],
      ],
    );
    assert.throws(() => solvation.make({ box_size: { val: [[3, 4, 5]], unit: 'nm' } }), { path: 'box_size' });
    assert.throws(
      () =>
        solvation.make({
          box_vectors: new Quantity(NdArray.float64([3, 1, 0, 0, 3, 0, 0, 0, 3], [3, 3]), 'nm'),
        }),
      { path: 'box_vectors', message: /reduced form/ },
    );
  });
});
