// A database of a test's own on the PostgreSQL server that tests may use.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { PostgresService } from './services.ts';

/** A new, empty database; gone after disposal, whoever is still connected to it. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  /** Runs a statement beside the store, as an administrator would. */
  query<Row extends object>(sql: string): Promise<readonly Row[]>;
  /** Runs a statement in a transaction that stays open, with the locks it took, until it is disposed of. */
  hold(sql: string): Promise<AsyncDisposable>;
}

export async function createTestDatabase(service: PostgresService): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await run(service.url, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  const url = new URL(service.url);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    query: sql => run(url.href, sql),
    hold: sql => hold(url.href, sql),
    async [Symbol.asyncDispose]() {
      await run(service.url, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function hold(url: string, sql: string): Promise<AsyncDisposable> {
  const client = await connect(url);
  await client.query(`BEGIN; ${sql}`);
  return { [Symbol.asyncDispose]: () => client.end() };
}

async function run<Row extends object>(url: string, sql: string): Promise<readonly Row[]> {
  const client = await connect(url);
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
