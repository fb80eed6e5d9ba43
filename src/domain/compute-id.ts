// Compute services and managers name themselves: `{name}-{uuid}`, exactly one hyphen.
import { AlchemiscaleError } from './errors.ts';

const COMPUTE_ID = /^([a-zA-Z][a-zA-Z0-9_.:]*)-([0-9a-fA-F]{32})$/;

/** The two halves of a ComputeServiceID or ComputeManagerID. */
export interface ComputeId {
  readonly name: string;
  readonly uuid: string;
}

/** Reads `{name}-{uuid}`; `kind` is the class the refusal names: ComputeServiceID or ComputeManagerID. */
export function parseComputeId(text: string, kind: 'ComputeServiceID' | 'ComputeManagerID'): ComputeId {
  const match = COMPUTE_ID.exec(text);
  if (match === null) {
    throw new AlchemiscaleError(
      'INVALID_BODY',
      `${kind} must be '{name}-{uuid}' with a name of letters, digits, '_', '.', ':' (first a letter) and 32 hex digits; got '${text}'`,
    );
  }
  return { name: match[1] as string, uuid: match[2] as string };
}
