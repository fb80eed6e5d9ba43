// Runs one of the two services until a signal: the first lets what is being answered be finished, the second does not.
import type { Logger } from 'pino';
import { openObjectStore } from '../objects/open.ts';
import { createComputeApp, createUserApp } from '../server/app.ts';
import { compileServerSettings, type ServerOptions } from '../server/settings.ts';
import { refuseDuringCopies } from '../stack/copy-guard.ts';
import { closeAtOnce, listen } from '../stack/listen.ts';
import { createLog, logDifference } from '../stack/log.ts';
import { listenBeforeExpiry } from '../stack/silence.ts';
import { keepSwept } from '../stack/sweeping.ts';
import { createProposer } from '../strategist/proposer.ts';
import type { OBJECT_OPTIONS } from './bucket.ts';
import type { CliContext } from './command.ts';
import { ExitError, MisuseError } from './errors.ts';
import { openExistingStore } from './open-store.ts';
import type { OptionValues } from './options.ts';
import {
  type JWT_OPTIONS,
  type ServerSettings,
  type serverOptions,
  serverSettings,
  warnOfShortSecret,
} from './server-settings.ts';
import { onStopSignals } from './signals.ts';
import { chooseFolder, chooseObjects, chooseSecret, type STORE_OPTIONS } from './stores.ts';
import { leaveWorkers, reportReady, runWorkers, workerPlace } from './workers.ts';

type ServeOptions = OptionValues<typeof STORE_OPTIONS> &
  OptionValues<typeof OBJECT_OPTIONS> &
  OptionValues<typeof JWT_OPTIONS> &
  OptionValues<ReturnType<typeof serverOptions>>;

type ServeContext = Pick<CliContext, 'env' | 'out'> & { readonly server: Omit<ServerOptions, 'jwt'> };

/** Serves, in as many processes as are asked for; resolves when it was told to stop and has. */
export async function serve(
  api: 'user' | 'compute',
  options: ServeOptions,
  context: ServeContext,
): Promise<void> {
  const settings = await serverSettings(options);
  const place = workerPlace(context.env);
  const isReady = (url: string): void =>
    context.out(`alchemiscale ${api === 'user' ? 'API' : 'compute API'} is ready: ${url}`);
  if (place === null) {
    const log = createLog({ level: settings.loglevel });
    warnOfShortSecret(options.jwtSecret, log);
    const { ignored } = settings;
    if (ignored.length > 0) log.warn({ ignored }, "settings of gunicorn's that mean nothing here");
    const { workers: count, host, port } = settings;
    if (count > 1) return runWorkers({ count, host, port, log, isReady });
    return serveAlone(api, options, settings, { ...context, log, isReady, sweeps: true });
  }
  const bindings = { worker: String(place.number), process: String(process.pid) };
  const log = createLog({ level: settings.loglevel, bindings });
  const own = { ...settings, port: place.port };
  try {
    const sweeps = place.number === 1;
    await serveAlone(api, options, own, { ...context, log, isReady: reportReady, sweeps });
  } finally {
    leaveWorkers();
  }
}

interface AloneContext extends ServeContext {
  readonly log: Logger;
  /** Told the address when it serves. */
  readonly isReady: (url: string) => void;
  /** Whether it clears away what others left. */
  readonly sweeps: boolean;
}

/** Serves from this process. */
async function serveAlone(
  api: 'user' | 'compute',
  options: ServeOptions,
  { host, port, workers }: ServerSettings,
  { env, server, log, isReady, sweeps }: AloneContext,
): Promise<void> {
  const secret = await chooseSecret(options.jwtSecret, chooseFolder(options, env));
  const jwt = { secret, expireSeconds: options.jwtExpireSeconds, algorithm: options.jwtAlgorithm };
  const settings = compileServerSettings({ ...server, jwt, trustProxy: options.trustProxy });

  await using store = await openExistingStore(options, env, { onDifference: logDifference(log) });
  if (workers > 1 && !store.capabilities.manyWriters) {
    throw new MisuseError(`--workers ${workers}: SQLite serves one process; leave --workers out.`);
  }
  const place = chooseObjects(options, env);
  await using objects = await openObjectStore(place.url, place.credentials);
  using _swept = sweeps ? keepSwept({ store, objects }, log) : null;
  const silenceMs = settings.registrationExpireSeconds * 1000;
  const guarded = refuseDuringCopies(store, { log });
  const listened = listenBeforeExpiry(guarded, { silenceMs, log });
  const clock = (): Date => new Date();
  const deps = { store: listened, objects, settings, clock, logger: log, propose: createProposer() };
  const app = api === 'user' ? createUserApp(deps) : createComputeApp(deps);
  const stopped = Promise.withResolvers<boolean>();
  using _signals = onStopSignals({
    graceful: signal => {
      log.info({ signal }, 'finishing what is being answered');
      app.close().then(() => stopped.resolve(true), stopped.reject);
    },
    forceful: () => closeAtOnce(app).then(() => stopped.resolve(false), stopped.reject),
  });
  isReady(await listen(app, { host, port, portFlag: '--port' }));
  if (!(await stopped.promise)) throw new ExitError(1);
}
