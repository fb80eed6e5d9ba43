import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatS3Url, joinKey, parseS3Url } from './s3-options.ts';

test('a URL and back', () => {
  const place = {
    bucket: 'my.bucket-1',
    prefix: 'a b/ü?#/x',
    endpoint: 'http://127.0.0.1:9000/base',
    region: 'eu-west-1',
    pathStyle: false,
    profile: 'second user',
    ca: '/etc/our ca.pem',
    spool: '/scratch/a b',
  };
  const url = formatS3Url(place);
  assert.equal(
    url,
    's3://my.bucket-1/a%20b/%C3%BC%3F%23/x?endpoint=http%3A%2F%2F127.0.0.1%3A9000%2Fbase&region=eu-west-1&path-style=false&profile=second%20user&ca=%2Fetc%2Four%20ca.pem&spool=%2Fscratch%2Fa%20b',
  );
  assert.deepEqual(parseS3Url(url), place);
  const bare = {
    bucket: 'b2',
    prefix: '',
    endpoint: null,
    region: null,
    pathStyle: null,
    profile: null,
    ca: null,
    spool: null,
  };
  assert.deepEqual(parseS3Url('s3://b2'), bare);
  assert.deepEqual(parseS3Url('s3://b2/'), bare);
  assert.deepEqual(parseS3Url('s3://b2//x/'), { ...bare, prefix: '/x/' });
  assert.deepEqual(parseS3Url(formatS3Url({ ...bare, prefix: '/x/../y' })), { ...bare, prefix: '/x/../y' });
  assert.equal(parseS3Url('s3://b2?endpoint=http://localhost:9000').endpoint, 'http://localhost:9000');
});

test('what is wrong with a URL is said without repeating secrets', () => {
  for (const [url, why] of [
    ['s3:', /the form is s3:/],
    ['s3://', /the form is s3:/],
    ['s3:///prefix', /the form is s3:/],
    ['s3://id:secret@bucket/p', /credentials do not belong in a URL: give them as AWS_ACCESS_KEY_ID/],
    ['s3://b2?endpoint=http://id:secret@host', /credentials do not belong in a URL/],
    ['s3://b ucket', /'b ucket' is no name of a bucket/],
    ['s3://b2?reigon=x', /'reigon' is none of its parameters: endpoint, region/],
    ['s3://b2?endpoint=ftp://x', /its endpoint is no http or https URL/],
    ['s3://b2?path-style=yes', /path-style is 'true' or 'false', not 'yes'/],
    ['s3://b2/100%', /its prefix '100%' has a '%'/],
  ] as const) {
    assert.throws(() => parseS3Url(url), { code: 'BAD_REQUEST', message: why }, url);
    assert.throws(
      () => parseS3Url(url),
      (error: Error) => !error.message.includes('secret'),
      url,
    );
  }
});

test('keys are joined as paths are', () => {
  assert.equal(joinKey('', 'a/b'), 'a/b');
  assert.equal(joinKey('p', 'a/b'), 'p/a/b');
  assert.equal(joinKey('p/', 'a/b'), 'p/a/b');
  assert.equal(joinKey('/p/q', 'a'), '/p/q/a');
});
