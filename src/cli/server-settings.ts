// How an API process listens. The original runs under gunicorn and passes a YAML file (`-c`) and inline JSON (`-j`) of
// gunicorn's settings on to it, the JSON winning over the file and both over the flags. Of those settings the ones that
// mean something here are read, `bind`, `workers` and `loglevel`; the caller is told the names of the rest.
import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { parse } from 'yaml';
import { LOG_LEVEL_NAMES, type LogLevel, parseLogLevel } from '../lib/log-level.ts';
import { JWT_ALGORITHMS } from '../server/settings.ts';
import { MisuseError } from './errors.ts';
import { choiceOption, integerOption, switchOption, textOption } from './options.ts';

/** The options of `api` (prefix ALCHEMISCALE_API) and `compute api` (prefix ALCHEMISCALE_COMPUTE_API). */
export function serverOptions<P extends string>(prefix: P) {
  return {
    workers: integerOption(
      '--workers <integer>',
      'number of processes that serve the port; SQLite has room for one',
      {
        default: 1,
        least: 1,
      },
    ),
    host: textOption('--host <text>', 'IP address of host', { env: `${prefix}_HOST`, default: '127.0.0.1' }),
    port: integerOption('--port <integer>', 'port; 0 takes a free one', {
      env: `${prefix}_PORT`,
      default: 80,
      least: 0,
      most: 65_535,
    }),
    loglevel: textOption('--loglevel <text>', `logging level: ${LOG_LEVEL_NAMES}`, {
      env: `${prefix}_LOGLEVEL`,
      default: 'info',
    }),
    trustProxy: switchOption(
      '--trust-proxy',
      'behind a reverse proxy: take the addresses of clients from X-Forwarded-For',
    ),
    configFile: textOption(
      '-c, --config-file <file>',
      "gunicorn's YAML file: bind, workers and loglevel are read",
    ),
    configJson: textOption('-j, --config-json <text>', 'the same as inline JSON, which wins over the file'),
  } as const;
}

/** How tokens are signed. */
export const JWT_OPTIONS = {
  jwtSecret: textOption('--jwt-secret <text>', 'JSON web token secret; the same for every API process', {
    env: 'JWT_SECRET_KEY',
  }),
  jwtExpireSeconds: integerOption('--jwt-expire-seconds <integer>', 'how long a token is good for', {
    env: 'JWT_EXPIRE_SECONDS',
    default: 1800,
    least: 1,
  }),
  jwtAlgorithm: {
    ...choiceOption('--jwt-algorithm <name>', JWT_ALGORITHMS.join(', '), JWT_ALGORITHMS, 'HS256'),
    env: 'JWT_ALGORITHM',
  },
} as const;

/** RFC 7518, 3.2: no less than what HS256 puts out. */
const LEAST_SECRET_BYTES = 32;

/** Says in the log that a secret given by hand is too short to be safe. As in the original it is used all the same. */
export function warnOfShortSecret(secret: string | null, log: Pick<Logger, 'warn'>): void {
  if (secret === null) return;
  const bytes = Buffer.byteLength(secret);
  if (bytes >= LEAST_SECRET_BYTES) return;
  log.warn(
    { bytes, wanted: LEAST_SECRET_BYTES },
    'the JWT secret is so short that whoever holds a token can guess it, and make tokens of his own; `openssl rand -hex 32` makes a good one',
  );
}

export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  readonly workers: number;
  readonly loglevel: LogLevel;
  /** Names of gunicorn's settings that were given and mean nothing here. */
  readonly ignored: readonly string[];
}

interface Given {
  readonly workers: number;
  readonly host: string | null;
  readonly port: number;
  readonly loglevel: string | null;
  readonly configFile: string | null;
  readonly configJson: string | null;
}

/** Puts flags, file and JSON together. Throws a MisuseError for what cannot be read. */
export async function serverSettings(given: Given): Promise<ServerSettings> {
  const { bind, workers, loglevel, ...rest } = {
    ...(given.configFile === null ? {} : await readConfigFile(given.configFile)),
    ...(given.configJson === null ? {} : readConfigJson(given.configJson)),
  };
  if (workers !== undefined && !(Number.isInteger(workers) && Number(workers) >= 1)) {
    throw new MisuseError(`workers must be a whole number of at least 1; got ${JSON.stringify(workers)}`);
  }
  return {
    ...(bind === undefined ? { host: given.host ?? '127.0.0.1', port: given.port } : readBind(bind)),
    workers: workers === undefined ? given.workers : Number(workers),
    loglevel: readLogLevel(loglevel === undefined ? (given.loglevel ?? 'info') : String(loglevel)),
    ignored: Object.keys(rest),
  };
}

/** The level a word names. Throws a MisuseError for any other. */
export function readLogLevel(word: string): LogLevel {
  const level = parseLogLevel(word);
  if (level === null) {
    throw new MisuseError(`Invalid value for '--loglevel': '${word}' is not one of ${LOG_LEVEL_NAMES}.`);
  }
  return level;
}

type Config = Readonly<Record<string, unknown>>;

async function readConfigFile(path: string): Promise<Config> {
  const named = `Invalid value for '--config-file' / '-c': '${path}'`;
  const text = await readNamedFile(path, named);
  try {
    return asMapping(parse(text, { version: '1.1' }), named);
  } catch (error) {
    if (error instanceof MisuseError) throw error;
    throw new MisuseError(`${named}: not YAML: ${firstLine(error)}`);
  }
}

function readConfigJson(text: string): Config {
  const named = "Invalid value for '--config-json' / '-j'";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new MisuseError(`${named}: ${firstLine(error)}`);
  }
  return asMapping(value, named);
}

/** The text of a file named on the command line. Throws a MisuseError that begins with `named`. */
export async function readNamedFile(path: string, named: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT') throw new MisuseError(`${named}: No such file or directory`);
    if (code === 'EISDIR') throw new MisuseError(`${named}: Is a directory`);
    if (code === 'EACCES') throw new MisuseError(`${named}: Permission denied`);
    throw error;
  }
}

function asMapping(value: unknown, named: string): Config {
  if (value === null || value === undefined) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Config;
  throw new MisuseError(`${named}: a mapping of names to values is expected`);
}

/** `host:port`, `:port` or `host`, as gunicorn's `bind`; of a list of one, its element. */
function readBind(bind: unknown): { readonly host: string; readonly port: number } {
  const [first, ...more] = Array.isArray(bind) ? bind : [bind];
  const match = typeof first === 'string' ? /^(\[[0-9a-fA-F:]+\]|[^:/]*)(?::(\d{1,5}))?$/.exec(first) : null;
  const port = Number(match?.[2] ?? 8000);
  if (match === null || more.length > 0 || port > 65_535) {
    throw new MisuseError(`bind must be one 'host:port'; got ${JSON.stringify(bind)}`);
  }
  const host = (match[1] ?? '').replaceAll(/[[\]]/g, '');
  return { host: host === '' ? '0.0.0.0' : host, port };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
