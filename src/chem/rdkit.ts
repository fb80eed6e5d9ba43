// RDKit compiled to WebAssembly: how it is loaded, and who frees its memory.
//
// The module is 7 MB and takes 0.2 s to start, so it is loaded by the first call that reads or compares a molecule and never
// before. Its objects live in the WebAssembly heap, which JavaScript's garbage collector does not know: declare every `Mol`
// with `using`, so that it is freed where its block ends. The types below are the part of its interface that is used here.

import { GufeError } from '../gufe/error.ts';

/** An object in the WebAssembly heap; `using` frees it. */
interface Handle {
  delete(): void;
  [Symbol.dispose](): void;
}

/** A molecule of RDKit. Options are JSON texts, as RDKit's "MinimalLib" documents them. */
export interface Mol extends Handle {
  get_smiles(options?: string): string;
  get_cxsmiles(): string;
  get_molblock(options?: string): string;
  get_v3Kmolblock(options?: string): string;
  get_json(): string;
  get_svg_with_highlights(options: string): string;
  /** RDKit's pickle of the molecule; src/chem/pickle.ts reads it. */
  get_as_uint8array(options?: string): Uint8Array;
  get_descriptors(): string;
  get_morgan_fp_as_uint8array(options?: string): Uint8Array;
  get_rdkit_fp_as_uint8array(options?: string): Uint8Array;
  get_substruct_match(query: Mol, options?: string): string;
  get_substruct_matches(query: Mol, options?: string): string;
  get_prop_list(includePrivate: boolean, includeComputed: boolean): StringList;
  add_hs_in_place(): boolean;
  remove_hs_in_place(options?: string): boolean;
  set_new_coords(useCoordGen?: boolean): boolean;
  get_num_atoms(heavyOnly?: boolean): number;
}

interface StringList extends Handle {
  size(): number;
  get(index: number): string | undefined;
}

/** A list of molecules, as the search for common substructures takes it. It copies what is appended. */
export interface MolList extends Handle {
  append(mol: Mol): number;
  size(): number;
}

/** RDKit's module. */
export interface Rdkit {
  version(): string;
  /** A molecule from a SMILES, a molfile or RDKit's JSON; null where it cannot be read. */
  get_mol(input: string, options?: string): Mol | null;
  /** A pattern from a SMARTS. */
  get_qmol(smarts: string): Mol | null;
  get_mol_from_uint8array(pickle: Uint8Array): Mol | null;
  /** The maximum common substructure: `{smartsString, numAtoms, numBonds, canceled}` as JSON. */
  get_mcs_as_json(mols: MolList, options?: string): string;
  get_mcs_as_mol(mols: MolList, options?: string): Mol | null;
  readonly MolList: new () => MolList;
}

/** How to find the WebAssembly file where there is no Node. */
export interface LoadOptions {
  /** From a file's name to its address, e.g. `name => '/assets/' + name`. Asked for RDKit_minimal.wasm. */
  readonly locateFile?: (name: string) => string;
}

let loaded: Promise<Rdkit> | null = null;

/** RDKit, loaded on the first call; later calls get the same module. In a browser the first one says where the file is. */
export function loadRdkit(options: LoadOptions = {}): Promise<Rdkit> {
  loaded ??= start(options).catch(error => {
    loaded = null;
    throw new GufeError(
      `RDKit could not be loaded: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  return loaded;
}

type Start = (options: LoadOptions) => Promise<Rdkit>;

async function start(options: LoadOptions): Promise<Rdkit> {
  const imported: unknown = await import('@rdkit/rdkit');
  // A CommonJS module: Node and bundlers disagree on how deep the function lies.
  let candidate = imported;
  while (typeof candidate !== 'function' && isRecord(candidate)) candidate = candidate.default;
  if (typeof candidate !== 'function') throw new Error('@rdkit/rdkit exports no function');
  const locate = options.locateFile;
  return (candidate as Start)(locate === undefined ? {} : { locateFile: name => locate(name) });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
