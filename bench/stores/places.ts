// Where the load goes: our server as a process of its own on each of the state stores, and the original by URL. Everything that a
// place makes is gone after disposal: folders, the database on PostgreSQL, and in Neo4j (which others may use too) the nodes of
// the run's own organization.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import neo4j from 'neo4j-driver';
import { createTestDatabase } from '../../test/support/postgres.ts';
import { findNeo4j, findPostgres, type Neo4jService, neo4jLock } from '../../test/support/services.ts';
import { type Credentials, startServer } from '../server-process.ts';

/** The order in which they take turns. */
export const STORES = ['sqlite', 'postgres', 'neo4j', 'original'] as const;

export type StoreName = (typeof STORES)[number];

/** A server that takes the load. */
export interface Place extends AsyncDisposable {
  readonly name: StoreName;
  readonly userUrl: string;
  readonly computeUrl: string;
  readonly user: Credentials;
  readonly compute: Credentials;
}

/** A place, or why there is none. */
export type Opened = { readonly place: Place } | { readonly skip: string };

/** Starts a server. `org` is the organization of the scopes that the load will use. */
export function openPlace(name: StoreName, org: string): Promise<Opened> {
  switch (name) {
    case 'sqlite':
      return serve(name, null, new AsyncDisposableStack());
    case 'postgres':
      return openPostgres();
    case 'neo4j':
      return openNeo4j(org);
    case 'original':
      return openOriginal();
  }
}

/** Our server with a data folder of its own; the state store is a file in it, or where `url` says. */
async function serve(name: StoreName, url: string | null, resources: AsyncDisposableStack): Promise<Opened> {
  await using undo = resources;
  const folder = mkdtempSync(join(tmpdir(), 'alchemiscale-bench-'));
  undo.defer(() => rmSync(folder, { recursive: true, force: true }));
  const server = undo.use(await startServer(folder, url));
  const { userUrl, computeUrl, user, compute } = server;
  const rest = undo.move();
  return {
    place: { name, userUrl, computeUrl, user, compute, [Symbol.asyncDispose]: () => rest.disposeAsync() },
  };
}

async function openPostgres(): Promise<Opened> {
  const found = await findPostgres();
  if ('skip' in found) return found;
  await using undo = new AsyncDisposableStack();
  const database = undo.use(await createTestDatabase(found.service));
  return serve('postgres', database.url, undo.move());
}

async function openNeo4j(org: string): Promise<Opened> {
  const found = await findNeo4j();
  if ('skip' in found) return found;
  await using undo = new AsyncDisposableStack();
  undo.use(await neo4jLock());
  undo.defer(() => forgetOrganization(found.service, org));
  const url = new URL(found.service.url);
  url.username = encodeURIComponent(found.service.user);
  url.password = encodeURIComponent(found.service.password);
  return serve('neo4j', `${url.href.replace(/\/$/, '')}/neo4j`, undo.move());
}

/** In pieces, each looked for anew: a transaction of Neo4j lives in memory, and so does what it has yet to go through. */
async function forgetOrganization({ url, user, password }: Neo4jService, org: string): Promise<void> {
  const driver = neo4j.driver(url, neo4j.auth.basic(user, password));
  const session = driver.session();
  try {
    for (let removed = 1; removed > 0; ) {
      const { records } = await session.run(
        'MATCH (n) WHERE n._org = $org WITH n LIMIT 10000 DETACH DELETE n RETURN count(*) AS removed',
        { org },
      );
      removed = Number(records[0]?.get('removed') ?? 0);
    }
    await session.run(
      "MATCH (n:ComputeServiceRegistration) WHERE n.identifier STARTS WITH 'bench' DETACH DELETE n",
    );
  } finally {
    await session.close();
    await driver.close();
  }
}

/** The original where the environment says that it serves; its nodes go with those of `openNeo4j` when they share a database. */
async function openOriginal(): Promise<Opened> {
  const names = ['URL', 'ID', 'KEY', 'COMPUTE_URL', 'COMPUTE_ID', 'COMPUTE_KEY'];
  const [userUrl, id, key, computeUrl, computeId, computeKey] = names.map(
    name => process.env[`ALCHEMISCALE_ORIGINAL_${name}`],
  );
  if (!userUrl || !id || !key || !computeUrl || !computeId || !computeKey) {
    return {
      skip: `the original is nowhere: set ${names.map(name => `ALCHEMISCALE_ORIGINAL_${name}`).join(', ')}`,
    };
  }
  const user = { identifier: id, key };
  const compute = { identifier: computeId, key: computeKey };
  return {
    place: { name: 'original', userUrl, computeUrl, user, compute, async [Symbol.asyncDispose]() {} },
  };
}
