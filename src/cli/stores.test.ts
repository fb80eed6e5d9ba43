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

  test('the original’s variables are refused, unless something of ours is given', () => {
    const variables = { NEO4J_URL: 'bolt://127.0.0.1:7687', neo4j_user: 'neo4j' };
    assert.match(
      refusal(() => chooseStore(NOTHING, env(variables))),
      /^NEO4J_URL, NEO4J_USER are set, .*ALCHEMISCALE_DB=/,
    );
    assert.equal(
      chooseStore(NOTHING, env({ ...variables, ALCHEMISCALE_DB: 'sqlite:///b.db' })),
      'sqlite:///b.db',
    );
    assert.equal(chooseStore({ data: '/d', url: null }, env(variables)), 'sqlite:///d/state.db');
    assert.match(
      refusal(() => chooseStore({ data: null, url: 'neo4j+s://x' }, env())),
      /names a Neo4j database/,
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
