// What a look at a network finds before it is sent.

/** One thing that would fail (error) or surprise (warning). */
export interface Finding {
  readonly level: 'error' | 'warning';
  readonly code: FindingCode;
  /** What it is about: a name, or a gufe key where there is none. */
  readonly about: string;
  readonly text: string;
}

/** Every kind of finding; the how-to on networks lists them. */
export const FINDING_CODES = {
  'not-accepted': 'the server refuses the network',
  'key-differs': 'a key that is stated is not the one that the content has today',
  'no-transformations': 'there is nothing to run',
  'self-transformation': 'both states are the same',
  'no-mapping': 'the protocol needs an atom mapping and there is none',
  'wrong-mapping': 'the mapping is not of the molecules that change, or of atoms that are not there',
  'insane-mapping': 'the mapping makes no sense: broken rings, other bonds, another handedness …',
  'states-differ': 'the states differ in more (or less) than the molecule that changes',
  'protocol-refuses': 'the protocol says that it cannot run the transformation',
  'charge-changes': 'the net charge of the two states differs',
  'no-name': 'a ligand or a transformation without a name',
  'same-name': 'two ligands or transformations with one name',
  'same-molecule': 'one molecule under two names',
  'no-hydrogens': 'a molecule lacks hydrogens',
  'flat-molecule': 'a molecule without 3D coordinates',
  'unreadable-molecule': 'RDKit does not take a molecule',
  'out-of-place': 'a ligand lies outside the protein or in its atoms',
  disconnected: 'ligands that cannot be compared with each other',
  'leg-missing': 'a pair of ligands that does not occur in every surrounding',
  'lone-system': 'a system that no transformation uses',
} as const;

export type FindingCode = keyof typeof FINDING_CODES;

export function error(code: FindingCode, about: string, text: string): Finding {
  return { level: 'error', code, about, text };
}

export function warning(code: FindingCode, about: string, text: string): Finding {
  return { level: 'warning', code, about, text };
}

/** What an object is called: its name, else its key. */
export function nameOf(object: { readonly key: string; readonly name?: string | null }): string {
  return object.name ? object.name : object.key;
}
