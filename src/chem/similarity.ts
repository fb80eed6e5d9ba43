// How alike two molecules are: Tanimoto's coefficient of their Morgan fingerprints (radius 2, 2,048 bits, hydrogens left out).

import type { SmallMoleculeComponent } from '../gufe/components/small-molecule.ts';
import { perceivedMol, REMOVE_HYDROGENS } from './molecule.ts';
import { guarded, loadRdkit, type Rdkit } from './rdkit.ts';

const MORGAN = JSON.stringify({ radius: 2, nBits: 2048 });

/** The fingerprint of a molecule, 256 bytes. */
export function fingerprint(rdkit: Rdkit, molecule: SmallMoleculeComponent): Uint8Array {
  return guarded(`molecule '${molecule.name}'`, () => {
    using mol = perceivedMol(rdkit, molecule);
    mol.remove_hs_in_place(REMOVE_HYDROGENS);
    return mol.get_morgan_fp_as_uint8array(MORGAN);
  });
}

/** Bits that both have over bits that either has, 0 to 1; two empty fingerprints are equal. */
export function tanimoto(a: Uint8Array, b: Uint8Array): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    both += bits((a[i] ?? 0) & (b[i] ?? 0));
    either += bits((a[i] ?? 0) | (b[i] ?? 0));
  }
  return either === 0 ? 1 : both / either;
}

/** Tanimoto's coefficient of two molecules, 0 to 1. For many pairs take `fingerprint` once a molecule. */
export async function similarity(a: SmallMoleculeComponent, b: SmallMoleculeComponent): Promise<number> {
  const rdkit = await loadRdkit();
  return tanimoto(fingerprint(rdkit, a), fingerprint(rdkit, b));
}

function bits(byte: number): number {
  let count = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
  return count;
}
