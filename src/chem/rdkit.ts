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
  /** RDKit's pickle of the molecule; src/chem/pickle-read.ts reads it. */
  get_as_uint8array(options?: string): Uint8Array;
  get_descriptors(): string;
  get_morgan_fp_as_uint8array(options?: string): Uint8Array;
  get_rdkit_fp_as_uint8array(options?: string): Uint8Array;
  get_substruct_match(query: Mol, options?: string): string;
  get_substruct_matches(query: Mol, options?: string): string;
  add_hs_in_place(): boolean;
  remove_hs_in_place(options?: string): boolean;
  set_new_coords(useCoordGen?: boolean): boolean;
  get_num_atoms(heavyOnly?: boolean): number;
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

/**
 * What to throw for an error that RDKit's module threw: a GufeError. Errors of other origin come back as they are.
 * A trap (memory, stack: chains of some hundred atoms are enough) leaves the module unusable, so the next `loadRdkit` starts
 * another; molecules of the old one are lost with it.
 */
export function rdkitFault(error: unknown): unknown {
  if (isTrap(error)) {
    loaded = null;
    return new GufeError('the molecule is too large for RDKit in WebAssembly', { cause: error });
  }
  return isException(error) ? new GufeError('RDKit does not take the molecule', { cause: error }) : error;
}

function isTrap(error: unknown): boolean {
  // Freeing a molecule of a broken module fails, too, and `using` reports both.
  if (isRecord(error) && 'suppressed' in error) return isTrap(error.error) || isTrap(error.suppressed);
  return error instanceof WebAssembly.RuntimeError;
}

/** C++ exceptions come through without their text. */
function isException(error: unknown): boolean {
  return error instanceof WebAssembly.Exception;
}

/** Runs the work; what RDKit throws becomes a GufeError that begins with the place. */
export function guarded<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    const error = rdkitFault(thrown);
    if (error === thrown || !(error instanceof GufeError)) throw error;
    throw new GufeError(`${place}: ${error.message}`, { cause: error });
  }
}
