// What a program that submits or gathers with the built-in protocols imports.
export { alkane } from './gromacs/alkanes.ts';
export { ALKANES, type AlkaneName, FREESOLV_SOURCE } from './gromacs/freesolv.ts';
export { GromacsError, type GromacsErrorCode } from './gromacs/gromacs-error.ts';
export { type HydrationNetworkOptions, hydrationNetwork } from './gromacs/network.ts';
export { GromacsHydrationProtocol, GromacsHydrationProtocolResult } from './gromacs/protocol.ts';
export {
  type GromacsHydrationSettings,
  type GromacsPreset,
  gromacsHydrationSettings,
} from './gromacs/settings.ts';
export { type HarmonicNetworkOptions, harmonicNetwork } from './harmonic/network.ts';
export { HarmonicProtocol, HarmonicProtocolResult } from './harmonic/protocol.ts';
export { type HarmonicSettings, harmonicSettings } from './harmonic/settings.ts';
export { exactFreeEnergy, HarmonicWell, type WellParameters } from './harmonic/well.ts';
export { NAMED_PROTOCOLS } from './named-protocols.ts';
export { PROTOCOL_REGISTRY } from './registry.ts';
export { ESTIMATE_UNIT } from './repeats.ts';
export { ProtocolValidationError } from './validation-error.ts';
