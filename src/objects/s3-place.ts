// What concerns a place in a bucket as a whole: its listing, its emptying, and the removal of uploads that nobody ended.
import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import { AlchemiscaleError } from '../domain/errors.ts';
import { isLocation } from './checks.ts';
import { storeError } from './s3-errors.ts';
import { joinKey } from './s3-options.ts';

/** Everything that the services store begins so; the rest of a bucket without a prefix may be somebody else's. */
const OWN = ['protocoldagresult/', 'check/', '_check_test'];

/** A place in a bucket, and what reaches it. */
export interface Bucket {
  readonly client: S3Client;
  readonly bucket: string;
  readonly prefix: string;
}

/** Keys in pages of a thousand, without what all of them begin with. */
async function* listKeys(
  { client, bucket, prefix }: Bucket,
  below: string,
): AsyncGenerator<readonly string[]> {
  const skipped = joinKey(prefix, '').length;
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: joinKey(prefix, below),
        ContinuationToken: token,
      }),
    );
    yield (page.Contents ?? []).map(({ Key = '' }) => Key.slice(skipped));
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

/** The locations that begin with `prefix`. */
export async function* listObjects(bucket: Bucket, prefix: string): AsyncGenerator<string> {
  try {
    for await (const keys of listKeys(bucket, prefix)) {
      // Other programs leave keys that are no locations, such as the markers of empty folders.
      yield* keys.filter(isLocation);
    }
  } catch (cause) {
    throw storeError('the object store cannot be read', cause);
  }
}

/**
 * Removes the keys that begin with the prefix.
 *
 * Differs from alchemiscale: there the whole bucket is emptied, whatever the prefix, and then removed.
 */
export async function emptyPlace(place: Bucket): Promise<void> {
  if (place.prefix === '') await refuseForeign(place);
  for await (const keys of listKeys(place, '')) {
    if (keys.length === 0) continue;
    const answer = await place.client.send(
      new DeleteObjectsCommand({
        Bucket: place.bucket,
        Delete: { Objects: keys.map(key => ({ Key: joinKey(place.prefix, key) })), Quiet: true },
      }),
    );
    const error = answer.Errors?.[0];
    if (error !== undefined) throw Object.assign(new Error(), { name: error.Code ?? 'InternalError' });
  }
}

async function refuseForeign(place: Bucket): Promise<void> {
  for await (const keys of listKeys(place, '')) {
    const foreign = keys.find(key => !OWN.some(own => key.startsWith(own)));
    if (foreign === undefined) continue;
    throw new AlchemiscaleError(
      'CONFLICT',
      `the bucket ${place.bucket} is not emptied: it holds '${foreign}', which alchemiscale did not store; remove by hand what is to go`,
    );
  }
}

/** Aborts uploads in parts that nobody has ended. */
export async function sweepUploads({ client, bucket, prefix }: Bucket, before: Date): Promise<number> {
  let swept = 0;
  let next: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | null = {};
  while (next !== null) {
    const page: ListMultipartUploadsCommandOutput = await client.send(
      new ListMultipartUploadsCommand({
        Bucket: bucket,
        Prefix: joinKey(prefix, 'protocoldagresult/'),
        ...next,
      }),
    );
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Initiated === undefined || Initiated >= before) continue;
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
      swept += 1;
    }
    next = page.IsTruncated
      ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
      : null;
  }
  return swept;
}
