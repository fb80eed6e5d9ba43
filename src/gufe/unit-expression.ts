// Units as products of powers: read from what people and pint write (`kJ/(mol*nm**2)`), printed as pint prints them
// (`kilojoule / mole / nanometer ** 2`), and the factor between two of them, rounded step by step as pint rounds it, because
// what has been converted is hashed. (One nanosecond is 1000.0 picoseconds, but 1000 ps are 0.9999999999999998 ns there.)
import { GufeError } from './error.ts';
import { findUnit, type Scale, type UnitDefinition } from './unit-definitions.ts';

/** Powers of units by pint's full name, in the order of the text. Empty: dimensionless. */
export type UnitPowers = ReadonlyMap<string, number>;

/** A unit expression, and whether working it out makes an integer in front of it a float, as divisions do in Python. */
interface ParsedUnit {
  readonly powers: UnitPowers;
  readonly divides: boolean;
}

/** The powers in the text of a unit. Throws GufeError when a name is not known here or the text is no product of units. */
export function parseUnit(text: string): ParsedUnit {
  const tokens = text.match(TOKEN) ?? [];
  if (tokens.join('') !== text.replaceAll(/\s/g, '')) throw new GufeError(`'${text}' is not a unit`);
  const parser = new ExpressionParser(tokens, text);
  return { powers: parser.read(), divides: /[/]|\bper\b|(\*\*|\^)\s*-|\.\d/.test(text) };
}

const TOKEN = /\*\*|[*/^()]|-?\d+(?:\.\d+)?|[^\s*/^()\d.+-][^\s*/^()+.-]*/gu;

/** Products, quotients and powers of names, ones and brackets; a blank multiplies. */
class ExpressionParser {
  readonly #tokens: readonly string[];
  readonly #text: string;
  #at = 0;

  constructor(tokens: readonly string[], text: string) {
    this.#tokens = tokens;
    this.#text = text;
  }

  read(): UnitPowers {
    const powers = this.#tokens.length === 0 ? new Map<string, number>() : this.#product();
    if (this.#at < this.#tokens.length) this.#fail();
    return powers;
  }

  #product(): Map<string, number> {
    const powers = this.#power();
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token === undefined || token === ')') return powers;
      const divide = token === '/' || token === 'per';
      if (divide || token === '*') this.#at++;
      for (const [name, power] of this.#power()) addPower(powers, name, divide ? -power : power);
    }
  }

  #power(): Map<string, number> {
    const powers = this.#factor();
    const operator = this.#tokens[this.#at];
    if (operator !== '**' && operator !== '^') return powers;
    const exponent = Number(this.#tokens[this.#at + 1] ?? Number.NaN);
    if (Number.isNaN(exponent)) this.#fail();
    this.#at += 2;
    return new Map([...powers].map(([name, power]) => [name, power * exponent]));
  }

  #factor(): Map<string, number> {
    const token = this.#tokens[this.#at++];
    if (token === '(') {
      const powers = this.#product();
      if (this.#tokens[this.#at++] !== ')') this.#fail();
      return powers;
    }
    if (token === '1' || token === 'dimensionless') return new Map();
    if (token === undefined || !/^\p{L}|^[°]/u.test(token)) return this.#fail();
    return new Map([[definitionOf(token).name, 1]]);
  }

  #fail(): never {
    throw new GufeError(`'${this.#text}' is not a unit`);
  }
}

function addPower(powers: Map<string, number>, name: string, power: number): void {
  const sum = (powers.get(name) ?? 0) + power;
  if (sum === 0) powers.delete(name);
  else powers.set(name, sum);
}

/** The unit of that name; throws GufeError when it is not known here. */
export function definitionOf(name: string): UnitDefinition {
  const unit = findUnit(name);
  if (unit === null) throw new GufeError(`the unit '${name}' is not one that can be converted here`);
  return unit;
}

/** As pint writes it: names sorted, what is multiplied first, then what is divided by. */
export function formatUnit(powers: UnitPowers): string {
  if (powers.size === 0) return 'dimensionless';
  const sorted = [...powers].sort(([a], [b]) => (a < b ? -1 : 1));
  const factor = (name: string, power: number): string => (power === 1 ? name : `${name} ** ${power}`);
  const above = sorted.filter(([, power]) => power > 0).map(([name, power]) => factor(name, power));
  const below = sorted.filter(([, power]) => power < 0).map(([name, power]) => factor(name, -power));
  return [above.join(' * ') || '1', ...below].join(' / ');
}

/** What a unit measures, as powers of base units. Counts and angles measure nothing. */
function dimensionOf(powers: UnitPowers): UnitPowers {
  const base = new Map<string, number>();
  const add = (name: string, power: number): void => {
    const { of, name: own } = definitionOf(name);
    if (of.length === 0 && own !== 'count' && own !== 'radian') addPower(base, own, power);
    for (const [part, partPower] of of) add(part, power * partPower);
  };
  for (const [name, power] of powers) add(name, power);
  return base;
}

/** True when values in one can be given in the other. */
export function isSameDimension(a: UnitPowers, b: UnitPowers): boolean {
  const [of, other] = [dimensionOf(a), dimensionOf(b)];
  return of.size === other.size && [...of].every(([name, power]) => other.get(name) === power);
}

