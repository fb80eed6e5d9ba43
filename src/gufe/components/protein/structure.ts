// What a structure file says, before any chemistry: chains of residues of atoms, positions of the first model, bonds, the
// unit cell. Both readers build it, and what follows (standard bonds, charges) is the same for both.
import { GufeError } from '../../error.ts';
import type { BoxVectors } from './box-vectors.ts';

/** One chain; a file may have several of one id, divided by a TER line. */
export interface StructureChain {
  readonly id: string;
  readonly index: number;
  readonly residues: StructureResidue[];
}

/** One residue, with the name that the templates have for it. */
export interface StructureResidue {
  readonly name: string;
  readonly number: number;
  readonly insertionCode: string;
  readonly chain: StructureChain;
  readonly atoms: StructureAtom[];
}

/** One atom. */
export interface StructureAtom {
  readonly index: number;
  readonly name: string;
  readonly atomicNumber: number;
  readonly serial: number;
  readonly residue: StructureResidue;
  /** Where in the file it stands. */
  readonly line: number;
}

/** A bond between atoms by index; an order of null is not known. */
export interface StructureBond {
  readonly first: StructureAtom;
  readonly second: StructureAtom;
  readonly order: 1 | 2 | null;
}

/** A structure as it is built up. */
export class Structure {
  readonly chains: StructureChain[] = [];
  readonly atoms: StructureAtom[] = [];
  readonly bonds: StructureBond[] = [];
  /** x, y, z of each atom in nanometers. */
  readonly positionsNm: number[] = [];
  box: BoxVectors | null = null;

  addChain(id: string): StructureChain {
    const chain: StructureChain = { id, index: this.chains.length, residues: [] };
    this.chains.push(chain);
    return chain;
  }

  addResidue(
    chain: StructureChain,
    residue: Pick<StructureResidue, 'name' | 'number' | 'insertionCode'>,
  ): StructureResidue {
    const added: StructureResidue = { ...residue, chain, atoms: [] };
    chain.residues.push(added);
    return added;
  }

  /** Positions are given in ångström, as they stand in the file. */
  addAtom(
    residue: StructureResidue,
    atom: Pick<StructureAtom, 'name' | 'atomicNumber' | 'serial' | 'line'>,
    position: readonly [x: number, y: number, z: number],
  ): StructureAtom {
    const added: StructureAtom = { ...atom, residue, index: this.atoms.length };
    residue.atoms.push(added);
    this.atoms.push(added);
    for (const coordinate of position) this.positionsNm.push(coordinate * 0.1);
    return added;
  }

  /** Adds those of the bonds that are not there in either direction. */
  addMissingBonds(bonds: Iterable<readonly [first: StructureAtom, second: StructureAtom]>): void {
    const nameOf = (a: StructureAtom, b: StructureAtom): string =>
      `${Math.min(a.index, b.index)} ${Math.max(a.index, b.index)}`;
    const known = new Set(this.bonds.map(({ first, second }) => nameOf(first, second)));
    for (const [first, second] of bonds) {
      const name = nameOf(first, second);
      if (known.has(name)) continue;
      known.add(name);
      this.bonds.push({ first, second, order: null });
    }
  }
}

/** Throws: the file is wrong at that line. */
export function faultAt(line: number, message: string): never {
  throw new GufeError(`line ${line}: ${message}`, { line });
}
