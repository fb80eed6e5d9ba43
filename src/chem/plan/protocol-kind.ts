// What a protocol computes, as far as it decides what a network for it looks like.
import type { GufeObject } from '../../gufe/values.ts';

/** relative: one ligand becomes another by an atom mapping. solvation: a solute leaves its solvent. */
export type ProtocolKind = 'relative' | 'solvation';

export const PROTOCOL_KINDS: readonly ProtocolKind[] = ['relative', 'solvation'];

const KINDS: Readonly<Record<string, ProtocolKind>> = {
  RelativeHybridTopologyProtocol: 'relative',
  NonEquilibriumCyclingProtocol: 'relative',
  AbsoluteSolvationProtocol: 'solvation',
  GromacsHydrationProtocol: 'solvation',
};

/** Null for protocols that are not known here. */
export function protocolKind(protocol: GufeObject): ProtocolKind | null {
  return Object.hasOwn(KINDS, protocol.qualname) ? (KINDS[protocol.qualname] ?? null) : null;
}
