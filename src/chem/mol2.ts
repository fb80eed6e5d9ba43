// MOL2 files as components: charges from types and bonds, then RDKit perceives the molecule like any other.

import type { SmallMoleculeComponent } from '../gufe/components/small-molecule.ts';
import { GufeError } from '../gufe/error.ts';
import { toComponent } from './component.ts';
import { assignCharges, BOND_ORDERS, type ChargedMolecule } from './mol2-charges.ts';
import { type Mol2Molecule, splitMol2File } from './mol2-file.ts';
import { PICKLE_OPTIONS, readPickle } from './pickle-read.ts';
import { applyPropertyList, checkPartialCharges } from './property-lists.ts';
import { loadRdkit, type Rdkit, rdkitFault } from './rdkit.ts';
import { explainFault } from './sd-fault.ts';

export interface Mol2Options {
  /** Keep the file's partial charges, as `atom.dprop.PartialCharge`; they are left out unless asked for, as by RDKit. */
  readonly partialCharges?: boolean;
}

/**
 * The molecules of a MOL2 file's text, in order, as gufe's component of `Chem.MolFromMol2Block(…, removeHs=False)` would be.
 * Throws a GufeError that names the line or the molecule for what cannot be read.
 */
export async function readMol2(text: string, options: Mol2Options = {}): Promise<SmallMoleculeComponent[]> {
  const molecules = splitMol2File(text);
  if (molecules.length === 0) throw new GufeError('a MOL2 file without a molecule');
  const rdkit = await loadRdkit();
  return molecules.map(molecule => readMolecule(rdkit, molecule, options));
}

function readMolecule(rdkit: Rdkit, molecule: Mol2Molecule, options: Mol2Options): SmallMoleculeComponent {
  try {
    const unknown = molecule.bonds.find(({ type }) => BOND_ORDERS[type] === undefined);
    if (unknown !== undefined) throw new GufeError(`a bond of type '${unknown.type}'`);
    const molfile = toMolfile(molecule, assignCharges(molecule));
    using mol = rdkit.get_mol(molfile, JSON.stringify({ removeHs: false }));
    if (mol === null) throw new GufeError(explainFault(rdkit, molfile).message);
    const { atoms, bonds } = readPickle(mol.get_as_uint8array(PICKLE_OPTIONS));
    for (const atom of atoms) atom.properties.delete(VALENCE);
    const items = new Map<string, string>();
    if (options.partialCharges === true) items.set(CHARGES, chargesOf(molecule));
    for (const [name, list] of items) applyPropertyList(name, list, atoms, bonds);
    checkPartialCharges(items, atoms);
    const coordinates = Float64Array.from(molecule.atoms.flatMap(({ position }) => position));
    return toComponent({ atoms, bonds, coordinates, items, name: molecule.title });
  } catch (thrown) {
    const error = rdkitFault(thrown);
    if (!(error instanceof GufeError)) throw error;
    const { number, line, title } = molecule;
    throw new GufeError(`molecule ${number} (line ${line}, '${title}'): ${error.message}`, {
      line,
      cause: error,
    });
  }
}

const CHARGES = 'atom.dprop.PartialCharge';

function chargesOf({ atoms }: Mol2Molecule): string {
  return atoms
    .map(({ partialCharge }, i) => {
      if (partialCharge === null) throw new GufeError(`atom ${i + 1} has no partial charge`);
      return partialCharge;
    })
    .join(' ');
}

/** Marks an atom to which RDKit adds no hydrogens; it comes back as this property. */
const VALENCE = 'molTotValence';

const MOLFILE_BONDS: Readonly<Record<number, number>> = { 1: 1, 2: 2, 3: 3, 1.5: 4 };

function toMolfile({ atoms }: Mol2Molecule, { bonds, charges }: ChargedMolecule): string {
  const atomLines = atoms.map(({ type, position }, i) => {
    const charge = charges[i] ?? 0;
    const symbol = type.split('.')[0] ?? '';
    return `${i + 1} ${symbol} ${position.join(' ')} 0${charge === 0 ? '' : ` CHG=${charge}`} VAL=-1`;
  });
  const bondLines = bonds.map(
    ({ begin, end, order }, i) => `${i + 1} ${MOLFILE_BONDS[order] ?? 1} ${begin + 1} ${end + 1}`,
  );
  const lines = [
    'BEGIN CTAB',
    `COUNTS ${atoms.length} ${bonds.length} 0 0 0`,
    'BEGIN ATOM',
    ...atomLines,
    'END ATOM',
    ...(bondLines.length === 0 ? [] : ['BEGIN BOND', ...bondLines, 'END BOND']),
    'END CTAB',
  ];
  // Columns 21 and 22 of the second line say that the coordinates are in three dimensions.
  const head = ['', `${' '.repeat(20)}3D`, '', '  0  0  0     0  0            999 V3000'];
  return `${[...head, ...lines.map(line => `M  V30 ${line}`), 'M  END'].join('\n')}\n`;
}
