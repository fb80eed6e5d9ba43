// What RDKit knows of a molecule, read from its pickle.
//
// RDKit's interface in WebAssembly has no call for an atom's hybridization, its chirality tag or its properties, and its JSON
// leaves them out; the pickle has them all, with the types that they have in C++. The layout is that of RDKit's MolPickler,
// version 16: atoms, bonds, rings, substance groups, stereo groups, conformers, then the properties of molecule, atoms and
// bonds. Other versions are refused rather than guessed at: the package is pinned, and a test reads a pickle of it.

import { GufeError } from '../gufe/error.ts';
import { ByteReader } from './byte-reader.ts';
import { skipQuery, skipStereoGroups, skipSubstanceGroups } from './pickle-skip.ts';

/** A property's value with its C++ type: an int may be typed as a double in gufe's dicts, never the reverse. */
export type PropertyValue =
  | { readonly type: 'int' | 'double'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'ints' | 'doubles'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] };

export type Properties = ReadonlyMap<string, PropertyValue>;

/** An atom in RDKit's codes. */
export interface PickledAtom {
  readonly atomicNumber: number;
  readonly isotope: number;
  readonly charge: number;
  readonly aromatic: boolean;
  readonly chirality: number;
  readonly hybridization: number;
  readonly mapNumber: number | null;
  readonly radicalElectrons: number;
  readonly properties: Map<string, PropertyValue>;
}

/** A bond in RDKit's codes. */
export interface PickledBond {
  readonly begin: number;
  readonly end: number;
  readonly type: number;
  readonly stereo: number;
  readonly properties: Map<string, PropertyValue>;
}

export interface PickledConformer {
  readonly is3d: boolean;
  /** x, y, z of one atom after the other, ångström. */
  readonly coordinates: Float64Array;
}

export interface PickledMolecule {
  readonly atoms: readonly PickledAtom[];
  readonly bonds: readonly PickledBond[];
  readonly conformers: readonly PickledConformer[];
}

/** What `get_as_uint8array` is to be asked for: public properties, computed ones of atoms and bonds, exact coordinates. */
export const PICKLE_OPTIONS: string = JSON.stringify({
  propertyFlags: { AtomProps: true, BondProps: true, ComputedProps: true, CoordsAsDouble: true },
});

export const PICKLE_MAGIC = 0xdeadbeef;
export const PICKLE_VERSION = [16, 3, 0] as const;

export const TAG = {
  version: 0,
  beginAtom: 1,
  beginBond: 11,
  endProperties: 19,
  beginSssr: 20,
  endMolecule: 22,
  atomMapNumber: 24,
  beginQuery: 25,
  endQuery: 43,
  dummyLabel: 44,
  beginResidue: 45,
  beginAtomProperties: 58,
  beginBondProperties: 59,
  beginSubstanceGroups: 61,
  beginStereoGroups: 62,
  beginDoubleConformers: 64,
  beginSymmetricSssr: 66,
  beginFastRings: 67,
  beginOtherRings: 68,
} as const;

/** Reads what was written with PICKLE_OPTIONS. */
export function readPickle(bytes: Uint8Array): PickledMolecule {
  const reader = new ByteReader(bytes);
  const magic = reader.u32();
  const tag = reader.i32();
  const version = [reader.i32(), reader.i32(), reader.i32()];
  if (magic !== PICKLE_MAGIC || tag !== TAG.version || version[0] !== PICKLE_VERSION[0]) {
    throw new GufeError(
      `a pickle of RDKit in version ${version.join('.')}, ${PICKLE_VERSION[0]} is understood`,
    );
  }
  const atomCount = reader.i32();
  const bondCount = reader.i32();
  reader.u8();
  // Indices are bytes where they fit.
  const index = atomCount > 255 ? (): number => reader.i32() : (): number => reader.u8();
  expect(reader, TAG.beginAtom);
  const atoms = Array.from({ length: atomCount }, () => readAtom(reader));
  expect(reader, TAG.beginBond);
  const bonds = Array.from({ length: bondCount }, () => readBond(reader, index));
  let next = reader.u8();
  if (RINGS.has(next)) {
    for (let rings = reader.u32(); rings > 0; rings--) for (let size = index(); size > 0; size--) index();
    next = reader.u8();
  }
  if (next === TAG.beginSubstanceGroups) {
    skipSubstanceGroups(reader, index, () => readProperties(reader));
    next = reader.u8();
  }
  if (next === TAG.beginStereoGroups) {
    skipStereoGroups(index);
    next = reader.u8();
  }
  if (next !== TAG.beginDoubleConformers) return unknownTag(next);
  const conformers = readConformers(reader, index);
  readAllProperties(reader, atoms, bonds);
  return { atoms, bonds, conformers };
}

const RINGS: ReadonlySet<number> = new Set([
  TAG.beginSssr,
  TAG.beginSymmetricSssr,
  TAG.beginFastRings,
  TAG.beginOtherRings,
]);

function readAllProperties(
  reader: ByteReader,
  atoms: readonly PickledAtom[],
  bonds: readonly PickledBond[],
): void {
  for (let tag = reader.u8(); tag !== TAG.endMolecule; tag = reader.u8()) {
    reader.i32();
    if (tag === TAG.beginAtomProperties)
      for (const atom of atoms) readAtomProperties(reader, atom.properties);
    else if (tag === TAG.beginBondProperties) {
      for (const bond of bonds) readBondProperties(reader, bond.properties);
    } else unknownTag(tag);
    expect(reader, TAG.endProperties);
  }
}

const SP3 = 4;

