// How pint spells a unit that it has read: what people write (`kJ/mol`) it writes in its own way (`kilojoule / mole`).
import { GufeError } from './error.ts';
import { formatUnit, parseUnit } from './unit-expression.ts';

const SPELLINGS = new Map<string, string | null>();
/** A document has a few; more than this come from nowhere good and are not to stay in memory. */
const MAX_SPELLINGS = 1000;

/** pint's text of a unit; null when it is not known here. */
export function spelledByPint(unit: string): string | null {
  const known = SPELLINGS.get(unit);
  if (known !== undefined) return known;
  if (SPELLINGS.size >= MAX_SPELLINGS) SPELLINGS.clear();
  const spelled = spell(unit);
  SPELLINGS.set(unit, spelled);
  return spelled;
}

function spell(unit: string): string | null {
  // pint takes no empty text for a unit.
  if (unit.trim() === '') return null;
  try {
    return formatUnit(parseUnit(unit).powers);
  } catch (cause) {
    if (cause instanceof GufeError) return null;
    throw cause;
  }
}
