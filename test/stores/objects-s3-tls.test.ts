// A bucket behind TLS with a certificate of an authority that only the site itself trusts.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openObjectStore } from '../../src/objects/open.ts';
import { formatS3Url } from '../../src/objects/s3-options.ts';
import { refusal } from '../contract/state-store/world.ts';
import { createBucket, type TestBucket } from '../support/buckets.ts';
import { certify, makeAuthority, NO_OPENSSL } from '../support/certificates.ts';
import { type S3Front, startS3Front } from '../support/s3-front.ts';
import { findS3 } from '../support/services.ts';

const found = await findS3();
const skip = NO_OPENSSL || ('skip' in found ? found.skip : false);

describe('a bucket with TLS', { skip }, () => {
  const undo = new AsyncDisposableStack();
  let folder = '';
  let bucket: TestBucket;
  let front: S3Front;

  before(async () => {
    assert.ok('service' in found);
    folder = mkdtempSync(join(tmpdir(), 'alchemiscale-s3-tls-'));
    undo.defer(() => rmSync(folder, { recursive: true }));
    const { certificate, key } = certify(folder, makeAuthority(folder, 'ours'), 'localhost');
    makeAuthority(folder, 'other');
    bucket = undo.use(await createBucket(found.service));
    const tls = { cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
    front = undo.use(await startS3Front(Number(new URL(found.service.endpoint).port), () => null, tls));
  });
  after(() => undo.disposeAsync());

  async function check(ca: string | null, host = 'localhost'): Promise<void> {
    const endpoint = `https://${host}:${front.port}`;
    const url = formatS3Url({ bucket: bucket.name, prefix: 'p', endpoint, region: 'us-east-1', ca });
    await using store = await openObjectStore(url, bucket.credentials);
    await store.check();
  }

  it('is served when its authority is named', () => check(join(folder, 'ours.crt')));

  it('is refused in clear words otherwise', async () => {
    const untrusted =
      /: its certificate is not trusted \(\w+\); the file of its authority may be named by AWS_CA_BUNDLE$/;
    await assert.rejects(check(null), refusal('STORE_UNAVAILABLE', untrusted));
    await assert.rejects(check(join(folder, 'other.crt')), refusal('STORE_UNAVAILABLE', untrusted));
    // The certificate is for the name.
    await assert.rejects(
      check(join(folder, 'ours.crt'), '127.0.0.1'),
      refusal('STORE_UNAVAILABLE', untrusted),
    );
    const missing = /^the certificates in \S+none\.crt cannot be read: ENOENT/;
    await assert.rejects(check(join(folder, 'none.crt')), refusal('STORE_UNAVAILABLE', missing));
  });
});
