// A server that runs on an empty store when a copy into it begins: it answers 503 while the copy is made, and serves it when it is
// whole. The same on every store.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hash } from '@node-rs/bcrypt';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { openObjectStore } from '../../src/objects/open.ts';
import { createComputeApp, createUserApp } from '../../src/server/app.ts';
import { compileServerSettings } from '../../src/server/settings.ts';
import { refuseDuringCopies } from '../../src/stack/copy-guard.ts';
import { openStateStore } from '../../src/store/open.ts';
import type { StateStore } from '../../src/store/state-store.ts';
import { json, loginRequest } from '../server/setup.ts';
import { openEmptyStore } from '../support/neo4j-graph.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { findNeo4j, findPostgres, neo4jLock } from '../support/services.ts';

const SECRET = '0'.repeat(64);
const ADA = { identifier: 'ada', key: 'ada-key' };
const NETWORK = `AlchemicalNetwork-${'0'.repeat(32)}-org-campaign-project`;
const silent = pino({ level: 'silent' });

/** A second for every look. */
function serverOn(store: StateStore, objects: Awaited<ReturnType<typeof openObjectStore>>) {
  let nowMs = 0;
  const guarded = refuseDuringCopies(store, { log: silent, lookEveryMs: 1000, steadyMs: () => nowMs });
  const settings = compileServerSettings({ jwt: { secret: SECRET } });
  const deps = { store: guarded, objects, settings, clock: () => new Date(), logger: silent };
  const apps = { user: createUserApp(deps), compute: createComputeApp(deps) };
  return {
    ...apps,
    pass: (ms: number) => (nowMs += ms),
    [Symbol.asyncDispose]: async () => void (await Promise.all([apps.user.close(), apps.compute.close()])),
  };
}

async function tokenOf(app: FastifyInstance): Promise<string> {
  const login = await app.inject(loginRequest(ADA.identifier, ADA.key));
  assert.equal(login.statusCode, 200, login.body);
  return (login.json() as { access_token: string }).access_token;
}

/** A token that another server with the same secret gave out. */
async function giveToken(): Promise<string> {
  await using store = await openStateStore('sqlite::memory:');
  await store.initialize();
  await putAda(store);
  await using objects = await openObjectStore('memory:');
  await using server = serverOn(store, objects);
  return await tokenOf(server.user);
}

async function putAda(store: StateStore): Promise<void> {
  const hashedKey = await hash(ADA.key, { cost: 4 });
  await store.identities.put({ type: 'user', identifier: ADA.identifier, hashedKey });
  const scopes = [{ org: null, campaign: null, project: null }];
  await store.identities.addScopes({ type: 'user', identifier: ADA.identifier, scopes });
}

async function assertRefusedWhileFilled(store: StateStore): Promise<void> {
  await using objects = await openObjectStore('memory:');
  await using server = serverOn(store, objects);
  const authorization = `Bearer ${await giveToken()}`;
  const ask = (app: FastifyInstance, path: string) =>
    app.inject({ method: 'GET', url: path, headers: { authorization } });
  assert.equal((await ask(server.user, '/networks')).statusCode, 200);
  const run = await store.transfer.begin({ source: 'elsewhere', started: new Date() });
  server.pass(1000);
  const login = await server.user.inject(loginRequest(ADA.identifier, ADA.key));
  const networks = await ask(server.user, '/networks');
  const request = json('POST', '/bulk/networks/weight/get', { networks: [NETWORK] });
  const weight = await server.user.inject({ ...request, headers: { ...request.headers, authorization } });
  for (const answer of [login, networks, weight]) {
    assert.equal(answer.statusCode, 503, answer.body);
    assert.match(answer.body, /being filled with the copy of another instance: try again/);
  }
  assert.equal((await server.compute.inject(loginRequest(ADA.identifier, ADA.key))).statusCode, 503);
  assert.equal((await server.user.inject({ method: 'GET', url: '/ping' })).statusCode, 200);
  await store.transfer.settle({ run });
  const record = { expiresMs: null, email: null, fullName: null, disabled: false };
  const hashedKey = await hash(ADA.key, { cost: 4 });
  await store.transfer.write({
    run,
    records: [{ kind: 'identity', type: 'user', identifier: 'ada', hashedKey, scopes: ['*-*-*'], ...record }],
  });
  server.pass(1000);
  assert.equal((await ask(server.user, '/networks')).statusCode, 503);
  await store.transfer.end({ run });
  server.pass(1000);
  assert.equal((await ask(server.user, '/networks')).statusCode, 200);
  await tokenOf(server.user);
}

const [postgres, neo4j] = [await findPostgres(), await findNeo4j()];

describe('a server on a store that is being filled', () => {
  test('SQLite', async () => {
    await using store = await openStateStore('sqlite::memory:');
    await store.initialize();
    await assertRefusedWhileFilled(store);
  });

  test('PostgreSQL', { skip: 'skip' in postgres ? postgres.skip : false }, async () => {
    assert.ok('service' in postgres);
    await using database = await createTestDatabase(postgres.service);
    await using store = await openStateStore(database.url);
    await store.initialize();
    await assertRefusedWhileFilled(store);
  });

  test('Neo4j', { skip: 'skip' in neo4j ? neo4j.skip : false }, async () => {
    assert.ok('service' in neo4j);
    await using _lock = await neo4jLock();
    await using store = await openEmptyStore(neo4j.service);
    await assertRefusedWhileFilled(store);
  });
});
