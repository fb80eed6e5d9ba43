// Sorting the atoms of a PDB file into models, chains and residues as OpenMM does: a chain ends where its id changes or at a
// TER line, a residue where its number, insertion code or name does. Of an atom's alternate locations the first counts; of a
// residue that is two in different locations (a point mutation) only the atoms of the first count.
import type { PdbAtomLine } from './pdb-line.ts';

/** An atom with the locations that it is given in. */
interface PdbAtom {
  readonly source: PdbAtomLine;
  readonly serial: number;
  readonly altLocs: Set<string>;
}

/** Atoms that belong together. */
export class PdbResidue {
  readonly number: number;
  readonly paddedName: string;
  readonly insertionCode: string;
  readonly #altLoc: string;
  readonly #atoms: PdbAtom[] = [];
  /** By name with and without blanks, so that one name in two spellings is two atoms only as far as OpenMM has it so. */
  readonly #byName = new Map<string, PdbAtom>();

  constructor(first: PdbAtomLine, number: number) {
    this.number = number;
    this.paddedName = first.paddedResidueName;
    this.insertionCode = first.insertionCode;
    this.#altLoc = first.altLoc;
  }

  get name(): string {
    return this.paddedName.trim();
  }

  get isSingleAtom(): boolean {
    return this.#atoms.length === 1;
  }

  has(paddedName: string): boolean {
    return this.#byName.has(paddedName);
  }

  /** True when an atom of that name has the residue's own location. */
  hasAtom(name: string): boolean {
    return this.#atoms.some(atom => atom.source.name === name && atom.altLocs.has(this.#altLoc));
  }

  add(source: PdbAtomLine, serial: number): void {
    const known = this.#byName.get(source.paddedName);
    if (known !== undefined && !known.altLocs.has(source.altLoc)) {
      known.altLocs.add(source.altLoc);
      return;
    }
    const atom: PdbAtom = { source, serial, altLocs: new Set([source.altLoc]) };
    this.#byName.set(source.name, atom);
    this.#byName.set(source.paddedName, atom);
    this.#atoms.push(atom);
  }

  /** The atoms that count, each name once. */
  *uniqueAtoms(): Generator<PdbAtom> {
    const seen = new Set<string>();
    for (const atom of this.#byName.values()) {
      const { name, paddedResidueName } = atom.source;
      if (seen.has(name) || paddedResidueName.trim() !== this.name) continue;
      seen.add(name);
      yield atom;
    }
  }
}

/** Residues of one chain id up to a TER line. */
interface PdbChain {
  readonly id: string;
  readonly residues: PdbResidue[];
  isEnded: boolean;
}

/** One MODEL of a file. Its atoms come in the order of the file. */
export class PdbModel {
  readonly chains: PdbChain[] = [];
  /** Numbers of bonded atoms, as CONECT lines list them, and where they stand. */
  readonly connections: { readonly serials: readonly number[]; readonly line: number }[] = [];

  get currentChain(): PdbChain | undefined {
    return this.chains.at(-1);
  }

  get currentResidue(): PdbResidue | undefined {
    return this.currentChain?.residues.at(-1);
  }

  add(source: PdbAtomLine, serial: number, residueNumber: number): void {
    let chain = this.currentChain;
    if (chain === undefined || chain.id !== source.chainId || chain.isEnded) {
      chain = { id: source.chainId, residues: [], isEnded: false };
      this.chains.push(chain);
    }
    let residue = chain.residues.at(-1);
    if (residue === undefined || isNext(residue, source, residueNumber)) {
      residue = new PdbResidue(source, residueNumber);
      chain.residues.push(residue);
    }
    residue.add(source, serial);
  }
}

function isNext(residue: PdbResidue, atom: PdbAtomLine, residueNumber: number): boolean {
  if (residue.number !== residueNumber || residue.insertionCode !== atom.insertionCode) return true;
  return residue.paddedName !== atom.paddedResidueName && atom.altLoc === ' ';
}
