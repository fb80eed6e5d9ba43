// Buckets of a test's own on the S3 server that is there.
import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { formatS3Url, type S3Credentials } from '../../src/objects/s3-options.ts';
import type { S3Service } from './services.ts';

export interface TestBucket extends AsyncDisposable {
  readonly name: string;
  readonly client: S3Client;
  readonly credentials: S3Credentials;
  /** The URL of a place in it; through another port of this machine where one is given. */
  url(prefix: string, port?: number): string;
  /** All keys. */
  keys(): Promise<readonly string[]>;
  /** How many uploads in parts are not ended. */
  openUploads(): Promise<number>;
}

/** Makes a bucket; disposing removes it with what is in it. */
export async function createBucket(service: S3Service): Promise<TestBucket> {
  const name = `test-${randomUUID()}`;
  const { endpoint, region, accessKeyId, secretAccessKey } = service;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: name }));
  const keys = async (): Promise<readonly string[]> => {
    const page = await client.send(new ListObjectsV2Command({ Bucket: name }));
    return (page.Contents ?? []).map(({ Key = '' }) => Key);
  };
  return {
    name,
    client,
    credentials,
    url(prefix, port) {
      const at = new URL(endpoint);
      if (port !== undefined) at.port = String(port);
      return formatS3Url({ bucket: name, prefix, endpoint: at.origin, region });
    },
    keys,
    async openUploads() {
      const page = await client.send(new ListMultipartUploadsCommand({ Bucket: name }));
      return page.Uploads?.length ?? 0;
    },
    async [Symbol.asyncDispose]() {
      for (let left = await keys(); left.length > 0; left = await keys()) {
        const objects = left.map(Key => ({ Key }));
        await client.send(new DeleteObjectsCommand({ Bucket: name, Delete: { Objects: objects } }));
      }
      await client.send(new DeleteBucketCommand({ Bucket: name }));
      client.destroy();
    },
  };
}
