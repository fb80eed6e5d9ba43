// Components as SD files, as gufe's `to_sdf` writes them: RDKit's molfile, then every property of the molecule.

import type { SmallMoleculeComponent } from '../gufe/components/small-molecule.ts';
import { GufeError } from '../gufe/error.ts';
import type { GufeValue } from '../gufe/values.ts';
import { writeFloat } from '../lib/json-write.ts';
import { rawMol } from './molecule.ts';
import { guarded, loadRdkit, type Rdkit } from './rdkit.ts';

/**
 * The molecules as text of one SD file. Coordinates have four decimals; molecules above 999 atoms are written as V3000.
 * Differs from gufe: the title line holds the name also where the component was read from JSON (gufe leaves it empty there).
 */
export async function toSdf(
  molecules: SmallMoleculeComponent | readonly SmallMoleculeComponent[],
): Promise<string> {
  const rdkit = await loadRdkit();
  const all: readonly SmallMoleculeComponent[] = Array.isArray(molecules) ? molecules : [molecules];
  return all.map(molecule => writeRecord(rdkit, molecule)).join('');
}

function writeRecord(rdkit: Rdkit, molecule: SmallMoleculeComponent): string {
  const molfile = writeMolfile(rdkit, molecule);
  const title = molecule.name.split('\n')[0] ?? '';
  const parts = [`${title}${molfile.slice(molfile.indexOf('\n'))}`];
  for (const [name, value] of molecule.properties) {
    const text = textOf(name, value);
    if (/\n/.test(name) || /^\r?\n|\n\r?\n|\n\r?$/.test(text)) {
      throw new GufeError(
        `property '${name}' of '${molecule.name}' has an empty line, which an SD file cannot hold`,
      );
    }
    parts.push(`>  <${name}>\n${text}\n`);
  }
  return [...parts, '$$$$\n'].join('\n');
}

function writeMolfile(rdkit: Rdkit, molecule: SmallMoleculeComponent): string {
  // Aromatic rings without a Kekulé form are what RDKit refuses most.
  return guarded(`molecule '${molecule.name}' as SD file`, () => {
    using mol = rawMol(rdkit, molecule);
    return mol.get_molblock();
  });
}

function textOf(name: string, value: GufeValue): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'bigint':
      return String(value);
    case 'boolean':
      return value ? '1' : '0';
    case 'number':
      return textOfDouble(value);
    default:
      throw new GufeError(`property '${name}' cannot be written to an SD file`);
  }
}

/**
 * The shortest text that reads back as the same double: 0.1, 3.0, 1e+22.
 * Differs from gufe: RDKit writes 3 for 3.0, which reads back as an integer and so changes the key.
 */
function textOfDouble(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return writeFloat(value);
}
