// What can be run here: gufe's classes and those of the built-in protocols, by module and class name.
import { GUFE_REGISTRY } from '../gufe/keyed-chain.ts';
import type { GufeClass, Registry } from '../gufe/registry.ts';
import { GROMACS_CLASSES } from './gromacs/protocol.ts';
import { HARMONIC_CLASSES } from './harmonic/protocol.ts';
import { TESTING_CLASSES } from './testing/protocols.ts';

/** The classes of the protocols that come with this package. */
export const BUILT_IN_PROTOCOL_CLASSES: readonly GufeClass[] = [
  ...HARMONIC_CLASSES,
  ...GROMACS_CLASSES,
  ...TESTING_CLASSES,
];

/** Reads gufe objects, with the built-in protocols as classes that can be run. */
export const PROTOCOL_REGISTRY: Registry = GUFE_REGISTRY.with(...BUILT_IN_PROTOCOL_CLASSES);
