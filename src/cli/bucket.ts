// The original names its bucket by variables and flags of their own, and its server by AWS_ENDPOINT_URL. Here they become one
// URL, as every store has one, and credentials beside it, since URLs are printed. Credentials that no flag gives are
// found by the SDK: in the environment, in the shared files, in the role of the machine.
import { formatS3Url, parseS3Url, type S3Credentials } from '../objects/s3-options.ts';
import type { Environment } from './env.ts';
import { MisuseError } from './errors.ts';
import { textOption } from './options.ts';

/** The original's options, and ours that stands for all stores. */
export const OBJECT_OPTIONS = {
  objects: textOption(
    '--objects <url>',
    'object store, e.g. file:///absolute/folder or s3://bucket/prefix [env var: ALCHEMISCALE_OBJECTS]',
  ),
  accessKeyId: textOption('--access-key-id <text>', 'S3 only [env var: AWS_ACCESS_KEY_ID]'),
  secretAccessKey: textOption('--secret-access-key <text>', 'S3 only [env var: AWS_SECRET_ACCESS_KEY]'),
  sessionToken: textOption('--session-token <text>', 'S3 only [env var: AWS_SESSION_TOKEN]'),
  s3Bucket: textOption('--s3-bucket <text>', 'S3 only [env var: AWS_S3_BUCKET]'),
  s3Prefix: textOption('--s3-prefix <text>', 'S3 only: what keys begin with [env var: AWS_S3_PREFIX]'),
  defaultRegion: textOption('--default-region <text>', 'S3 only [env var: AWS_DEFAULT_REGION]'),
} as const;

/** What the flags say; null or left out for what is not given. */
export interface BucketFlags {
  readonly accessKeyId?: string | null;
  readonly secretAccessKey?: string | null;
  readonly sessionToken?: string | null;
  readonly s3Bucket?: string | null;
  readonly s3Prefix?: string | null;
  readonly defaultRegion?: string | null;
}

/** The URL of the bucket that `--s3-bucket` names; null without it. */
export function flaggedBucket(flags: BucketFlags, env: Environment): string | null {
  if (!flags.s3Bucket) return null;
  return formatS3Url({ bucket: flags.s3Bucket, prefix: flags.s3Prefix ?? env.get('AWS_S3_PREFIX') ?? '' });
}

/**
 * The URL of the bucket that the original's variables name; null when they name none. Credentials and regions alone say
 * nothing: many machines have them for other purposes.
 */
export function variableBucket(flags: BucketFlags, env: Environment): string | null {
  const bucket = env.get('AWS_S3_BUCKET');
  const prefix = flags.s3Prefix ?? env.get('AWS_S3_PREFIX');
  if (bucket !== undefined) return formatS3Url({ bucket, prefix: prefix ?? '' });
  if (prefix === undefined) return null;
  throw new MisuseError("Missing option '--s3-bucket' (env var: 'AWS_S3_BUCKET'): there is only a prefix.");
}

/** Adds region, server and whom to trust from flags and variables, where the URL has none. Throws BAD_REQUEST for a URL of another form. */
export function completeS3Url(url: string, flags: BucketFlags, env: Environment): string {
  const place = parseS3Url(url);
  const endpoint = place.endpoint ?? env.get('AWS_ENDPOINT_URL_S3') ?? env.get('AWS_ENDPOINT_URL') ?? null;
  return formatS3Url({
    ...place,
    endpoint,
    ca: place.ca ?? (endpoint?.startsWith('http:') ? null : (env.get('AWS_CA_BUNDLE') ?? null)),
    region:
      place.region ?? flags.defaultRegion ?? env.get('AWS_DEFAULT_REGION') ?? env.get('AWS_REGION') ?? null,
  });
}

/** Null when no flag gives any, and the SDK is to find them. */
export function flaggedCredentials(flags: BucketFlags, env: Environment): S3Credentials | null {
  if (!flags.accessKeyId && !flags.secretAccessKey && !flags.sessionToken) return null;
  const accessKeyId = flags.accessKeyId || env.get('AWS_ACCESS_KEY_ID');
  const secretAccessKey = flags.secretAccessKey || env.get('AWS_SECRET_ACCESS_KEY');
  const sessionToken = flags.sessionToken || env.get('AWS_SESSION_TOKEN');
  if (!accessKeyId) throw new MisuseError("Missing option '--access-key-id' (env var: 'AWS_ACCESS_KEY_ID').");
  if (!secretAccessKey) {
    throw new MisuseError("Missing option '--secret-access-key' (env var: 'AWS_SECRET_ACCESS_KEY').");
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}
