// Who is next on a SQLite connection, and group commit.
//
// A commit flushes to disk, which costs more than the statements before it. So writes that arrive together share one
// transaction: 20 claims in one give ten times the rate of 20 commits. Each is a *member* with its own savepoint, so that
// it succeeds or fails alone; members run strictly one after another, since a second one between two statements of the
// first would fall under the wrong savepoint. Nobody is answered before the commit.
//
// Some errors roll back everything at once, savepoints and all (a full disk, for one). `isTransaction` tells: then, and when
// the commit fails, no member has succeeded, and each is tried again alone.
//
// Reads go first and run as soon as the connection is free, outside the writers' transaction: a claim that finds no work
// ends there.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Connection, Work } from '../database.ts';

/** A group that has run for this long commits before it takes more members. */
const MAX_GROUP_MS = 20;

interface Member {
  readonly kind: 'read' | 'write' | 'schema';
  readonly work: Work<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How one member ended, not yet told. */
type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Serves one connection; nothing else may use it. */
export class SqliteQueue {
  readonly #db: DatabaseSync;
  readonly #connection: Connection;
  readonly #translate: (error: unknown) => unknown;
  readonly #control = new Map<string, StatementSync>();
  readonly #reads: Member[] = [];
  readonly #writes: Member[] = [];
  #busy = false;
  #scheduled = false;

  constructor(db: DatabaseSync, connection: Connection, translate: (error: unknown) => unknown) {
    this.#db = db;
    this.#connection = connection;
    this.#translate = translate;
  }

  read<T>(work: Work<T>): Promise<T> {
    return this.#enqueue('read', work);
  }

  write<T>(work: Work<T>): Promise<T> {
    return this.#enqueue('write', work);
  }

  /** Tables are made and dropped without company, and foreign keys are only checked at the end. */
  changeSchema<T>(work: Work<T>): Promise<T> {
    return this.#enqueue('schema', work);
  }

  #enqueue<T>(kind: Member['kind'], work: Work<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const member = { kind, work, resolve: (value: unknown) => resolve(value as T), reject };
      if (kind === 'read') {
        this.#reads.push(member);
        this.#serve();
      } else {
        this.#writes.push(member);
        this.#schedule();
      }
    });
  }

  /** Writers wait for the end of this turn of the event loop: what else has arrived by then joins the group. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#serve(true);
    });
  }

  #serve(withWrites = false): void {
    if (this.#busy) return;
    this.#busy = true;
    void this.#serveAll(withWrites).finally(() => {
      this.#busy = false;
      if (this.#reads.length > 0) this.#serve();
      if (this.#writes.length > 0) this.#schedule();
    });
  }

  async #serveAll(withWrites: boolean): Promise<void> {
    for (let read = this.#reads.shift(); read !== undefined; read = this.#reads.shift()) {
      await this.#alone(read);
    }
    const [first] = this.#writes;
    if (!withWrites || first === undefined) return;
    const schemaAt = this.#writes.findIndex(({ kind }) => kind === 'schema');
    const group = this.#writes.splice(0, schemaAt === -1 ? this.#writes.length : Math.max(schemaAt, 1));
    if (first.kind === 'schema') await this.#aloneOnSchema(first);
    else if (group.length === 1) await this.#alone(first);
    else await this.#together(group);
  }

  /** One member, one transaction. */
  async #alone({ kind, work, resolve, reject }: Member): Promise<void> {
    try {
      this.#run(kind === 'read' ? 'BEGIN' : 'BEGIN IMMEDIATE');
      const value = await work(this.#connection);
      this.#run('COMMIT');
      resolve(value);
    } catch (error) {
      if (this.#db.isTransaction) this.#run('ROLLBACK');
      reject(this.#translate(error));
    }
  }

  /** SQLite turns foreign keys off only outside a transaction. */
  async #aloneOnSchema(member: Member): Promise<void> {
    this.#db.exec('PRAGMA foreign_keys = OFF');
    const work: Work<unknown> = async connection => {
      const value = await member.work(connection);
      const broken = this.#db.prepare('PRAGMA foreign_key_check').all();
      if (broken.length > 0)
        throw new Error(`a change of schema broke foreign keys: ${JSON.stringify(broken[0])}`);
      return value;
    };
    await this.#alone({ ...member, work });
    // Who was told of the end may have closed it.
    if (this.#db.isOpen) this.#db.exec('PRAGMA foreign_keys = ON');
  }

  /** Many members, one transaction. */
  async #together(group: readonly Member[]): Promise<void> {
    const outcomes: Outcome[] = [];
    try {
      this.#run('BEGIN IMMEDIATE');
    } catch (error) {
      for (const { reject } of group) reject(this.#translate(error));
      return;
    }
    // From here: waiting for another program's lock must not use up the group's time before it has one member.
    const startMs = performance.now();
    for (const { work } of group) {
      if (performance.now() - startMs > MAX_GROUP_MS) break;
      outcomes.push(await this.#runMember(work));
      if (!this.#db.isTransaction) break;
    }
    const members = group.slice(0, outcomes.length);
    this.#writes.unshift(...group.slice(outcomes.length));
    if (!this.#commit()) {
      for (const member of members) await this.#alone(member);
      return;
    }
    for (const [place, { resolve, reject }] of members.entries()) {
      const outcome = outcomes[place] as Outcome;
      if ('error' in outcome) reject(this.#translate(outcome.error));
      else resolve(outcome.value);
    }
  }

  async #runMember(work: Work<unknown>): Promise<Outcome> {
    try {
      this.#run('SAVEPOINT member');
      const value = await work(this.#connection);
      this.#run('RELEASE member');
      return { value };
    } catch (error) {
      if (this.#db.isTransaction) {
        this.#run('ROLLBACK TO member');
        this.#run('RELEASE member');
      }
      return { error };
    }
  }

  #commit(): boolean {
    if (!this.#db.isTransaction) return false;
    try {
      this.#run('COMMIT');
      return true;
    } catch {
      if (this.#db.isTransaction) this.#run('ROLLBACK');
      return false;
    }
  }

  #run(sql: string): void {
    let prepared = this.#control.get(sql);
    if (prepared === undefined) this.#control.set(sql, (prepared = this.#db.prepare(sql)));
    prepared.run();
  }
}
