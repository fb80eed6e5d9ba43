// The element of an atom in a PDB file: from the columns for it, else guessed from its name as OpenMM does.
import { symbolOf } from '../elements.ts';

/** Beyond it elements have their old names in OpenMM. */
const LAST_OF_TODAYS_NAME = 111;

/** By symbol in capitals, as the columns have it. Deuterium is a hydrogen. */
const BY_SYMBOL = new Map<string, number>([
  ['D', 1],
  ['UUB', 112],
  ['UUT', 113],
  ['UUQ', 114],
  ['UUP', 115],
  ['UUH', 116],
]);
for (let number = 1; number <= LAST_OF_TODAYS_NAME; number++)
  BY_SYMBOL.set(symbolOf(number).toUpperCase(), number);

/** The atomic number of a symbol in any case; null when it is none. */
export function elementOf(symbol: string): number | null {
  return BY_SYMBOL.get(symbol.trim().toUpperCase()) ?? null;
}

/** What begins a name and tells its element, in the order in which it is looked for. */
const BEGINNINGS: readonly (readonly [string, number])[] = [
  ['CL', 17],
  ['NA', 11],
  ['MG', 12],
  ['BE', 4],
  ['LI', 3],
  ['K', 19],
  ['ZN', 30],
];

const CALCIUM = 20;

/** What the guess depends on beside the name. */
export interface GuessContext {
  /** True for an atom that is all there is in its residue: CA is calcium there. */
  readonly isAlone: boolean;
  /** True when the residue has an atom of that name. */
  readonly hasAtom: (name: string) => boolean;
}

/** The element that a name suggests; null when it suggests none, as for the D… particles of Drude models. */
export function guessElement(name: string, context: GuessContext): number | null {
  const capitals = name.toUpperCase().replace(/^\d+(?=.)/s, '');
  const beginning = BEGINNINGS.find(([letters]) => capitals.startsWith(letters));
  if (beginning !== undefined) return beginning[1];
  if (context.isAlone && capitals.startsWith('CA')) return CALCIUM;
  if (capitals.startsWith('D') && context.hasAtom(name.slice(1))) return null;
  return elementOf(capitals.charAt(0));
}
