// SmallMoleculeComponent: atoms, bonds, one conformer and properties, in the codes that RDKit uses.
//
// gufe's key covers details of RDKit's perception (hybridization, computed properties, bond order), so a molecule built here
// has the key of one built in Python only if all of these agree; whoever builds one says what he means.

import type { JsonObject, JsonValue } from '../../lib/json-value.ts';
import { GufeError } from '../error.ts';
import { readDict, readList, wrong } from '../read-dict.ts';
import type { GufeClass } from '../registry.ts';
import { readNpy, writeNpy } from '../serialization/npy.ts';
import { GufeTokenizable } from '../tokenizable.ts';
import {
  type GufeDict,
  type GufeDictInput,
  type GufeObject,
  type GufeValue,
  isGufeDict,
  toGufeDict,
} from '../values.ts';
import { checkCodes } from './codes.ts';
import { atomicNumberOf, symbolOf } from './elements.ts';

const MODULE = 'gufe.components.smallmoleculecomponent';

/** RDKit's hybridization codes. */
export const HYBRIDIZATION = { unspecified: 0, s: 1, sp: 2, sp2: 3, sp3: 4 } as const;

/** RDKit's bond type codes. */
export const BOND_TYPE = { single: 1, double: 2, triple: 3, aromatic: 12 } as const;

/** One atom. The numbers are RDKit's codes; 0 is "unspecified" throughout. */
export interface Atom {
  readonly atomicNumber: number;
  readonly isotope: number;
  readonly charge: number;
  readonly aromatic: boolean;
  readonly chirality: number;
  readonly mapNumber: number;
  readonly properties: GufeDict;
  /** Null leaves it out, as gufe before 2025 did. */
  readonly hybridization: number | null;
}

/** One bond; `type` and `stereo` are RDKit's codes. */
export interface Bond {
  readonly begin: number;
  readonly end: number;
  readonly type: number;
  readonly stereo: number;
  readonly properties: GufeDict;
}

/** An atom as it is given: the element, and what is not the usual. */
export interface AtomInput extends Partial<Omit<Atom, 'properties' | 'atomicNumber'>> {
  /** A symbol, or the atomic number. */
  readonly element: string | number;
  readonly properties?: GufeDictInput;
}

/** A bond as it is given: single unless it says otherwise. */
export interface BondInput extends Partial<Omit<Bond, 'properties'>> {
  readonly begin: number;
  readonly end: number;
  readonly properties?: GufeDictInput;
}

/** A molecule as plain data. */
export interface FromAtomsOptions {
  readonly name: string;
  readonly atoms: readonly AtomInput[];
  readonly bonds: readonly BondInput[];
  /** x, y, z of each atom in ångström. */
  readonly coordinates: readonly (readonly [number, number, number])[];
  readonly conformerProperties?: GufeDictInput;
  /** Properties of the molecule beside its name. */
  readonly properties?: GufeDictInput;
}

interface Parts {
  readonly atoms: readonly Atom[];
  readonly bonds: readonly Bond[];
  readonly coordinates: Float64Array;
  readonly conformerProperties: GufeDict;
  readonly properties: GufeDict;
  readonly residues: GufeValue;
}

