// 3D coordinates for molecules that come without: OpenChemLib's conformer generator (torsions from crystal structures), then
// its MMFF94s force field. RDKit's WebAssembly build has no generator of its own.
//
// Coordinates are rounded to 0.0001 Å, so that an SD file holds them exactly. What was generated is read back by RDKit and its
// stereochemistry compared. A program that generates the same molecules in the same order with the same seeds gets the same
// coordinates; in another order they may differ in the last digits and lie turned, since the library keeps the rigid parts of
// molecules that it has seen. Whoever needs a molecule again keeps its SD file.

import { GufeError } from '../gufe/error.ts';
import { PICKLE_OPTIONS, type PickledMolecule, readPickle } from './pickle-read.ts';
import type { Mol, Rdkit } from './rdkit.ts';

type OpenChemLib = typeof import('openchemlib');

/** Where a browser finds OpenChemLib's tables of torsions and force field; Node reads them from the package. */
let resources: string | null = null;
let loaded: Promise<OpenChemLib> | null = null;

/** For browsers: the address of openchemlib's `dist/resources.json`. */
export function setConformerResources(url: string): void {
  resources = url;
  loaded = null;
}

function loadOpenChemLib(): Promise<OpenChemLib> {
  loaded ??= start();
  return loaded;
}

async function start(): Promise<OpenChemLib> {
  const library = await import('openchemlib');
  if (resources !== null) await library.Resources.registerFromUrl(resources);
  else if (globalThis.process?.versions?.node !== undefined) library.Resources.registerFromNodejs();
  else await library.Resources.registerFromUrl();
  return library;
}

export interface ConformerOptions {
  /** Which of the possible conformers; 1 unless told. */
  readonly seed?: number;
}

const ATTEMPTS = 5;

/** x, y, z of each atom in ångström, in the molecule's order; it must have all its hydrogens. The molecule is changed. */
export async function generateCoordinates(
  rdkit: Rdkit,
  mol: Mol,
  options: ConformerOptions = {},
): Promise<Float64Array> {
  const known = readPickle(mol.get_as_uint8array(PICKLE_OPTIONS));
  if (known.atoms.length === 1) return new Float64Array(3);
  // A drawing with wedges is how the stereochemistry reaches the generator.
  mol.set_new_coords();
  const drawing = mol.get_v3Kmolblock();
  const smiles = mol.get_smiles();
  const library = await loadOpenChemLib();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const coordinates = embed(library, drawing, known.atoms.length, (options.seed ?? 1) + attempt);
    if (coordinates !== null && hasSameStereo(rdkit, known, smiles, withCoordinates(drawing, coordinates)))
      return coordinates;
  }
  throw new GufeError('no 3D coordinates could be generated; give a file that has them');
}

function embed(library: OpenChemLib, drawing: string, atoms: number, seed: number): Float64Array | null {
  const molecule = library.Molecule.fromMolfile(drawing);
  if (molecule.getAllAtoms() !== atoms) return null;
  // The library may move hydrogens to the end: the numbers say which atom is which.
  for (let i = 0; i < atoms; i++) molecule.setAtomMapNo(i, i + 1, false);
  const embedded = new library.ConformerGenerator(seed).getOneConformerAsMolecule(molecule);
  if (embedded === null || embedded.getAllAtoms() !== atoms) return null;
  try {
    new library.ForceFieldMMFF94(embedded, 'MMFF94s').minimise();
  } catch {
    // An element that the force field does not know (metals, boron): the generator's geometry stays.
  }
  const coordinates = new Float64Array(3 * atoms);
  for (let i = 0; i < atoms; i++) {
    const atom = embedded.getAtomMapNo(i) - 1;
    coordinates[3 * atom] = round(embedded.getAtomX(i));
    coordinates[3 * atom + 1] = round(embedded.getAtomY(i));
    coordinates[3 * atom + 2] = round(embedded.getAtomZ(i));
  }
  return coordinates.every(Number.isFinite) ? coordinates : null;
}

/** Adding zero makes 0 of -0. */
function round(value: number): number {
  return Math.round(value * 10_000) / 10_000 + 0;
}

const V30_ATOM = /^(M {2}V30 (\d+) \S+) \S+ \S+ \S+/;
const V30_WEDGE = / CFG=\d/;

/** The drawing's V3000 molfile with the coordinates in place of its own, and without its wedges. */
function withCoordinates(drawing: string, coordinates: Float64Array): string {
  let inAtoms = false;
  return drawing
    .split('\n')
    .map((line, i) => {
      if (i === 1) return `${' '.repeat(20)}3D`;
      if (line.includes('V30 BEGIN ATOM')) inAtoms = true;
      if (line.includes('V30 END ATOM')) inAtoms = false;
      if (!inAtoms) return line.replace(V30_WEDGE, '');
      return line.replace(V30_ATOM, (_, head: string, number: string) => {
        const at = 3 * (Number(number) - 1);
        return `${head} ${coordinates.slice(at, at + 3).join(' ')}`;
      });
    })
    .join('\n');
}

const KEEP_HYDROGENS = JSON.stringify({ removeHs: false });

/**
 * Whether RDKit finds in the coordinates every center and double bond as it was asked for; the unspecified may be anything.
 * Centers that depend on each other (cis or trans on a ring) may have both tags turned over: then the SMILES is the same.
 */
function hasSameStereo(rdkit: Rdkit, known: PickledMolecule, smiles: string, molfile: string): boolean {
  using mol = rdkit.get_mol(molfile, KEEP_HYDROGENS);
  if (mol === null) return false;
  if (mol.get_smiles() === smiles) return true;
  const found = readPickle(mol.get_as_uint8array(PICKLE_OPTIONS));
  return (
    known.atoms.every(({ chirality }, i) => chirality === 0 || chirality === found.atoms[i]?.chirality) &&
    known.bonds.every(({ stereo }, i) => stereo <= STEREO_ANY || stereo === found.bonds[i]?.stereo)
  );
}

const STEREO_ANY = 1;
