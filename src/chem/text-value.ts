// How RDKit's Python interface turns a property's text into a number, which gufe hashes: blanks around it are dropped, then
// an int of 32 bits is tried, then a double. A text that is neither stays as it is, blanks included.

import type { GufeValue } from '../gufe/values.ts';

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);

/** The value of a text property. */
export function valueOfText(text: string): GufeValue {
  // The blanks of C's isspace; JavaScript's trim knows others too.
  const trimmed = text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
  const int = parseInt32(trimmed);
  if (int !== null) return BigInt(int);
  return parseDouble(trimmed) ?? text;
}

/** The int that a whole text says, null where it is none or too large. */
export function parseInt32(text: string): number | null {
  if (!/^[+-]?[0-9]+$/.test(text)) return null;
  const value = Number(text);
  // Adding zero makes 0 of -0.
  return value >= INT32_MIN && value <= INT32_MAX ? value + 0 : null;
}

const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const INFINITY_OR_NAN = /^([+-]?)(?:(inf|infinity)|nan(?:\([^()]*\))?)$/i;

/** The double that a whole text says, null where it is none; one too large for a double is none. */
export function parseDouble(text: string): number | null {
  if (DECIMAL.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : null;
  }
  const match = INFINITY_OR_NAN.exec(text);
  if (match === null) return null;
  if (match[2] === undefined) return Number.NaN;
  return match[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
