// The settings file of a compute service: one flat YAML mapping, with the field names and defaults of the original. It is
// read once into a frozen object in which every field has a value, units are in the names, and nothing is left to check.
// It is YAML 1.1, as the original's reader has it (`client_verify: no` is a boolean there).
//
// Differs from alchemiscale: unknown names are refused (there a misspelt setting silently keeps its default), and
// `slots` is ours, since there a service runs one unit at a time.
import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { parse, YAMLError } from 'yaml';
import { parseComputeId } from '../domain/compute-id.ts';
import { AlchemiscaleError } from '../domain/errors.ts';
import { Scope } from '../domain/scope.ts';
import { LOG_LEVEL_NAMES, type LogLevel, parseLogLevel } from '../lib/log-level.ts';

/** A compute service's settings, complete. */
export interface ComputeServiceSettings {
  readonly apiUrl: string;
  readonly identifier: string;
  readonly key: string;
  readonly name: string;
  readonly computeManagerId: string | null;
  readonly sharedBasedir: string;
  readonly scratchBasedir: string;
  readonly keepShared: boolean;
  readonly keepScratch: boolean;
  /** How often a unit that failed is tried again. */
  readonly nRetries: number;
  readonly sleepMs: number;
  readonly deepSleepMs: number;
  readonly heartbeatMs: number;
  /** Empty means every scope of the identity. */
  readonly scopes: readonly Scope[];
  readonly scopesExclude: readonly Scope[];
  /** Null means every protocol that this program can run. */
  readonly protocols: readonly string[] | null;
  readonly claimLimit: number;
  readonly maxTasks: number | null;
  readonly maxTimeMs: number | null;
  readonly loglevel: LogLevel;
  readonly logfile: string | null;
  readonly clientUseLocalCache: boolean;
  /** −1 means for ever. */
  readonly clientMaxRetries: number;
  readonly clientRetryBaseSeconds: number;
  readonly clientRetryMaxSeconds: number;
  readonly clientVerify: boolean;
  /** How many units may run at a time. */
  readonly slots: number;
}

// `description` says what a value must be; a refusal quotes it.
const text = () => Type.String({ minLength: 1, description: 'a text (in quotes if it looks like a number)' });
const flag = (value: boolean) => Type.Boolean({ default: value, description: 'true or false' });
const whole = (minimum: number, value?: number) =>
  Type.Integer({ minimum, default: value, description: `a whole number, ${minimum} or more` });
const seconds = (value?: number) =>
  Type.Number({ minimum: 0, default: value, description: 'a number of seconds, 0 or more' });
const nullable = <T extends TSchema>(schema: T) =>
  Type.Union([schema, Type.Null()], { default: null, description: `${describe(schema)}, or null` });
const scopes = () =>
  Type.Array(Type.String(), { description: "a list of scopes in quotes, such as 'org-campaign-*'" });

const SCHEMA = Type.Object(
  {
    api_url: Type.String({
      pattern: '^https?://',
      description: 'an address that begins with http:// or https://',
    }),
    identifier: text(),
    key: text(),
    name: Type.String({
      pattern: '^[a-zA-Z][a-zA-Z0-9_.:]*$',
      description: "a letter followed by letters, digits, '_', '.' and ':' (no hyphen)",
    }),
    compute_manager_id: nullable(text()),
    shared_basedir: text(),
    scratch_basedir: text(),
    keep_shared: flag(false),
    keep_scratch: flag(false),
    n_retries: whole(0, 3),
    sleep_interval: seconds(30),
    deep_sleep_interval: seconds(300),
    heartbeat_interval: Type.Number({
      exclusiveMinimum: 0,
      default: 300,
      description:
        'a number of seconds above 0 (and below the time after which the server forgets a silent service)',
    }),
    scopes: nullable(scopes()),
    scopes_exclude: nullable(scopes()),
    protocols: nullable(
      Type.Array(Type.String({ pattern: '^[a-zA-Z][a-zA-Z0-9_]*$' }), {
        minItems: 1,
        description: 'a list of at least one class name of a protocol',
      }),
    ),
    claim_limit: whole(1, 1),
    max_tasks: nullable(whole(1)),
    max_time: nullable(seconds()),
    // Differs from alchemiscale: WARN there, and a service that works says nothing.
    loglevel: Type.String({ default: 'INFO', description: `one of ${LOG_LEVEL_NAMES}` }),
    logfile: nullable(text()),
    client_cache_directory: nullable(text()),
    client_cache_size_limit: whole(0, 1_073_741_824),
    client_use_local_cache: flag(false),
    client_max_retries: whole(-1, 5),
    client_retry_base_seconds: Type.Number({
      exclusiveMinimum: 1,
      default: 2,
      description: 'a number above 1',
    }),
    client_retry_max_seconds: seconds(60),
    client_verify: flag(true),
    slots: whole(1, 1),
  },
  { additionalProperties: false },
);
type SettingsFile = Static<typeof SCHEMA>;
const CHECK = Compile(SCHEMA);
const NAMES: readonly string[] = Object.keys(SCHEMA.properties);

