// Which stores a command works on: the flag, else ALCHEMISCALE_DB and ALCHEMISCALE_OBJECTS, else the original's
// variables, else the data folder. `--data` names another folder, and with it both stores and the secret.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { S3Credentials } from '../objects/s3-options.ts';
import { type DataFolder, dataFolderAt, readSecret } from '../stack/data-folder.ts';
import {
  type BucketFlags,
  completeS3Url,
  flaggedBucket,
  flaggedCredentials,
  variableBucket,
} from './bucket.ts';
import type { Environment } from './env.ts';
import { MisuseError } from './errors.ts';
import { completeNeo4jUrl, isNeo4jUrl, type Neo4jFlags, neo4jVariable } from './neo4j-url.ts';
import { textOption } from './options.ts';

/** Where the data folder is. Ours. */
export const DATA_OPTIONS = {
  data: textOption(
    '--data <dir>',
    'data folder: database, objects, secrets; ~/.local/share/alchemiscale if not given',
  ),
} as const;

/** The options of every command that opens the state store; all but the first two are for Neo4j. */
export const STORE_OPTIONS = {
  ...DATA_OPTIONS,
  url: textOption(
    '--url <url>',
    'state store, e.g. sqlite:///absolute/path/state.db, postgres://host/database or bolt://host:7687 [env vars: ALCHEMISCALE_DB, NEO4J_URL]',
  ),
  user: textOption('--user <text>', 'user name; Neo4j only [env var: NEO4J_USER]'),
  password: textOption('--password <text>', 'password; Neo4j only [env var: NEO4J_PASS]'),
  dbname: textOption(
    '--dbname <text>',
    "name of the database, default 'neo4j'; Neo4j only [env var: NEO4J_DBNAME]",
  ),
} as const;

/** The folder that `--data` names, or the user's own. */
export function chooseFolder(options: { readonly data: string | null }, env: Environment): DataFolder {
  if (options.data !== null) return dataFolderAt(options.data);
  const shared = env.get('XDG_DATA_HOME') ?? join(homedir(), '.local', 'share');
  return dataFolderAt(resolve(shared, 'alchemiscale'));
}

/** The URL of the state store, for Neo4j with user and password. Throws a MisuseError when it is not named in full. */
export function chooseStore(
  options: { readonly data: string | null; readonly url: string | null } & Neo4jFlags,
  env: Environment,
): string {
  const url = namedStore(options, env) ?? chooseFolder(options, env).storeUrl;
  return isNeo4jUrl(url) ? completeNeo4jUrl(url, options, env) : url;
}

/** The URL of a state store as it may stand in a log. */
export function withoutPassword(url: string): string {
  const parsed = URL.parse(url);
  // The parameters of PostgreSQL may have a password too.
  if (parsed === null || parsed.host === '') return url;
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
}

/** Null when nothing but the data folder is left. */
function namedStore(
  options: { readonly data: string | null; readonly url: string | null },
  env: Environment,
): string | null {
  if (options.url !== null) return options.url;
  if (options.data !== null) return null;
  return env.get('ALCHEMISCALE_DB') ?? neo4jVariable(env);
}

/** Which object store, and what it is opened with. */
export interface ObjectsChoice {
  readonly url: string;
  /** For a bucket; null where the SDK finds them. */
  readonly credentials: S3Credentials | null;
}

/** The object store; see `chooseStore`. */
export function chooseObjects(
  options: { readonly data: string | null; readonly objects?: string | null } & BucketFlags,
  env: Environment,
): ObjectsChoice {
  const url = namedObjects(options, env) ?? chooseFolder(options, env).objectsUrl;
  if (!url.startsWith('s3:')) return { url, credentials: null };
  return { url: completeS3Url(url, options, env), credentials: flaggedCredentials(options, env) };
}

/** Null when nothing but the data folder is left. */
function namedObjects(
  options: { readonly data: string | null; readonly objects?: string | null } & BucketFlags,
  env: Environment,
): string | null {
  const flagged = options.objects ?? flaggedBucket(options, env);
  if (flagged !== null) return flagged;
  if (options.data !== null) return null;
  return env.get('ALCHEMISCALE_OBJECTS') ?? variableBucket(options, env);
}

/**
 * Says which variables name a store and are passed over, since `--data` names another; null when there are none. Their
 * values are not repeated: a URL may have a password in it.
 */
export function passedOver(
  options: { readonly data: string | null; readonly objects?: string | null } & BucketFlags,
  env: Environment,
): string | null {
  if (options.data === null) return null;
  const objectsAreFlagged = Boolean(options.objects ?? options.s3Bucket);
  const first = (names: readonly string[]): readonly string[] =>
    names.filter(name => env.get(name) !== undefined).slice(0, 1);
  const names = [
    ...first(['ALCHEMISCALE_DB', 'NEO4J_URL']),
    ...(objectsAreFlagged ? [] : first(['ALCHEMISCALE_OBJECTS', 'AWS_S3_BUCKET'])),
  ];
  if (names.length === 0) return null;
  return (
    `warning: ${names.join(' and ')} in the environment ${names.length === 1 ? 'is' : 'are'} not used, ` +
    `because --data was given: it names another place (${options.data})`
  );
}

/**
 * What tokens are signed with. Throws a MisuseError when there is none.
 *
 * Differs from alchemiscale: there a missing secret is made up at each start, so tokens of one API process are refused
 * by the next.
 */
export async function chooseSecret(given: string | null, folder: DataFolder): Promise<string> {
  const secret = given ?? (await readSecret(folder.secretPath));
  if (secret !== null) return secret;
  throw new MisuseError(
    `no secret to sign tokens with: give --jwt-secret or JWT_SECRET_KEY, the same to every API process ` +
      `('alchemiscale up' makes one in ${folder.secretPath})`,
  );
}
