// Statements on one connection to PostgreSQL. What is asked in one turn of the event loop is sent together (postgres-batch.ts),
// behind what is still under way (the driver's `pipeline`), and prepared under a name the first time: planning a statement costs
// more than running it.
import type { ClientBase } from 'pg';
import type { Connection, Statement, Value } from '../database.ts';
import { type Answer, type Asked, PostgresBatch } from './postgres-batch.ts';
import { type PostgresText, postgresText } from './postgres-text.ts';

/** Far more than the store's fixed statements; what is built beyond is not kept. */
const MAX_PREPARED = 500;

interface Prepared extends PostgresText {
  /** The same on every connection; empty: not kept. */
  readonly name: string;
}

const prepared = new Map<string, Prepared>();

function prepare(sql: string): Prepared {
  let found = prepared.get(sql);
  if (found === undefined) {
    found = { ...postgresText(sql), name: prepared.size < MAX_PREPARED ? `s${prepared.size}` : '' };
    if (found.name !== '') prepared.set(sql, found);
  }
  return found;
}

/** A connection that others have the like of. */
export class PostgresConnection implements Connection {
  readonly isShared: boolean = true;
  readonly #client: ClientBase;
  readonly #finishing: Promise<unknown>[] = [];
  #asked: Asked[] = [];
  #isEnded = false;

  constructor(client: ClientBase) {
    this.#client = client;
  }

  async all<Row>(statement: Statement<Row>): Promise<readonly Row[]> {
    return (await this.#ask(statement.sql, statement.parameters)).rows as readonly Row[];
  }

  async first<Row>(statement: Statement<Row>): Promise<Row | null> {
    return (await this.all(statement))[0] ?? null;
  }

  async run(statement: Statement<never>): Promise<number> {
    const { tag } = await this.#ask(statement.sql, statement.parameters);
    // `INSERT 0 5`, `UPDATE 5`, `CREATE TABLE`.
    return Number(/ (\d+)$/.exec(tag)?.[1] ?? 0);
  }

  async finish({ sql, parameters }: Statement<unknown>): Promise<void> {
    const finishing = this.#ask(sql, parameters);
    finishing.catch(() => {});
    this.#finishing.push(finishing);
  }

  /** Everything that was to be finished is; rejects when one of it failed. */
  async finished(): Promise<void> {
    await Promise.all(this.#finishing);
  }

  async runEach(sql: string, parameters: Iterable<readonly Value[]>): Promise<void> {
    await Promise.all(Array.from(parameters, values => this.#ask(sql, values)));
  }

  async runScript(sql: string): Promise<void> {
    this.#send();
    await this.#client.query(sql);
  }

  /** The last words, `COMMIT` or `ROLLBACK`: sent at once, so that whoever has the connection next comes after them. */
  async end(sql: 'COMMIT' | 'ROLLBACK'): Promise<Answer> {
    // Behind a statement that fails it would be skipped: right for a COMMIT, not for this.
    if (sql === 'ROLLBACK') this.#send();
    const ended = this.#ask(sql, []);
    this.#send();
    this.#isEnded = sql === 'ROLLBACK';
    return ended;
  }

  #ask(sql: string, parameters: readonly Value[]): Promise<Answer> {
    if (this.#isEnded) return Promise.reject(new Error('asked after the end of the transaction'));
    const { name, text, bind } = prepare(sql);
    const values = bind(parameters).map(asSent);
    return new Promise((resolve, reject) => {
      if (this.#asked.push({ name, text, values, resolve, reject }) === 1)
        process.nextTick(() => this.#send());
    });
  }

  #send(): void {
    if (this.#asked.length === 0) return;
    const batch = new PostgresBatch(this.#asked);
    this.#asked = [];
    this.#client.query(batch);
  }
}

function asSent(value: Value): string | Buffer | null {
  if (value === null || typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return String(value);
}
