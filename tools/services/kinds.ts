// The three services, and how each is brought up: made once, placed on a free port, started, waited for. What is brought up
// twice is left as it is; what has died is started again on its data, at its old port if that is still free.

import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Command, type Daemon, isRunning, startDaemon, waitUntilReady } from './daemon.ts';
import { isNeo4jReady, type Neo4j, neo4jCommand, placeNeo4j, prepareNeo4j } from './neo4j.ts';
import {
  isPostgresReady,
  type Postgres,
  placePostgres,
  postgresCommand,
  preparePostgres,
} from './postgres.ts';
import { isS3Ready, placeS3, prepareS3, type S3Server, s3Command } from './s3.ts';

/** What is up, as `.services/services.json` has it. */
export interface Services {
  postgres: Postgres;
  neo4j: Neo4j;
  s3: S3Server;
}

export type ServiceName = keyof Services;

interface Kind<S extends Daemon> {
  /** Makes it anew in an empty folder; what must be downloaded or built lands in `cache`. */
  readonly prepare: (folder: string, cache: string) => Promise<S>;
  /** The same with ports that are free. */
  readonly place: (service: S) => Promise<S>;
  readonly command: (service: S, cache: string) => Command;
  readonly isReady: (service: S) => Promise<boolean>;
  /** Ends it without waiting for its clients. */
  readonly stopSignal: NodeJS.Signals;
}

export const KINDS: { readonly [N in ServiceName]: Kind<Services[N]> } = {
  postgres: {
    prepare: preparePostgres,
    place: placePostgres,
    command: postgresCommand,
    isReady: isPostgresReady,
    stopSignal: 'SIGINT',
  },
  neo4j: {
    prepare: prepareNeo4j,
    place: placeNeo4j,
    command: neo4jCommand,
    isReady: isNeo4jReady,
    stopSignal: 'SIGTERM',
  },
  s3: { prepare: prepareS3, place: placeS3, command: s3Command, isReady: isS3Ready, stopSignal: 'SIGTERM' },
};

export const SERVICE_NAMES = Object.keys(KINDS) as readonly ServiceName[];

/** Where jars and built programs are kept from one run to the next. */
export const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'alchemiscale-services');

const READY_MS = 180_000;
/** Another program may take a port between our look and the start. */
const TRIES = 3;

/** Brings one up; `save` is told of every change, so that no process is ever forgotten. */
export async function bringUp<N extends ServiceName>(
  name: N,
  before: Services[N] | undefined,
  { folder, save }: { readonly folder: string; readonly save: (service: Services[N]) => void },
): Promise<Services[N]> {
  const kind: Kind<Services[N]> = KINDS[name];
  mkdirSync(CACHE, { recursive: true });
  let service = before ?? (await prepareIn(kind, folder));
  save(service);
  for (let tries = 1; ; tries++) {
    if (!isRunning(service)) {
      service = await kind.place(service);
      service = { ...service, pid: await startDaemon(kind.command(service, CACHE)) };
      save(service);
    }
    const { logPath } = kind.command(service, CACHE);
    try {
      await waitUntilReady(service, { ready: () => kind.isReady(service), logPath, timeoutMs: READY_MS });
      return service;
    } catch (error) {
      if (tries === TRIES || isRunning(service)) throw error;
    }
  }
}

async function prepareIn<S extends Daemon>(kind: Kind<S>, folder: string): Promise<S> {
  rmSync(folder, { recursive: true, force: true });
  const reachable = othersReach(dirname(folder));
  const place = reachable ? folder : join(tmpdir(), `alchemiscale-services-${randomUUID()}`);
  mkdirSync(place, { recursive: true });
  return await kind.prepare(place, CACHE);
}

/** Whether another user may look for files below; root's home lets nobody in. */
function othersReach(folder: string): boolean {
  if (process.getuid?.() !== 0) return true;
  for (let path = folder; path !== dirname(path); path = dirname(path)) {
    if (existsSync(path) && (statSync(path).mode & 0o001) === 0) return false;
  }
  return true;
}
