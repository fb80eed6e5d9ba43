// Reading an object of a bucket. The first request brings the size and the first bytes together, so a result of usual size
// costs one round trip. The rest comes as a stream; when its connection is cut, the next request goes on at the byte where
// it ended, of the same version of the object.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { AlchemiscaleError } from '../domain/errors.ts';
import { checkRange, replaced } from './checks.ts';
import type { ByteRange, StoredObject } from './object-store.ts';
import { hasStatus, isMissing, storeError } from './s3-errors.ts';

const FIRST_BYTES = 128 * 1024;
/** Of requests whose answers end too early, with no byte of progress in between. */
const MAX_TRIES = 6;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
const READING = 'the object store cannot be read';

/** Where an object lies, and by which name a user knows it. */
export interface S3Object {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly location: string;
}

/** One version of an object. */
interface Version {
  readonly size: number;
  readonly etag: string | undefined;
  /** Its first bytes. */
  readonly first: Uint8Array;
}

/** Null when there is nothing. Throws STORE_UNAVAILABLE. */
export async function getS3Object(object: S3Object): Promise<StoredObject | null> {
  for (let tries = 1; ; tries++) {
    try {
      const version = await readFirst(object);
      if (version === null) return null;
      const { size } = version;
      return { size, read: range => readChunks(object, version, checkRange(range, size)) };
    } catch (cause) {
      await pauseOrThrow(cause, tries);
    }
  }
}

/** A request that fails has been repeated by the SDK; an answer that ends too early is ours to ask for again. */
async function pauseOrThrow(cause: unknown, tries: number): Promise<void> {
  if (cause instanceof AlchemiscaleError || tries >= MAX_TRIES) throw storeError(READING, cause);
  await sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries));
}

async function readFirst(object: S3Object): Promise<Version | null> {
  const answer = await ask(object, { start: 0, end: FIRST_BYTES });
  if (answer === 'missing') return null;
  // An empty object has no first byte.
  if (answer === 'outside') return await readHead(object);
  if (answer === 'replaced') throw replaced(object.location);
  const whole = /\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1];
  // A server that knows no ranges sends everything; then only the beginning is taken here.
  const size = whole === undefined ? Number(answer.ContentLength) : Number(whole);
  const first = Buffer.allocUnsafeSlow(Math.min(size, FIRST_BYTES));
  let at = 0;
  for await (const chunk of bodyOf(answer)) {
    first.set(chunk.subarray(0, first.length - at), at);
    at = Math.min(first.length, at + chunk.length);
    // Otherwise to its end, or the connection could not be used again.
    if (at === first.length && whole === undefined) break;
  }
  if (at < first.length) throw new Error('cut off');
  return { size, etag: answer.ETag, first };
}

async function readHead({ client, bucket, key }: S3Object): Promise<Version | null> {
  try {
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return { size: Number(head.ContentLength), etag: head.ETag, first: Buffer.alloc(0) };
  } catch (cause) {
    if (isMissing(cause)) return null;
    throw storeError(READING, cause);
  }
}

async function* readChunks(
  object: S3Object,
  { etag, first }: Version,
  { start, end }: Required<ByteRange>,
): AsyncGenerator<Uint8Array> {
  let at = start;
  if (at < Math.min(first.length, end)) {
    const piece = first.subarray(at, end);
    at += piece.length;
    yield piece;
  }
  for (let tries = 1; at < end; tries++) {
    try {
      const answer = await ask(object, { start: at, end }, etag);
      if (typeof answer === 'string') throw answer === 'replaced' ? replaced(object.location) : gone(object);
      const isWhole = answer.ContentRange === undefined;
      let toSkip = isWhole ? at : 0;
      for await (const chunk of bodyOf(answer)) {
        const piece = chunk.subarray(Math.min(toSkip, chunk.length)).subarray(0, end - at);
        toSkip -= Math.min(toSkip, chunk.length);
        if (piece.length === 0) continue;
        at += piece.length;
        tries = 0;
        yield piece;
        if (at === end && isWhole) return;
      }
      if (at < end) throw new Error('cut off');
    } catch (cause) {
      await pauseOrThrow(cause, tries);
    }
  }
}

function gone({ location }: S3Object): AlchemiscaleError {
  return new AlchemiscaleError(
    'OBJECT_UNREADABLE',
    `the stored object ${location} cannot be read: it is gone`,
    {
      facts: { location },
    },
  );
}

/** One request for a part, of one version where `etag` names it. Throws STORE_UNAVAILABLE. */
async function ask(
  { client, bucket, key }: S3Object,
  { start, end }: Required<ByteRange>,
  etag?: string,
): Promise<GetObjectCommandOutput | 'missing' | 'outside' | 'replaced'> {
  const only = etag === undefined ? {} : { IfMatch: etag };
  const part = { Bucket: bucket, Key: key, Range: `bytes=${start}-${end - 1}`, ...only };
  try {
    return await client.send(new GetObjectCommand(part));
  } catch (cause) {
    if (isMissing(cause)) return 'missing';
    if (hasStatus(cause, 416)) return 'outside';
    if (hasStatus(cause, 412)) return 'replaced';
    throw storeError(READING, cause);
  }
}

/** On Node the SDK's bodies are streams. */
function bodyOf({ Body }: GetObjectCommandOutput): AsyncIterable<Uint8Array> {
  if (Body === undefined || !(Symbol.asyncIterator in Body)) return (async function* () {})();
  return Body as AsyncIterable<Uint8Array>;
}
