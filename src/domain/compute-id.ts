// Compute services and managers name themselves: `{name}-{uuid}`, exactly one hyphen.
import { AlchemiscaleError } from './errors.ts';

const NAME = /^[a-zA-Z][a-zA-Z0-9_.:]*$/;
const COMPUTE_ID = /^([a-zA-Z][a-zA-Z0-9_.:]*)-([0-9a-fA-F]{32})$/;

/** The two halves of a ComputeServiceID or ComputeManagerID. */
export interface ComputeId {
  readonly name: string;
  readonly uuid: string;
}

/**
 * Reads `{name}-{uuid}`; `kind` is the class the refusal names: ComputeServiceID or ComputeManagerID. The refusals are
 * in the original's words.
 */
export function parseComputeId(text: string, kind: 'ComputeServiceID' | 'ComputeManagerID'): ComputeId {
  const match = COMPUTE_ID.exec(text);
  if (match === null)
    throw new AlchemiscaleError('INVALID_BODY', reason(text, kind), { facts: { id: text } });
  return { name: match[1] as string, uuid: match[2] as string };
}

/** True for the name of a compute service or manager. */
export function isComputeName(text: string): boolean {
  return NAME.test(text);
}

function reason(text: string, kind: string): string {
  const [name = '', uuid, ...rest] = text.split('-');
  if (uuid === undefined || rest.length > 0) {
    return `${kind} must have the form \`{name}-{uuid}\` with uuid in hex form`;
  }
  if (!NAME.test(name)) {
    return `${kind} must either start with an alphabetical and contain only alphanumeric, underscores ('_'), periods ('.'), or colons (':') thereafter`;
  }
  return 'Could not interpret the provided UUID.';
}
