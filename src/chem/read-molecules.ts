// A file of molecules by its name's ending.

import type { SmallMoleculeComponent } from '../gufe/components/small-molecule.ts';
import { GufeError } from '../gufe/error.ts';
import { readMol2 } from './mol2.ts';
import { readSdf } from './sdf.ts';
import { readSmilesFile } from './smiles.ts';

type Reader = (text: string) => Promise<SmallMoleculeComponent[]>;

const READERS: Readonly<Record<string, Reader>> = {
  sdf: text => readSdf(text),
  sd: text => readSdf(text),
  mol: text => readSdf(text),
  mol2: text => readMol2(text),
  smi: text => readSmilesFile(text),
  smiles: text => readSmilesFile(text),
};

/**
 * The molecules of a file: SD (`.sdf`, `.sd`, `.mol`), MOL2 (`.mol2`) or SMILES (`.smi`, `.smiles`). `text` is its content,
 * decompressed; a `.gz` or `.zst` behind the ending is passed over. Throws a GufeError that begins with the path.
 */
export async function readMolecules(path: string, text: string): Promise<SmallMoleculeComponent[]> {
  const ending = /\.([a-z0-9]+)(?:\.(?:gz|zst))?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  const read = Object.hasOwn(READERS, ending) ? READERS[ending] : undefined;
  if (read === undefined) {
    throw new GufeError(`${path}: molecules are read from .${Object.keys(READERS).join(', .')}`);
  }
  try {
    return await read(text);
  } catch (error) {
    if (!(error instanceof GufeError)) throw error;
    throw new GufeError(`${path}: ${error.message}`, { line: error.line ?? undefined, cause: error });
  }
}
