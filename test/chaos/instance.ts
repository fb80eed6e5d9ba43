// An instance to be tormented: the program as a process of its own, its database and object store as servers of its own, and
// a proxy in each connection, so that each may be killed, started again, or cut off.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AlchemiscaleComputeClient } from '../../src/client/compute.ts';
import { AlchemiscaleClient } from '../../src/client/user.ts';
import { openStateStore } from '../../src/store/open.ts';
import { createBucket, type TestBucket } from '../support/buckets.ts';
import { neo4jUrl } from '../support/neo4j-graph.ts';
import { type Serving, startUp } from '../support/program.ts';
import { type Found, type PrivateServer, privateServer } from '../support/services.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** Something that may be killed, and is there again afterwards. */
export interface Victim {
  readonly name: string;
  kill(): Promise<void>;
  revive(): Promise<void>;
}

/** The stores of an instance. */
export interface Stores extends AsyncDisposable {
  /** As the server reaches them, through proxies where there are any. */
  readonly env: Readonly<Record<string, string>>;
  /** As they are reached when all is over. */
  readonly directEnv: Readonly<Record<string, string>>;
  readonly victims: readonly Victim[];
  readonly proxies: readonly TcpProxy[];
}

/** Files in one folder. */
export function fileStores(folder: string): Stores {
  mkdirSync(folder, { recursive: true });
  const env = {
    ALCHEMISCALE_DB: `sqlite://${join(folder, 'state.db')}`,
    ALCHEMISCALE_OBJECTS: pathToFileURL(join(folder, 'objects')).href,
  };
  return { env, directEnv: env, victims: [], proxies: [], async [Symbol.asyncDispose]() {} };
}

function victim(name: string, server: PrivateServer<unknown>): Victim {
  return { name, kill: () => server.stop('SIGKILL'), revive: () => server.start() };
}

/** A database server with an S3 server. */
export async function serverStores(kind: 'postgres' | 'neo4j'): Promise<Found<Stores>> {
  await using undo = new AsyncDisposableStack();
  const [database, s3] = await Promise.all([privateServer(kind), privateServer('s3')]);
  if ('service' in database) undo.use(database.service);
  if ('service' in s3) undo.use(s3.service);
  if ('skip' in database) return database;
  if ('skip' in s3) return s3;
  const bucket: TestBucket = undo.use(await createBucket(s3.service.service));
  const place = database.service.service;
  const url = 'user' in place ? neo4jUrl(place) : place.url;
  const [toDatabase, toObjects] = await Promise.all([
    startTcpProxy(place.port),
    startTcpProxy(s3.service.service.port),
  ]);
  undo.use(toDatabase);
  undo.use(toObjects);
  const through = new URL(url);
  through.port = String(toDatabase.port);
  const { accessKeyId, secretAccessKey } = bucket.credentials;
  const credentials = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  const held = undo.move();
  return {
    service: {
      env: {
        ...credentials,
        ALCHEMISCALE_DB: through.href,
        ALCHEMISCALE_OBJECTS: bucket.url('chaos', toObjects.port),
      },
      directEnv: { ...credentials, ALCHEMISCALE_DB: url, ALCHEMISCALE_OBJECTS: bucket.url('chaos') },
      victims: [victim(kind, database.service), victim('s3', s3.service)],
      proxies: [toDatabase, toObjects],
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    },
  };
}

/** No call is repeated by the client: the history wants every try. */
const ONE_TRY = { maxRetries: 0, timeoutMs: 30_000 };

/** The program on its stores. */
export class Instance implements AsyncDisposable {
  readonly stores: Stores;
  readonly #folder: string;
  #running: Serving | null = null;
  readonly #starts: Serving[] = [];
  #keys: readonly string[] = [];
  #proxies: readonly TcpProxy[] = [];

  constructor(stores: Stores, folder: string) {
    this.stores = stores;
    this.#folder = folder;
  }

  async start(): Promise<void> {
    const earlier = this.#running;
    const port = (url: string | undefined): string => (url === undefined ? '0' : new URL(url).port);
    const ports = ['--user-port', port(earlier?.userUrl), '--compute-port', port(earlier?.computeUrl)];
    const env = { ...this.stores.env, XDG_DATA_HOME: this.#folder };
    this.#running = await startUp(['--services', '0', ...ports], env);
    this.#starts.push(this.#running);
    if (earlier !== null) return;
    this.#keys = [...this.#running.stdout().matchAll(/export ALCHEMISCALE_KEY=(\S+)/g)].map(
      match => match[1] ?? '',
    );
    const { userUrl, computeUrl } = this.#running;
    this.#proxies = await Promise.all([userUrl, computeUrl].map(url => startTcpProxy(Number(port(url)))));
  }

  /** Everything that may be killed, the program first. */
  get victims(): readonly Victim[] {
    const program: Victim = {
      name: 'server',
      kill: async () => {
        this.#running?.child.kill('SIGKILL');
        assert.equal(await this.#running?.ended, 'SIGKILL', this.#running?.stderr());
      },
      revive: () => this.start(),
    };
    return [program, ...this.stores.victims];
  }

  /** Connections that may be cut: clients to the program, the program to its stores. */
  get proxies(): readonly TcpProxy[] {
    return [...this.#proxies, ...this.stores.proxies];
  }

  user(): AlchemiscaleClient {
    return new AlchemiscaleClient({ ...this.#at(0), identifier: 'local-user', ...ONE_TRY });
  }

  compute(): AlchemiscaleComputeClient {
    return new AlchemiscaleComputeClient({ ...this.#at(1), identifier: 'local-compute', ...ONE_TRY });
  }

  #at(place: number): { readonly apiUrl: string; readonly key: string } {
    return { apiUrl: `http://127.0.0.1:${this.#proxies[place]?.port}`, key: this.#keys[place] ?? '' };
  }

  /** Ends it as a user does. */
  async stop(): Promise<void> {
    this.#running?.child.kill('SIGTERM');
    assert.equal(await this.#running?.ended, 0, this.#running?.stderr());
  }

  /** The errors that it has logged, whenever it was started. */
  errors(): readonly string[] {
    const lines = this.#starts.flatMap(program => program.stderr().split('\n'));
    return lines.filter(line => !/"level":"?(info|warn|30|40)/.test(line) && line !== '');
  }

  openStore(): ReturnType<typeof openStateStore> {
    return openStateStore(this.stores.directEnv.ALCHEMISCALE_DB ?? '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running?.child.kill('SIGKILL');
    await this.#running?.ended;
    for (const proxy of this.#proxies) await proxy[Symbol.asyncDispose]();
    await this.stores[Symbol.asyncDispose]();
  }
}
