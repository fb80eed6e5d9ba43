// The settings file of a strategist: one flat YAML mapping with the field names and defaults of the original, in which two
// groups may name the stores by the original's variables. It is YAML 1.1, as the original's reader has it.
//
// Differs from alchemiscale: unknown names are refused; there a misspelt setting silently keeps its default.
import { parse, YAMLError } from 'yaml';
import { AlchemiscaleError } from '../domain/errors.ts';
import { Scope } from '../domain/scope.ts';
import { DEFAULT_LOOK_SECONDS, DEFAULT_STRATEGIST_WORKERS } from '../domain/strategy-cycle.ts';
import { LOG_LEVEL_NAMES, type LogLevel, parseLogLevel } from '../lib/log-level.ts';

/** A strategist's settings, complete. */
export interface StrategistSettings {
  /** Between two looks; no strategy runs more often. */
  readonly sleepIntervalSeconds: number;
  /** Strategies that run at the same time. */
  readonly maxWorkers: number;
  readonly scopes: readonly Scope[];
  readonly loglevel: LogLevel;
  readonly logfile: string | null;
  /** Null: `alchemiscale-strategist` in the user's cache folder. */
  readonly cacheDirectory: string | null;
  readonly cacheSizeLimitBytes: number;
  readonly useLocalCache: boolean;
  /** What stands under `neo4j_settings` and `s3_settings`: variables of the original, and their values. */
  readonly neo4jVariables: Variables;
  readonly s3Variables: Variables;
}

type Variables = Readonly<Record<string, string>>;

const DEFAULT_CACHE_BYTES = 1_073_741_824;

/** One setting: what is read from a value, or null where it is none; and what it must be, for the refusal. */
interface Field<T> {
  readonly must: string;
  readonly read: (value: unknown) => T | null;
  readonly fallback: T;
}

const whole = (least: number, fallback: number): Field<number> => ({
  must: `a whole number, ${least} or more`,
  read: value => (Number.isSafeInteger(value) && Number(value) >= least ? Number(value) : null),
  fallback,
});
const textOr = (fallback: string): Field<string> => ({
  must: 'a text (in quotes if it looks like a number)',
  read: value => (typeof value === 'string' ? value : null),
  fallback,
});
const group = (names: readonly string[]): Field<Variables> => ({
  must: `a mapping of ${names.join(', ')} to texts`,
  read: value => readVariables(value, names),
  fallback: {},
});

const FIELDS = {
  sleep_interval: whole(1, DEFAULT_LOOK_SECONDS),
  max_workers: whole(1, DEFAULT_STRATEGIST_WORKERS),
  scopes: {
    must: "a list of scopes in quotes, such as 'org-campaign-*'",
    read: value => (Array.isArray(value) && value.every(each => typeof each === 'string') ? value : null),
    fallback: [],
  } satisfies Field<readonly string[]>,
  // Differs from alchemiscale: WARN there, and a strategist that works says nothing.
  loglevel: textOr('INFO'),
  logfile: textOr(''),
  cache_directory: textOr(''),
  cache_size_limit: whole(0, DEFAULT_CACHE_BYTES),
  use_local_cache: {
    must: 'true or false',
    read: value => (typeof value === 'boolean' ? value : null),
    fallback: true,
  } satisfies Field<boolean>,
  neo4j_settings: group(['NEO4J_URL', 'NEO4J_DBNAME', 'NEO4J_USER', 'NEO4J_PASS']),
  s3_settings: group([
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AWS_S3_BUCKET',
    'AWS_S3_PREFIX',
    'AWS_DEFAULT_REGION',
    'AWS_ENDPOINT_URL',
  ]),
} as const;
type Name = keyof typeof FIELDS;

/** Reads the text of a settings file, which may be empty; `file` is the name a refusal begins with. Throws BAD_REQUEST. */
export function parseStrategistSettings(yaml: string, file: string): StrategistSettings {
  const given = readMapping(yaml, file);
  const unknown = Object.keys(given).find(name => !(name in FIELDS));
  if (unknown !== undefined) {
    throw refusal(file, `unknown setting '${unknown}'; there are ${Object.keys(FIELDS).join(', ')}`);
  }
  const read = <N extends Name>(name: N): (typeof FIELDS)[N]['fallback'] => {
    const { must, read, fallback }: Field<unknown> = FIELDS[name];
    const value = given[name];
    if (value === undefined || value === null) return fallback as never;
    const result = read(value);
    if (result !== null) return result as never;
    throw refusal(
      file,
      `${name} must be ${must}${name.endsWith('_settings') ? '' : `; got ${JSON.stringify(value)}`}`,
    );
  };
  const loglevel = parseLogLevel(read('loglevel'));
  if (loglevel === null)
    throw refusal(file, `loglevel must be one of ${LOG_LEVEL_NAMES}; got ${JSON.stringify(given.loglevel)}`);
  return {
    sleepIntervalSeconds: read('sleep_interval'),
    maxWorkers: read('max_workers'),
    scopes: readScopes(read('scopes'), file),
    loglevel,
    logfile: read('logfile') || null,
    cacheDirectory: read('cache_directory') || null,
    cacheSizeLimitBytes: read('cache_size_limit'),
    useLocalCache: read('use_local_cache'),
    neo4jVariables: read('neo4j_settings'),
    s3Variables: read('s3_settings'),
  };
}

function readMapping(yaml: string, file: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = parse(yaml, { version: '1.1' });
  } catch (error) {
    if (!(error instanceof YAMLError || error instanceof ReferenceError)) throw error;
    throw refusal(file, `not YAML: ${error.message.split('\n')[0]?.replace(/:$/, '')}`);
  }
  if (value === null || value === undefined) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refusal(file, "a settings file is a list of 'name: value' lines");
}

function readVariables(value: unknown, names: readonly string[]): Variables | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const variables: Record<string, string> = {};
  for (const [name, text] of Object.entries(value)) {
    if (text === null) continue;
    // As in the original, whatever the case.
    const known = names.find(each => each === name.toUpperCase());
    if (known === undefined || typeof text !== 'string') return null;
    variables[known] = text;
  }
  return variables;
}

function readScopes(texts: readonly string[], file: string): readonly Scope[] {
  try {
    return texts.length === 0 ? [Scope.ALL] : texts.map(text => Scope.parse(text));
  } catch (error) {
    throw error instanceof AlchemiscaleError ? refusal(file, error.message) : error;
  }
}

function refusal(file: string, why: string): AlchemiscaleError {
  return new AlchemiscaleError('BAD_REQUEST', `${file}: ${why}`);
}
