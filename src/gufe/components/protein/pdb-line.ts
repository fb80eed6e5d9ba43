// The columns of an ATOM or HETATM line of a PDB file, read as OpenMM reads them (which gufe does): numbers beyond the columns
// go on in hexadecimal, and a residue name may have a fourth letter in the column after it.
import { elementOf } from './element-guess.ts';
import { parseFloating, parseHexadecimal, parseInteger } from './python-numbers.ts';
import { faultAt } from './structure.ts';

/** One line. */
export interface PdbAtomLine {
  readonly line: number;
  /** Null where the columns hold no number: then it is one more than the last. */
  readonly serial: number | null;
  /** Four characters. */
  readonly paddedName: string;
  readonly name: string;
  /** A blank for the usual single location. */
  readonly altLoc: string;
  readonly paddedResidueName: string;
  readonly chainId: string;
  /** Null where the columns hold no number, as for `****`. */
  readonly residueNumber: number | null;
  readonly insertionCode: string;
  /** Ångström. */
  readonly position: readonly [x: number, y: number, z: number];
  /** Null where the columns name none. */
  readonly atomicNumber: number | null;
  /** True for a particle that is no atom. */
  readonly isExtra: boolean;
}

/** The mark of particles that are no atoms, in the columns of the element. */
const EXTRA_PARTICLE = 'EP';

/** Columns end here at the latest; what follows may be missing. */
const NEEDED_LENGTH = 47;

/** Reads a line, given with its line break. Throws GufeError with the line's number. */
export function readAtomLine(text: string, line: number): PdbAtomLine {
  if (text.length < NEEDED_LENGTH) faultAt(line, 'an atom that ends before its coordinates');
  const element = text.slice(76, 78).trim();
  return {
    line,
    serial: parseSerial(text.slice(6, 11)),
    paddedName: text.slice(12, 16),
    name: text.slice(12, 16).trim(),
    altLoc: text.slice(16, 17),
    paddedResidueName: residueName(text, line),
    chainId: text.slice(21, 22),
    residueNumber: parseResidueNumber(text.slice(22, 26)),
    insertionCode: text.slice(26, 27),
    position: [
      coordinate(text.slice(30, 38), 'x', line),
      coordinate(text.slice(38, 46), 'y', line),
      coordinate(text.slice(46, 54), 'z', line),
    ],
    atomicNumber: element === EXTRA_PARTICLE ? null : elementOf(element),
    isExtra: element === EXTRA_PARTICLE,
  };
}

/** A serial number; after 99999 comes A0000. */
export function parseSerial(text: string): number | null {
  const hexadecimal = (): number | null => {
    const value = parseHexadecimal(text);
    return value === null ? null : value - 0xa0000 + 100_000;
  };
  return parseInteger(text) ?? hexadecimal();
}

function parseResidueNumber(text: string): number | null {
  const hexadecimal = (): number | null => {
    const value = parseHexadecimal(text);
    return value === null ? null : value - 0xa000 + 10_000;
  };
  return parseInteger(text) ?? hexadecimal();
}

function residueName(text: string, line: number): string {
  const [name, fourth] = [text.slice(17, 20), text.slice(20, 21)];
  if (fourth === ' ') return name;
  if (name.trim().length !== 3)
    faultAt(line, `the residue name is not in its columns: '${text.slice(17, 21)}'`);
  return name + fourth;
}

function coordinate(text: string, axis: string, line: number): number {
  const value = parseFloating(text);
  // Differs from gufe: it takes `nan` and `inf` for coordinates.
  return value ?? faultAt(line, `the coordinate ${axis} is '${text.trim()}', not a number`);
}