/** A molecule with one conformer; `fromAtoms` makes one. */
export class SmallMoleculeComponent extends GufeTokenizable {
  override readonly qualname: string = 'SmallMoleculeComponent';
  override readonly module: string = MODULE;
  readonly atoms: readonly Atom[];
  readonly bonds: readonly Bond[];
  /** Properties of the molecule; `ofe-name` is its name. */
  readonly properties: GufeDict;
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    super();
    checkParts(parts);
    this.atoms = parts.atoms;
    this.bonds = parts.bonds;
    this.properties = parts.properties;
    this.#parts = parts;
  }

  /**
   * A molecule from plain data.
   * @example
   * SmallMoleculeComponent.fromAtoms({
   *   name: 'hydrogen', atoms: [{ element: 'H' }, { element: 'H' }], bonds: [{ begin: 0, end: 1 }],
   *   coordinates: [[0, 0, 0], [0.74, 0, 0]],
   * })
   */
  static fromAtoms(options: FromAtomsOptions): SmallMoleculeComponent {
    return new SmallMoleculeComponent({
      atoms: options.atoms.map(completeAtom),
      bonds: options.bonds.map(completeBond),
      coordinates: Float64Array.from(options.coordinates.flat()),
      conformerProperties: toGufeDict(options.conformerProperties ?? {}),
      properties: new Map([['ofe-name', options.name], ...toGufeDict(options.properties ?? {})]),
      residues: null,
    });
  }

  /** The molecule that a keyed dict's entries describe. */
  static fromFields(fields: GufeDict): SmallMoleculeComponent {
    const [npy, conformerProperties] = readList(fields, 'conformer');
    if (typeof npy !== 'string' || !isGufeDict(conformerProperties)) {
      return wrong(fields.get('conformer'), 'conformer', 'coordinates and properties');
    }
    return new SmallMoleculeComponent({
      atoms: readList(fields, 'atoms').map(readAtom),
      bonds: readList(fields, 'bonds').map(readBond),
      coordinates: readNpy(npy),
      conformerProperties,
      properties: readDict(fields, 'molprops'),
      residues: fields.get('residue_info') ?? null,
    });
  }

  get name(): string {
    // RDKit's properties are typed by how they look: a molecule called '17' has an integer here.
    const name = this.properties.get('ofe-name');
    return typeof name === 'string' || typeof name === 'bigint' || typeof name === 'number'
      ? String(name)
      : '';
  }

  /** Sum of the atoms' formal charges. */
  get totalCharge(): number {
    return this.atoms.reduce((sum, atom) => sum + atom.charge, 0);
  }

  /** Symbols of the elements, in atom order. */
  get elements(): readonly string[] {
    return this.atoms.map(atom => symbolOf(atom.atomicNumber));
  }

  /** x, y, z of each atom in ångström. */
  get coordinates(): readonly (readonly [number, number, number])[] {
    const flat = this.#parts.coordinates;
    return this.atoms.map((_, i) => [flat[3 * i] ?? 0, flat[3 * i + 1] ?? 0, flat[3 * i + 2] ?? 0] as const);
  }

  override fields(): GufeDict {
    const { coordinates, conformerProperties, residues } = this.#parts;
    const fields = new Map<string, GufeValue>([
      ['atoms', this.atoms.map(atomRow)],
      ['bonds', this.bonds.map(bondRow)],
      ['conformer', [writeNpy(coordinates), conformerProperties]],
      ['molprops', this.properties],
    ]);
    if (residues !== null) fields.set('residue_info', residues);
    return fields;
  }

  protected override remake(fields: GufeDict): GufeObject {
    return SMALL_MOLECULE_COMPONENT.decode(fields, this.key);
  }
}

function completeAtom(atom: AtomInput): Atom {
  const { element } = atom;
  return {
    atomicNumber: typeof element === 'string' ? atomicNumberOf(element) : element,
    isotope: atom.isotope ?? 0,
    charge: atom.charge ?? 0,
    aromatic: atom.aromatic ?? false,
    chirality: atom.chirality ?? 0,
    mapNumber: atom.mapNumber ?? 0,
    properties: toGufeDict(atom.properties ?? {}),
    hybridization: atom.hybridization === undefined ? HYBRIDIZATION.unspecified : atom.hybridization,
  };
}

function completeBond(bond: BondInput): Bond {
  const properties = toGufeDict(bond.properties ?? {});
  return { type: BOND_TYPE.single, stereo: 0, ...bond, properties };
}

function checkParts({ atoms, bonds, coordinates }: Parts): void {
  if (coordinates.length !== 3 * atoms.length) {
    throw new GufeError(
      `${atoms.length} atoms need ${3 * atoms.length} coordinates, not ${coordinates.length}`,
    );
  }
  for (const [i, atom] of atoms.entries()) checkCodes(atom, ATOM_CODES, `atoms[${i}]`);
  for (const [i, bond] of bonds.entries()) {
    const { begin, end } = bond;
    checkCodes(bond, BOND_CODES, `bonds[${i}]`);
    if (atoms[begin] === undefined || atoms[end] === undefined || begin === end) {
      throw new GufeError(`a bond from atom ${begin} to ${end} in a molecule of ${atoms.length} atoms`);
    }
  }
}