/** Settings given outside the file, which win over it: `--name` and `--compute-manager-id`. */
export interface SettingsOverrides {
  readonly name?: string | undefined;
  readonly compute_manager_id?: string | undefined;
}

/** Reads the text of a settings file; `file` is the name a refusal begins with. */
export function parseSettings(
  yaml: string,
  file: string,
  overrides: SettingsOverrides = {},
): ComputeServiceSettings {
  const given: Record<string, unknown> = { ...readMapping(yaml, file) };
  for (const [name, value] of Object.entries(overrides)) if (value !== undefined) given[name] = value;
  for (const name of Object.keys(given)) {
    if (!NAMES.includes(name)) throw refusal(file, unknownName(name));
  }
  const complete = CHECK.Default(given);
  if (!CHECK.Check(complete)) throw refusal(file, firstFault(given, complete));
  return compile(complete, file);
}

function readMapping(yaml: string, file: string): object {
  let value: unknown;
  try {
    value = parse(yaml, { version: '1.1' });
  } catch (error) {
    if (error instanceof YAMLError || error instanceof ReferenceError) {
      throw refusal(file, `not YAML: ${error.message.split('\n')[0]?.replace(/:$/, '')}`);
    }
    throw error;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusal(file, "a settings file is a list of 'name: value' lines");
  }
  if ('init' in value || 'start' in value) {
    throw refusal(
      file,
      "the old form with 'init:' and 'start:' groups is no longer read: put all settings on one level",
    );
  }
  return value;
}

function firstFault(given: Readonly<Record<string, unknown>>, complete: unknown): string {
  const missing = SCHEMA.required.filter(name => given[name] === undefined && !hasDefault(name));
  if (missing.length > 0) return `missing: ${missing.join(', ')}`;
  for (const error of CHECK.Errors(complete)) {
    const name = error.instancePath.split('/')[1];
    if (name !== undefined && name !== '') return mustBe(name, given[name]);
  }
  return 'not a settings file';
}

function mustBe(name: string, value: unknown): string {
  // A key is a secret: it is not shown again in a log.
  const got = name === 'key' ? '' : `; got ${JSON.stringify(value)}`;
  return `${name} must be ${describe(property(name))}${got}`;
}

function compile(file: SettingsFile, fileName: string): ComputeServiceSettings {
  const loglevel = parseLogLevel(file.loglevel);
  if (loglevel === null) throw refusal(fileName, mustBe('loglevel', file.loglevel));
  try {
    if (file.compute_manager_id !== null) parseComputeId(file.compute_manager_id, 'ComputeManagerID');
    return Object.freeze({
      apiUrl: file.api_url,
      identifier: file.identifier,
      key: file.key,
      name: file.name,
      computeManagerId: file.compute_manager_id,
      sharedBasedir: file.shared_basedir,
      scratchBasedir: file.scratch_basedir,
      keepShared: file.keep_shared,
      keepScratch: file.keep_scratch,
      nRetries: file.n_retries,
      sleepMs: file.sleep_interval * 1000,
      deepSleepMs: file.deep_sleep_interval * 1000,
      heartbeatMs: file.heartbeat_interval * 1000,
      scopes: (file.scopes ?? []).map(Scope.parse),
      scopesExclude: (file.scopes_exclude ?? []).map(Scope.parse),
      protocols: file.protocols,
      claimLimit: file.claim_limit,
      maxTasks: file.max_tasks,
      maxTimeMs: file.max_time === null ? null : file.max_time * 1000,
      loglevel,
      logfile: file.logfile,
      clientUseLocalCache: file.client_use_local_cache,
      clientMaxRetries: file.client_max_retries,
      clientRetryBaseSeconds: file.client_retry_base_seconds,
      clientRetryMaxSeconds: file.client_retry_max_seconds,
      clientVerify: file.client_verify,
      slots: file.slots,
    });
  } catch (error) {
    throw error instanceof AlchemiscaleError ? refusal(fileName, error.message) : error;
  }
}

function unknownName(name: string): string {
  const near = NAMES.map(known => ({ known, distance: editDistance(name, known) }))
    .filter(({ distance }) => distance <= 3)
    .sort((a, b) => a.distance - b.distance)[0];
  return `unknown setting '${name}'${near === undefined ? '' : `; did you mean '${near.known}'?`}`;
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function property(name: string): TSchema | undefined {
  return (SCHEMA.properties as Record<string, TSchema>)[name];
}

function hasDefault(name: string): boolean {
  const schema = property(name);
  return schema !== undefined && 'default' in schema && schema.default !== undefined;
}

function describe(schema: TSchema | undefined): string {
  return schema !== undefined && 'description' in schema ? String(schema.description) : 'something else';
}

function refusal(file: string, why: string): AlchemiscaleError {
  return new AlchemiscaleError('INVALID_BODY', `${file}: ${why}`);
}
