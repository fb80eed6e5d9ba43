// Reads mmCIF (PDBx) text as gufe does: the first model of the first data block, the authors' names and numbers before the
// archive's, bonds from templates and `struct_conn`, the box from `cell`. Unlike in PDB text, names are taken as they are, and
// no sulfur bridges are guessed.
import { GufeError } from '../../error.ts';
import { boxOfCell } from './box-vectors.ts';
import { elementOf } from './element-guess.ts';
import { type CifTable, readCifTables } from './mmcif-tables.ts';
import { parseFloating, parseInteger } from './python-numbers.ts';
import { addStandardBonds } from './standard-bonds.ts';
import {
  faultAt,
  Structure,
  type StructureAtom,
  type StructureChain,
  type StructureResidue,
} from './structure.ts';

const CATEGORIES: ReadonlySet<string> = new Set(['atom_site', 'cell', 'struct_conn']);

/** The structure in mmCIF text. Throws GufeError with the line at fault. */
export function readMmcif(text: string): Structure {
  const tables = readCifTables(text, CATEGORIES);
  const sites = tables.get('atom_site');
  if (sites === undefined || sites.rows.length === 0)
    throw new GufeError('no atoms in the mmCIF file (_atom_site)');
  const structure = new Structure();
  const atoms = new AtomSites(sites, structure);
  for (const [i, row] of sites.rows.entries()) atoms.add(row, sites.lines[i] ?? 0);
  addStandardBonds(structure);
  structure.box = boxOf(tables.get('cell'));
  const connections = tables.get('struct_conn');
  if (connections !== undefined) structure.addMissingBonds(connectedAtoms(connections, atoms.byPlace));
  return structure;
}

/** Residue number, chain and name of an atom. */
function placeOf(residue: string, chain: string, name: string): string {
  return JSON.stringify([residue, chain, name]);
}

class AtomSites {
  /** Atoms by place. */
  readonly byPlace = new Map<string, StructureAtom>();
  readonly #structure: Structure;
  readonly #columns: ReturnType<typeof columnsOf>;
  /** For each model how many of its atoms have been read. */
  readonly #models = new Map<string, number>();
  #chain: StructureChain | null = null;
  #lastChainIds: readonly [string, string | null] | null = null;
  #residue: StructureResidue | null = null;
  #lastResidue: readonly [number: string, insertionCode: string] | null = null;
  #residueCount = 0;
  readonly #namesInResidue = new Set<string>();

  constructor(sites: CifTable, structure: Structure) {
    this.#structure = structure;
    this.#columns = columnsOf(sites);
  }

