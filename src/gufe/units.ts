// Quantities and units as openff writes them. Unit text is kept as it is spelled, since it is hashed:
// `kilocalorie_per_mole` and `kilocalorie / mole` are one unit and two keys. Conversion knows the few units in which free
// energies and run settings are given; it is no unit library.
import { writeFloat } from '../lib/json-write.ts';
import { GufeError } from './error.ts';
import type { NdArray, NumpyScalar } from './numpy.ts';
import { CODED } from './values.ts';

/** What a quantity may measure: Python's int, float, or something of numpy's. */
export type Magnitude = bigint | number | NdArray | NumpyScalar;

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

  /** The magnitude in another unit; throws for arrays, unknown units and different dimensions. */
  valueIn(unit: string): number {
    const value = this.toNumber();
    if (unit === this.unit) return value;
    const [from, to] = [knownUnit(this.unit), knownUnit(unit)];
    if (from.dimension !== to.dimension) {
      throw new GufeError(`${this.unit} is a ${from.dimension} and ${unit} a ${to.dimension}`);
    }
    return (value * from.factor) / to.factor;
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

interface KnownUnit {
  readonly dimension: string;
  readonly factor: number;
}

// Factors to kilojoule per mole, nanometer, picosecond, kelvin, bar and molar. A thermochemical calorie is 4.184 J.
const FACTORS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'molar energy': {
    kilojoule_per_mole: 1,
    'kilojoule / mole': 1,
    'joule / mole': 1e-3,
    kilocalorie_per_mole: 4.184,
    'kilocalorie / mole': 4.184,
    'calorie / mole': 4.184e-3,
  },
  length: { nanometer: 1, angstrom: 0.1, picometer: 1e-3, micrometer: 1e3, meter: 1e9 },
  time: {
    picosecond: 1,
    femtosecond: 1e-3,
    nanosecond: 1e3,
    microsecond: 1e6,
    millisecond: 1e9,
    second: 1e12,
  },
  temperature: { kelvin: 1 },
  pressure: { bar: 1, standard_atmosphere: 1.01325, atmosphere: 1.01325, pascal: 1e-5, kilopascal: 1e-2 },
  concentration: { molar: 1, millimolar: 1e-3, micromolar: 1e-6, 'mole / liter': 1 },
  number: { dimensionless: 1 },
};

function knownUnit(unit: string): KnownUnit {
  for (const [dimension, factors] of Object.entries(FACTORS)) {
    const factor = Object.hasOwn(factors, unit) ? factors[unit] : undefined;
    if (factor !== undefined) return { dimension, factor };
  }
  throw new GufeError(`the unit '${unit}' is not one that can be converted here`);
}
