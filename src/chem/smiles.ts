// SMILES as components: hydrogens added, 3D coordinates generated.

import type { SmallMoleculeComponent } from '../gufe/components/small-molecule.ts';
import { GufeError } from '../gufe/error.ts';
import { toComponent } from './component.ts';
import { type ConformerOptions, generateCoordinates } from './conformer.ts';
import { PICKLE_OPTIONS, readPickle } from './pickle-read.ts';
import { loadRdkit, rdkitFault } from './rdkit.ts';

export interface SmilesOptions extends ConformerOptions {
  /** The component's name; empty unless told. */
  readonly name?: string;
}

/**
 * The molecule of a SMILES. Atoms, bonds and their properties are those of `Chem.AddHs(Chem.MolFromSmiles(smiles))`; the
 * coordinates are generated here, so the key is our own: no Python program arrives at it from the SMILES alone.
 * Throws a GufeError for what is no SMILES, what RDKit cannot sanitize and what gets no coordinates (several fragments,
 * radicals).
 */
export async function readSmiles(
  smiles: string,
  options: SmilesOptions = {},
): Promise<SmallMoleculeComponent> {
  const rdkit = await loadRdkit();
  try {
    // The same call takes molfiles and JSON; those come in lines and braces.
    if (/[\n{]/.test(smiles.trim())) throw new GufeError('not a SMILES');
    using mol = rdkit.get_mol(smiles.trim());
    if (mol === null || mol.get_num_atoms() === 0) throw new GufeError(await explain(smiles));
    mol.add_hs_in_place();
    const { atoms, bonds } = readPickle(mol.get_as_uint8array(PICKLE_OPTIONS));
    const coordinates = await generateCoordinates(rdkit, mol, options);
    return toComponent({ atoms, bonds, coordinates, items: new Map(), name: options.name ?? '' });
  } catch (thrown) {
    const error = rdkitFault(thrown);
    if (!(error instanceof GufeError)) throw error;
    throw new GufeError(`SMILES '${smiles.slice(0, 80)}': ${error.message}`);
  }
}

/**
 * The molecules of a SMILES file: a line each, the SMILES first, then blanks and the name (to the end of the line); without a
 * name it is the SMILES itself. Empty lines and lines that begin with # are none. Errors name the line.
 */
export async function readSmilesFile(
  text: string,
  options: ConformerOptions = {},
): Promise<SmallMoleculeComponent[]> {
  const molecules: SmallMoleculeComponent[] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    const match = /^(\S+)(?:\s+(.*))?$/.exec(raw.trim());
    if (match === null || raw.startsWith('#')) continue;
    const [, smiles = '', name] = match;
    try {
      molecules.push(await readSmiles(smiles, { ...options, name: name ?? smiles }));
    } catch (error) {
      if (!(error instanceof GufeError)) throw error;
      throw new GufeError(`line ${i + 1}: ${error.message}`, { line: i + 1, cause: error });
    }
  }
  if (molecules.length === 0) throw new GufeError('a SMILES file without a molecule');
  return molecules;
}

async function explain(smiles: string): Promise<string> {
  const rdkit = await loadRdkit();
  using parsed = rdkit.get_mol(smiles.trim(), JSON.stringify({ sanitize: false }));
  return parsed === null || parsed.get_num_atoms() === 0
    ? 'not a SMILES'
    : 'RDKit cannot sanitize the molecule: a valence or an aromatic ring is not possible';
}
