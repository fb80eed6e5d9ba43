// ProteinComponent: atoms with their places in chains and residues, bonds, and coordinates, as a PDB or mmCIF file has them.
//
// A file read here has gufe's own key for it, which takes that everything is as gufe's reader (a part of OpenMM) makes it: the
// names of residues and atoms, the order of bonds, formal charges, and the rounding of coordinates. See protein/.
import type { JsonObject } from '../../lib/json-value.ts';
import { GufeError } from '../error.ts';
import type { KeyRule } from '../key-rule.ts';
import { readList, readString, wrong } from '../read-dict.ts';
import type { GufeClass } from '../registry.ts';
import { readNpy, writeNpy } from '../serialization/npy.ts';
import { GufeTokenizable } from '../tokenizable.ts';
import type { GufeDict, GufeObject, GufeValue } from '../values.ts';
import { checkCodes } from './codes.ts';
import type { BoxVectors } from './protein/box-vectors.ts';
import { readMmcif } from './protein/mmcif-reader.ts';
import { type ProteinAtom, type ProteinBond, type ProteinParts, partsOf } from './protein/parts.ts';
import { readPdb } from './protein/pdb-reader.ts';
import { writePdb } from './protein/pdb-writer.ts';

const MODULE = 'gufe.components.proteincomponent';
const DEFAULTS: JsonObject = new Map([['name', '']]);

/** What is said of a file beside its text. */
export interface ReadProteinOptions {
  /** Empty unless given; it is part of the key. */
  readonly name?: string;
}

/** @example ProteinComponent.fromPdb(await readFile('tyk2.pdb', 'utf8'), { name: 'tyk2' }) */
export class ProteinComponent extends GufeTokenizable {
  override readonly qualname: string = 'ProteinComponent';
  override readonly module: string = MODULE;
  readonly name: string;
  readonly atoms: readonly ProteinAtom[];
  readonly bonds: readonly ProteinBond[];
  /** For each conformer x, y, z of one atom after the other, in ångström. A file gives one, of its first model. */
  readonly conformers: readonly Float64Array[];

  /** Throws GufeError when bonds or coordinates do not go with the atoms, or there are no coordinates. */
  constructor(parts: ProteinParts) {
    super();
    this.name = parts.name;
    this.atoms = [...parts.atoms];
    this.bonds = [...parts.bonds];
    this.conformers = parts.conformers.map(coordinates => Float64Array.from(coordinates));
    checkParts(this);
  }

  /** The protein in PDB text, with the key that gufe gives the file. Throws GufeError with the line at fault. */
  static fromPdb(text: string, options: ReadProteinOptions = {}): ProteinComponent {
    return new ProteinComponent(partsOf(readPdb(text), options.name ?? ''));
  }

  /** The protein in mmCIF (PDBx) text, likewise. */
  static fromMmcif(text: string, options: ReadProteinOptions = {}): ProteinComponent {
    return new ProteinComponent(partsOf(readMmcif(text), options.name ?? ''));
  }

  /** Sum of the atoms' formal charges. */
  get totalCharge(): number {
    return this.atoms.reduce((sum, atom) => sum + atom.charge, 0);
  }

  /**
   * The protein as PDB text, atoms and residues numbered anew, with the first conformer. Throws GufeError for what the format
   * has no room for.
   */
  toPdb(): string {
    const [coordinates = []] = this.conformers;
    return writePdb({ atoms: this.atoms, bonds: this.bonds, coordinates, box: this.boxNm() });
  }

  /** The periodic box in nanometers; null for none. */
  protected boxNm(): BoxVectors | null {
    return null;
  }

  override get defaults(): JsonObject {
    return DEFAULTS;
  }

  override fields(): GufeDict {
    return new Map<string, GufeValue>([
      ['atoms', this.atoms.map(atomRow)],
      ['bonds', this.bonds.map(bondRow)],
      ['name', this.name],
      ['conformers', this.conformers.map(writeNpy)],
    ]);
  }

  protected override remake(fields: GufeDict): GufeObject {
    return PROTEIN_COMPONENT.decode(fields, this.key);
  }
}

/** What RDKit calls its bond types. */
const BOND_TYPES: ReadonlySet<string> = new Set(
  'UNSPECIFIED SINGLE DOUBLE TRIPLE QUADRUPLE QUINTUPLE HEXTUPLE ONEANDAHALF TWOANDAHALF THREEANDAHALF FOURANDAHALF FIVEANDAHALF AROMATIC IONIC HYDROGEN THREECENTER DATIVEONE DATIVE DATIVEL DATIVER OTHER ZERO'.split(
    ' ',
  ),
);

