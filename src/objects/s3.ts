// Objects in a bucket of S3, or of a server that speaks it: the keys and bytes of the original, so that a bucket of its own is
// served as it is. An upload is spooled on this machine and sent when its key is known: an object of up to 8 MiB in one
// request, a larger one in parts, which become an object all at once. So it is there whole or not at all; parts that
// a crash leaves are swept.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { access, constants, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { AlchemiscaleError } from '../domain/errors.ts';
import { checkLocation, uploadOver } from './checks.ts';
import type { ObjectStore, ObjectUpload } from './object-store.ts';
import { hasStatus, isContested, isMissing, storeError } from './s3-errors.ts';
import { joinKey, type S3Credentials, type S3Place } from './s3-options.ts';
import { type Bucket, emptyPlace, listObjects, sweepUploads } from './s3-place.ts';
import { getS3Object } from './s3-read.ts';
import { Spool } from './spool.ts';

/** One part of an upload is in memory at a time, twice for a moment. */
const PART_BYTES = 8 * 1024 * 1024;
/** In between the SDK waits at random, each time up to twice as long. */
const MAX_ATTEMPTS = 5;
/** Twice as long each time. */
const CONTESTED_WAIT_MS = 25;
const CONNECT_TIMEOUT_MS = 5000;
/** Without a byte in either direction. */
const SILENCE_TIMEOUT_MS = 20_000;
const MAX_CONNECTIONS = 64;
const MAX_LINK_MS = 7 * 24 * 60 * 60 * 1000;
const WRITING = 'the object store cannot be written';
const READING = 'the object store cannot be read';

interface SpooledBucket extends Bucket {
  readonly spool: string;
}

/** Opens a place in a bucket that is there; without `credentials` the SDK looks for them where it always does. */
export async function openS3Objects(
  place: S3Place,
  credentials: S3Credentials | null = null,
): Promise<ObjectStore> {
  const bucket: SpooledBucket = {
    client: createClient(place, credentials),
    bucket: place.bucket,
    prefix: place.prefix,
    spool: place.spool ?? tmpdir(),
  };
  try {
    await openBucket(bucket, place);
  } catch (error) {
    bucket.client.destroy();
    throw error;
  }
  const store: ObjectStore = {
    createUpload: async () => createUpload(bucket),
    get: async location => {
      checkLocation(location);
      return await getS3Object({ ...bucket, key: joinKey(bucket.prefix, location), location });
    },
    delete: location => deleteObject(bucket, location),
    list: prefix => listObjects(bucket, prefix),
    check: () => checkRoundTrip(store),
    reset: () => explained(WRITING, () => emptyPlace(bucket)),
    sweep: before => explained(WRITING, () => sweepUploads(bucket, before)),
    signUrl: (location, lifetimeMs) => signUrl(bucket, location, lifetimeMs),
    [Symbol.asyncDispose]: async () => bucket.client.destroy(),
  };
  return store;
}

/** The SDK warns on stderr when the environment has keys too, which may be those of another bucket. */
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

function createClient(place: S3Place, credentials: S3Credentials | null): S3Client {
  // A server of one's own asks for no region in particular, but the signature needs one.
  const region = place.region ?? (place.endpoint === null ? null : 'us-east-1');
  const ca = place.ca === null ? {} : { ca: readAuthorities(place.ca) };
  return new S3Client({
    maxAttempts: MAX_ATTEMPTS,
    forcePathStyle: place.pathStyle ?? place.endpoint !== null,
    ...(region === null ? {} : { region }),
    ...(place.endpoint === null ? {} : { endpoint: place.endpoint }),
    ...(credentials === null ? {} : { credentials }),
    ...(credentials !== null || place.profile === null ? {} : { profile: place.profile, logger: SILENT }),
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_TIMEOUT_MS,
      httpAgent: { keepAlive: true, maxSockets: MAX_CONNECTIONS },
      httpsAgent: { keepAlive: true, maxSockets: MAX_CONNECTIONS, ...ca },
    },
  });
}

function readAuthorities(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AlchemiscaleError('STORE_UNAVAILABLE', `the certificates in ${path} cannot be read: ${why}`, {
      cause,
    });
  }
}

