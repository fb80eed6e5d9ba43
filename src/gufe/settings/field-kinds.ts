// The kinds of values that settings have. Each reads what a user gives (from a program, or from YAML or JSON) and returns what
// gufe's model would hold after its own validation: integers where it has integers, quantities in the unit of the field.
//
// Differs from gufe: text is not taken for a number or a truth value, since in a file it is one that was misspelled.
import { GufeError } from '../error.ts';
import { NdArray } from '../numpy.ts';
import { type Magnitude, Quantity } from '../units.ts';
import type { GufeValue } from '../values.ts';
import { refuseSetting, shownValue } from './settings-error.ts';

/** How the values of a field are read and checked. */
export interface FieldKind {
  /** Returns the value as the model holds it, or throws SettingsError with `path`. `current`: what a nested model goes on from. */
  read(value: unknown, path: string, current: GufeValue | undefined): GufeValue;
}

/** What a number may be. */
export interface NumberRange {
  /** At least. */
  readonly from?: number;
  readonly above?: number;
  /** At most. */
  readonly upTo?: number;
  readonly below?: number;
}

/** True or false. */
export const BOOLEAN: FieldKind = {
  read: (value, path) =>
    typeof value === 'boolean'
      ? value
      : refuseSetting(path, `must be true or false; it is ${shownValue(value)}`),
};

/** A whole number, kept as an integer. */
export function integer(range: NumberRange = {}): FieldKind {
  return {
    read(value, path) {
      const isWhole = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));
      if (!isWhole) return refuseSetting(path, `must be a whole number; it is ${shownValue(value)}`);
      checkRange(Number(value), range, path, String(value));
      return BigInt(value);
    },
  };
}

/** Any number, kept as a float. */
export function float(range: NumberRange = {}): FieldKind {
  return {
    read(value, path) {
      if (typeof value !== 'number' && typeof value !== 'bigint')
        return refuseSetting(path, `must be a number; it is ${shownValue(value)}`);
      const number = Number(value);
      checkRange(number, range, path, String(number));
      return number;
    },
  };
}

/** Words that a text may be. */
export interface TextChoice {
  readonly oneOf?: readonly string[];
  /** `ignored`: any mix of capitals will do and is kept. `lowered`: any will do and small letters are kept. */
  readonly capitals?: 'ignored' | 'lowered';
}

/** Text. */
export function text({ oneOf, capitals }: TextChoice = {}): FieldKind {
  const wanted = oneOf?.map(word => (capitals === undefined ? word : word.toLowerCase()));
  return {
    read(value, path) {
      if (typeof value !== 'string') return refuseSetting(path, `must be text; it is ${shownValue(value)}`);
      const compared = capitals === undefined ? value : value.toLowerCase();
      if (wanted !== undefined && !wanted.includes(compared)) {
        return refuseSetting(path, `must be one of ${oneOf?.join(', ')}; it is '${value}'`);
      }
      return capitals === 'lowered' ? compared : value;
    },
  };
}

/** A number with a unit, kept in the unit of the field: a Quantity, text (`4 fs`), or `{val, unit}`. */
export function quantity(unit: string, range: NumberRange = {}): FieldKind {
  return {
    read(value, path) {
      const converted = readQuantity(value, unit, path);
      if (converted.magnitude instanceof NdArray)
        return refuseSetting(path, 'must be a single number with a unit');
      checkRange(converted.toNumber(), range, path, String(converted));
      return converted;
    },
  };
}

/** Several numbers with one unit: a Quantity with an array, or `{val: […], unit}`. A shape of (3, 3) also takes its diagonal. */
export function arrayQuantity(unit: string, shape: readonly number[]): FieldKind {
  return {
    read(value, path) {
      const converted = readQuantity(value, unit, path);
      const { magnitude } = converted;
      if (magnitude instanceof NdArray && magnitude.shape.join() === shape.join()) return converted;
      if (magnitude instanceof NdArray && shape.join() === '3,3' && magnitude.shape.join() === '3') {
        const [a = 0, b = 0, c = 0] = magnitude.toNumbers();
        return new Quantity(NdArray.float64([a, 0, 0, 0, b, 0, 0, 0, c], [3, 3]), converted.unit);
      }
      return refuseSetting(path, `must be an array of shape (${shape.join(', ')}) with a unit`);
    },
  };
}

/** A list. */
export function list(kind: FieldKind): FieldKind {
  return {
    read: (value, path) =>
      Array.isArray(value)
        ? value.map((element, i) => kind.read(element, `${path}[${i}]`, undefined))
        : refuseSetting(path, `must be a list; it is ${shownValue(value)}`),
  };
}

/** Null, or what the kind allows. */
export function nullable(kind: FieldKind): FieldKind {
  return { read: (value, path, current) => (value === null ? null : kind.read(value, path, current)) };
}

/** What the kind allows, and what the check finds no fault with. */
export function checked(kind: FieldKind, fault: (value: GufeValue) => string | null): FieldKind {
  return {
    read(value, path, current) {
      const read = kind.read(value, path, current);
      const message = fault(read);
      return message === null ? read : refuseSetting(path, message);
    },
  };
}

function checkRange(value: number, range: NumberRange, path: string, shown: string): void {
  const { from, above, upTo, below } = range;
  const bounds: readonly (readonly [boolean, string])[] = [
    [from !== undefined && !(value >= from), `at least ${from}`],
    [above !== undefined && !(value > above), `above ${above}`],
    [upTo !== undefined && !(value <= upTo), `at most ${upTo}`],
    [below !== undefined && !(value < below), `below ${below}`],
  ];
  const broken = bounds.find(([isBroken]) => isBroken);
  if (broken !== undefined) refuseSetting(path, `must be ${broken[1]}; it is ${shown}`);
}

function readQuantity(value: unknown, unit: string, path: string): Quantity {
  try {
    return quantityOf(value, unit, path).to(unit);
  } catch (error) {
    if (!(error instanceof GufeError) || error.name !== 'GufeError') throw error;
    return refuseSetting(path, `must be a quantity in ${unit} or a unit of its kind: ${error.message}`);
  }
}

function quantityOf(value: unknown, unit: string, path: string): Quantity {
  if (value instanceof Quantity) return value;
  if (typeof value === 'string') return Quantity.parse(value);
  if (typeof value === 'number' || typeof value === 'bigint') {
    return refuseSetting(path, `needs a unit: '${value} ${unit}'`);
  }
  const entries = value instanceof Map ? Object.fromEntries(value) : value;
  if (typeof entries === 'object' && entries !== null) {
    const { val, magnitude = val, unit: given } = entries as Record<string, unknown>;
    const number = magnitudeOf(magnitude);
    if (number !== null && typeof given === 'string') return new Quantity(number, Quantity.parse(given).unit);
  }
  return refuseSetting(path, `must be a number with a unit, such as '1 ${unit}'; it is ${shownValue(value)}`);
}

/** A whole number without a point is an integer, as in JSON; lists are arrays. */
function magnitudeOf(value: unknown): Magnitude | null {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (!Array.isArray(value) || value.length === 0) return null;
  const rows: readonly unknown[] = value;
  const width = Array.isArray(rows[0]) ? rows[0].length : null;
  const flat = rows.flat();
  if (!flat.every(member => typeof member === 'number')) return null;
  if (width === null) return NdArray.float64(flat);
  const isRectangular = rows.every(row => Array.isArray(row) && row.length === width);
  return isRectangular ? NdArray.float64(flat, [rows.length, width]) : null;
}
