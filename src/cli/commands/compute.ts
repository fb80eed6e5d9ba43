// `alchemiscale compute …`: the compute API alone, and compute services.
import type { Command } from 'commander';
import {
  DEFAULT_FORGIVE_SECONDS,
  DEFAULT_MAX_FAILURES,
  DEFAULT_REGISTRATION_EXPIRE_SECONDS,
} from '../../domain/claim.ts';
import {
  DEFAULT_MANAGER_EXPIRE_SECONDS,
  DEFAULT_MANAGER_EXPIRE_SECONDS_ERROR,
} from '../../domain/manager.ts';
import { OBJECT_OPTIONS } from '../bucket.ts';
import { addCommand, addGroup, type CliContext } from '../command.ts';
import { gmxFrom } from '../engines.ts';
import { acceptAnyCertificate } from '../env.ts';
import { ExitError } from '../errors.ts';
import { integerOption, type OptionValues, requiredText, switchOption, textOption } from '../options.ts';
import { JWT_OPTIONS, readNamedFile, serverOptions } from '../server-settings.ts';
import { onStopSignals } from '../signals.ts';
import { STORE_OPTIONS } from '../stores.ts';

const PREFIX = 'ALCHEMISCALE_COMPUTE_API';

/** How the server judges compute services and managers. The original reads all but the first from the environment only. */
export const JUDGEMENT_OPTIONS = {
  registrationExpireSeconds: integerOption(
    '--registration-expire-seconds <integer>',
    'a compute service that has been silent for longer loses its registration and its tasks',
    { env: `${PREFIX}_REGISTRATION_EXPIRE_SECONDS`, default: DEFAULT_REGISTRATION_EXPIRE_SECONDS, least: 1 },
  ),
  forgiveTimeSeconds: integerOption(
    '--forgive-time-seconds <integer>',
    'after which time a failure is forgotten',
    {
      env: `${PREFIX}_FORGIVE_TIME_SECONDS`,
      default: DEFAULT_FORGIVE_SECONDS,
      least: 0,
    },
  ),
  maxFailures: integerOption(
    '--max-failures <integer>',
    'a service with more recent failures may not claim',
    {
      env: `${PREFIX}_MAX_FAILURES`,
      default: DEFAULT_MAX_FAILURES,
      least: 0,
    },
  ),
  managerExpireSeconds: integerOption(
    '--manager-expire-seconds <integer>',
    'a compute manager that has not reported for longer is forgotten',
    { env: `${PREFIX}_MANAGER_EXPIRE_SECONDS`, default: DEFAULT_MANAGER_EXPIRE_SECONDS, least: 1 },
  ),
  managerExpireSecondsError: integerOption(
    '--manager-expire-seconds-error <integer>',
    'the same for a compute manager in ERROR, which is kept to be looked at',
    {
      env: `${PREFIX}_MANAGER_EXPIRE_SECONDS_ERROR`,
      default: DEFAULT_MANAGER_EXPIRE_SECONDS_ERROR,
      least: 1,
    },
  ),
} as const;

const SERVICE_OPTIONS = {
  configFile: requiredText('-c, --config-file <file>', 'YAML file with the settings of this service'),
  name: textOption('-n, --name <text>', 'the name of the service; wins over the file'),
  computeManagerId: textOption(
    '-m, --compute-manager-id <id>',
    'the compute manager that starts this service; leave it out unless you are one',
  ),
  attached: {
    ...switchOption('--attached', 'end when the channel to the parent process does'),
    hidden: true,
  },
} as const;

