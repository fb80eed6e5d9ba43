// Refusals of a protocol before any work is done.
import { GufeError } from '../gufe/error.ts';

/** The chemical systems, mapping, extended result or settings are not what the protocol can run; the message says why. */
export class ProtocolValidationError extends GufeError {
  override readonly name: string = 'ProtocolValidationError';
}
