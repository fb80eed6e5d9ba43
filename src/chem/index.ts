// Molecules from files and names, and what RDKit says of them. Loads RDKit's WebAssembly (7 MB) with the first call, so a
// program that never reads a molecule never pays for it.
export { FINDING_CODES, type Finding, type FindingCode } from './check/finding.ts';
export { checkNetwork } from './check/network.ts';
export { type ConformerOptions, setConformerResources } from './conformer.ts';
export { areAligned } from './mapping/aligned.ts';
export { type AtomPairs, type MappingFault, mappingFaults } from './mapping/faults.ts';
export { type LigandShape, prepareLigand, prepareShape } from './mapping/ligand.ts';
export { DEFAULT_MAX_DISTANCE, type MappedAtoms, mapAtoms } from './mapping/map-atoms.ts';
export { countHeavy, heavyCount, mappingScore } from './mapping/score.ts';
export { type Mol2Options, readMol2 } from './mol2.ts';
export { canonicalSmiles, perceivedMol, rawMol } from './molecule.ts';
export {
  type GivenEdge,
  type Plan,
  type PlannedNetwork,
  type PlanOptions,
  planLigandNetwork,
  toLigandNetwork,
} from './plan/ligand-network.ts';
export { PROTOCOL_KINDS, type ProtocolKind, protocolKind } from './plan/protocol-kind.ts';
export { replaceMolecules } from './plan/replace.ts';
export { type LoadOptions, loadRdkit, type Mol, type MolList, type Rdkit } from './rdkit.ts';
export { readMolecules } from './read-molecules.ts';
export { readSdf, type SdfOptions } from './sdf.ts';
export { fingerprint, similarity, tanimoto } from './similarity.ts';
export { readSmiles, readSmilesFile, type SmilesOptions } from './smiles.ts';
export {
  type CommonSubstructure,
  type CommonSubstructureOptions,
  commonSubstructure,
  findMatches,
} from './substructure.ts';
export { toSdf } from './write-sdf.ts';
