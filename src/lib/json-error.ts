// One error for JSON text that cannot be read, whether scanned or parsed: it says what was expected and where.

/** The text is not JSON (in Python's dialect) or goes beyond a limit; `offset` counts bytes from the start of the text. */
export class JsonError extends Error {
  override readonly name: string = 'JsonError';
  readonly #what: string;
  readonly offset: number;

  /** The message gets the place appended: `expected ':' at byte 17`. */
  constructor(what: string, offset: number) {
    super(`${what} at byte ${offset}`);
    this.#what = what;
    this.offset = offset;
  }

  /** The same error for text that begins `bytes` earlier. */
  movedBy(bytes: number): JsonError {
    return new JsonError(this.#what, this.offset + bytes);
  }
}
