// A look at the molecules of a network: can they be told apart, are they complete, do they have a place in space.
import type { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import { GufeError } from '../../gufe/error.ts';
import { canonicalSmiles, perceivedMol } from '../molecule.ts';
import type { Rdkit } from '../rdkit.ts';
import { error, type Finding, nameOf, warning } from './finding.ts';

export async function checkMolecules(
  rdkit: Rdkit,
  molecules: readonly SmallMoleculeComponent[],
): Promise<readonly Finding[]> {
  const names = new Map<string, string[]>();
  const structures = new Map<string, string[]>();
  const findings: Finding[] = [];
  for (const molecule of molecules) {
    const { name, key } = molecule;
    if (name === '')
      findings.push(warning('no-name', key, 'a ligand has no name: results are told apart by names'));
    else names.set(name, [...(names.get(name) ?? []), key]);
    const own = checkMolecule(rdkit, molecule);
    findings.push(...own);
    if (own.some(({ level }) => level === 'error')) continue;
    const smiles = await canonicalSmiles(molecule);
    structures.set(smiles, [...(structures.get(smiles) ?? []), nameOf(molecule)]);
  }
  for (const [name, keys] of names) {
    if (keys.length > 1) {
      const text = `${keys.length} different ligands are named so: ${keys.join(', ')}`;
      findings.push(warning('same-name', name, text));
    }
  }
  for (const [smiles, sharing] of structures) {
    const others = new Set(sharing);
    if (others.size > 1) {
      const text = `${[...others].map(name => `'${name}'`).join(' and ')} are one molecule (${smiles}) in different poses or with different properties`;
      findings.push(warning('same-molecule', sharing[0] ?? smiles, text));
    }
  }
  return findings;
}

function checkMolecule(rdkit: Rdkit, molecule: SmallMoleculeComponent): readonly Finding[] {
  const about = nameOf(molecule);
  const findings: Finding[] = [];
  if (molecule.atoms.length > 3 && molecule.coordinates.every(([, , z]) => z === 0)) {
    findings.push(warning('flat-molecule', about, 'all atoms lie in one plane: coordinates of a drawing?'));
  }
  try {
    using mol = perceivedMol(rdkit, molecule);
    mol.add_hs_in_place();
    const missing = mol.get_num_atoms() - molecule.atoms.length;
    if (missing > 0) {
      findings.push(
        error('no-hydrogens', about, `the molecule lacks ${missing} hydrogens; simulations need all`),
      );
    }
  } catch (cause) {
    if (!(cause instanceof GufeError)) throw cause;
    findings.push(error('unreadable-molecule', about, cause.message));
  }
  return findings;
}
