// Every way a request can be refused, in one closed table: code → HTTP status. The sentence shown to the user is
// made where the facts are known; the status is decided only here. Anything thrown that is not an
// AlchemiscaleError is a defect: it is logged in full and the user gets "Internal Server Error".

/**
 * The closed table of error codes. `status` is what Python clients react to (shared by both APIs):
 * 401 makes them log in once more, 404/502/503/504 make them retry for a minute, everything else raises at once.
 */
export const ERROR_CODES = {
  NOT_AUTHENTICATED: { status: 401, about: 'no usable bearer token came with the request' },
  BAD_CREDENTIALS: { status: 401, about: 'unknown identity, wrong key, or an identity that may not log in' },
  SCOPE_NOT_ALLOWED: { status: 401, about: 'the scope asked for is covered by none of the token’s scopes' },
  NO_SUCH_OBJECT: { status: 400, about: 'nothing is stored under this key' },
  BAD_REQUEST: {
    status: 400,
    about: 'the request is well formed but asks for something that cannot be done',
  },
  INVALID_BODY: { status: 422, about: 'a body, query or path does not have the form the route asks for' },
  UNREADABLE_BODY: { status: 400, about: 'the body could not be decompressed or decoded' },
  BODY_TOO_LARGE: { status: 413, about: 'the body, once decompressed, is over the server’s limit' },
  TOO_MANY_FAILED_LOGINS: {
    status: 429,
    about: 'too many failed log-ins for this identity from this address',
  },
  CONFLICT: { status: 409, about: 'the change contradicts what is stored' },
  STORE_UNAVAILABLE: { status: 503, about: 'the state store or object store does not answer; try again' },
  STORAGE_FULL: { status: 507, about: 'the disk or bucket took no more data; nothing was written' },
  OBJECT_UNREADABLE: { status: 500, about: 'a stored object is missing or damaged' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Facts about an error that programs may use; the keys are as in the API: `scope`, `key`, `limit`, … */
export type ErrorFacts = Readonly<Record<string, unknown>>;

/** The only kind of error whose message reaches a user. */
export class AlchemiscaleError extends Error {
  override readonly name: string = 'AlchemiscaleError';
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, message: string, options: { facts?: ErrorFacts; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.facts = options.facts ?? {};
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }
}

/** The answer for a key under which nothing is stored. Python clients match on the text, quotes included. */
export function noSuchObject(key: { toString(): string }): AlchemiscaleError {
  return new AlchemiscaleError('NO_SUCH_OBJECT', "'No such object in database'", {
    facts: { key: String(key) },
  });
}
