// What the SDK throws, in one sentence that says what to do and gives nothing away: its errors carry requests, keys and
// signatures, so only their names, statuses and ids are kept as the cause.
import { AlchemiscaleError } from '../domain/errors.ts';

/** The parts of an error of the SDK that may be told. */
interface Facts {
  readonly name: string;
  readonly status: number | null;
}

const REASONS: Readonly<Record<string, string>> = {
  NoSuchBucket: 'there is no such bucket; make it first',
  AccessDenied: 'access is denied',
  Forbidden: 'access is denied',
  AllAccessDisabled: 'access is denied',
  InvalidAccessKeyId: 'the credentials are not accepted',
  SignatureDoesNotMatch: 'the credentials are not accepted',
  XAdminUserNotFound: 'the credentials are not accepted',
  InvalidToken: 'the session token is not accepted',
  InvalidClientTokenId: 'the credentials are not accepted',
  ExpiredToken: 'the session token has expired',
  TokenRefreshRequired: 'the session token has expired',
  RequestTimeTooSkewed: "this machine's clock differs too much from the server's",
  CredentialsProviderError: 'no credentials were found',
  AuthorizationHeaderMalformed: 'the bucket is in another region',
  PermanentRedirect: 'the bucket is in another region, or needs its own endpoint',
  'Region is missing': 'no region is given: set AWS_DEFAULT_REGION, or `region` in the URL',
  SlowDown: 'it asks to be called less often',
  ConditionalRequestConflict: 'others write the same object at the moment; try again',
  OperationAborted: 'others write the same object at the moment; try again',
};

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes, and what Node says of a certificate for another name. */
const UNTRUSTED = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_CERT)/;

const FULL: ReadonlySet<string> = new Set([
  'QuotaExceeded',
  'XMinioStorageFull',
  'InsufficientStorage',
  'EntityTooLarge',
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
]);

/** Writing, or reading with no object in particular. `where` begins the sentence. */
export function storeError(where: string, cause: unknown): AlchemiscaleError {
  if (cause instanceof AlchemiscaleError) return cause;
  const facts = factsOf(cause);
  if (FULL.has(facts.name) || facts.status === 507) {
    return new AlchemiscaleError('STORAGE_FULL', 'the object store is full: nothing was stored', {
      cause: told(facts),
    });
  }
  return new AlchemiscaleError('STORE_UNAVAILABLE', `${where}: ${reason(facts)}`, { cause: told(facts) });
}

/** Whether the server said that the object is not there. */
export function isMissing(cause: unknown): boolean {
  const { name } = factsOf(cause);
  // Not the status alone: buckets and identities that are not there answer with 404 too.
  return name === 'NoSuchKey' || name === 'NotFound';
}

/**
 * Whether another wrote or removed the same object meanwhile, so that nothing is known of it: the upload is to be made anew
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). An upload in parts that is gone may have
 * been ended by a request whose answer was lost.
 */
export function isContested(cause: unknown): boolean {
  const { name, status } = factsOf(cause);
  return status === 409 || name === 'NoSuchUpload';
}

export function hasStatus(cause: unknown, status: number): boolean {
  return factsOf(cause).status === status;
}

function reason({ name, status }: Facts): string {
  const known = REASONS[name];
  if (known !== undefined) return known;
  if (UNTRUSTED.test(name)) {
    return `its certificate is not trusted (${name}); the file of its authority may be named by AWS_CA_BUNDLE`;
  }
  if (status === 403) return 'access is denied';
  if (status === 301) return 'the bucket is in another region';
  return status === null || status >= 500
    ? `it does not answer (${name})`
    : `it refuses (${name}, ${status})`;
}

function factsOf(cause: unknown): Facts {
  if (!(cause instanceof Error)) return { name: String(cause), status: null };
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
  const metadata: unknown = '$metadata' in cause ? cause.$metadata : null;
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? metadata.httpStatusCode
      : null;
  const name = cause.name === 'Error' || cause.name === 'TypeError' ? (code ?? cause.message) : cause.name;
  return { name, status: typeof status === 'number' ? status : null };
}

function told({ name, status }: Facts): Error {
  return new Error(status === null ? name : `${name} (HTTP ${status})`);
}
