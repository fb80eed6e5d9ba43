// Tripos MOL2 files as plain tables. Free format: blanks between cells, one record a line, sections opened by @<TRIPOS>.

import { atomicNumberOf } from '../gufe/components/elements.ts';
import { GufeError } from '../gufe/error.ts';
import { parseDouble } from './text-value.ts';

export interface Mol2Atom {
  /** SYBYL's type: `C.ar`, `N.pl3`, `O.co2`; the element is in front of the dot. */
  readonly type: string;
  readonly position: readonly [number, number, number];
  /** The file's partial charge, as text; null where the line ends before it. */
  readonly partialCharge: string | null;
}

export interface Mol2Bond {
  readonly begin: number;
  readonly end: number;
  readonly type: string;
}

export interface Mol2Molecule {
  /** 1 for the first of the file. */
  readonly number: number;
  /** The line of its @<TRIPOS>MOLECULE, from 1. */
  readonly line: number;
  readonly title: string;
  readonly atoms: readonly Mol2Atom[];
  readonly bonds: readonly Mol2Bond[];
  /** Formal charges by atom where the file states them (UNITY_ATOM_ATTR); null where it says nothing. */
  readonly charges: ReadonlyMap<number, number> | null;
}

interface Line {
  readonly number: number;
  readonly text: string;
}

type Sections = ReadonlyMap<string, readonly Line[]>;

const SECTION = /^@<TRIPOS>(\S+)/;

/** The molecules of a MOL2 file's text. */
export function splitMol2File(text: string): Mol2Molecule[] {
  const starts: { readonly line: number; readonly sections: Map<string, Line[]> }[] = [];
  let section: Line[] | null = null;
  for (const [i, raw] of text.split('\n').entries()) {
    const line = { number: i + 1, text: raw.endsWith('\r') ? raw.slice(0, -1) : raw };
    const name = SECTION.exec(line.text)?.[1];
    if (name === undefined) {
      section?.push(line);
      continue;
    }
    section = [];
    if (name === 'MOLECULE') starts.push({ line: line.number, sections: new Map() });
    starts.at(-1)?.sections.set(name, section);
  }
  return starts.map(({ line, sections }, i) => readMolecule(sections, i + 1, line));
}

function readMolecule(sections: Sections, number: number, line: number): Mol2Molecule {
  const [title, counts] = sections.get('MOLECULE') ?? [];
  const [atomCount = Number.NaN, bondCount = 0] = cellsOf(counts).map(Number);
  if (!Number.isSafeInteger(atomCount) || atomCount < 1 || !Number.isSafeInteger(bondCount)) {
    fail(counts ?? { number: line, text: '' }, 'the counts of atoms and bonds');
  }
  // Lone pairs are not atoms: numbers shift down behind them.
  const numbers: (number | null)[] = [];
  const atoms: Mol2Atom[] = [];
  for (const row of rowsOf(sections, 'ATOM', atomCount, line)) {
    const atom = readAtom(row);
    numbers.push(atom === null ? null : atoms.length);
    if (atom !== null) atoms.push(atom);
  }
  const bonds: Mol2Bond[] = [];
  for (const row of rowsOf(sections, 'BOND', bondCount, line)) {
    const bond = readBond(row, numbers);
    if (bond !== null) bonds.push(bond);
  }
  const charges = readCharges(sections.get('UNITY_ATOM_ATTR'), numbers);
  return { number, line, title: title?.text.trimEnd() ?? '', atoms, bonds, charges };
}

/** As many lines as the counts say; comments and empty lines are none of them. */
function rowsOf(sections: Sections, name: string, count: number, line: number): readonly Line[] {
  const rows = (sections.get(name) ?? []).filter(({ text }) => text.trim() !== '' && !text.startsWith('#'));
  if (rows.length < count) {
    throw new GufeError(
      `line ${line}: a molecule with ${rows.length} lines in ${name}, its counts say ${count}`,
    );
  }
  return rows.slice(0, count);
}

function readAtom(row: Line): Mol2Atom | null {
  const cells = cellsOf(row);
  const [x, y, z] = cells.slice(2, 5).map(parseDouble);
  const type = cells[5];
  if (typeof x !== 'number' || typeof y !== 'number' || typeof z !== 'number' || type === undefined) {
    return fail(row, 'an atom: number, name, x, y, z, type');
  }
  const element = type.split('.')[0] ?? '';
  if (element === 'LP') return null;
  if (!isElement(element))
    return fail(row, "an element in front of the type's dot (SYBYL's types, not GAFF's)");
  return { type, position: [x, y, z], partialCharge: cells[8] ?? null };
}

function isElement(symbol: string): boolean {
  try {
    return atomicNumberOf(symbol) > 0;
  } catch (error) {
    if (error instanceof GufeError) return false;
    throw error;
  }
}

const NOT_CONNECTED = 'nc';

function readBond(row: Line, numbers: readonly (number | null)[]): Mol2Bond | null {
  const [, first, second, type = ''] = cellsOf(row);
  const begin = numbers[Number(first) - 1];
  const end = numbers[Number(second) - 1];
  if (begin === undefined || end === undefined || begin === end || type === '') {
    return fail(row, `a bond: number, two of ${numbers.length} atoms, type`);
  }
  return begin === null || end === null || type === NOT_CONNECTED ? null : { begin, end, type };
}

/** `<atom> <count>`, then as many lines `charge <formal charge>` or other attributes. */
function readCharges(
  section: readonly Line[] | undefined,
  numbers: readonly (number | null)[],
): ReadonlyMap<number, number> | null {
  if (section === undefined) return null;
  const charges = new Map<number, number>();
  let atom: number | null | undefined;
  for (const row of section.filter(({ text }) => text.trim() !== '')) {
    const [name = '', value = ''] = cellsOf(row);
    if (/^\d+$/.test(name)) atom = numbers[Number(name) - 1];
    else if (/^(charge|AtomExpr)$/.test(name) && /^[+-]?\d+$/.test(value) && typeof atom === 'number') {
      charges.set(atom, Number(value));
    }
  }
  return charges;
}

function cellsOf(line: Line | undefined): string[] {
  return line?.text.trim().split(/\s+/) ?? [];
}

function fail(line: Line, due: string): never {
  const { number, text } = line;
  throw new GufeError(`line ${number} is '${text.trim().slice(0, 60)}' where ${due} were due`, {
    line: number,
  });
}
