// Quantities and units as openff writes them. Unit text is kept as it is spelled, since it is hashed:
// `kilocalorie_per_mole` and `kilocalorie / mole` are one unit and two keys.
//
// There are two ways to another unit. `to` gives the quantity that pint would give, bit for bit, integers left integers
// where it leaves them: for what becomes part of a key. `valueIn` gives the number closest to the truth: for computing.
import { writeFloat } from '../lib/json-write.ts';
import { GufeError } from './error.ts';
import { NdArray, type NumpyScalar } from './numpy.ts';
import type { Scale } from './unit-definitions.ts';
import {
  conversionFactor,
  describeDimension,
  exactFactor,
  formatUnit,
  isSameDimension,
  offsetUnit,
  parseUnit,
  times,
  type UnitPowers,
} from './unit-expression.ts';
import { CODED } from './values.ts';

/** What a quantity may measure: Python's int, float, or something of numpy's. */
export type Magnitude = bigint | number | NdArray | NumpyScalar;

const TEXT = /^\s*([+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)?\s*\*?\s*(.*?)\s*$/su;

/** @example new Quantity(298.15, 'kelvin').toString() // '298.15 kelvin' */
export class Quantity {
  readonly [CODED] = true;
  readonly magnitude: Magnitude;
  /** pint's long text: `kilojoule / mole / nanometer ** 2`. */
  readonly unit: string;

  constructor(magnitude: Magnitude, unit: string) {
    this.magnitude = magnitude;
    this.unit = unit;
  }

  /**
   * A quantity as people write it, with pint's name of the unit: `4 fs`, `1.0 / picosecond`, `0.2 kcal/mol`. As there a number
   * without a point is an integer, unless the unit has a division in it. Throws GufeError for units not known here.
   */
  static parse(text: string): Quantity {
    const [, number = '1', unitText = ''] = TEXT.exec(text) ?? [];
    const { powers, divides } = parseUnit(unitText.startsWith('/') ? `1 ${unitText}` : unitText);
    const isInteger = /^[+-]?\d[\d_]*$/.test(number) && !divides;
    const plain = number.replaceAll('_', '').replace(/^\+/, '');
    return new Quantity(isInteger ? BigInt(plain) : Number(plain), formatUnit(powers));
  }

  /**
   * The same quantity in another unit as pint converts and rounds it. In its own unit it is unchanged, an integer too.
   * Throws GufeError for units not known here and for other dimensions.
   */
  to(unit: string): Quantity {
    if (unit === this.unit) return this;
    const from = parseUnit(this.unit).powers;
    const target = parseUnit(unit).powers;
    checkDimensions(this.unit, from, unit, target);
    return new Quantity(converted(this.magnitude, from, target), formatUnit(target));
  }

  /** True when the quantity can be given in that unit. Throws GufeError for units not known here. */
  isIn(unit: string): boolean {
    return unit === this.unit || isSameDimension(parseUnit(this.unit).powers, parseUnit(unit).powers);
  }

  /** The magnitude in another unit; throws for arrays, unknown units and different dimensions. */
  valueIn(unit: string): number {
    const value = this.toNumber();
    if (unit === this.unit) return value;
    const [from, to] = [parseUnit(this.unit).powers, parseUnit(unit).powers];
    checkDimensions(this.unit, from, unit, to);
    if (offsetUnit(from) !== null || offsetUnit(to) !== null) return Number(converted(value, from, to));
    const { numerator, denominator } = exactFactor(from, to);
    return (value * numerator) / denominator;
  }

  /** The magnitude as a number; throws for arrays. */
  toNumber(): number {
    const { magnitude } = this;
    if (typeof magnitude === 'number' || typeof magnitude === 'bigint') return Number(magnitude);
    if ('shape' in magnitude)
      throw new GufeError('a quantity with an array for magnitude is no single number');
    return magnitude.toNumber();
  }

  /** As Python's str: `0.15 molar`. */
  toString(): string {
    const { magnitude } = this;
    const number = typeof magnitude === 'bigint' ? String(magnitude) : writeFloat(this.toNumber());
    // pint writes a unit that has no numerator straight after the magnitude: `1.0 / picosecond`.
    return `${number} ${this.unit.startsWith('1 / ') ? this.unit.slice(2) : this.unit}`;
  }
}

/** A unit without a magnitude. */
export class Unit {
  readonly [CODED] = true;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

function checkDimensions(fromText: string, from: UnitPowers, toText: string, to: UnitPowers): void {
  if (isSameDimension(from, to)) return;
  throw new GufeError(`${fromText} is a ${describeDimension(from)} and ${toText} a ${describeDimension(to)}`);
}

/** A magnitude in another unit, rounded as pint does. Temperature scales go by way of kelvin. */
function converted(magnitude: Magnitude, from: UnitPowers, to: UnitPowers): Magnitude {
  const [source, target] = [offsetUnit(from), offsetUnit(to)];
  if (source === null && target === null) return scaled(magnitude, conversionFactor(from, to));
  if (formatUnit(from) === formatUnit(to)) return magnitude;
  const value = numberOf(magnitude);
  const kelvin = source === null ? scaled(value, conversionFactor(from, KELVIN)) : value + source;
  return target === null ? scaled(kelvin, conversionFactor(KELVIN, to)) : Number(kelvin) - target;
}

const KELVIN: UnitPowers = new Map([['kelvin', 1]]);

function scaled(magnitude: Magnitude, factor: Scale): Magnitude {
  if (typeof magnitude === 'bigint' || typeof magnitude === 'number') return times(magnitude, factor);
  // A factor that is an integer is 1 for what arrays measure, and numpy would keep the type then.
  if (typeof factor === 'bigint' && factor === 1n) return magnitude;
  if (!(magnitude instanceof NdArray)) return magnitude.toNumber() * Number(factor);
  const values = magnitude.toNumbers().map(value => value * Number(factor));
  return NdArray.float64(values, magnitude.shape);
}

function numberOf(magnitude: Magnitude): number {
  if (magnitude instanceof NdArray) throw new GufeError('a temperature with an array for magnitude');
  return typeof magnitude === 'object' ? magnitude.toNumber() : Number(magnitude);
}