  add(row: readonly string[], line: number): void {
    const cell = (at: number): string => row.at(at) ?? '';
    const columns = this.#columns;
    const name = cell(columns.name);
    const place = placeOf(cell(columns.residueNumber), cell(columns.chain), name);
    const model = columns.model === -1 ? '1' : cell(columns.model);
    const count = this.#models.get(model) ?? 0;
    if (count === 0) this.#models.set(model, 0);
    const known = this.byPlace.get(place);
    if (cell(columns.altLoc) !== '.' && known !== undefined && count > known.index) return;
    const position = columns.position.map(at => coordinate(cell(at), line)) as [number, number, number];
    const isFirst = this.#models.keys().next().value === model;
    if (isFirst) this.byPlace.set(place, this.#addAtom(row, line, position));
    else if (known?.index !== count) {
      const label = `atom ${name} of residue ${cell(columns.residueNumber)}`;
      faultAt(line, `${label} is not at its place of the first model in model ${model}`);
    }
    this.#models.set(model, count + 1);
  }

  #addAtom(row: readonly string[], line: number, position: readonly [number, number, number]): StructureAtom {
    const cell = (at: number): string => row.at(at) ?? '';
    const residue = this.#residueOf(row, line);
    const name = cell(this.#columns.name);
    const symbol = cell(this.#columns.element);
    const atomicNumber = elementOf(symbol) ?? faultAt(line, `'${symbol}' of atom ${name} is not an element`);
    const serial = integer(cell(this.#columns.serial), 'number of the atom', line);
    this.#namesInResidue.add(name);
    return this.#structure.addAtom(residue, { name, atomicNumber, serial, line }, position);
  }

  /** The residue that a row belongs to: the last one, or a new one, in a new chain if need be. */
  #residueOf(row: readonly string[], line: number): StructureResidue {
    const cell = (at: number): string => row.at(at) ?? '';
    const columns = this.#columns;
    const ids = [cell(columns.chain), columns.otherChain === -1 ? null : cell(columns.otherChain)] as const;
    if (this.#chain === null || this.#lastChainIds?.join('\n') !== ids.join('\n')) {
      this.#chain = this.#structure.addChain(ids[0]);
      this.#lastChainIds = ids;
      this.#lastResidue = null;
    }
    const number = cell(columns.residueNumber);
    const stated = columns.insertionCode === -1 ? '' : cell(columns.insertionCode);
    const insertionCode = stated === '.' || stated === '?' ? '' : stated;
    const isSame = this.#lastResidue?.[0] === number && this.#lastResidue[1] === insertionCode;
    const isRepeated = number === '.' && this.#namesInResidue.has(cell(columns.name));
    if (this.#residue === null || !isSame || isRepeated) {
      this.#residue = this.#structure.addResidue(this.#chain, {
        name: cell(columns.residue),
        number:
          columns.residueNumber === -1
            ? this.#residueCount + 1
            : integer(number, 'number of the residue', line),
        insertionCode,
      });
      this.#residueCount++;
      this.#lastResidue = [number, insertionCode];
      this.#namesInResidue.clear();
    }
    return this.#residue;
  }
}

/**
 * Where in a row things stand; -1 for a column that is missing. Differs from gufe: without a column that says what or where an
 * atom is, it takes the last one for it; here the file is refused.
 */
function columnsOf(sites: CifTable) {
  const first = (...names: readonly string[]): number =>
    names.map(name => sites.column(name)).find(at => at !== -1) ?? -1;
  const [authorChain, labelChain] = [sites.column('auth_asym_id'), sites.column('label_asym_id')];
  const [chain, otherChain] =
    authorChain === -1 ? [labelChain, -1] : chainColumns(sites, authorChain, labelChain);
  const needed = (column: number, name: string): number =>
    column === -1 ? faultAt(sites.lines[0] ?? 0, `the atoms have no _atom_site.${name}`) : column;
  return {
    name: needed(first('auth_atom_id', 'label_atom_id'), 'label_atom_id'),
    serial: needed(sites.column('id'), 'id'),
    residue: needed(first('auth_comp_id', 'label_comp_id'), 'label_comp_id'),
    residueNumber: first('auth_seq_id', 'label_seq_id'),
    insertionCode: sites.column('pdbx_PDB_ins_code'),
    chain: needed(chain, 'label_asym_id'),
    otherChain,
    element: needed(sites.column('type_symbol'), 'type_symbol'),
    altLoc: sites.column('label_alt_id'),
    model: sites.column('pdbx_PDB_model_num'),
    position: ['Cartn_x', 'Cartn_y', 'Cartn_z'].map(name => needed(sites.column(name), name)),
  };
}

/** Of two namings of chains the one that tells more of them apart comes first. */
function chainColumns(sites: CifTable, author: number, label: number): readonly [number, number] {
  if (label === -1) return [author, label];
  const count = (at: number): number => new Set(sites.rows.map(row => row[at])).size;
  return count(label) > count(author) ? [label, author] : [author, label];
}

function coordinate(text: string, line: number): number {
  return parseFloating(text) ?? faultAt(line, `'${text}' is not a coordinate`);
}

function integer(text: string, what: string, line: number): number {
  return parseInteger(text) ?? faultAt(line, `'${text}' is not the ${what}`);
}

const CELL_ITEMS = ['length_a', 'length_b', 'length_c', 'angle_alpha', 'angle_beta', 'angle_gamma'];

function boxOf(cell: CifTable | undefined): Structure['box'] {
  const row = cell?.rows[0];
  if (cell === undefined || row === undefined) return null;
  const line = cell.lines[0] ?? 0;
  const [a, b, c, alpha, beta, gamma] = CELL_ITEMS.map(item => {
    const text = row.at(cell.column(item)) ?? '';
    return parseFloating(text) ?? faultAt(line, `the unit cell has '${text}' for ${item}`);
  }) as [number, number, number, number, number, number];
  try {
    return boxOfCell({ lengthsNm: [a * 0.1, b * 0.1, c * 0.1], anglesDegrees: [alpha, beta, gamma] });
  } catch (error) {
    if (!(error instanceof GufeError)) throw error;
    return faultAt(line, error.message);
  }
}

/** Kinds of connections that are bonds, by their first six letters. */
const BONDS: ReadonlySet<string> = new Set(['covale', 'disulf', 'modres']);

function* connectedAtoms(
  connections: CifTable,
  byPlace: ReadonlyMap<string, StructureAtom>,
): Generator<readonly [StructureAtom, StructureAtom]> {
  const type = connections.column('conn_type_id');
  const partners = [1, 2].map(partner =>
    ['seq_id', 'asym_id', 'atom_id'].map(item => connections.column(`ptnr${partner}_label_${item}`)),
  );
  for (const [i, row] of connections.rows.entries()) {
    if (!BONDS.has((row.at(type) ?? '').slice(0, 6))) continue;
    const [first, second] = partners.map(columns => {
      const [residue = '', chain = '', name = ''] = columns.map(at => row.at(at) ?? '');
      return byPlace.get(placeOf(residue, chain, name));
    });
    if (first === undefined || second === undefined) continue;
    if (first === second) faultAt(connections.lines[i] ?? 0, `atom ${first.name} is bonded to itself`);
    yield [first, second];
  }
}
