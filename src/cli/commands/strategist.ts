// `alchemiscale strategist`: runs the strategies of networks, beside the stores.
import type { Command } from 'commander';
import { OBJECT_OPTIONS } from '../bucket.ts';
import { addCommand, type CliContext } from '../command.ts';
import type { Environment } from '../env.ts';
import { ExitError } from '../errors.ts';
import { openExistingStore } from '../open-store.ts';
import { type OptionValues, requiredText } from '../options.ts';
import { readNamedFile } from '../server-settings.ts';
import { onStopSignals } from '../signals.ts';
import { chooseObjects, chooseStore, STORE_OPTIONS, withoutPassword } from '../stores.ts';

const STRATEGIST_OPTIONS = {
  configFile: requiredText(
    '-c, --config-file <file>',
    'YAML file with the settings of the strategist; it may be empty',
  ),
  ...STORE_OPTIONS,
  ...OBJECT_OPTIONS,
} as const;

/** Adds `strategist`. */
export function addStrategistCommand(program: Command, context: CliContext): void {
  addCommand(program, 'strategist', context, {
    summary: 'Start the strategist service.',
    description:
      'It runs the strategies of networks until it is told to stop: once to finish what runs, twice to stop at once. ' +
      'Several may run beside each other.',
    examples: [
      'alchemiscale strategist -c strategist.yaml',
      'alchemiscale strategist -c strategist.yaml --url postgres://host/alchemiscale',
    ],
    options: STRATEGIST_OPTIONS,
    run: runStrategist,
  });
}

async function runStrategist(
  options: OptionValues<typeof STRATEGIST_OPTIONS>,
  { env, out, note }: CliContext,
): Promise<void> {
  const { configFile: file } = options;
  const yaml = await readNamedFile(file, `Invalid value for '--config-file' / '-c': '${file}'`);
  const { parseStrategistSettings } = await import('../../strategist/settings.ts');
  const settings = parseStrategistSettings(yaml, file);
  const [{ createLog, logDifference }, { openObjectStore }, { createStrategist }, { refuseDuringCopies }] =
    await Promise.all([
      import('../../stack/log.ts'),
      import('../../objects/open.ts'),
      import('../../stack/strategist.ts'),
      import('../../stack/copy-guard.ts'),
    ]);
  const log = createLog({ level: settings.loglevel, file: settings.logfile });
  const named = withVariables(env, settings);
  const { s3Variables: s3 } = settings;
  await using store = await openExistingStore(options, named, { onDifference: logDifference(log) });
  const place = chooseObjects(
    {
      ...options,
      accessKeyId: options.accessKeyId ?? s3.AWS_ACCESS_KEY_ID ?? null,
      secretAccessKey: options.secretAccessKey ?? s3.AWS_SECRET_ACCESS_KEY ?? null,
      sessionToken: options.sessionToken ?? s3.AWS_SESSION_TOKEN ?? null,
    },
    named,
  );
  await using objects = await openObjectStore(place.url, place.credentials);
  const cache = settings.useLocalCache ? await openCache(settings, env) : null;
  const strategist = createStrategist(
    { store: refuseDuringCopies(store, { log }), objects, cache, log },
    settings,
  );
  log.info(
    {
      store: withoutPassword(chooseStore(options, named)),
      objects: place.url,
      scopes: settings.scopes.map(String),
      sleepIntervalSeconds: settings.sleepIntervalSeconds,
    },
    'strategist starts',
  );
  let isAborted = false;
  using _signals = onStopSignals({
    graceful: signal => {
      note(`${signal}: finishing what runs; once more stops at once`);
      void strategist.stop();
    },
    forceful: () => {
      if (isAborted) process.exit(1);
      isAborted = true;
      void strategist.abort();
    },
  });
  out(`alchemiscale strategist is ready: it looks every ${settings.sleepIntervalSeconds} s`);
  await strategist.start();
  if (isAborted) throw new ExitError(1);
}

interface Named {
  readonly neo4jVariables: Readonly<Record<string, string>>;
  readonly s3Variables: Readonly<Record<string, string>>;
}

/** The environment, in which the stores that the settings file names come before all that it says itself. */
function withVariables(env: Environment, { neo4jVariables, s3Variables }: Named): Environment {
  const variables: Readonly<Record<string, string>> = { ...neo4jVariables, ...s3Variables };
  const hidden = [
    ...(Object.keys(neo4jVariables).length > 0 ? ['ALCHEMISCALE_DB'] : []),
    ...(Object.keys(s3Variables).length > 0 ? ['ALCHEMISCALE_OBJECTS'] : []),
  ];
  return { get: name => (hidden.includes(name) ? undefined : (variables[name] ?? env.get(name))) };
}

async function openCache(
  {
    cacheDirectory,
    cacheSizeLimitBytes,
  }: { readonly cacheDirectory: string | null; readonly cacheSizeLimitBytes: number },
  env: Environment,
) {
  const { DiskCache } = await import('../../client/cache/disk.ts');
  const { homedir } = await import('node:os');
  const shared = env.get('XDG_CACHE_HOME') ?? `${homedir()}/.cache`;
  const directory = cacheDirectory ?? `${shared}/alchemiscale-strategist`;
  return new DiskCache({ directory, sizeLimitBytes: cacheSizeLimitBytes });
}