function checkParts({ atoms, bonds, conformers }: ProteinComponent): void {
  if (conformers.length === 0) throw new GufeError('a protein needs coordinates: there is no conformer');
  for (const coordinates of conformers) {
    if (coordinates.length === 3 * atoms.length) continue;
    throw new GufeError(
      `${atoms.length} atoms need ${3 * atoms.length} coordinates, not ${coordinates.length}`,
    );
  }
  for (const [i, atom] of atoms.entries()) checkCodes(atom, ATOM_CODES, `atoms[${i}]`);
  for (const { begin, end, type } of bonds) {
    if (atoms[begin] === undefined || atoms[end] === undefined || begin === end) {
      throw new GufeError(`a bond from atom ${begin} to ${end} in a protein of ${atoms.length} atoms`);
    }
    if (!BOND_TYPES.has(type)) throw new GufeError(`'${type}' is not a type of bond`);
  }
}

/** What RDKit has room for. */
const ATOM_CODES = {
  atomicNumber: [0, 118],
  serial: [-0x80000000, 0x7fffffff],
  segment: [0, 0xffffffff],
  residueNumber: [-0x80000000, 0x7fffffff],
  charge: [-128, 127],
} as const;

function atomRow(atom: ProteinAtom): GufeValue {
  return [
    BigInt(atom.atomicNumber),
    atom.chainId,
    BigInt(atom.serial),
    BigInt(atom.segment),
    atom.insertionCode,
    atom.name,
    atom.residueName,
    BigInt(atom.residueNumber),
    atom.isHetero ? 'Y' : 'N',
    BigInt(atom.charge),
  ];
}

function bondRow({ begin, end, type, isAromatic }: ProteinBond): GufeValue {
  return [BigInt(begin), BigInt(end), type, isAromatic ? 'Y' : 'N'];
}

/** The parts that a keyed dict's entries describe. */
export function readProteinParts(fields: GufeDict): ProteinParts {
  return {
    name: fields.has('name') ? readString(fields, 'name') : '',
    atoms: readList(fields, 'atoms').map(readAtom),
    bonds: readList(fields, 'bonds').map(readBond),
    conformers: readList(fields, 'conformers').map((npy, i) =>
      typeof npy === 'string' ? readNpy(npy) : wrong(npy, `conformers[${i}]`, 'coordinates'),
    ),
  };
}

const ATOM =
  'a list of number, chain, serial, segment, insertion code, name, residue, residue number, hetero flag, charge';
const BOND = 'a list of begin, end, type, aromatic flag';

function readAtom(value: GufeValue, i: number): ProteinAtom {
  const row = new RowReader(value, `atoms[${i}]`, 10, ATOM);
  return {
    atomicNumber: row.integer(0),
    chainId: row.text(1),
    serial: row.integer(2),
    segment: row.integer(3),
    insertionCode: row.text(4),
    name: row.text(5),
    residueName: row.text(6),
    residueNumber: row.integer(7),
    isHetero: row.text(8) === 'Y',
    charge: row.integer(9),
  };
}

function readBond(value: GufeValue, i: number): ProteinBond {
  const row = new RowReader(value, `bonds[${i}]`, 4, BOND);
  return { begin: row.integer(0), end: row.integer(1), type: row.text(2), isAromatic: row.text(3) === 'Y' };
}

/** The cells of a list with a fixed number of places. */
class RowReader {
  readonly #cells: readonly GufeValue[];
  readonly #where: string;
  readonly #wanted: string;

  constructor(value: GufeValue, where: string, length: number, wanted: string) {
    if (!Array.isArray(value) || value.length !== length) wrong(value, where, wanted);
    this.#cells = value as readonly GufeValue[];
    this.#where = where;
    this.#wanted = wanted;
  }

  integer(at: number): number {
    const cell = this.#cells[at];
    if (typeof cell === 'bigint' && Number.isSafeInteger(Number(cell))) return Number(cell);
    return wrong(cell, `${this.#where}[${at}]`, `an integer (${this.#wanted})`);
  }

  text(at: number): string {
    const cell = this.#cells[at];
    return typeof cell === 'string' ? cell : wrong(cell, `${this.#where}[${at}]`, `text (${this.#wanted})`);
  }
}

/** An empty name is not hashed. */
export const PROTEIN_KEY_RULE: KeyRule = { defaults: DEFAULTS };

/** How it is read. */
export const PROTEIN_COMPONENT: GufeClass = {
  qualname: 'ProteinComponent',
  module: MODULE,
  entries: ['atoms', 'bonds', 'name', 'conformers'],
  keyRule: PROTEIN_KEY_RULE,
  decode: fields => new ProteinComponent(readProteinParts(fields)),
};