/** Finds out now what every request would fail for. */
async function openBucket({ client, bucket, prefix, spool }: SpooledBucket, place: S3Place): Promise<void> {
  const folder = joinKey(`${bucket}/`, prefix);
  const server = place.endpoint === null ? '' : ` at ${place.endpoint}`;
  const user = place.profile === null ? '' : ` by the profile '${place.profile}'`;
  const name = `s3://${folder}${server}${user}`;
  try {
    await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: joinKey(prefix, ''), MaxKeys: 1 }));
  } catch (cause) {
    throw storeError(`cannot open the object store ${name}`, cause);
  }
  try {
    await mkdir(spool, { recursive: true });
    await access(spool, constants.W_OK);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AlchemiscaleError('STORE_UNAVAILABLE', `uploads cannot be spooled in ${spool}: ${why}`, {
      cause,
    });
  }
}

function createUpload(bucket: SpooledBucket): ObjectUpload {
  const spool = new Spool(bucket.spool);
  let open = true;
  return {
    write: async chunk => {
      if (!open) throw uploadOver();
      await explained(WRITING, () => spool.write(chunk));
    },
    commit: async (location, { keep = false } = {}) => {
      checkLocation(location);
      if (!open) throw uploadOver();
      open = false;
      const key = joinKey(bucket.prefix, location);
      try {
        await explained(WRITING, () => (keep ? sendIfAbsent(bucket, key, spool) : send(bucket, key, spool)));
      } finally {
        await spool.close();
      }
    },
    abort: async () => {
      open = false;
      await spool.close();
    },
  };
}

/** One part after the other: when one fails for good no other is on its way, and those that are there are removed. */
async function send(
  { client, bucket }: Bucket,
  key: string,
  spool: Spool,
  conditions: { readonly IfNoneMatch?: string } = {},
): Promise<void> {
  const body = Readable.from(spool.read(), { objectMode: true, highWaterMark: 1 });
  const params = { Bucket: bucket, Key: key, Body: body, ...conditions };
  try {
    await new Upload({ client, params, partSize: PART_BYTES, queueSize: 1 }).done();
  } finally {
    body.destroy();
  }
}

/** Sends it on the condition that nothing is there, which S3 and most servers that speak its language know. */
async function sendIfAbsent(bucket: Bucket, key: string, spool: Spool): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send(bucket, key, spool, { IfNoneMatch: '*' });
    } catch (cause) {
      // There already (older servers of MinIO say 304). A request whose answer was lost, and that was repeated, meets its own object.
      if (hasStatus(cause, 412) || hasStatus(cause, 304)) return;
      if (hasStatus(cause, 501)) return await sendUnlessSeen(bucket, key, spool);
      if (!isContested(cause) || attempt === MAX_ATTEMPTS) throw cause;
      await sleep(CONTESTED_WAIT_MS * 2 ** attempt * (0.5 + Math.random() / 2));
    }
  }
}

/** For a server that does not know the condition. Of two that write at the same moment the later one wins. */
async function sendUnlessSeen(bucket: Bucket, key: string, spool: Spool): Promise<void> {
  try {
    await bucket.client.send(new HeadObjectCommand({ Bucket: bucket.bucket, Key: key }));
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    await send(bucket, key, spool);
  }
}

async function deleteObject({ client, bucket, prefix }: Bucket, location: string): Promise<void> {
  checkLocation(location);
  await explained(WRITING, async () => {
    try {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: joinKey(prefix, location) }));
    } catch (cause) {
      if (!isMissing(cause)) throw cause;
    }
  });
}

async function checkRoundTrip(store: ObjectStore): Promise<void> {
  const location = `check/${randomUUID()}`;
  const upload = await store.createUpload();
  try {
    await upload.write(new TextEncoder().encode(location));
    await upload.commit(location);
    if ((await store.get(location))?.size !== location.length) {
      throw new AlchemiscaleError('OBJECT_UNREADABLE', `the stored object ${location} cannot be read`);
    }
  } finally {
    await store.delete(location);
  }
}

async function signUrl(
  { client, bucket, prefix }: Bucket,
  location: string,
  lifetimeMs: number,
): Promise<string> {
  checkLocation(location);
  if (!(lifetimeMs >= 1000 && lifetimeMs <= MAX_LINK_MS)) {
    throw new AlchemiscaleError(
      'BAD_REQUEST',
      'a link to an object lives for a second at least, for seven days at most',
    );
  }
  const command = new GetObjectCommand({ Bucket: bucket, Key: joinKey(prefix, location) });
  return await explained(READING, () =>
    getSignedUrl(client, command, { expiresIn: Math.floor(lifetimeMs / 1000) }),
  );
}

async function explained<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw storeError(where, cause);
  }
}