/** What RDKit has room or names for. */
const ATOM_CODES = {
  atomicNumber: [0, 118],
  isotope: [0, 0xffff],
  charge: [-128, 127],
  chirality: [0, 8],
  mapNumber: [-0x80000000, 0x7fffffff],
  hybridization: [0, 8],
} as const;
const BOND_CODES = { type: [0, 21], stereo: [0, 5] } as const;

function atomRow(atom: Atom): GufeValue {
  const { atomicNumber, isotope, charge, aromatic, chirality, mapNumber, properties } = atom;
  const row: GufeValue[] = [
    integer(atomicNumber),
    integer(isotope),
    integer(charge),
    aromatic,
    integer(chirality),
    integer(mapNumber),
    properties,
  ];
  if (atom.hybridization !== null) row.push(integer(atom.hybridization));
  return row;
}

function bondRow({ begin, end, type, stereo, properties }: Bond): GufeValue {
  return [integer(begin), integer(end), integer(type), integer(stereo), properties];
}

function integer(value: number): bigint {
  if (!Number.isSafeInteger(value)) throw new GufeError(`${value} where RDKit has an integer`);
  return BigInt(value);
}

function readAtom(value: GufeValue, i: number): Atom {
  const row = rowOf(value, `atoms[${i}]`, [7, 8]);
  const [number, isotope, charge, aromatic, chirality, mapNumber, properties, hybridization] = row;
  if (typeof aromatic !== 'boolean' || !isGufeDict(properties as GufeValue))
    wrong(value, `atoms[${i}]`, ATOM);
  const code = (cell: GufeValue | undefined): number => codeOf(cell, `atoms[${i}]`);
  return {
    atomicNumber: code(number),
    isotope: code(isotope),
    charge: code(charge),
    aromatic: aromatic as boolean,
    chirality: code(chirality),
    mapNumber: code(mapNumber),
    properties: properties as GufeDict,
    // As gufe does with files from before 2025, which have none.
    hybridization: hybridization === undefined ? HYBRIDIZATION.unspecified : code(hybridization),
  };
}

function readBond(value: GufeValue, i: number): Bond {
  const [begin, end, type, stereo, properties] = rowOf(value, `bonds[${i}]`, [5]);
  if (!isGufeDict(properties as GufeValue)) wrong(value, `bonds[${i}]`, BOND);
  const code = (cell: GufeValue | undefined): number => codeOf(cell, `bonds[${i}]`);
  return {
    begin: code(begin),
    end: code(end),
    type: code(type),
    stereo: code(stereo),
    properties: properties as GufeDict,
  };
}

const ATOM = 'a list of number, isotope, charge, aromatic, chirality, map number, properties, hybridization';
const BOND = 'a list of begin, end, type, stereo, properties';

function rowOf(value: GufeValue, where: string, lengths: readonly number[]): readonly GufeValue[] {
  if (Array.isArray(value) && lengths.includes(value.length)) return value as readonly GufeValue[];
  return wrong(value, where, lengths.length === 1 ? BOND : ATOM);
}

function codeOf(cell: GufeValue | undefined, where: string): number {
  return typeof cell === 'bigint' ? Number(cell) : wrong(cell, where, 'a list with integers in its places');
}

/** Atoms of dicts from before 2025 have no hybridization; gufe takes it for unspecified and writes that. */
function withHybridization(dict: JsonObject): JsonObject {
  const atoms = dict.get('atoms');
  if (!Array.isArray(atoms)) return dict;
  const completed = (atoms as readonly JsonValue[]).map(atom =>
    Array.isArray(atom) && atom.length === 7 ? [...(atom as readonly JsonValue[]), 0n] : atom,
  );
  return new Map<string, JsonValue>([...dict, ['atoms', completed]]);
}

/** How it is read. */
export const SMALL_MOLECULE_COMPONENT: GufeClass = {
  qualname: 'SmallMoleculeComponent',
  module: MODULE,
  entries: ['atoms', 'bonds', 'conformer', 'molprops', 'residue_info'],
  keyRule: { today: withHybridization },
  decode: fields => SmallMoleculeComponent.fromFields(fields),
};