/** What a unit measures, for messages: `pressure`, or base units where it has no name here. */
export function describeDimension(powers: UnitPowers): string {
  const base = formatUnit(dimensionOf(powers));
  return KINDS[base] ?? `quantity in ${base}`;
}

const KINDS: Readonly<Record<string, string>> = {
  dimensionless: 'number',
  meter: 'length',
  second: 'time',
  gram: 'mass',
  mole: 'amount',
  kelvin: 'temperature',
  timestep: 'count of time steps',
  'ampere * second': 'charge',
  '1 / second': 'rate',
  'mole / meter ** 3': 'concentration',
  'gram / meter / second ** 2': 'pressure',
  'gram / second ** 2': 'surface tension',
  'gram * meter ** 2 / second ** 2': 'energy',
  'gram * meter ** 2 / mole / second ** 2': 'molar energy',
  'gram * meter ** 2 / ampere / second ** 3': 'voltage',
};

/** What values in one unit are multiplied by to be in the other: a bigint where Python has an integer. Same dimensions only. */
export function conversionFactor(from: UnitPowers, to: UnitPowers): Scale {
  const quotient = new Map(from);
  for (const [name, power] of to) addPower(quotient, name, -power);
  if (quotient.size === 0) return 1n;
  const scales = new ScalePowers();
  for (const [name, power] of quotient) scales.addUnit(name, power);
  return scales.product();
}

/** The same factor as a fraction without rounding, as far as its parts are exact numbers: for computing. */
export function exactFactor(
  from: UnitPowers,
  to: UnitPowers,
): { readonly numerator: number; readonly denominator: number } {
  let [numerator, denominator] = [1n, 1n];
  const multiply = (scale: Scale, power: number): void => {
    let [above, below] = fractionOf(scale);
    if (power < 0) [above, below] = [below, above];
    numerator *= above ** BigInt(Math.abs(power));
    denominator *= below ** BigInt(Math.abs(power));
  };
  const add = (name: string, power: number): void => {
    const { scale, of } = definitionOf(name);
    multiply(scale, power);
    for (const [part, partPower] of of) add(part, power * partPower);
  };
  const powers = [...from, ...[...to].map(([name, power]) => [name, -power] as const)];
  if (!powers.every(([, power]) => Number.isInteger(power))) {
    return { numerator: Number(conversionFactor(from, to)), denominator: 1 };
  }
  for (const [name, power] of powers) add(name, power);
  const common = greatestCommonDivisor(numerator, denominator);
  return { numerator: Number(numerator / common), denominator: Number(denominator / common) };
}

/** A scale as the decimal fraction that its text is: 0.1 is 1/10. */
function fractionOf(scale: Scale): [above: bigint, below: bigint] {
  if (typeof scale === 'bigint') return [scale, 1n];
  const [, whole = '', decimals = '', exponent = '0'] =
    /^(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(scale.toExponential()) ?? [];
  const shift = Number(exponent) - decimals.length;
  const digits = BigInt(whole + decimals);
  return shift < 0 ? [digits, 10n ** BigInt(-shift)] : [digits * 10n ** BigInt(shift), 1n];
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}

/** For the unit of a temperature scale what is added to its values to get kelvin; null for every other unit. */
export function offsetUnit(powers: UnitPowers): number | null {
  for (const [name, power] of powers) {
    const { offset } = definitionOf(name);
    if (offset === null) continue;
    if (powers.size === 1 && power === 1) return offset;
    throw new GufeError(`${name} cannot be part of a product, since its zero is not zero`);
  }
  return null;
}

/** Powers of scales above and below the line. Equal scales are cancelled before anything is multiplied, as pint does. */
class ScalePowers {
  /** By value, with the scale as it was first met: 1 and 1.0 are one name in a Python dict, which keeps the first. */
  readonly #above = new Map<number, { readonly scale: Scale; power: number }>();
  readonly #below = new Map<number, { readonly scale: Scale; power: number }>();

  addUnit(name: string, power: number): void {
    const { scale, of } = definitionOf(name);
    if (of.length === 0) return;
    const side = power < 0 ? this.#below : this.#above;
    const entry = side.get(Number(scale));
    if (entry === undefined) side.set(Number(scale), { scale, power: Math.abs(power) });
    else entry.power += Math.abs(power);
    for (const [part, partPower] of of) this.addUnit(part, power * partPower);
  }

  product(): Scale {
    for (const [value, entry] of this.#above) {
      const other = this.#below.get(value);
      if (other === undefined) continue;
      const common = Math.min(entry.power, other.power);
      entry.power -= common;
      other.power -= common;
    }
    let factor: Scale = 1n;
    for (const { scale, power } of this.#above.values())
      if (power !== 0) factor = times(factor, raise(scale, power));
    for (const { scale, power } of this.#below.values())
      if (power !== 0) factor = times(factor, raise(scale, -power));
    return factor;
  }
}

/** Python's `**`: an integer to a power that is no natural number is a float. */
function raise(scale: Scale, power: number): Scale {
  if (typeof scale === 'bigint' && Number.isInteger(power) && power >= 0) return scale ** BigInt(power);
  // Division rounds correctly everywhere; how an engine rounds powers is its own affair.
  return power === -1 ? 1 / Number(scale) : Number(scale) ** power;
}

/** Python's `*`: an integer as long as both are. */
export function times(a: Scale, b: Scale): Scale {
  return typeof a === 'bigint' && typeof b === 'bigint' ? a * b : Number(a) * Number(b);
}
