import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { dataFolderAt, writeSecret } from '../stack/data-folder.ts';
import { readEnvironment } from './env.ts';
import { MisuseError } from './errors.ts';
import {
  chooseFolder,
  chooseObjects,
  chooseSecret,
  chooseStore,
  passedOver,
  withoutPassword,
} from './stores.ts';

const NOTHING = { data: null, url: null, objects: null, s3Bucket: null };
const env = (variables: Record<string, string> = {}) =>
  readEnvironment({ XDG_DATA_HOME: '/home/x/data', ...variables });

function refusal(choose: () => unknown): string {
  try {
    choose();
  } catch (error) {
    assert.ok(error instanceof MisuseError, String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: 'accepted' });
}

describe('the state store', () => {
  test('flag, --data, ALCHEMISCALE_DB, home: in this order', () => {
    const variables = env({ ALCHEMISCALE_DB: 'sqlite:///b.db' });
    assert.equal(chooseStore({ data: '/d', url: 'sqlite:///a.db' }, variables), 'sqlite:///a.db');
    assert.equal(chooseStore({ data: '/d', url: null }, variables), 'sqlite:///d/state.db');
    assert.equal(chooseStore(NOTHING, variables), 'sqlite:///b.db');
    assert.equal(chooseStore(NOTHING, env()), 'sqlite:///home/x/data/alchemiscale/state.db');
  });

  test('the original’s variables name a Neo4j database, unless something of ours is given', () => {
    const variables = { NEO4J_URL: 'bolt://db:7687', neo4j_user: 'ada', NEO4J_PASS: 'p@ss/word' };
    assert.equal(chooseStore(NOTHING, env(variables)), 'bolt://ada:p%40ss%2Fword@db:7687/');
    assert.equal(
      chooseStore(NOTHING, env({ ...variables, NEO4J_DBNAME: 'other' })),
      'bolt://ada:p%40ss%2Fword@db:7687/other',
    );
    assert.equal(
      chooseStore(NOTHING, env({ ...variables, ALCHEMISCALE_DB: 'sqlite:///b.db' })),
      'sqlite:///b.db',
    );
    assert.equal(chooseStore({ data: '/d', url: null }, env(variables)), 'sqlite:///d/state.db');
  });

  test('user, password and database of Neo4j: flag, URL, variable', () => {
    const variables = env({ NEO4J_USER: 'u', NEO4J_PASS: 'p', NEO4J_DBNAME: 'd' });
    const choose = (url: string, flags: object): string =>
      chooseStore({ data: null, url, ...flags }, variables);
    assert.equal(choose('neo4j+s://x', {}), 'neo4j+s://u:p@x/d');
    assert.equal(choose('neo4j://a:b@x:1/c', {}), 'neo4j://a:b@x:1/c');
    const flags = { user: 'i', password: 'j', dbname: 'k' };
    assert.equal(choose('neo4j://a:b@x:1/c', flags), 'neo4j://i:j@x:1/k');
  });

  test('what is missing to reach Neo4j is said', () => {
    const url = 'bolt://db:7687';
    assert.match(
      refusal(() => chooseStore({ data: null, url }, env())),
      /Missing option '--user'.*NEO4J_USER/,
    );
    assert.match(
      refusal(() => chooseStore({ data: null, url, user: 'u' }, env())),
      /Missing option '--password'.*NEO4J_PASS/,
    );
    assert.match(
      refusal(() => chooseStore(NOTHING, env({ NEO4J_USER: 'u' }))),
      /^NEO4J_USER is set, but NEO4J_URL is not/,
    );
    assert.match(
      refusal(() => chooseStore({ data: null, url: 'bolt:x' }, env())),
      /names no Neo4j server/,
    );
  });
});

