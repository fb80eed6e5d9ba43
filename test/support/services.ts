// The real servers that tests of backends want: named by an environment variable, else those that `npm run services up` has
// brought up. Where one does not answer, the test is skipped and says which command would make it run.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ServiceError, stopDaemon } from '../../tools/services/daemon.ts';
import { bringUp, type ServiceName, type Services } from '../../tools/services/kinds.ts';

const RECORD = fileURLToPath(new URL('../../.services/services.json', import.meta.url));

/** A role that may create databases; a test makes one of its own, and drops it. */
export interface PostgresService {
  readonly url: string;
}

/** One database that all tests share: take `neo4jLock` first, then empty it. */
export interface Neo4jService {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** A test makes a bucket of its own. Buckets are addressed by path. */
export interface S3Service {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

/** A service, or why tests of it are skipped. */
export type Found<T> = { readonly service: T } | { readonly skip: string };

/** Looks at ALCHEMISCALE_TEST_POSTGRES: `postgres://user:password@host:port/database`. */
export async function findPostgres(): Promise<Found<PostgresService>> {
  const given = process.env.ALCHEMISCALE_TEST_POSTGRES;
  return await found('postgres', given === undefined ? readRecord().postgres : { url: given }, 'url', 5432);
}

/** Looks at ALCHEMISCALE_TEST_NEO4J: `bolt://user:password@host:port`. */
export async function findNeo4j(): Promise<Found<Neo4jService>> {
  const given = process.env.ALCHEMISCALE_TEST_NEO4J;
  return await found('neo4j', given === undefined ? readRecord().neo4j : namedNeo4j(given), 'url', 7687);
}

/** Looks at ALCHEMISCALE_TEST_S3: `http://key:secret@host:port`. */
export async function findS3(): Promise<Found<S3Service>> {
  const given = process.env.ALCHEMISCALE_TEST_S3;
  return await found('s3', given === undefined ? readRecord().s3 : namedS3(given), 'endpoint', 80);
}

async function found<T extends object, K extends keyof T>(
  name: ServiceName,
  service: T | undefined,
  place: K,
  defaultPort: number,
): Promise<Found<T>> {
  if (service !== undefined) {
    const url = new URL(String(service[place]));
    if (await isListening(url.hostname, Number(url.port || defaultPort))) return { service };
  }
  const variable = `ALCHEMISCALE_TEST_${name.toUpperCase()}`;
  return {
    skip: `${name} does not answer: start it with \`npm run services up ${name}\`, or set ${variable}`,
  };
}

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port, timeout: 3000 });
    const end = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

/** A connection of somebody's may have been given the port for a moment. */
async function portIsFree(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await canListen(port)) return;
    await sleep(50);
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function readRecord(): Partial<Services> {
  return existsSync(RECORD) ? (JSON.parse(readFileSync(RECORD, 'utf8')) as Partial<Services>) : {};
}

function namedNeo4j(given: string): Neo4jService {
  const { url, user, password } = withoutCredentials(given);
  return { url, user, password };
}

function namedS3(given: string): S3Service {
  const { url, user, password } = withoutCredentials(given);
  return { endpoint: url, accessKeyId: user, secretAccessKey: password, region: 'us-east-1' };
}

function withoutCredentials(given: string): Record<'url' | 'user' | 'password', string> {
  const { protocol, host, username, password } = new URL(given);
  return {
    url: `${protocol}//${host}`,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
}

const LOCK_PATIENCE_MS = 10 * 60 * 1000;

/**
 * Waits until no other test uses the one Neo4j database of this machine. The lock is an open write transaction on a small
 * SQLite file, so it ends with the process that has it.
 */
export async function neo4jLock(): Promise<AsyncDisposable> {
  const db = new DatabaseSync(join(tmpdir(), 'alchemiscale-neo4j-tests.lock'), { timeout: 0 });
  const deadline = Date.now() + LOCK_PATIENCE_MS;
  for (;;) {
    try {
      db.exec('BEGIN EXCLUSIVE');
      return { [Symbol.asyncDispose]: async () => db.close() };
    } catch (error) {
      if (Date.now() > deadline) {
        db.close();
        throw error;
      }
      await sleep(50 + Math.random() * 50);
    }
  }
}

/** A server of one test's own, which may be stopped and killed as the test likes. Disposing removes it. */
export interface PrivateServer<S> extends AsyncDisposable {
  readonly service: S;
  /** `SIGKILL`, a crash, unless given. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on its data, at its port. */
  start(): Promise<void>;
}

/** Starts one beside the shared ones: PostgreSQL and S3 take a second, Neo4j ten and half a gigabyte. */
export async function privateServer<N extends ServiceName>(
  name: N,
): Promise<Found<PrivateServer<Services[N]>>> {
  const folder = join(tmpdir(), `alchemiscale-private-${randomUUID()}`);
  let service: Services[N] | undefined;
  const start = async (): Promise<Services[N]> =>
    await bringUp(name, service, { folder, save: saved => (service = saved) });
  const stop = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    if (service !== undefined) await stopDaemon(service, signal);
  };
  const remove = async (): Promise<void> => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const started = await start();
    return {
      service: {
        service: started,
        stop,
        start: async () => {
          await portIsFree(started.port);
          assert.equal((await start()).port, started.port, 'its port was taken meanwhile');
        },
        [Symbol.asyncDispose]: remove,
      },
    };
  } catch (error) {
    await remove();
    if (error instanceof ServiceError) return { skip: `${name} cannot be started: ${error.message}` };
    throw error;
  }
}
