// The one error of this layer.

/** Where in what was read an error lies, as far as it is known. */
export interface GufeErrorPlace {
  /** Bytes from the start of the (decompressed) document. */
  readonly offset?: number | undefined;
  /** Line in the document, from 1; given for text. */
  readonly line?: number | undefined;
  /** Entries that lead to the value: `edges[3].stateA.components.ligand`. */
  readonly path?: string | undefined;
}

/** A gufe object that cannot be built, read or written; the message says which and where, and so do the fields. */
export class GufeError extends Error {
  override readonly name: string = 'GufeError';
  readonly offset: number | null;
  readonly line: number | null;
  readonly path: string | null;

  constructor(message: string, options: ErrorOptions & GufeErrorPlace = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.offset = options.offset ?? null;
    this.line = options.line ?? null;
    this.path = options.path ?? null;
  }
}
