// The whole system in one process: both stores, both services on their ports, and compute services as processes beside
// it. What `alchemiscale up` runs, and what tests, examples and the demo stand on.
//
// It is put together in this order and taken apart in the reverse: folder, lock, secret, stores, services on their ports,
// identities, compute services. A step that fails undoes those before it.
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { refuseUnfinished } from '../moving/unfinished.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { openObjectStore } from '../objects/open.ts';
import type { S3Credentials } from '../objects/s3-options.ts';
import { compileServerSettings, type ServerOptions, type ServerSettings } from '../server/settings.ts';
import { openStateStore } from '../store/open.ts';
import type { StateStore } from '../store/state-store.ts';
import { createProposer } from '../strategist/proposer.ts';
import { refuseDuringCopies } from './copy-guard.ts';
import { createFolder, type DataFolder, dataFolderAt, keepSecret } from './data-folder.ts';
import { type Credentials, keepIdentities, type LocalIdentities } from './first-identities.ts';
import { lockFolder } from './folder-lock.ts';
import { closeAtOnce, listen } from './listen.ts';
import { endEarlierServices, LocalServices } from './local-services.ts';
import { createLog, logDifference } from './log.ts';
import { listenBeforeExpiry } from './silence.ts';
import { type RunningStrategist, startStrategist } from './strategist.ts';
import { keepSwept } from './sweeping.ts';

export interface StackOptions {
  /** The data folder; made when there is none. */
  readonly dataDir: string;
  /** The folder's own stores unless given. */
  readonly storeUrl?: string;
  readonly objectsUrl?: string;
  /** Of a bucket; where they are absent the SDK looks for them. */
  readonly objectsCredentials?: S3Credentials | null;
  /** The folder's own secret unless given. */
  readonly jwtSecret?: string | null;
  readonly host?: string;
  /** 0 takes a free port. */
  readonly userPort?: number;
  readonly computePort?: number;
  /** How many compute services, and how many units each runs at a time. */
  readonly services?: number;
  /** Runs strategies as well, and looks so often; unless given, it does not. */
  readonly strategist?: { readonly sleepIntervalSeconds: number };
  readonly slots?: number;
  /** What the two services should do otherwise than by default. */
  readonly server?: Omit<ServerOptions, 'jwt'> & {
    readonly jwt?: Partial<Omit<ServerOptions['jwt'], 'secret'>>;
  };
  /** Warnings and worse on stderr unless given. */
  readonly log?: Logger;
  /** Ends the stack at once when aborted; while it starts, `startStack` rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** A running system. Disposing ends it at once. */
export interface Stack extends AsyncDisposable {
  readonly userUrl: string;
  readonly computeUrl: string;
  readonly store: StateStore;
  readonly objects: ObjectStore;
  readonly dataDir: string;
  /** An identity of each kind that may do everything. */
  readonly userIdentity: Credentials;
  readonly computeIdentity: Credentials;
  /** True when the identities were made by this start. */
  readonly isFirstStart: boolean;
  /** How many compute services run. */
  readonly servicesRunning: () => number;
  /**
   * The first call drains: compute services finish what they run, then everything is closed. The second quits: their tasks go
   * back to waiting. Resolves when nothing is left running.
   */
  stop(): Promise<void>;
}

export const DEFAULT_USER_PORT = 8000;
export const DEFAULT_COMPUTE_PORT = 8001;

/** Starts everything; resolves when it serves. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const log = options.log ?? createLog({ level: 'warn' });
  await using undo = new AsyncDisposableStack();
  const folder = dataFolderAt(options.dataDir);
  await createFolder(folder.path);
  undo.use(lockFolder(folder.path, folder.lockPath));
  const settings = await serverSettings(options, folder);
  options.signal?.throwIfAborted();

  // The threads of the store start while this one loads the servers: 0.2 s less until it serves.
  const loading = import('../server/app.ts');
  const store = undo.use(
    await openStateStore(options.storeUrl ?? folder.storeUrl, { onDifference: logDifference(log) }),
  );
  await store.initialize();
  await refuseUnfinished(store);
  const objects = undo.use(
    await openObjectStore(options.objectsUrl ?? folder.objectsUrl, options.objectsCredentials),
  );
  undo.use(keepSwept({ store, objects }, log));
  options.signal?.throwIfAborted();

  const silenceMs = settings.registrationExpireSeconds * 1000;
  const guarded = refuseDuringCopies(store, { log });
  const listened = listenBeforeExpiry(guarded, { silenceMs, log });
  const clock = (): Date => new Date();
  const deps = { store: listened, objects, settings, clock, logger: log, propose: createProposer() };
  const host = options.host ?? '127.0.0.1';
  const serve = async (app: FastifyInstance, port: number, portFlag: string): Promise<string> => {
    undo.defer(() => closeAtOnce(app));
    return await listen(app, { host, port, portFlag });
  };
  const { createUserApp, createComputeApp } = await loading;
  const apps = [createUserApp(deps), createComputeApp(deps)] as const;
  const userUrl = await serve(apps[0], options.userPort ?? DEFAULT_USER_PORT, '--user-port');
  const computeUrl = await serve(apps[1], options.computePort ?? DEFAULT_COMPUTE_PORT, '--compute-port');

  // Not before the ports are open: a first start that fails at one has made no keys that it could not show.
  const identities = await keepIdentities(guarded.identities, {
    userPath: folder.userIdentityPath,
    computePath: folder.computeIdentityPath,
  });
  await endEarlierServices(guarded.compute, identities.compute.identifier, log);
  const services = new LocalServices({
    count: options.services ?? 0,
    slots: options.slots ?? 1,
    computeUrl,
    identity: identities.compute,
    folder: folder.servicesPath,
    silenceMs,
    log,
  });
  undo.defer(() => services.quit());
  await services.start();
  const strategist = startStrategist(
    { store: guarded, objects, cache: null, log },
    options.strategist ?? null,
  );
  undo.defer(() => strategist.abort());
  options.signal?.throwIfAborted();
  const parts = { apps, services, strategist, rest: undo.move(), signal: options.signal };
  return running(parts, { userUrl, computeUrl, store, objects, dataDir: folder.path }, identities);
}

interface Parts {
  readonly apps: readonly FastifyInstance[];
  readonly services: LocalServices;
  readonly strategist: RunningStrategist;
  /** Ends everything that has not been ended before. */
  readonly rest: AsyncDisposableStack;
  readonly signal: AbortSignal | undefined;
}

