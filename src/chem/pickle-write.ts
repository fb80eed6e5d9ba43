// A component as RDKit's pickle, so that RDKit works on exactly the molecule that gufe would hand it: same order of atoms and
// bonds, same tags, nothing perceived anew.

import type { Atom, Bond, SmallMoleculeComponent } from '../gufe/components/small-molecule.ts';
import { GufeError } from '../gufe/error.ts';
import type { GufeDict, GufeValue } from '../gufe/values.ts';
import { ByteWriter } from './byte-writer.ts';
import { PICKLE_MAGIC, PICKLE_VERSION, TAG } from './pickle-read.ts';

/** As a signed byte -1: RDKit is to compute the valence when it first needs it. */
const NOT_COMPUTED = 0xff;

const AROMATIC = 12;

/** The pickle of the molecule: atoms and bonds with their properties, and the coordinates. */
export function writePickle(molecule: SmallMoleculeComponent): Uint8Array {
  const { atoms, bonds, coordinates } = molecule;
  const writer = new ByteWriter();
  const index = atoms.length > 255 ? (i: number): void => writer.u32(i) : (i: number): void => writer.u8(i);
  writer.u32(PICKLE_MAGIC);
  for (const number of [TAG.version, ...PICKLE_VERSION, atoms.length, bonds.length]) writer.u32(number);
  writer.u8(0x80);
  writer.u8(TAG.beginAtom);
  for (const atom of atoms) writeAtom(writer, atom);
  writer.u8(TAG.beginBond);
  for (const bond of bonds) writeBond(writer, bond, index);
  writer.u8(TAG.beginDoubleConformers);
  writer.u32(4 + 1 + 4 + (atoms.length > 255 ? 4 : 1) + 24 * atoms.length);
  writer.u32(1);
  // A drawing, where all lie in a plane: RDKit must not look for stereochemistry in it.
  writer.u8(coordinates.some(([, , z]) => z !== 0) ? 1 : 0);
  writer.u32(0);
  index(atoms.length);
  for (const point of coordinates) for (const value of point) writer.f64(value);
  writeProperties(writer, TAG.beginAtomProperties, atoms);
  writeProperties(writer, TAG.beginBondProperties, bonds);
  writer.u8(TAG.endMolecule);
  return writer.bytes;
}

function writeAtom(writer: ByteWriter, atom: Atom): void {
  writer.u8(atom.atomicNumber);
  writer.u8((atom.aromatic ? 0x40 : 0) | (atom.mapNumber !== 0 ? 0x8 : 0));
  const charged = atom.charge !== 0;
  const chiral = atom.chirality !== 0;
  const isotope = atom.isotope !== 0;
  writer.u32((charged ? 0x2 : 0) | (chiral ? 0x4 : 0) | 0x8 | 0x20 | 0x40 | (isotope ? 0x100 : 0));
  if (charged) writer.u8(atom.charge & 0xff);
  if (chiral) writer.u8(atom.chirality);
  writer.u8(atom.hybridization ?? 0);
  writer.u8(NOT_COMPUTED);
  writer.u8(NOT_COMPUTED);
  if (isotope) writer.u32(atom.isotope);
  if (atom.mapNumber !== 0) {
    writer.u8(TAG.atomMapNumber);
    writer.u8(NOT_COMPUTED);
    writer.u32(atom.mapNumber);
  }
}

function writeBond(writer: ByteWriter, bond: Bond, index: (i: number) => void): void {
  index(bond.begin);
  index(bond.end);
  writer.u8((bond.type === AROMATIC ? 0x40 : 0) | 0x8 | (bond.stereo !== 0 ? 0x2 : 0));
  writer.u8(bond.type);
  if (bond.stereo !== 0) {
    writer.u8(bond.stereo);
    writer.u8(0);
  }
}

/** The properties of all atoms (bonds) in order: a count, names and values, and a byte of flags that is not used here. */
function writeProperties(
  writer: ByteWriter,
  tag: number,
  items: readonly { readonly properties: GufeDict }[],
): void {
  if (items.every(({ properties }) => properties.size === 0)) return;
  const block = new ByteWriter();
  for (const { properties } of items) {
    block.u16(properties.size);
    for (const [name, value] of properties) {
      block.text(name);
      writeValue(block, name, value);
    }
    block.u8(0);
  }
  writer.u8(tag);
  writer.u32(block.bytes.length);
  writer.write(block.bytes);
  writer.u8(TAG.endProperties);
}

const PROPERTY = { string: 0, int: 1, bool: 3, double: 5 } as const;

function writeValue(writer: ByteWriter, name: string, value: GufeValue): void {
  if (typeof value === 'string') {
    writer.u8(PROPERTY.string);
    writer.text(value);
  } else if (typeof value === 'bigint' && BigInt.asIntN(32, value) === value) {
    writer.u8(PROPERTY.int);
    writer.u32(Number(BigInt.asUintN(32, value)));
  } else if (typeof value === 'boolean') {
    writer.u8(PROPERTY.bool);
    writer.u8(value ? 1 : 0);
  } else if (typeof value === 'number') {
    writer.u8(PROPERTY.double);
    writer.f64(value);
  } else {
    throw new GufeError(`property '${name}' is no text, number or truth value that RDKit could hold`);
  }
}
