// Which bucket: `s3://bucket/prefix?endpoint=http://127.0.0.1:9000&region=us-east-1`. A URL is printed and logged, so it never
// holds credentials: those come from the environment, the shared files, a role (the SDK's own chain), or beside it. It may name a
// profile of the shared files, so that two buckets can be reached as two users.
import { AlchemiscaleError } from '../domain/errors.ts';

/** A place in a bucket. */
export interface S3Place {
  readonly bucket: string;
  /** What every key begins with; joined to the location as paths are. */
  readonly prefix: string;
  /** Of a server that is not Amazon's; null for Amazon's own. */
  readonly endpoint: string | null;
  /** Null: as the SDK finds it. */
  readonly region: string | null;
  /** Buckets as the first part of the path and not of the host name. Null: true when there is an endpoint. */
  readonly pathStyle: boolean | null;
  /** Of the shared files of AWS, whose credentials are taken; null for the SDK's choice. */
  readonly profile: string | null;
  /** A file with the certificates of the authorities that vouch for the server, and no others; null for those that Node trusts. */
  readonly ca: string | null;
  /** Where uploads wait for their end; null for the system's folder for temporary files. */
  readonly spool: string | null;
}

/** Fixed keys, where the SDK's chain is not to be asked. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const FORM = 's3://bucket/prefix?endpoint=URL&region=NAME';
const PARAMETERS = ['endpoint', 'region', 'path-style', 'profile', 'ca', 'spool'];

/** Reads the URL. Throws BAD_REQUEST with what is wrong with it. */
export function parseS3Url(url: string): S3Place {
  const match = /^s3:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(url);
  const bucket = match?.[1] ?? '';
  if (match === null || bucket === '') throw wrong(`the form is ${FORM}`);
  if (bucket.includes('@')) {
    throw wrong(
      'credentials do not belong in a URL: give them as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile (?profile=NAME)',
    );
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/.test(bucket)) throw wrong(`'${bucket}' is no name of a bucket`);
  const parameters = new URLSearchParams(match[3] ?? '');
  for (const name of parameters.keys()) {
    if (!PARAMETERS.includes(name))
      throw wrong(`'${name}' is none of its parameters: ${PARAMETERS.join(', ')}`);
  }
  const endpoint = checkedEndpoint(parameters.get('endpoint') || null);
  const pathStyle = parameters.get('path-style');
  if (pathStyle !== null && !/^(true|false)$/.test(pathStyle))
    throw wrong(`path-style is 'true' or 'false', not '${pathStyle}'`);
  return {
    bucket,
    prefix: decodePrefix(match[2] ?? ''),
    endpoint,
    region: parameters.get('region') || null,
    pathStyle: pathStyle === null ? null : pathStyle === 'true',
    profile: parameters.get('profile') || null,
    ca: parameters.get('ca') || null,
    spool: parameters.get('spool') || null,
  };
}

/** The URL of a place. */
export function formatS3Url(place: Pick<S3Place, 'bucket' | 'prefix'> & Partial<S3Place>): string {
  const prefix = place.prefix.split('/').map(encodeURIComponent).join('/');
  const parameters = Object.entries({
    endpoint: place.endpoint,
    region: place.region,
    'path-style': place.pathStyle,
    profile: place.profile,
    ca: place.ca,
    spool: place.spool,
  }).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return `s3://${place.bucket}${prefix && `/${prefix}`}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`;
}

/** A key in the bucket, by the rules by which paths are joined: those of the original's `os.path.join`. */
export function joinKey(prefix: string, location: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix + location : `${prefix}/${location}`;
}

function checkedEndpoint(endpoint: string | null): string | null {
  if (endpoint === null) return null;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw wrong(`its endpoint is no http or https URL`);
  if (url.username !== '' || url.password !== '') throw wrong('credentials do not belong in a URL');
  return endpoint;
}

function decodePrefix(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(`its prefix '${text}' has a '%' that begins no escape`);
  }
}

function wrong(why: string): AlchemiscaleError {
  return new AlchemiscaleError('BAD_REQUEST', `this is no URL of a bucket: ${why}`);
}
