// A component as a molecule of RDKit, for what RDKit computes: SMILES, fingerprints, substructures, drawings.

import type { SmallMoleculeComponent } from '../gufe/components/small-molecule.ts';
import { GufeError } from '../gufe/error.ts';
import { writePickle } from './pickle-write.ts';
import { guarded, loadRdkit, type Mol, type Rdkit } from './rdkit.ts';

/**
 * The molecule exactly as the component says, as gufe rebuilds one from its dict: nothing is perceived, rings are not
 * searched. Enough to be written or to be stripped of hydrogens; for searches take `perceivedMol`.
 */
export function rawMol(rdkit: Rdkit, molecule: SmallMoleculeComponent): Mol {
  const place = `molecule '${molecule.name}'`;
  const pickle = writePickle(molecule);
  const mol = guarded(place, () => rdkit.get_mol_from_uint8array(pickle));
  if (mol === null) throw new GufeError(`${place}: RDKit does not take the molecule`);
  return mol;
}

const KEEP_HYDROGENS = JSON.stringify({ removeHs: false });

/**
 * The molecule with rings, aromaticity and stereochemistry perceived anew (stereochemistry from the coordinates). Atoms and
 * bonds keep their numbers, hydrogens stay. The caller frees it: `using mol = perceivedMol(rdkit, molecule)`.
 */
export function perceivedMol(rdkit: Rdkit, molecule: SmallMoleculeComponent): Mol {
  const place = `molecule '${molecule.name}'`;
  return guarded(place, () => {
    using raw = rawMol(rdkit, molecule);
    const mol = rdkit.get_mol(raw.get_v3Kmolblock(), KEEP_HYDROGENS);
    if (mol === null) throw new GufeError(`${place}: RDKit cannot sanitize the molecule`);
    return mol;
  });
}

/** For `remove_hs_in_place`: hydrogens that say something (isotopes, bonded to nothing else, defining a double bond) stay. */
export const REMOVE_HYDROGENS: string = JSON.stringify({ showWarnings: false });

/** Canonical SMILES without hydrogens, as `SmallMoleculeComponent.smiles` of gufe; with them where asked for. */
export async function canonicalSmiles(
  molecule: SmallMoleculeComponent,
  options: { readonly hydrogens?: boolean } = {},
): Promise<string> {
  const rdkit = await loadRdkit();
  return guarded(`molecule '${molecule.name}'`, () => {
    using mol = perceivedMol(rdkit, molecule);
    if (options.hydrogens !== true) mol.remove_hs_in_place(REMOVE_HYDROGENS);
    return mol.get_smiles();
  });
}