/** Adds `compute` with its commands. */
export function addComputeCommands(program: Command, context: CliContext): void {
  const group = addGroup(program, 'compute', 'Subcommands for compute services', [
    'alchemiscale compute api --host 0.0.0.0 --port 8001',
    'alchemiscale compute synchronous -c service.yaml',
  ]);
  addCommand(group, 'api', context, {
    summary: 'Start the compute API service.',
    examples: ['alchemiscale compute api --port 8001 --registration-expire-seconds 600'],
    options: {
      ...serverOptions(PREFIX),
      ...JUDGEMENT_OPTIONS,
      ...STORE_OPTIONS,
      ...OBJECT_OPTIONS,
      ...JWT_OPTIONS,
    },
    run: async (options, { env, out }) => {
      const { serve } = await import('../serve.ts');
      await serve('compute', options, { env, out, server: judgement(options) });
    },
  });
  addCommand(group, 'synchronous', context, {
    summary: 'Start the synchronous compute service.',
    description: 'It runs tasks until it is told to stop: once to finish what runs, twice to stop at once.',
    examples: [
      'alchemiscale compute synchronous -c service.yaml',
      'alchemiscale compute synchronous -c service.yaml -n gpu7',
    ],
    options: SERVICE_OPTIONS,
    run: runService,
  });
}

/** The options as the server takes them. */
export function judgement(options: OptionValues<typeof JUDGEMENT_OPTIONS>): Judgement {
  const { registrationExpireSeconds, forgiveTimeSeconds: forgiveSeconds, maxFailures } = options;
  const { managerExpireSeconds, managerExpireSecondsError } = options;
  return {
    registrationExpireSeconds,
    forgiveSeconds,
    maxFailures,
    managerExpireSeconds,
    managerExpireSecondsError,
  };
}

interface Judgement {
  readonly registrationExpireSeconds: number;
  readonly forgiveSeconds: number;
  readonly maxFailures: number;
  readonly managerExpireSeconds: number;
  readonly managerExpireSecondsError: number;
}

async function runService(
  options: OptionValues<typeof SERVICE_OPTIONS>,
  { env, note }: CliContext,
): Promise<void> {
  const { configFile: file } = options;
  const yaml = await readNamedFile(file, `Invalid value for '--config-file' / '-c': '${file}'`);
  const { parseSettings } = await import('../../compute/settings.ts');
  const settings = parseSettings(yaml, file, {
    name: options.name ?? undefined,
    compute_manager_id: options.computeManagerId ?? undefined,
  });
  if (!settings.clientVerify) acceptAnyCertificate();
  const { createLog } = await import('../../stack/log.ts');
  const { createComputeService } = await import('../../compute/create.ts');
  const log = createLog({ level: settings.loglevel, file: settings.logfile });
  const { service, id } = createComputeService(settings, log, { gmx: gmxFrom(env) });
  log.info(
    {
      service: id,
      server: new URL(settings.apiUrl).origin,
      identity: settings.identifier,
      scopes: settings.scopes.length === 0 ? 'all of the identity' : settings.scopes.map(String),
      slots: settings.slots,
    },
    'compute service starts',
  );
  // Under `alchemiscale up` that one speaks.
  const say = options.attached ? (): void => undefined : note;
  using _signals = onStopSignals({
    graceful: signal => {
      log.info({ service: id, signal, tasks: service.tasksInHand }, 'finishing what runs');
      if (service.tasksInHand > 0)
        say(`${signal}: finishing ${service.tasksInHand} tasks; once more stops at once`);
      service.stop();
    },
    forceful: signal => {
      // The second stops it, a third does not wait for that.
      if (service.isAborted) process.exit(1);
      log.info({ service: id, signal, tasks: service.tasksInHand }, 'stopping at once');
      service.stop();
    },
  });
  using _parent = onParentGone(options.attached, () => {
    log.info(
      { service: id, tasks: service.tasksInHand },
      'the process that started this service wants it to end',
    );
    service.abort();
  });
  if ((await service.start()) === 'aborted') throw new ExitError(1);
}

/**
 * A service that `alchemiscale up` started has a channel to it. When that closes there is no server any more, or it wants
 * this service to be gone at once. It may have closed before anybody listened.
 */
function onParentGone(attached: boolean, callback: () => void): Disposable {
  if (!attached) return { [Symbol.dispose]: () => undefined };
  if (!process.connected) callback();
  process.once('disconnect', callback);
  // The channel alone is no reason to go on.
  process.channel?.unref();
  return {
    [Symbol.dispose]() {
      process.off('disconnect', callback);
      if (process.connected) process.disconnect();
    },
  };
}
