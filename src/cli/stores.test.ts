import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { dataFolderAt, writeSecret } from '../stack/data-folder.ts';
import { readEnvironment } from './env.ts';
import { MisuseError } from './errors.ts';
import { chooseFolder, chooseObjects, chooseSecret, chooseStore } from './stores.ts';

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
  test('--data, ALCHEMISCALE_OBJECTS, home', () => {
    const variables = env({ ALCHEMISCALE_OBJECTS: 'file:///objects' });
    assert.equal(chooseObjects({ ...NOTHING, objects: 'file:///o' }, variables), 'file:///o');
    assert.equal(chooseObjects({ ...NOTHING, data: '/d' }, variables), 'file:///d/objects');
    assert.equal(chooseObjects(NOTHING, variables), 'file:///objects');
    assert.equal(chooseObjects(NOTHING, env()), 'file:///home/x/data/alchemiscale/objects');
  });

  test('a bucket is refused; credentials alone are not a choice', () => {
    assert.match(
      refusal(() => chooseObjects(NOTHING, env({ AWS_S3_BUCKET: 'b' }))),
      /^AWS_S3_BUCKET is set, .*OBJECTS=/,
    );
    assert.match(
      refusal(() => chooseObjects({ ...NOTHING, s3Bucket: 'b' }, env())),
      /^--s3-bucket is given/,
    );
    assert.equal(
      chooseObjects(NOTHING, env({ AWS_ACCESS_KEY_ID: 'k', AWS_DEFAULT_REGION: 'r' })),
      'file:///home/x/data/alchemiscale/objects',
    );
    assert.equal(
      chooseObjects(NOTHING, env({ AWS_S3_BUCKET: 'b', ALCHEMISCALE_OBJECTS: 'file:///o' })),
      'file:///o',
    );
  });
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
