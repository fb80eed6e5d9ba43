// One particle in a harmonic well, a system whose free energy is known exactly: the test system of this package.
//
// In one dimension, U(x) = ½ k (x − m)² + c has the configuration integral √(2π kT/k) · exp(−c/kT), so between two wells
//     ΔF = ½ kT ln(k_B/k_A) + c_B − c_A,
// whatever the minima; their distance only decides how well samples of one well tell of the other.
import { readNumber, readString } from '../../gufe/read-dict.ts';
import type { GufeClass } from '../../gufe/registry.ts';
import { GufeTokenizable } from '../../gufe/tokenizable.ts';
import { type GufeDict, toGufeDict } from '../../gufe/values.ts';
import { KJ_PER_KCAL, thermalEnergyKjPerMol } from '../energy-units.ts';
import { ProtocolValidationError } from '../validation-error.ts';

/** The Python module of all classes of the harmonic protocol. It is hashed into keys, so it never changes. */
export const HARMONIC_MODULE = 'alchemiscale_ts.protocols.harmonic';

/** The numbers that define a well. */
export interface WellParameters {
  /** kJ/(mol nm²), positive. */
  readonly forceConstant: number;
  /** Where the energy is lowest, in nm. */
  readonly minimum: number;
  /** Energy at the minimum, in kJ/mol. */
  readonly offset: number;
}

/** The component that a chemical system of this protocol consists of. */
export class HarmonicWell extends GufeTokenizable implements WellParameters {
  override readonly qualname: string = 'HarmonicWell';
  override readonly module: string = HARMONIC_MODULE;
  readonly name: string;
  readonly forceConstant: number;
  readonly minimum: number;
  readonly offset: number;

  constructor(options: WellParameters & { readonly name: string }) {
    super();
    this.name = options.name;
    this.forceConstant = options.forceConstant;
    this.minimum = options.minimum;
    this.offset = options.offset;
    if (!(this.forceConstant > 0 && [this.forceConstant, this.minimum, this.offset].every(Number.isFinite))) {
      throw new ProtocolValidationError(
        `well '${this.name}': force constant ${this.forceConstant}, minimum ${this.minimum} and offset ${this.offset} ` +
          'must be finite, the force constant positive',
      );
    }
  }

  override fields(): GufeDict {
    return toGufeDict({
      name: this.name,
      force_constant: this.forceConstant,
      minimum: this.minimum,
      offset: this.offset,
    });
  }
}

/** How to read a HarmonicWell. */
export const HARMONIC_WELL: GufeClass = {
  qualname: 'HarmonicWell',
  module: HARMONIC_MODULE,
  entries: ['name', 'force_constant', 'minimum', 'offset'],
  decode: fields =>
    new HarmonicWell({
      name: readString(fields, 'name'),
      forceConstant: readNumber(fields, 'force_constant'),
      minimum: readNumber(fields, 'minimum'),
      offset: readNumber(fields, 'offset'),
    }),
};

/** Free energy of well B less that of well A in kcal/mol, exactly, at a temperature in kelvin. */
export function exactFreeEnergy(wellA: WellParameters, wellB: WellParameters, temperatureK: number): number {
  const kT = thermalEnergyKjPerMol(temperatureK);
  const kjPerMol =
    0.5 * kT * Math.log(wellB.forceConstant / wellA.forceConstant) + wellB.offset - wellA.offset;
  return kjPerMol / KJ_PER_KCAL;
}

/** Energy of a particle at x (nm) in a well, in kJ/mol. */
export function wellEnergy(well: WellParameters, x: number): number {
  return 0.5 * well.forceConstant * (x - well.minimum) ** 2 + well.offset;
}

/** The well a fraction λ of the way from A to B: every parameter in between, so that it can be sampled exactly too. */
export function wellBetween(wellA: WellParameters, wellB: WellParameters, lambda: number): WellParameters {
  const mix = (a: number, b: number): number => (1 - lambda) * a + lambda * b;
  return {
    forceConstant: mix(wellA.forceConstant, wellB.forceConstant),
    minimum: mix(wellA.minimum, wellB.minimum),
    offset: mix(wellA.offset, wellB.offset),
  };
}
