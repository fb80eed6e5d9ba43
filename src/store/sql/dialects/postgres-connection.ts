// Statements on one connection to PostgreSQL. They are sent as soon as they are asked for, behind those still under way
// (the driver's `pipeline`), and prepared under a name the first time: planning one costs more than running it.
import type { Writable } from 'node:stream';
import type { Client, QueryResult } from 'pg';
import type { Connection, Statement, Value } from '../database.ts';
import { type PostgresText, postgresText } from './postgres-text.ts';

/** Far more than the store's fixed statements; what is built beyond is not kept. */
const MAX_PREPARED = 500;

interface Prepared extends PostgresText {
  /** The same on every connection. */
  readonly name: string | undefined;
}

const prepared = new Map<string, Prepared>();

function prepare(sql: string): Prepared {
  let found = prepared.get(sql);
  if (found === undefined) {
    found = { ...postgresText(sql), name: prepared.size < MAX_PREPARED ? `s${prepared.size}` : undefined };
    if (found.name !== undefined) prepared.set(sql, found);
  }
  return found;
}

/** Lets everything that is sent in this turn of the event loop leave together. */
export function cork(client: Client): void {
  // The socket, or its TLS layer: the driver's own, and in no type of it.
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Writable } }).connection;
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

/** A connection that others have the like of. */
export class PostgresConnection implements Connection {
  readonly isShared: boolean = true;
  readonly #client: Client;
  readonly #finishing: Promise<unknown>[] = [];

  constructor(client: Client) {
    this.#client = client;
  }

  async all<Row>(statement: Statement<Row>): Promise<readonly Row[]> {
    return (await this.#query(statement.sql, statement.parameters)).rows as Row[];
  }

  async first<Row>(statement: Statement<Row>): Promise<Row | null> {
    return (await this.all(statement))[0] ?? null;
  }

  async run(statement: Statement<never>): Promise<number> {
    return (await this.#query(statement.sql, statement.parameters)).rowCount ?? 0;
  }

  async finish({ sql, parameters }: Statement<unknown>): Promise<void> {
    const finishing = this.#query(sql, parameters);
    finishing.catch(() => {});
    this.#finishing.push(finishing);
  }

  /** Everything that was to be finished is; rejects when one of it failed. */
  async finished(): Promise<void> {
    await Promise.all(this.#finishing);
  }

  async runEach(sql: string, parameters: Iterable<readonly Value[]>): Promise<void> {
    await Promise.all(Array.from(parameters, values => this.#query(sql, values)));
  }

  async runScript(sql: string): Promise<void> {
    await this.#client.query(sql);
  }

  #query(sql: string, parameters: readonly Value[]): Promise<QueryResult> {
    const { name, text, bind } = prepare(sql);
    cork(this.#client);
    return this.#client.query({ text, values: bind(parameters), ...(name === undefined ? {} : { name }) });
  }
}
