// Writes a protein as PDB text, as gufe writes one (by way of OpenMM): chains, residues and atoms numbered anew, CONECT lines
// for the bonds that a reader could not know. Coordinates have three decimals there, so what is read back has another key.
//
// Differs from gufe: an atom with more than four listed bonds keeps all of them (gufe loses every fourth), and a box is written.
import { GufeError } from '../../error.ts';
import { symbolOf } from '../elements.ts';
import type { BoxVector, BoxVectors } from './box-vectors.ts';
import type { ProteinAtom, ProteinBond } from './parts.ts';
import { STANDARD_RESIDUES } from './residue-names.ts';

/** What is written. */
export interface PdbContent {
  readonly atoms: readonly ProteinAtom[];
  readonly bonds: readonly ProteinBond[];
  /** x, y, z of one atom after the other, in ångström. */
  readonly coordinates: ArrayLike<number>;
  /** In nanometers; null for none. */
  readonly box: BoxVectors | null;
}

/** The text. Throws GufeError for what has no place in the format's columns. */
export function writePdb(content: PdbContent): string {
  const places = placesOf(content.atoms);
  const lines = ['REMARK   1 CREATED WITH ALCHEMISCALE'];
  if (content.box !== null) lines.push(cellLine(content.box));
  for (const [i, atom] of content.atoms.entries()) {
    const place = places[i] as Place;
    lines.push(atomLine(atom, place, content.coordinates, i));
    const next = places[i + 1];
    if (next?.chain !== place.chain) {
      const serial = formatIndex(place.serial + 1, 5);
      lines.push(
        `TER   ${serial}      ${residueName(atom)} ${chainName(place)}${formatIndex(place.residue, 4)}`,
      );
    }
  }
  lines.push(...connectionLines(content, places), 'END', '');
  return lines.join('\n');
}

/** Where an atom goes: numbers from 1, for chains from 0. */
interface Place {
  readonly chain: number;
  readonly residue: number;
  readonly serial: number;
}

/** A chain ends where its id or its segment changes, a residue where its name, number or insertion code does. */
function placesOf(atoms: readonly ProteinAtom[]): readonly Place[] {
  const places: Place[] = [];
  let [chain, residue, serial] = [-1, 0, 0];
  let before: ProteinAtom | undefined;
  for (const atom of atoms) {
    const isNewChain = atom.chainId !== before?.chainId || atom.segment !== before.segment;
    const isNewResidue =
      atom.chainId !== before?.chainId ||
      atom.residueName !== before.residueName ||
      atom.residueNumber !== before.residueNumber ||
      atom.insertionCode !== before.insertionCode;
    if (isNewChain) {
      chain++;
      residue = 0;
      // A TER line has a number of its own.
      if (before !== undefined) serial++;
    }
    if (isNewResidue || isNewChain) residue++;
    serial++;
    places.push({ chain, residue, serial });
    before = atom;
  }
  return places;
}

function atomLine(atom: ProteinAtom, place: Place, coordinates: ArrayLike<number>, i: number): string {
  const symbol = symbolOf(atom.atomicNumber);
  const isShort = atom.name.length < 4 && /^\p{L}/u.test(atom.name) && symbol.length < 2;
  const name = (isShort ? ` ${atom.name}` : atom.name.slice(0, 4)).padEnd(4);
  const record = STANDARD_RESIDUES.has(atom.residueName) && atom.residueName !== 'HOH' ? 'ATOM  ' : 'HETATM';
  const insertionCode = atom.insertionCode.length === 1 ? atom.insertionCode : ' ';
  const xyz = [0, 1, 2].map(axis => formatCoordinate(coordinates[3 * i + axis] ?? 0)).join('');
  const head = `${record}${formatIndex(place.serial, 5)} ${name} ${residueName(atom)} ${chainName(place)}`;
  const residue = `${formatIndex(place.residue, 4)}${insertionCode}   `;
  const line = `${head}${residue}${xyz}  1.00  0.00          ${symbol.padStart(2)}${formatCharge(atom.charge)}`;
  if (line.length !== 80) throw new GufeError(`atom ${i} (${atom.name}) does not fit a line of a PDB file`);
  return line;
}

function residueName({ residueName: name }: ProteinAtom): string {
  return name.slice(0, 3).padStart(3);
}

function chainName({ chain }: Place): string {
  return String.fromCharCode('A'.charCodeAt(0) + (chain % 26));
}

/** Digits before the sign, as the format has it; blank for 0. */
function formatCharge(charge: number): string {
  return charge === 0 ? '  ' : `${Math.abs(charge)}${charge < 0 ? '-' : '+'}`;
}

function formatCoordinate(value: number): string {
  if (!(value > -9_999_999 && value < 99_999_999)) {
    throw new GufeError(`the coordinate ${value} does not fit a line of a PDB file`);
  }
  const text = (Object.is(value, -0) ? '-0.000' : value.toFixed(3)).padStart(8);
  return value > -999.999 && value < 9999.999 ? text : text.slice(0, 8);
}

/** Decimal digits as far as they go, then hexadecimal ones that begin with a letter. */
function formatIndex(index: number, width: number): string {
  if (index < 10 ** width) return String(index).padStart(width);
  const shifted = (index - 10 ** width + 10 * 16 ** (width - 1)) % 16 ** width;
  return shifted.toString(16).toUpperCase().padStart(width);
}

function cellLine([a, b, c]: BoxVectors): string {
  const dot = (u: BoxVector, v: BoxVector): number => u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
  const length = (vector: BoxVector): number => Math.sqrt(dot(vector, vector));
  const degrees = (u: BoxVector, v: BoxVector): number =>
    (Math.acos(dot(u, v) / (length(u) * length(v))) * 180) / Math.PI;
  const lengths = [a, b, c].map(vector => (10 * length(vector)).toFixed(3).padStart(9)).join('');
  const angles = [degrees(b, c), degrees(c, a), degrees(a, b)]
    .map(angle => angle.toFixed(2).padStart(7))
    .join('');
  return `CRYST1${lengths}${angles} P 1           1 `;
}

/** Most bonds that one line lists. */
const BONDS_A_LINE = 4;

function connectionLines({ atoms, bonds }: PdbContent, places: readonly Place[]): readonly string[] {
  const bonded = new Map<number, number[]>();
  const add = (from: number, to: number): void => {
    const [serial, other] = [places[from]?.serial ?? 0, places[to]?.serial ?? 0];
    const known = bonded.get(serial);
    if (known === undefined) bonded.set(serial, [other]);
    else known.push(other);
  };
  for (const { begin, end } of bonds) {
    if (!isListed(atoms[begin], atoms[end])) continue;
    add(begin, end);
    add(end, begin);
  }
  const lines: string[] = [];
  for (const [serial, others] of [...bonded].sort(([a], [b]) => a - b)) {
    for (let i = 0; i < others.length; i += BONDS_A_LINE) {
      const listed = others.slice(i, i + BONDS_A_LINE).map(other => formatIndex(other, 5));
      lines.push(`CONECT${formatIndex(serial, 5)}${listed.join('')}`);
    }
  }
  return lines;
}

/** Bonds that templates do not have. */
function isListed(a: ProteinAtom | undefined, b: ProteinAtom | undefined): boolean {
  const ends = [a, b];
  if (!ends.every(atom => STANDARD_RESIDUES.has(atom?.residueName ?? ''))) return true;
  return ends.every(atom => atom?.name === 'SG' && atom.residueName === 'CYS');
}