describe('the object store', () => {
  const urlOf = (...args: Parameters<typeof chooseObjects>): string => chooseObjects(...args).url;

  test('--objects, --s3-bucket, --data, ALCHEMISCALE_OBJECTS, AWS_S3_BUCKET, home: in this order', () => {
    const variables = env({ ALCHEMISCALE_OBJECTS: 'file:///objects', AWS_S3_BUCKET: 'bucket' });
    const options = { data: '/d', objects: 'file:///o', s3Bucket: 'flagged' };
    assert.equal(urlOf(options, variables), 'file:///o');
    assert.equal(urlOf({ ...options, objects: null }, variables), 's3://flagged');
    assert.equal(urlOf({ data: '/d' }, variables), 'file:///d/objects');
    assert.equal(urlOf(NOTHING, variables), 'file:///objects');
    assert.equal(urlOf(NOTHING, env({ AWS_S3_BUCKET: 'bucket' })), 's3://bucket');
    assert.equal(urlOf(NOTHING, env()), 'file:///home/x/data/alchemiscale/objects');
  });

  test('a bucket by the original’s variables and flags', () => {
    const variables = env({
      AWS_S3_BUCKET: 'bucket',
      AWS_S3_PREFIX: 'my prefix/x',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9000',
    });
    const server = 'endpoint=http%3A%2F%2F127.0.0.1%3A9000';
    assert.equal(urlOf(NOTHING, variables), `s3://bucket/my%20prefix/x?${server}&region=eu-west-1`);
    const flags = { ...NOTHING, s3Bucket: 'bkt', s3Prefix: 'p', defaultRegion: 'us-east-2' };
    assert.equal(urlOf(flags, variables), `s3://bkt/p?${server}&region=us-east-2`);
    assert.equal(urlOf({ ...NOTHING, s3Prefix: '' }, variables), `s3://bucket?${server}&region=eu-west-1`);
    const url = 's3://own/p?endpoint=https%3A%2F%2Fs3.example.org&region=r';
    assert.equal(urlOf({ ...NOTHING, objects: url }, variables), url, 'a URL wins over variables');
    assert.equal(
      urlOf({ ...NOTHING, objects: 's3://own' }, env({ AWS_REGION: 'r1' })),
      's3://own?region=r1',
      'and is completed by them',
    );
    const trusting = env({ AWS_CA_BUNDLE: '/etc/ca.pem' });
    assert.equal(urlOf({ ...NOTHING, objects: 's3://own' }, trusting), 's3://own?ca=%2Fetc%2Fca.pem');
    assert.equal(urlOf({ ...NOTHING, objects: 's3://own?ca=/a.pem' }, trusting), 's3://own?ca=%2Fa.pem');
    const plain = 's3://own?endpoint=http%3A%2F%2Fs3.example.org';
    assert.equal(urlOf({ ...NOTHING, objects: plain }, trusting), plain, 'no certificates without TLS');
    assert.match(
      refusal(() => chooseObjects(NOTHING, env({ AWS_S3_PREFIX: 'p' }))),
      /^Missing option '--s3-bucket' \(env var: 'AWS_S3_BUCKET'\)/,
    );
  });

  test('credentials: the flags, completed by the variables; else the SDK’s own search', () => {
    const variables = env({ AWS_S3_BUCKET: 'bkt', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' });
    const of = (flags: object, from = variables): unknown =>
      chooseObjects({ ...NOTHING, ...flags }, from).credentials;
    assert.equal(of({}), null);
    assert.deepEqual(of({ accessKeyId: 'mine' }), { accessKeyId: 'mine', secretAccessKey: 'secret' });
    assert.deepEqual(of({ sessionToken: 't' }), {
      accessKeyId: 'id',
      secretAccessKey: 'secret',
      sessionToken: 't',
    });
    const bucketOnly = env({ AWS_S3_BUCKET: 'bkt' });
    assert.match(
      refusal(() => of({ accessKeyId: 'mine' }, bucketOnly)),
      /^Missing option '--secret-access-key'/,
    );
    assert.match(
      refusal(() => of({ secretAccessKey: 's' }, bucketOnly)),
      /^Missing option '--access-key-id'/,
    );
    assert.equal(of({ objects: 'file:///o', accessKeyId: 'mine' }), null, 'a folder needs none');
    assert.equal(
      urlOf(NOTHING, env({ AWS_ACCESS_KEY_ID: 'k', AWS_DEFAULT_REGION: 'r' })),
      'file:///home/x/data/alchemiscale/objects',
      'credentials alone are not a choice',
    );
  });
});

test('a store in a log has no password', () => {
  assert.equal(withoutPassword('postgres://ada:secret@db:1/x?password=secret'), 'postgres://db:1/x');
  assert.equal(withoutPassword('neo4j+s://u:p@x/d'), 'neo4j+s://x/d');
  assert.equal(withoutPassword('sqlite:///srv/state.db'), 'sqlite:///srv/state.db');
});

test('variables that --data wins over are named, without their values', () => {
  const variables = env({
    ALCHEMISCALE_DB: 'postgres://ada:secret@db/x',
    NEO4J_URL: 'bolt://db',
    AWS_S3_BUCKET: 'bucket',
  });
  assert.equal(
    passedOver({ data: '/d' }, variables),
    'warning: ALCHEMISCALE_DB and AWS_S3_BUCKET in the environment are not used, because --data was given: it names another place (/d)',
  );
  assert.match(
    passedOver({ data: '/d', s3Bucket: 'own' }, variables) ?? '',
    /^warning: ALCHEMISCALE_DB in the environment is not used/,
  );
  assert.equal(passedOver(NOTHING, variables), null);
  assert.equal(passedOver({ data: '/d' }, env()), null);
});

test('the secret: given, else of the folder, else refused', async t => {
  const path = mkdtempSync(join(tmpdir(), 'alchemiscale-secret-'));
  t.after(() => rmSync(path, { recursive: true }));
  const folder = dataFolderAt(path);
  await assert.rejects(
    chooseSecret(null, folder),
    /no secret to sign tokens with: give --jwt-secret or JWT_SECRET_KEY/,
  );
  await writeSecret(folder.secretPath, 'kept');
  assert.equal(await chooseSecret(null, folder), 'kept');
  assert.equal(await chooseSecret('given', folder), 'given');
});

test('without XDG_DATA_HOME the folder is in the home directory', () => {
  assert.match(chooseFolder(NOTHING, readEnvironment({})).path, /\/\.local\/share\/alchemiscale$/);
});
