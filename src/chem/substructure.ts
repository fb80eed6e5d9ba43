// Common substructures and matches of patterns, as RDKit finds them (FMCS, VF2). Atom numbers are those of the component.

import { GufeError } from '../gufe/error.ts';
import type { Mol, Rdkit } from './rdkit.ts';

/** RDKit's options for the search, by their own names; the defaults are RDKit's but for the timeout. */
export interface CommonSubstructureOptions {
  /** Seconds until the best that was found is handed back; 10 unless told. */
  readonly Timeout?: number;
  readonly AtomCompare?: 'Any' | 'Elements' | 'Isotopes' | 'AnyHeavy';
  readonly BondCompare?: 'Any' | 'Order' | 'OrderExact';
  readonly RingMatchesRingOnly?: boolean;
  readonly CompleteRingsOnly?: boolean;
  readonly MatchChiralTag?: boolean;
  readonly MatchFormalCharge?: boolean;
  readonly MaximizeBonds?: boolean;
  /** Å between the two atoms of a pair, by the coordinates as they stand: for molecules that lie on each other. */
  readonly MaxDistance?: number;
}

/** A maximum common substructure. */
export interface CommonSubstructure {
  /** The pattern; empty where nothing is common. */
  readonly smarts: string;
  readonly atomCount: number;
  readonly bondCount: number;
  /** True when time ran out first: a common substructure, not surely the largest. */
  readonly canceled: boolean;
}

/** The maximum common substructure of molecules made by `perceivedMol`. */
export function commonSubstructure(
  rdkit: Rdkit,
  mols: readonly Mol[],
  options: CommonSubstructureOptions = {},
): CommonSubstructure {
  using list = new rdkit.MolList();
  for (const mol of mols) list.append(mol);
  const found: unknown = JSON.parse(rdkit.get_mcs_as_json(list, JSON.stringify({ Timeout: 10, ...options })));
  const { smarts, numAtoms, numBonds, canceled } = found as {
    readonly smarts?: string;
    readonly numAtoms: number;
    readonly numBonds: number;
    readonly canceled: boolean;
  };
  return { smarts: smarts ?? '', atomCount: numAtoms, bondCount: numBonds, canceled };
}

/**
 * Every way (up to `maxMatches`) in which the pattern lies in the molecule: for each of the pattern's atoms in order, the
 * number of the molecule's atom.
 */
export function findMatches(
  rdkit: Rdkit,
  mol: Mol,
  smarts: string,
  options: { readonly maxMatches?: number; readonly uniquify?: boolean } = {},
): readonly (readonly number[])[] {
  using query = rdkit.get_qmol(smarts);
  if (query === null) throw new GufeError(`'${smarts}' is not a SMARTS pattern`);
  const found: unknown = JSON.parse(
    mol.get_substruct_matches(query, JSON.stringify({ maxMatches: 1000, ...options })),
  );
  return Array.isArray(found) ? found.map((match: { readonly atoms: readonly number[] }) => match.atoms) : [];
}
