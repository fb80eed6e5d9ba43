// Which stores a command works on: the flag, else ALCHEMISCALE_DB and ALCHEMISCALE_OBJECTS, else the original's
// variables, else the data folder. `--data` names another folder, and with it both stores and the secret.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type DataFolder, dataFolderAt, readSecret } from '../stack/data-folder.ts';
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
    'state store, e.g. sqlite:///absolute/path/state.db or bolt://host:7687 [env vars: ALCHEMISCALE_DB, NEO4J_URL]',
  ),
  user: textOption('--user <text>', 'user name; Neo4j only [env var: NEO4J_USER]'),
  password: textOption('--password <text>', 'password; Neo4j only [env var: NEO4J_PASS]'),
  dbname: textOption(
    '--dbname <text>',
    "name of the database, default 'neo4j'; Neo4j only [env var: NEO4J_DBNAME]",
  ),
} as const;

/** The original's options for its bucket. They name a place that this version cannot use, so they are refused. */
export const OBJECT_OPTIONS = {
  objects: textOption(
    '--objects <url>',
    'object store, e.g. file:///absolute/folder [env var: ALCHEMISCALE_OBJECTS]',
  ),
  accessKeyId: textOption('--access-key-id <text>', 'S3 only'),
  secretAccessKey: textOption('--secret-access-key <text>', 'S3 only'),
  sessionToken: textOption('--session-token <text>', 'S3 only'),
  s3Bucket: textOption('--s3-bucket <text>', 'S3 only'),
  s3Prefix: textOption('--s3-prefix <text>', 'S3 only'),
  defaultRegion: textOption('--default-region <text>', 'S3 only'),
} as const;

/** Credentials and regions alone say nothing: many machines have them for other purposes. */
const S3_VARIABLES = ['AWS_S3_BUCKET', 'AWS_S3_PREFIX'];

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

/** Null when nothing but the data folder is left. */
function namedStore(
  options: { readonly data: string | null; readonly url: string | null },
  env: Environment,
): string | null {
  if (options.url !== null) return options.url;
  if (options.data !== null) return null;
  return env.get('ALCHEMISCALE_DB') ?? neo4jVariable(env);
}

/** The URL of the object store; see `chooseStore`. */
export function chooseObjects(
  options: {
    readonly data: string | null;
    readonly objects?: string | null;
    readonly s3Bucket?: string | null;
  },
  env: Environment,
): string {
  if (options.objects) return options.objects;
  if (options.s3Bucket) throw laterObjects('--s3-bucket is given');
  const folder = chooseFolder(options, env);
  if (options.data !== null) return folder.objectsUrl;
  const ours = env.get('ALCHEMISCALE_OBJECTS');
  if (ours !== undefined) return ours;
  const set = S3_VARIABLES.filter(name => env.get(name) !== undefined);
  if (set.length > 0) throw laterObjects(`${set.join(' and ')} ${set.length === 1 ? 'is' : 'are'} set`);
  return folder.objectsUrl;
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

function laterObjects(why: string): MisuseError {
  return new MisuseError(
    `${why}, but this version keeps objects in a folder only; S3 comes with a later one. ` +
      'Choose a folder with ALCHEMISCALE_OBJECTS=file:///absolute/folder (it wins over AWS_*) or --objects',
  );
}
