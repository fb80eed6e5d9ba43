// Reads PDB text as gufe does, which reads it with OpenMM: the first model, standard names for residues and atoms, bonds from
// templates, sulfur bridges and CONECT lines, the box from CRYST1. Nothing else of a file matters (SEQRES and MODRES among it).
import { GufeError } from '../../error.ts';
import { boxOfCell } from './box-vectors.ts';
import { guessElement } from './element-guess.ts';
import { type PdbAtomLine, parseSerial, readAtomLine } from './pdb-line.ts';
import { PdbModel, type PdbResidue } from './pdb-residues.ts';
import { parseFloating, parseInteger } from './python-numbers.ts';
import { STANDARD_RESIDUES, templateAtomName, templateResidueName } from './residue-names.ts';
import { addDisulfideBonds, addStandardBonds } from './standard-bonds.ts';
import { faultAt, Structure, type StructureAtom } from './structure.ts';

/** The structure in PDB text. Throws GufeError with the line at fault. */
export function readPdb(text: string): Structure {
  const lines = new PdbLines();
  let number = 0;
  for (const [line] of text.matchAll(LINE)) {
    number++;
    lines.read(line, number);
  }
  return lines.structure();
}

/** A line with its break; a file's last one may have none. */
const LINE = /[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g;

/** The state that lines leave to later lines. */
class PdbLines {
  readonly #models: PdbModel[] = [];
  #nextSerial = 1;
  #nextResidue = 1;
  #box: Structure['box'] = null;

  read(line: string, number: number): void {
    const command = line.slice(0, 6);
    if (command === 'ATOM  ' || command === 'HETATM') this.#addAtom(readAtomLine(line, number));
    else if (command === 'CONECT') this.#addConnections(line, number);
    else if (line.startsWith('MODEL')) this.#beginModel(line, number);
    else if (line.startsWith('END')) this.#current(number);
    else if (line.startsWith('TER') && /^TER\s/.test(`${line}\n`)) this.#endChain(number);
    else if (command === 'CRYST1') this.#readCell(line, number);
  }

  structure(): Structure {
    const [first] = this.#models;
    const structure = new Structure();
    structure.box = this.#box;
    const bySerial = new Map<number, StructureAtom>();
    for (const chain of first?.chains ?? []) {
      const added = structure.addChain(chain.id);
      for (const residue of chain.residues) {
        for (const atom of addResidue(structure, added, residue)) bySerial.set(atom.serial, atom);
      }
    }
    if (structure.atoms.length === 0) throw new GufeError('no atoms in the PDB file');
    addStandardBonds(structure);
    addDisulfideBonds(structure);
    structure.addMissingBonds(connectedAtoms(this.#models.at(-1)?.connections ?? [], bySerial));
    return structure;
  }

  #current(line: number): PdbModel {
    return this.#models.at(-1) ?? faultAt(line, 'this comes before the first atom');
  }

  #addAtom(atom: PdbAtomLine): void {
    const model = this.#models.at(-1) ?? new PdbModel();
    if (this.#models.length === 0) this.#models.push(model);
    const serial = atom.serial ?? this.#nextSerial;
    const residueNumber = atom.residueNumber ?? this.#guessResidueNumber(model.currentResidue, atom);
    model.add(atom, serial, residueNumber);
    this.#nextSerial = serial + 1;
    this.#nextResidue = residueNumber + 1;
  }

  /** Where a program ran out of numbers and wrote none: a new residue begins when the name changes or an atom repeats. */
  #guessResidueNumber(residue: PdbResidue | undefined, atom: PdbAtomLine): number {
    const isSame = residue?.paddedName === atom.paddedResidueName && !residue.has(atom.paddedName);
    return residue !== undefined && isSame ? residue.number : this.#nextResidue;
  }

  #addConnections(text: string, line: number): void {
    const serial = parseSerial(text.slice(6, 11));
    if (serial === null)
      faultAt(line, `CONECT for '${text.slice(6, 11).trim()}', which is not the number of an atom`);
    const others = [11, 16, 21, 26].map(at => parseSerial(text.slice(at, at + 5)));
    const serials = [serial, ...others.filter(other => other !== null)];
    this.#current(line).connections.push({ serials, line });
  }

  #beginModel(text: string, line: number): void {
    if (parseInteger(text.slice(10, 14)) === null) faultAt(line, 'a MODEL without a number');
    this.#models.push(new PdbModel());
    this.#nextSerial = 1;
    this.#nextResidue = 1;
  }

  #endChain(line: number): void {
    const chain = this.#current(line).currentChain;
    if (chain === undefined) faultAt(line, 'a TER before the first atom of its model');
    chain.isEnded = true;
    this.#nextResidue = 1;
  }

  #readCell(text: string, line: number): void {
    const [a, b, c, alpha, beta, gamma] = CELL_COLUMNS.map(([from, to]) => {
      const cell = text.slice(from, to);
      return parseFloating(cell) ?? faultAt(line, `the unit cell has '${cell.trim()}' where a number is due`);
    }) as [number, number, number, number, number, number];
    if (a === 0 || b === 0 || c === 0) return;
    try {
      this.#box = boxOfCell({ lengthsNm: [a * 0.1, b * 0.1, c * 0.1], anglesDegrees: [alpha, beta, gamma] });
    } catch (error) {
      if (!(error instanceof GufeError)) throw error;
      faultAt(line, error.message);
    }
  }
}

