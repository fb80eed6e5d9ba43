// `alchemiscale up`: everything on one machine, and it stays.
import type { Command } from 'commander';
import { DEFAULT_LOOK_SECONDS } from '../../domain/strategy-cycle.ts';
import type { Stack } from '../../stack/stack.ts';
import { OBJECT_OPTIONS } from '../bucket.ts';
import { addCommand, type CliContext } from '../command.ts';
import { ExitError } from '../errors.ts';
import { integerOption, type OptionValues, switchOption, textOption } from '../options.ts';
import { JWT_OPTIONS, readLogLevel, warnOfShortSecret } from '../server-settings.ts';
import { onStopSignals } from '../signals.ts';
import { chooseFolder, chooseObjects, chooseStore, DATA_OPTIONS, passedOver } from '../stores.ts';
import { JUDGEMENT_OPTIONS, judgement } from './compute.ts';

const PORTS = { least: 0, most: 65_535 } as const;

const UP_OPTIONS = {
  ...DATA_OPTIONS,
  services: integerOption('--services <integer>', 'compute services to start', {
    default: 1,
    least: 0,
    most: 1000,
  }),
  slots: integerOption('--slots <integer>', 'units each service runs at a time', {
    default: 1,
    least: 1,
    most: 1000,
  }),
  userPort: integerOption('--user-port <integer>', 'port of the user API; 0 takes a free one', {
    default: 8000,
    ...PORTS,
  }),
  computePort: integerOption('--compute-port <integer>', 'port of the compute API; 0 takes a free one', {
    default: 8001,
    ...PORTS,
  }),
  strategist: {
    ...switchOption('--strategist', 'run the strategies of networks as well'),
    read: (text: string) => text === 'true',
    default: true,
  },
  noStrategist: switchOption('--no-strategist', 'do not'),
  strategistInterval: integerOption(
    '--strategist-interval <integer>',
    'seconds between two looks for strategies that are due',
    { default: DEFAULT_LOOK_SECONDS, least: 1 },
  ),
  host: textOption('--host <text>', 'address to listen on; 0.0.0.0 for all', { default: '127.0.0.1' }),
  loglevel: textOption('--loglevel <text>', 'critical, error, warning, info, debug', { default: 'warning' }),
  ...OBJECT_OPTIONS,
  ...JUDGEMENT_OPTIONS,
  ...JWT_OPTIONS,
} as const;

/** Adds `up`. */
export function addUpCommand(program: Command, context: CliContext): void {
  addCommand(program, 'up', context, {
    summary: 'Run everything on this machine: both APIs, their stores, compute services.',
    description:
      'The first start makes the data folder and prints the keys of a user and a compute identity. ' +
      'One signal (Ctrl-C) lets services finish what they run, a second stops at once.',
    examples: [
      'alchemiscale up',
      'alchemiscale up --data /srv/alchemiscale --services 2 --slots 4',
      'alchemiscale up --host 0.0.0.0 --user-port 80',
    ],
    options: UP_OPTIONS,
    run: up,
  });
}

async function up(options: OptionValues<typeof UP_OPTIONS>, { env, out, note }: CliContext): Promise<void> {
  const folder = chooseFolder(options, env);
  const [storeUrl, place] = [chooseStore({ ...options, url: null }, env), chooseObjects(options, env)];
  const unused = passedOver(options, env);
  if (unused !== null) note(unused);
  const { createLog } = await import('../../stack/log.ts');
  const { startStack } = await import('../../stack/stack.ts');
  const log = createLog({ level: readLogLevel(options.loglevel ?? 'warning') });
  warnOfShortSecret(options.jwtSecret, log);
  const quit = new AbortController();
  let stack: Stack | null = null;
  let stopping: Promise<void> | null = null;
  const begin = Promise.withResolvers<void>();
  using _signals = onStopSignals({
    graceful: signal => {
      if (stack === null) return quit.abort(new ExitError(1));
      const running = stack.servicesRunning();
      if (running === 1)
        note(`${signal}: 1 compute service finishes what it runs; once more stops it at once`);
      if (running > 1)
        note(`${signal}: ${running} compute services finish what they run; once more stops them at once`);
      stopping = stack.stop();
      begin.resolve();
    },
    forceful: () => {
      quit.abort(new ExitError(1));
      begin.resolve();
    },
  });
  const server = {
    ...judgement(options),
    jwt: { expireSeconds: options.jwtExpireSeconds, algorithm: options.jwtAlgorithm },
  };
  stack = await startStack({
    dataDir: folder.path,
    storeUrl,
    objectsUrl: place.url,
    objectsCredentials: place.credentials,
    jwtSecret: options.jwtSecret,
    host: options.host ?? '127.0.0.1',
    userPort: options.userPort,
    computePort: options.computePort,
    services: options.services,
    ...(options.strategist && { strategist: { sleepIntervalSeconds: options.strategistInterval } }),
    slots: options.slots,
    server,
    log,
    signal: quit.signal,
  });
  await using running = stack;
  greet(running, options.services, out);
  await begin.promise;
  await stopping;
  if (quit.signal.aborted) throw new ExitError(1);
}

function greet(stack: Stack, services: number, out: (line: string) => void): void {
  if (stack.isFirstStart) {
    const { userIdentity: user, computeIdentity: compute } = stack;
    out(`First start: two identities were made. Keep their keys: they are printed only now.`);
    out('');
    out('  # for a user (Python or TypeScript client)');
    out(`  export ALCHEMISCALE_URL=${stack.userUrl}`);
    out(`  export ALCHEMISCALE_ID=${user.identifier}`);
    out(`  export ALCHEMISCALE_KEY=${user.key}`);
    out('');
    out('  # for compute services elsewhere');
    out(`  export ALCHEMISCALE_URL=${stack.computeUrl}`);
    out(`  export ALCHEMISCALE_ID=${compute.identifier}`);
    out(`  export ALCHEMISCALE_KEY=${compute.key}`);
    out('');
  }
  if (!stack.isFirstStart)
    out(`The keys of its first identities are in ${stack.dataDir}: user-identity, compute-identity.`);
  const count = `${services} compute service${services === 1 ? '' : 's'}`;
  out(
    `alchemiscale is ready: user API ${stack.userUrl}, compute API ${stack.computeUrl}, ${count}, data in ${stack.dataDir}`,
  );
}
