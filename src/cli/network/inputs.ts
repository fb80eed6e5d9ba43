// What a network is built from, read from files: ligands, a protein, a protocol, a plan.
import { parse as parseYaml } from 'yaml';
import { type GivenEdge, readMolecules } from '../../chem/index.ts';
import { ProteinComponent } from '../../gufe/components/protein.ts';
import type { SmallMoleculeComponent } from '../../gufe/components/small-molecule.ts';
import { SolventComponent } from '../../gufe/components/solvent.ts';
import { GufeError } from '../../gufe/error.ts';
import { findNamedProtocol } from '../../gufe/known-protocols/named-protocol.ts';
import { LigandNetwork } from '../../gufe/ligand-network.ts';
import { Protocol } from '../../gufe/protocol/protocol.ts';
import type { GufeObject } from '../../gufe/values.ts';
import { writeFloat } from '../../lib/json-write.ts';
import { NAMED_PROTOCOLS } from '../../protocols/named-protocols.ts';
import { MisuseError } from '../errors.ts';
import { inFile, readObjectFile, readTextFile } from '../gufe-files.ts';
import { readEdgeList } from './edge-list.ts';

/** The molecules of several files, one after another. */
export async function readLigands(paths: readonly string[]): Promise<readonly SmallMoleculeComponent[]> {
  const molecules: SmallMoleculeComponent[] = [];
  for (const path of paths) molecules.push(...(await readMolecules(path, await readTextFile(path))));
  return molecules;
}

/** A file's name without `.gz` or `.zst`, in lower case, ends so. */
function hasEnding(path: string, pattern: RegExp): boolean {
  return pattern.test(path.toLowerCase().replace(/\.(gz|zst)$/, ''));
}

/** A protein from a PDB or mmCIF file, or any component from a file that gufe wrote. */
export async function readProtein(path: string, name: string): Promise<GufeObject> {
  const isPdb = hasEnding(path, /\.(pdb|ent)$/);
  const isCif = hasEnding(path, /\.(cif|mmcif|pdbx)$/);
  if (!isPdb && !isCif) {
    if (name !== '')
      throw new MisuseError("'--protein-name' is for PDB and mmCIF files: gufe's own have a name.");
    return await readObjectFile(path);
  }
  const text = await readTextFile(path);
  try {
    return isPdb ? ProteinComponent.fromPdb(text, { name }) : ProteinComponent.fromMmcif(text, { name });
  } catch (error) {
    throw inFile(path, error);
  }
}

/** A protocol by its name, with settings replaced by those of a YAML file; or one from a file that gufe wrote. */
export async function readProtocol(nameOrFile: string, settingsPath: string | null): Promise<GufeObject> {
  if (!/[./\\]/.test(nameOrFile)) {
    const named = findNamedProtocol(NAMED_PROTOCOLS, nameOrFile);
    if (settingsPath === null) return named.make();
    const overrides = readYaml(settingsPath, await readTextFile(settingsPath));
    try {
      return named.make(overrides ?? {});
    } catch (error) {
      throw inFile(settingsPath, error);
    }
  }
  if (settingsPath !== null) {
    throw new MisuseError(
      "'--settings' goes with a protocol that is named: one from a file has its settings.",
    );
  }
  const object = await readObjectFile(nameOrFile);
  const isProtocol = object instanceof Protocol || object.fields().has('settings');
  if (!isProtocol) throw new GufeError(`${nameOrFile}: ${object.key} is not a protocol`);
  return object;
}

function readYaml(path: string, text: string): unknown {
  try {
    return parseYaml(text);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new GufeError(`${path}: ${cause.message.split('\n')[0]}`, { cause });
  }
}

/** A network of ligands, as GraphML text or in any form of gufe's. */
export async function readLigandNetwork(path: string): Promise<LigandNetwork> {
  if (hasEnding(path, /\.(graphml|xml)$/)) {
    try {
      return LigandNetwork.fromGraphml(await readTextFile(path));
    } catch (error) {
      throw inFile(path, error);
    }
  }
  const object = await readObjectFile(path);
  if (object instanceof LigandNetwork) return object;
  throw new GufeError(`${path}: ${object.key} is not a LigandNetwork`);
}

export async function readEdges(path: string): Promise<readonly GivenEdge[]> {
  return readEdgeList(path, await readTextFile(path));
}

/** How the solvent is asked for. */
export interface SolventChoice {
  readonly concentration: string | null;
  readonly positiveIon: string;
  readonly negativeIon: string;
}

/** Water with ions; `usual` is the concentration where none is given, a bare number means molar. */
export function makeSolvent(choice: SolventChoice, usual: string): SolventComponent {
  const given = choice.concentration ?? usual;
  const isBare = given.trim() !== '' && !Number.isNaN(Number(given));
  return new SolventComponent({
    ionConcentration: isBare ? `${writeFloat(Number(given))} molar` : given.trim(),
    positiveIon: choice.positiveIon,
    negativeIon: choice.negativeIon,
  });
}