const CELL_COLUMNS = [
  [6, 15],
  [15, 24],
  [24, 33],
  [33, 40],
  [40, 47],
  [47, 54],
] as const;

function addResidue(
  structure: Structure,
  chain: Structure['chains'][number],
  residue: PdbResidue,
): readonly StructureAtom[] {
  const name = templateResidueName(residue.name);
  const { number, insertionCode } = residue;
  const added = structure.addResidue(chain, { name, number, insertionCode });
  for (const { source, serial } of residue.uniqueAtoms()) {
    const atomName = templateAtomName(name, source.name).trim();
    const { line, isExtra, position } = source;
    const context = { isAlone: residue.isSingleAtom, hasAtom: (other: string) => residue.hasAtom(other) };
    const atomicNumber = isExtra ? null : (source.atomicNumber ?? guessElement(atomName, context));
    if (atomicNumber === null) {
      return faultAt(line, `the element of atom ${atomName} in ${name} ${number} cannot be told`);
    }
    structure.addAtom(added, { name: atomName, atomicNumber, serial, line }, position);
  }
  return added.atoms;
}

const METALS: ReadonlySet<number> = new Set([
  3, 11, 12, 13, 19, 20, 23, 25, 26, 27, 28, 29, 30, 33, 37, 38, 42, 45, 46, 48, 49, 52, 55, 56, 58, 62, 64,
  66, 67, 70, 74, 77, 78, 80, 81, 82,
]);

function* connectedAtoms(
  connections: PdbModel['connections'],
  bySerial: ReadonlyMap<number, StructureAtom>,
): Generator<readonly [StructureAtom, StructureAtom]> {
  for (const { serials, line } of connections) {
    const first = bySerial.get(serials[0] ?? Number.NaN);
    for (const serial of serials.slice(1)) {
      const second = bySerial.get(serial);
      if (first === undefined || second === undefined || !isBondAllowed(first, second)) continue;
      if (first === second) faultAt(line, `CONECT bonds atom ${serial} to itself`);
      yield [first, second];
    }
  }
}

/** Between a metal and a residue that is known by name CONECT adds no bond: such a residue has those of its template. */
function isBondAllowed(first: StructureAtom, second: StructureAtom): boolean {
  const isMetal = (atom: StructureAtom): boolean => METALS.has(atom.atomicNumber);
  const isStandard = (atom: StructureAtom): boolean => STANDARD_RESIDUES.has(atom.residue.name);
  if (!isMetal(first) && !isMetal(second)) return true;
  return (isMetal(first) && !isStandard(second)) || (isMetal(second) && !isStandard(first));
}
