// SD files and molfiles (V2000, V3000) as components that have gufe's own keys: RDKit reads each molfile as gufe's
// `from_sdf_file` has it read (strictly, hydrogens kept), the data items become properties.

import type { SmallMoleculeComponent } from '../gufe/components/small-molecule.ts';
import { GufeError } from '../gufe/error.ts';
import { toComponent } from './component.ts';
import { type ConformerOptions, generateCoordinates } from './conformer.ts';
import { PICKLE_OPTIONS, readPickle } from './pickle-read.ts';
import { applyPropertyList, checkPartialCharges } from './property-lists.ts';
import { loadRdkit, type Mol, type Rdkit, rdkitFault } from './rdkit.ts';
import { explainFault } from './sd-fault.ts';
import { placeOf, type SdRecord, splitSdFile } from './sd-file.ts';

export interface SdfOptions extends ConformerOptions {
  /**
   * What to do where a record has no 3D coordinates (a drawing, or none at all): `keep` what it has, as gufe does, or
   * `generate` them, with all hydrogens added; such keys are our own. `keep` unless told.
   */
  readonly coordinates?: 'keep' | 'generate';
}

/**
 * The molecules of an SD file's text, in order; a single molfile is an SD file of one. Names: the item `ofe-name`, else the
 * title line. Throws a GufeError that names record and line for what cannot be read; nothing is skipped.
 * Differs from gufe: files of several molecules are read, where gufe asks for one a file.
 */
export async function readSdf(text: string, options: SdfOptions = {}): Promise<SmallMoleculeComponent[]> {
  const records = splitSdFile(text);
  if (records.length === 0) throw new GufeError('an SD file without a molecule');
  const rdkit = await loadRdkit();
  const molecules: SmallMoleculeComponent[] = [];
  for (const record of records) molecules.push(await readRecord(rdkit, record, options));
  return molecules;
}

async function readRecord(
  rdkit: Rdkit,
  record: SdRecord,
  options: SdfOptions,
): Promise<SmallMoleculeComponent> {
  try {
    using mol = parse(rdkit, record);
    let read = readPickle(mol.get_as_uint8array(PICKLE_OPTIONS));
    const isGenerated = options.coordinates === 'generate' && read.conformers[0]?.is3d !== true;
    if (isGenerated) {
      mol.add_hs_in_place();
      read = readPickle(mol.get_as_uint8array(PICKLE_OPTIONS));
    }
    const { atoms, bonds, conformers } = read;
    const coordinates = isGenerated
      ? await generateCoordinates(rdkit, mol, options)
      : (conformers[0]?.coordinates ?? new Float64Array());
    for (const [name, text] of record.items) applyPropertyList(name, text, atoms, bonds);
    checkPartialCharges(record.items, atoms);
    const name = record.items.get('ofe-name') ?? record.title;
    const isV3000 = record.molfile.split('\n', 4).at(3)?.includes('V3000') ?? false;
    return toComponent({ atoms, bonds, coordinates, items: record.items, name, isV3000 });
  } catch (thrown) {
    const error = rdkitFault(thrown);
    if (!(error instanceof GufeError)) throw error;
    throw new GufeError(`${placeOf(record)}: ${error.message}`, {
      line: error.line ?? record.line,
      cause: error,
    });
  }
}

const AS_GUFE = JSON.stringify({ removeHs: false, strictParsing: true });

/** The molfile as RDKit's molecule, sanitized; the caller frees it. */
function parse(rdkit: Rdkit, { molfile, line }: SdRecord): Mol {
  const mol = rdkit.get_mol(molfile, AS_GUFE);
  if (mol === null) throw explainFault(rdkit, molfile, line);
  if (mol.get_num_atoms() > 0) return mol;
  mol.delete();
  throw new GufeError('a molecule without atoms');
}
