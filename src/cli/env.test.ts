import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEnvironment } from './env.ts';

test('names are matched whatever their case; the exact spelling wins', () => {
  const env = readEnvironment({ jwt_secret_key: 'lower', JWT_SECRET_KEY: 'upper', Neo4j_Url: 'bolt://x' });
  assert.equal(env.get('JWT_SECRET_KEY'), 'upper');
  assert.equal(env.get('jwt_secret_key'), 'lower');
  assert.equal(env.get('NEO4J_URL'), 'bolt://x');
});

test('an empty variable counts as absent', () => {
  const env = readEnvironment({ ALCHEMISCALE_DB: '', alchemiscale_db: 'sqlite:///x' });
  assert.equal(env.get('ALCHEMISCALE_DB'), 'sqlite:///x');
  assert.equal(readEnvironment({ A: '' }).get('A'), undefined);
  assert.equal(readEnvironment({}).get('toString'), undefined);
});
