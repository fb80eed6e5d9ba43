// gufe's data model: what a program imports to build, read and key objects, and to write protocols.
export {
  AlchemicalArchive,
  type ArchiveOptions,
  GUFE_VERSION,
  type TransformationResults,
} from './archive.ts';
export { decodeKeyedChainStream, type KeyedChainEntry, streamKeyedChain } from './chain-stream.ts';
export { ChemicalSystem, type Components } from './chemical-system.ts';
export { atomicNumberOf, symbolOf } from './components/elements.ts';
export type { ProteinAtom, ProteinBond, ProteinParts } from './components/protein/parts.ts';
export { ProteinComponent, type ReadProteinOptions } from './components/protein.ts';
export {
  type Atom,
  type AtomInput,
  BOND_TYPE,
  type Bond,
  type BondInput,
  type FromAtomsOptions,
  HYBRIDIZATION,
  SmallMoleculeComponent,
} from './components/small-molecule.ts';
export {
  ComponentValidationError,
  type MembraneChecks,
  ProteinMembraneComponent,
  type ReadSolvatedOptions,
  type SolvatedParts,
  SolvatedPDBComponent,
  type SolvationChecks,
} from './components/solvated-pdb.ts';
export { SolventComponent, type SolventOptions } from './components/solvent.ts';
export { GufeError, type GufeErrorPlace } from './error.ts';
export { type DecodeBytesOptions, decodeGufe, decodeJson, decodeMsgpack, fromDict } from './forms.ts';
export { IntKeyedDict } from './int-keyed-dict.ts';
export { type KeyCheck, KeyChecker, type KeyCheckOptions } from './key-check.ts';
export type { KeyRule } from './key-rule.ts';
export {
  type DecodeOptions,
  decodeKeyedChain,
  decodeKeyedChainAs,
  encodeKeyedChain,
  GUFE_REGISTRY,
} from './keyed-chain.ts';
export { ExternalProtocol } from './known-protocols/external-protocol.ts';
export { findNamedProtocol, type NamedProtocol } from './known-protocols/named-protocol.ts';
export {
  absoluteSolvationProtocol,
  OPENFE_PROTOCOLS,
  relativeHybridTopologyProtocol,
} from './known-protocols/openfe.ts';
export {
  AbsoluteSolvationProtocolResult,
  RelativeHybridTopologyProtocolResult,
} from './known-protocols/openfe-results.ts';
export {
  type Leg,
  type LegsOptions,
  networkOfLegs,
  type RbfeOptions,
  rbfeNetwork,
  type SolvationOptions,
  solvationNetwork,
} from './legs.ts';
export { LigandNetwork, type LigandNetworkOptions } from './ligand-network.ts';
export { LigandAtomMapping, type LigandAtomMappingOptions, type Mapping } from './mapping.ts';
export { AlchemicalNetwork, type NetworkOptions } from './network.ts';
export { NdArray, NumpyScalar } from './numpy.ts';
export { OpaqueTokenizable } from './opaque.ts';
export { ProtocolDAG, type ProtocolDAGOptions } from './protocol/dag.ts';
export {
  type CreateInputs,
  Protocol,
  ProtocolResult,
  type ProtocolResultOptions,
  protocolClass,
  protocolResultClass,
} from './protocol/protocol.ts';
export { ProtocolDAGResult, type ProtocolDAGResultOptions } from './protocol/result.ts';
export {
  ProtocolUnit,
  substituteResults,
  type UnitContext,
  type UnitOptions,
  unitClass,
} from './protocol/unit.ts';
export {
  type AnyUnitResult,
  ProtocolUnitFailure,
  ProtocolUnitResult,
  type UnitFailureOptions,
  type UnitResultOptions,
} from './protocol/unit-result.ts';
export { Bytes, DateTime, PosixPath, Uuid } from './python-types.ts';
export {
  readBoolean,
  readDict,
  readInteger,
  readIntKeyed,
  readList,
  readNumber,
  readNumbers,
  readObject,
  readObjects,
  readQuantity,
  readSettings,
  readString,
  readStringOrNull,
} from './read-dict.ts';
export { type GufeClass, Registry } from './registry.ts';
export * as settingKinds from './settings/field-kinds.ts';
export {
  OPENMM_SYSTEM_GENERATOR_FF_SETTINGS,
  SETTINGS,
  THERMO_SETTINGS,
} from './settings/gufe-settings.ts';
export { SettingsError } from './settings/settings-error.ts';
export {
  plainSettings,
  type SettingsField,
  SettingsModel,
  type SettingsModelOptions,
} from './settings/settings-model.ts';
export { Settings } from './settings.ts';
export { CONNECTIVITY_STRATEGY_SETTINGS, ConnectivityStrategy } from './strategy/connectivity.ts';
export {
  type NetworkEstimates,
  progressOfRepeats,
  type RepeatEstimate,
  readEstimates,
} from './strategy/estimates.ts';
export { type NetworkShape, readMsgpackNetworkShape, readNetworkShape } from './strategy/network-shape.ts';
export { RADIAL_GROWTH_STRATEGY_SETTINGS, RadialGrowthStrategy } from './strategy/radial-growth.ts';
export type { StrategyEdge } from './strategy/state-graph.ts';
export {
  type NetworkProgress,
  progressOf,
  Strategy,
  strategyClass,
  type TransformationProgress,
  type WeightReason,
} from './strategy/strategy.ts';
export {
  StrategyResult,
  type Weight,
  WeightOverflowError,
  ZeroWeightsError,
} from './strategy/strategy-result.ts';
export { GufeTokenizable, type KeyedChain } from './tokenizable.ts';
export {
  type AnyTransformation,
  type CreateDagOptions,
  NonTransformation,
  type NonTransformationOptions,
  Transformation,
  type TransformationOptions,
} from './transformation.ts';
export { type Magnitude, Quantity, Unit } from './units.ts';
export type {
  GufeDict,
  GufeDictInput,
  GufeInput,
  GufeObject,
  GufeValue,
  MsgpackOptions,
} from './values.ts';
