// Statements on one SQLite connection. Preparing costs 20 µs and running 3, so statements are kept prepared by their text.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Connection, Statement, Value } from '../database.ts';
import { sqliteText } from './sqlite-text.ts';

/** Far more than the store's fixed statements; queries built on demand come and go. */
const MAX_PREPARED = 400;

/** A statement holds on to its last parameters. One that was given more characters than this is not kept. */
const MAX_KEPT_LENGTH = 100_000;

/** A connection whose promises are already kept: nothing else runs on it between two statements of one callback. */
export class SqliteConnection implements Connection {
  /** One writer at a time: what it reads stays as it is until it has written. */
  readonly isShared: boolean = false;
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  async all<Row>({ sql, parameters }: Statement<Row>): Promise<readonly Row[]> {
    return this.#prepare(sql, parameters).all(...parameters) as Row[];
  }

  async first<Row>({ sql, parameters }: Statement<Row>): Promise<Row | null> {
    return (this.#prepare(sql, parameters).get(...parameters) as Row | undefined) ?? null;
  }

  async run({ sql, parameters }: Statement<never>): Promise<number> {
    return Number(this.#prepare(sql, parameters).run(...parameters).changes);
  }

  async finish({ sql, parameters }: Statement<unknown>): Promise<void> {
    this.#prepare(sql, parameters).run(...parameters);
  }

  async runEach(sql: string, parameters: Iterable<readonly Value[]>): Promise<void> {
    const prepared = this.#prepare(sql, []);
    for (const values of parameters) prepared.run(...values);
  }

  async runScript(sql: string): Promise<void> {
    this.#db.exec(sql);
  }

  #prepare(sql: string, parameters: readonly Value[]): StatementSync {
    if (parameters.some(value => typeof value === 'string' && value.length > MAX_KEPT_LENGTH)) {
      return this.#db.prepare(sqliteText(sql));
    }
    let prepared = this.#prepared.get(sql);
    if (prepared === undefined) {
      prepared = this.#db.prepare(sqliteText(sql));
      if (this.#prepared.size >= MAX_PREPARED) {
        const [oldest] = this.#prepared.keys();
        this.#prepared.delete(oldest as string);
      }
      this.#prepared.set(sql, prepared);
    }
    return prepared;
  }
}
