// The one error of this layer.

/** A gufe object that cannot be built, read or written; the message says which and where. */
export class GufeError extends Error {
  override readonly name: string = 'GufeError';
}
