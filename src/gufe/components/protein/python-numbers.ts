// Numbers in the columns of structure files, as Python's int() and float() take them: blanks around them and a sign are fine,
// anything else is no number.

const DECIMAL = /^[+-]?\d+(?:_\d+)*$/;
const HEXADECIMAL = /^[+-]?(?:0x_?)?[0-9a-f]+(?:_[0-9a-f]+)*$/i;
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** An integer; null for anything else. */
export function parseInteger(text: string): number | null {
  const bare = text.trim();
  return DECIMAL.test(bare) ? Number(bare.replaceAll('_', '')) : null;
}

/** An integer in hexadecimal digits; null for anything else. */
export function parseHexadecimal(text: string): number | null {
  const bare = text.trim();
  if (!HEXADECIMAL.test(bare)) return null;
  const digits = bare.replace(/^[+-]/, '').replace(/^0x/i, '').replaceAll('_', '');
  return Number.parseInt(digits, 16) * (bare.startsWith('-') ? -1 : 1);
}

/** A finite number; null for anything else. */
export function parseFloating(text: string): number | null {
  const bare = text.trim();
  return FLOAT.test(bare) ? Number(bare) : null;
}
