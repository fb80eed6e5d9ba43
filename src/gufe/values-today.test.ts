// Foreign spellings of values become those that gufe 1.12.1 (dev, Python 3.12, numpy 2) writes when it has read them: the right
// column is what it wrote.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ToyProtocol, toySettings } from '../../test/support/toy-protocol.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../lib/json-value.ts';
import { writeJson } from '../lib/json-write.ts';
import { ChemicalSystem } from './chemical-system.ts';
import { decodeMsgpack, NonTransformation, SolventComponent } from './index.ts';
import { DateTime, PosixPath, Uuid } from './python-types.ts';
import { decodeValue, encodeValue } from './serialization/json.ts';
import { valuesToday } from './values-today.ts';

const tagged = (name: string, module: string, entries: string): string =>
  `{"__class__": "${name}", "__module__": "${module}", ":is_custom:": true, ${entries}}`;
const path = (text: string, module = 'pathlib'): string => tagged('PosixPath', module, `"path": "${text}"`);
const time = (text: string): string => tagged('datetime', 'datetime', `"isotime": "${text}"`);
const uuid = (text: string): string => tagged('UUID', 'uuid', `"uuid": "${text}"`);
const bytes = (text: string): string => tagged('bytes', 'builtins', `"latin-1": "${text}"`);
const scalar = (name: string, dtype: string, content: string): string =>
  tagged(name, 'numpy', `"dtype": "${dtype}", "bytes": ${content}`);
const quantity = (magnitude: string, unit: string): string =>
  `{"magnitude": ${magnitude}, "unit": "${unit}", ":is_custom:": true, "pint_unit_registry": "openff_units"}`;
const unit = (name: string): string =>
  `{":is_custom:": true, "pint_unit_registry": "openff_units", "unit_name": "${name}"}`;

const FOREIGN: readonly (readonly [given: string, written: string])[] = [
  [path('/a/b', 'pathlib._local'), path('/a/b')],
  [path('/a//b/./c'), path('/a/b/c')],
  [path('//a'), path('//a')],
  [path('///a'), path('/a')],
  [path(''), path('.')],
  [path('./a'), path('a')],
  [path('a//'), path('a')],
  [path('a/..'), path('a/..')],
  [path('/./'), path('/')],
  [time('2026-01-01T00:00:00Z'), time('2026-01-01T00:00:00+00:00')],
  [time('2026-01-01 00:00:00'), time('2026-01-01T00:00:00')],
  [time('2026-01-01T00:00:00.123'), time('2026-01-01T00:00:00.123000')],
  [time('2026-01-01T00:00:00.000000'), time('2026-01-01T00:00:00')],
  [time('2026-01-01T00:00:00-00:00'), time('2026-01-01T00:00:00+00:00')],
  [time('2026-01-01T00:00:00+0100'), time('2026-01-01T00:00:00+01:00')],
  [time('2026-01-01T00:00:00+01:60'), time('2026-01-01T00:00:00+02:00')],
  [time('2026-01-01T00:00:00+01:00:30.5'), time('2026-01-01T00:00:00+01:00:30.500000')],
  [uuid('A6000000-0000-4000-8000-000000000000'), uuid('a6000000-0000-4000-8000-000000000000')],
  [bytes('foo'), bytes('(\\u00b5/\\u00fd \\u0003\\u0019\\u0000\\u0000foo')],
  [
    scalar('bool_', 'bool', bytes('\\u0001')),
    scalar('bool', 'bool', bytes('(\\u00b5/\\u00fd \\u0001\\t\\u0000\\u0000\\u0001')),
  ],
  [scalar('float64', 'float64', bytes('\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u00f0?')), '1.0'],
  [quantity('1.0', 'kJ/mol'), quantity('1.0', 'kilojoule / mole')],
  [quantity('4', 'second * meter'), quantity('4', 'meter * second')],
  [quantity('1.0', 'kilocalorie_per_mole'), quantity('1.0', 'kilocalorie_per_mole')],
  [quantity('1.0', '1/ps'), quantity('1.0', '1 / picosecond')],
  [unit('nm'), unit('nanometer')],
];

function written(text: string): string | null {
  const dict = valuesToday(new Map([['x', [parseJson(text)]]]));
  const [value] = (dict?.get('x') ?? []) as readonly JsonValue[];
  return value === undefined ? null : writeJson(value);
}

describe('values as gufe of today writes them', () => {
  test('in the text of a file, and when they are read', () => {
    for (const [given, expected] of FOREIGN) {
      assert.equal(written(given), expected, given);
      assert.equal(writeJson(encodeValue(decodeValue(parseJson(given), key => key))), expected, given);
      assert.equal(written(expected), expected);
    }
  });

  test('what gufe cannot read, or is not known here, is not guessed; read, it stays as it is', () => {
    for (const text of [
      ...['2026-99-01T00:00:00', '2023-02-29T00:00:00', '1900-02-29T00:00:00'].map(time),
      ...['2026-01-01T24:00:00', '2026-01-01T23:59:60', '0000-01-01T00:00:00'].map(time),
      time('2026-01-01T00:00:00+24:00'),
      uuid('zz'),
      quantity('1.0', 'banana'),
      quantity('1.0', ''),
      unit('banana'),
    ]) {
      assert.equal(written(text), null, text);
      assert.equal(writeJson(encodeValue(decodeValue(parseJson(text), key => key))), text);
    }
  });

  test('what has no codec in gufe is left alone', () => {
    for (const text of [
      '{":is_custom:": true}',
      tagged('complex', 'builtins', '"real": 1.0'),
      '-0.0',
      '"x"',
    ]) {
      assert.equal(written(text), text);
    }
  });
});

test('values that are made are spelled so too', () => {
  assert.equal(new DateTime('2024-02-29T01:02:03.004Z').text, '2024-02-29T01:02:03.004000+00:00');
  assert.throws(() => new DateTime('2026-02-30T00:00:00'), {
    name: 'GufeError',
    message: "'2026-02-30T00:00:00' is a date and time that does not exist",
  });
  assert.equal(new PosixPath('/a//b/').path, '/a/b');
  assert.equal(new Uuid('A6000000-0000-4000-8000-000000000000').text.slice(0, 8), 'a6000000');
});

test('a path of Python 3.13 is a path in MessagePack', () => {
  const value = decodeValue(parseJson(path('/a', 'pathlib._local')), key => key);
  assert.ok(value instanceof PosixPath);
  const edge = new NonTransformation({
    system: new ChemicalSystem({ w: new SolventComponent() }),
    protocol: new ToyProtocol(toySettings(1n, 1)),
    metadata: { value },
  });
  const metadata = decodeMsgpack(edge.toMsgpack()).toKeyedDict().get('metadata') as JsonObject;
  assert.ok(isJsonObject(metadata));
  assert.equal(writeJson(metadata.get('value') ?? null), path('/a'));
});
