// Why RDKit did not take a molfile. Its WebAssembly interface says only that it did not, so the steps of its reading are
// repeated one by one until the first that fails.

import { GufeError } from '../gufe/error.ts';
import type { Rdkit } from './rdkit.ts';

/** The error for a molfile that RDKit refused; `firstLine` is the line of the file that its title is on. */
export function explainFault(rdkit: Rdkit, molfile: string, firstLine = 1): GufeError {
  const { text, line } = findFault(rdkit, molfile);
  if (line === null) return new GufeError(text, { line: firstLine });
  return new GufeError(`line ${firstLine + line} ${text}`, { line: firstLine + line });
}

interface Fault {
  readonly text: string;
  /** Counted from the title line as 0; null where it is no one line. */
  readonly line: number | null;
}

function findFault(rdkit: Rdkit, molfile: string): Fault {
  using parsed = rdkit.get_mol(
    molfile,
    JSON.stringify({ removeHs: false, strictParsing: true, sanitize: false }),
  );
  if (parsed === null) return explainSyntax(molfile);
  for (const [i, [, fault]] of STEPS.entries()) {
    const sanitize = Object.fromEntries(STEPS.slice(0, i + 1).map(([name]) => [name, true]));
    using mol = rdkit.get_mol(molfile, JSON.stringify({ removeHs: false, strictParsing: true, sanitize }));
    if (mol === null) return { text: `RDKit cannot sanitize the molecule: ${fault}`, line: null };
  }
  return { text: 'RDKit cannot sanitize the molecule', line: null };
}

/** RDKit's order. */
const STEPS = [
  ['SANITIZE_CLEANUP', 'its clean-up of hypervalent nitrogen, phosphorus and halogens fails'],
  ['SANITIZE_PROPERTIES', 'an atom has more bonds than its element and charge allow'],
  ['SANITIZE_SYMMRINGS', 'its rings cannot be found'],
  ['SANITIZE_KEKULIZE', 'no double bonds can be placed in its aromatic rings'],
  ['SANITIZE_FINDRADICALS', 'its radicals cannot be found'],
  ['SANITIZE_SETAROMATICITY', 'its aromaticity cannot be set'],
  ['SANITIZE_SETCONJUGATION', 'its conjugation cannot be set'],
  ['SANITIZE_SETHYBRIDIZATION', 'its hybridization cannot be set'],
] as const;

const COUNTS_LINE = 3;
const VERSION_COLUMN = 34;
const COORDINATE = /^ *[+-]?[0-9]*\.?[0-9]+ *$/;

/** The first line of a V2000 molfile that does not hold what it should. */
function explainSyntax(molfile: string): Fault {
  const lines = molfile.split('\n');
  const counts = lines[COUNTS_LINE] ?? '';
  if (counts.includes('V3000')) return { text: 'RDKit cannot read the V3000 molfile', line: null };
  if (counts.length > VERSION_COLUMN + 1 && counts.slice(VERSION_COLUMN, VERSION_COLUMN + 5) !== 'V2000') {
    return lineFault(COUNTS_LINE, counts, 'counts with V2000 or V3000 in columns 35 to 39');
  }
  const atomCount = countIn(counts, 0);
  const bondCount = countIn(counts, 3);
  if (atomCount === null || bondCount === null)
    return lineFault(COUNTS_LINE, counts, 'counts of atoms and bonds');
  for (let i = 1; i <= atomCount; i++) {
    const line = lines[COUNTS_LINE + i] ?? '';
    const isFine =
      [0, 10, 20].every(at => COORDINATE.test(line.slice(at, at + 10))) && /^[A-Z*]/.test(line.slice(31));
    if (!isFine) return lineFault(COUNTS_LINE + i, line, 'coordinates (3 columns of 10) and an element');
  }
  for (let i = 1; i <= bondCount; i++) {
    const at = COUNTS_LINE + atomCount + i;
    const line = lines[at] ?? '';
    const [begin, end, type] = [countIn(line, 0), countIn(line, 3), countIn(line, 6)];
    const isAtom = (number: number | null): boolean => number !== null && number >= 1 && number <= atomCount;
    if (!isAtom(begin) || !isAtom(end) || begin === end || type === null) {
      return lineFault(at, line, `two of ${atomCount} atoms and a bond type`);
    }
  }
  return { text: 'RDKit cannot read the molfile (an element, a property line or its end)', line: null };
}

function countIn(line: string, at: number): number | null {
  const cell = line.slice(at, at + 3);
  return /^ *[0-9]+ *$/.test(cell) ? Number(cell) : null;
}

function lineFault(line: number, found: string, due: string): Fault {
  return { text: `is '${found.trimEnd().slice(0, 60)}' where ${due} were due`, line };
}
