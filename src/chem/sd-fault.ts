// Why RDKit did not take a molfile. Its WebAssembly interface says only that it did not, so the steps of its reading are
// repeated one by one until the first that fails.

import type { Rdkit } from './rdkit.ts';

/** A sentence on the first fault of a molfile that RDKit refused. */
export function explainFault(rdkit: Rdkit, molfile: string): string {
  using parsed = rdkit.get_mol(
    molfile,
    JSON.stringify({ removeHs: false, strictParsing: true, sanitize: false }),
  );
  if (parsed === null) return explainSyntax(molfile);
  for (const [i, [, fault]] of STEPS.entries()) {
    const sanitize = Object.fromEntries(STEPS.slice(0, i + 1).map(([name]) => [name, true]));
    using mol = rdkit.get_mol(molfile, JSON.stringify({ removeHs: false, strictParsing: true, sanitize }));
    if (mol === null) return `RDKit cannot sanitize the molecule: ${fault}`;
  }
  return 'RDKit cannot sanitize the molecule';
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
const COORDINATE = /^ *[+-]?[0-9]*\.?[0-9]+ *$/;

/** The first line of a V2000 molfile that does not hold what it should, counted from its title line as 1. */
function explainSyntax(molfile: string): string {
  const lines = molfile.split('\n');
  const counts = lines[COUNTS_LINE] ?? '';
  if (counts.includes('V3000')) return 'RDKit cannot read the V3000 molfile';
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
  return 'RDKit cannot read the molfile (an element, a property line or its end)';
}

function countIn(line: string, at: number): number | null {
  const cell = line.slice(at, at + 3);
  return /^ *[0-9]+ *$/.test(cell) ? Number(cell) : null;
}

function lineFault(index: number, line: string, due: string): string {
  return `line ${index + 1} of the molfile is '${line.trimEnd().slice(0, 60)}' where ${due} were due`;
}