function running(
  { apps, services, strategist, rest, signal }: Parts,
  facts: Pick<Stack, 'userUrl' | 'computeUrl' | 'store' | 'objects' | 'dataDir'>,
  identities: LocalIdentities,
): Stack {
  let draining: Promise<void> | null = null;
  let ended: Promise<void> | null = null;
  const quit = (): Promise<void> => {
    signal?.removeEventListener('abort', quit);
    ended ??= rest.disposeAsync();
    return ended;
  };
  const drain = async (): Promise<void> => {
    await Promise.all([services.drain(), strategist.stop()]);
    // A second call has closed everything meanwhile.
    if (ended === null) await Promise.all(apps.map(app => app.close()));
    await quit();
  };
  signal?.addEventListener('abort', quit, { once: true });
  return {
    ...facts,
    userIdentity: identities.user,
    computeIdentity: identities.compute,
    isFirstStart: identities.areNew,
    servicesRunning: () => services.running,
    stop() {
      if (draining !== null) return quit();
      draining = drain();
      return draining;
    },
    [Symbol.asyncDispose]: quit,
  };
}

async function serverSettings(options: StackOptions, folder: DataFolder): Promise<ServerSettings> {
  const secret = options.jwtSecret ?? (await keepSecret(folder.secretPath));
  return compileServerSettings({ ...options.server, jwt: { ...options.server?.jwt, secret } });
}
