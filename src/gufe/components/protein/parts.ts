// What a ProteinComponent consists of, and from a structure file to it: flat atoms and bonds, formal charges, coordinates in
// ångström.
import { symbolOf } from '../elements.ts';
import { type Bonding, formalCharge } from './formal-charges.ts';
import { faultAt, type Structure, type StructureAtom } from './structure.ts';

/** One atom, with its place in the file that it came from. */
export interface ProteinAtom {
  readonly atomicNumber: number;
  readonly chainId: string;
  /** The atom's number in the file. */
  readonly serial: number;
  /** Which chain it belongs to, counted from 0; two chains may have one id. */
  readonly segment: number;
  readonly insertionCode: string;
  readonly name: string;
  readonly residueName: string;
  readonly residueNumber: number;
  readonly isHetero: boolean;
  readonly charge: number;
}

/** One bond between atoms by index. */
export interface ProteinBond {
  readonly begin: number;
  readonly end: number;
  /** RDKit's name: `SINGLE`, `DOUBLE`, `AROMATIC`, …; `UNSPECIFIED` for one that a file states without its order. */
  readonly type: string;
  readonly isAromatic: boolean;
}

/** Everything that makes a protein. */
export interface ProteinParts {
  readonly atoms: readonly ProteinAtom[];
  readonly bonds: readonly ProteinBond[];
  readonly name: string;
  /** For each conformer x, y, z of one atom after the other, in ångström. */
  readonly conformers: readonly ArrayLike<number>[];
}

const BOND_TYPES = { 1: 'SINGLE', 2: 'DOUBLE' } as const;

/** The parts of a structure. Throws GufeError with the line of an atom that gufe would refuse. */
export function partsOf(structure: Structure, name: string): ProteinParts {
  const bonding = structure.atoms.map(() => ({ connectivity: 0, valence: 0 }));
  const bonded = new Set<string>();
  for (const { first, second, order } of structure.bonds) {
    const pair = [first.index, second.index].sort((a, b) => a - b).join(' ');
    if (bonded.has(pair)) faultAt(second.line, `${labelOf(first)} and ${labelOf(second)} are bonded twice`);
    bonded.add(pair);
    for (const { index } of [first, second]) {
      const sums = bonding[index];
      if (sums === undefined) continue;
      sums.connectivity += order ?? 1;
      sums.valence += order ?? 0;
    }
  }
  return {
    name,
    atoms: structure.atoms.map((atom, i) => atomOf(atom, bonding[i] ?? { connectivity: 0, valence: 0 })),
    bonds: structure.bonds.map(({ first, second, order }) => ({
      begin: first.index,
      end: second.index,
      type: order === null ? 'UNSPECIFIED' : BOND_TYPES[order],
      isAromatic: false,
    })),
    // From the file's ångström to nanometers and back, as gufe goes: the last digits come from there.
    conformers: [Float64Array.from(structure.positionsNm, coordinate => coordinate * 10)],
  };
}

/** Hetero flags are not kept: gufe sets none. */
function atomOf(atom: StructureAtom, bonding: Bonding): ProteinAtom {
  const { residue, line } = atom;
  const charge = formalCharge(atom.atomicNumber, atom.name.trim(), bonding);
  if (charge === null)
    faultAt(line, `${labelOf(atom)} has no bonds and is not an ion of a known name (are hydrogens missing?)`);
  if (charge === 'refused') {
    const element = symbolOf(atom.atomicNumber);
    return faultAt(
      line,
      `${labelOf(atom)}: no charge of ${element} goes with bonds of ${bonding.connectivity} in all`,
    );
  }
  for (const number of [atom.serial, residue.number]) {
    if (number !== (number | 0)) faultAt(line, `the number ${number} of ${labelOf(atom)} is beyond 32 bits`);
  }
  return {
    atomicNumber: atom.atomicNumber,
    chainId: residue.chain.id,
    serial: atom.serial,
    segment: residue.chain.index,
    insertionCode: residue.insertionCode,
    name: atom.name,
    residueName: residue.name,
    residueNumber: residue.number,
    isHetero: false,
    charge,
  };
}

function labelOf({ name, residue }: StructureAtom): string {
  return `atom ${name} of ${residue.name} ${residue.number}`;
}