function readAtom(reader: ByteReader): PickledAtom {
  const atomicNumber = reader.u8();
  const flags = reader.u8();
  const has = reader.i32();
  const charge = has & 0x2 ? reader.i8() : 0;
  const chirality = has & 0x4 ? reader.i8() : 0;
  const hybridization = has & 0x8 ? reader.i8() : SP3;
  // Explicit hydrogens, explicit and implicit valence: RDKit computes them anew.
  for (const bit of [0x10, 0x20, 0x40]) if (has & bit) reader.i8();
  const radicalElectrons = has & 0x80 ? reader.i8() : 0;
  const isotope = has & 0x100 ? reader.u32() : 0;
  if (flags & 0x10) {
    expect(reader, TAG.beginQuery);
    skipQuery(reader);
    expect(reader, TAG.endQuery);
  }
  const properties = new Map<string, PropertyValue>();
  let mapNumber: number | null = null;
  if (flags & 0x8) {
    expect(reader, TAG.atomMapNumber);
    const short = reader.i8();
    mapNumber = short < 0 ? reader.i32() : short;
    properties.set('molAtomMapNumber', { type: 'int', value: mapNumber });
  }
  if (flags & 0x4) {
    expect(reader, TAG.dummyLabel);
    properties.set('dummyLabel', { type: 'string', value: reader.text() });
  }
  if (flags & 0x2) throw new GufeError('an atom with residue data, which no small molecule file gives');
  const aromatic = (flags & 0x40) !== 0;
  return {
    atomicNumber,
    isotope,
    charge,
    aromatic,
    chirality,
    hybridization,
    mapNumber,
    radicalElectrons,
    properties,
  };
}

function readBond(reader: ByteReader, index: () => number): PickledBond {
  const begin = index();
  const end = index();
  const flags = reader.u8();
  const type = flags & 0x8 ? reader.u8() : 1;
  if (flags & 0x4) reader.u8();
  let stereo = 0;
  if (flags & 0x2) {
    stereo = reader.u8();
    for (let atoms = reader.u8(); atoms > 0; atoms--) index();
  }
  if (flags & 0x10) {
    expect(reader, TAG.beginQuery);
    skipQuery(reader);
    expect(reader, TAG.endQuery);
  }
  if (flags & 0x1) {
    reader.text();
    reader.text();
  }
  return { begin, end, type, stereo, properties: new Map() };
}

function readConformers(reader: ByteReader, index: () => number): PickledConformer[] {
  reader.i32();
  return Array.from({ length: reader.i32() }, () => {
    const is3d = reader.u8() !== 0;
    reader.i32();
    const coordinates = new Float64Array(3 * index());
    for (let i = 0; i < coordinates.length; i++) coordinates[i] = reader.f64();
    return { is3d, coordinates };
  });
}

/** Four properties of atoms are kept as 16-bit integers beside the rest, … */
const ATOM_FLAGS = [
  [0x1, 'molStereoCare'],
  [0x2, 'molParity'],
  [0x4, 'molInversionFlag'],
  [0x8, '_ChiralityPossible'],
] as const;

/** … and five of bonds as bytes. */
const BOND_FLAGS = [
  [0x1, '_MolFileBondType'],
  [0x2, '_MolFileBondStereo'],
  [0x4, '_MolFileBondCfg'],
  [0x8, '_MolFileBondQuery'],
  [0x10, 'molStereoCare'],
] as const;

function readAtomProperties(reader: ByteReader, into: Map<string, PropertyValue>): void {
  const rest = readProperties(reader);
  const flags = reader.u8();
  for (const [bit, name] of ATOM_FLAGS) if (flags & bit) into.set(name, { type: 'int', value: reader.i16() });
  for (const [name, value] of rest) into.set(name, value);
}

function readBondProperties(reader: ByteReader, into: Map<string, PropertyValue>): void {
  const rest = readProperties(reader);
  const flags = reader.u8();
  for (const [bit, name] of BOND_FLAGS) if (flags & bit) into.set(name, { type: 'int', value: reader.i8() });
  for (const [name, value] of rest) into.set(name, value);
}

function readProperties(reader: ByteReader): Properties {
  const properties = new Map<string, PropertyValue>();
  for (let count = reader.u16(); count > 0; count--) {
    const name = reader.text();
    properties.set(name, readValue(reader, name));
  }
  return properties;
}

function readValue(reader: ByteReader, name: string): PropertyValue {
  const type = reader.u8();
  switch (type) {
    case 0:
      return { type: 'string', value: reader.text() };
    case 1:
      return { type: 'int', value: reader.i32() };
    case 2:
      return { type: 'int', value: reader.u32() };
    case 3:
      return { type: 'bool', value: reader.u8() !== 0 };
    case 4:
      return { type: 'double', value: reader.f32() };
    case 5:
      return { type: 'double', value: reader.f64() };
    case 6:
      return { type: 'strings', value: Array.from({ length: reader.u64() }, () => reader.text()) };
    case 7:
      return { type: 'ints', value: Array.from({ length: reader.u64() }, () => reader.i32()) };
    case 8:
      return { type: 'ints', value: Array.from({ length: reader.u64() }, () => reader.u32()) };
    case 10:
      return { type: 'doubles', value: Array.from({ length: reader.u64() }, () => reader.f32()) };
    case 11:
      return { type: 'doubles', value: Array.from({ length: reader.u64() }, () => reader.f64()) };
    default:
      throw new GufeError(`property '${name}' of RDKit has type ${type}, which is not known`);
  }
}

function expect(reader: ByteReader, tag: number): void {
  const found = reader.u8();
  if (found !== tag) unknownTag(found);
}

function unknownTag(tag: number): never {
  throw new GufeError(`a pickle of RDKit with part ${tag} where another was due`);
}
