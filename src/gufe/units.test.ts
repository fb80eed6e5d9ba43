// Conversions and texts of quantities against pint's answers, digit for digit: converted settings are part of keys.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fixtures } from '../../test/support/golden.ts';
import { writeFloat } from '../lib/json-write.ts';
import { NdArray, Quantity } from './index.ts';
import type { Magnitude } from './units.ts';

interface UnitFacts {
  readonly conversions: readonly (readonly [
    magnitude: string,
    unit: string,
    to: string,
    result: string,
    unitOfResult: string,
  ])[];
  readonly texts: readonly (readonly [text: string, magnitude: string, unit: string])[];
}

const FACTS = JSON.parse(readFileSync(join(fixtures('gufe'), 'units.json'), 'utf8')) as UnitFacts;

const read = (text: string): Magnitude => (/^-?\d+$/.test(text) ? BigInt(text) : Number(text));
const written = (magnitude: Magnitude): string =>
  typeof magnitude === 'bigint' ? String(magnitude) : writeFloat(magnitude as number);

describe('quantities', () => {
  test('are converted as pint does, integers left integers where it leaves them', () => {
    assert.ok(FACTS.conversions.length > 400);
    for (const [magnitude, unit, to, result, unitOfResult] of FACTS.conversions) {
      const converted = new Quantity(read(magnitude), unit).to(to);
      assert.deepEqual(
        [written(converted.magnitude), converted.unit],
        [result, unitOfResult],
        `${magnitude} ${unit}`,
      );
    }
  });

  test('for computing the nearest number counts', () => {
    for (const [magnitude, unit, to, result] of FACTS.conversions) {
      const value = new Quantity(read(magnitude), unit).valueIn(to);
      assert.ok(Math.abs(value - Number(result)) <= 1e-15 * Math.abs(Number(result)), `${magnitude} ${unit}`);
    }
    assert.equal(new Quantity(1000, 'picosecond').valueIn('nanosecond'), 1);
    assert.equal(new Quantity(4n, 'picosecond').valueIn('femtosecond'), 4000);
    assert.equal(new Quantity(1, 'kilocalorie_per_mole').valueIn('kilojoule / mole'), 4.184);
  });

  test('are read from text as pint reads them', () => {
    for (const [text, magnitude, unit] of FACTS.texts) {
      const quantity = Quantity.parse(text);
      assert.deepEqual([written(quantity.magnitude), quantity.unit], [magnitude, unit], text);
    }
  });

  test('arrays are converted number by number and keep their shape', () => {
    const box = new Quantity(NdArray.float64([1, 2, 3, 4], [2, 2]), 'nanometer').to('angstrom');
    assert.ok(box.magnitude instanceof NdArray);
    assert.deepEqual(box.magnitude.shape, [2, 2]);
    assert.deepEqual([...box.magnitude.toNumbers()], [10, 20, 30, 40]);
    assert.equal(box.unit, 'angstrom');
    assert.equal(box.to('angstrom'), box);
  });

  test('what is no unit, or of another kind, is refused', () => {
    const refused = (text: string, message: RegExp | string): void =>
      assert.throws(() => Quantity.parse(text), { name: 'GufeError', message });
    refused('3 furlong', "the unit 'furlong' is not one that can be converted here");
    for (const text of [
      '3 nm)',
      '3 (nm',
      '3 nm **',
      '3 nm ** ps',
      '3 4 nm',
      '3 nm +',
      'x 3',
      '3 #',
      'nan nm',
    ])
      refused(text, /not a unit|not one that can be converted/);
    assert.throws(() => new Quantity(1, 'kelvin').to('bar'), {
      message: 'kelvin is a temperature and bar a pressure',
    });
    assert.throws(() => new Quantity(1, '1 / picosecond').to('nanometer'), {
      message: '1 / picosecond is a rate and nanometer a length',
    });
    assert.throws(() => new Quantity(1, 'degree_Celsius / meter').to('kelvin / meter'), {
      message: /degree_Celsius cannot be part of a product/,
    });
    assert.ok(new Quantity(1, 'kelvin').isIn('millikelvin'));
    assert.ok(!new Quantity(1, 'kelvin').isIn('bar'));
  });
});
