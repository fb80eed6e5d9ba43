// Which stores a command works on: the flag, else ALCHEMISCALE_DB and ALCHEMISCALE_OBJECTS, else the original's
// variables, else the data folder. `--data` names another folder, and with it both stores and the secret.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type DataFolder, dataFolderAt, readSecret } from '../stack/data-folder.ts';
import type { Environment } from './env.ts';
import { MisuseError } from './errors.ts';
import { textOption } from './options.ts';

/** Where the data folder is. Ours. */
export const DATA_OPTIONS = {
  data: textOption(
    '--data <dir>',
    'data folder: database, objects, secrets; ~/.local/share/alchemiscale if not given',
  ),
} as const;

/** The options of every command that opens the state store; all but the first are for Neo4j. */
export const STORE_OPTIONS = {
  ...DATA_OPTIONS,
  url: textOption(
    '--url <url>',
    'state store, e.g. sqlite:///absolute/path/state.db [env var: ALCHEMISCALE_DB]',
  ),
  user: textOption('--user <text>', 'database user name; not used by SQLite'),
  password: textOption('--password <text>', 'database password; not used by SQLite'),
  dbname: textOption('--dbname <text>', 'database name; not used by SQLite'),
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

const NEO4J_VARIABLES = ['NEO4J_URL', 'NEO4J_USER', 'NEO4J_PASS', 'NEO4J_DBNAME'];
/** Credentials and regions alone say nothing: many machines have them for other purposes. */
const S3_VARIABLES = ['AWS_S3_BUCKET', 'AWS_S3_PREFIX'];

/** The folder that `--data` names, or the user's own. */
export function chooseFolder(options: { readonly data: string | null }, env: Environment): DataFolder {
  if (options.data !== null) return dataFolderAt(options.data);
  const shared = env.get('XDG_DATA_HOME') ?? join(homedir(), '.local', 'share');
  return dataFolderAt(resolve(shared, 'alchemiscale'));
}

/** The URL of the state store. Throws a MisuseError when the original's variables name one that cannot be used yet. */
export function chooseStore(
  options: { readonly data: string | null; readonly url: string | null },
  env: Environment,
): string {
  if (options.url !== null) return checkedStore(options.url);
  const folder = chooseFolder(options, env);
  if (options.data !== null) return folder.storeUrl;
  const ours = env.get('ALCHEMISCALE_DB');
  if (ours !== undefined) return checkedStore(ours);
  const set = NEO4J_VARIABLES.filter(name => env.get(name) !== undefined);
  if (set.length > 0) throw laterStore(`${set.join(', ')} ${set.length === 1 ? 'is' : 'are'} set`);
  return folder.storeUrl;
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

function checkedStore(url: string): string {
  if (/^(bolt|neo4j)(\+s|\+ssc)?:/.test(url)) throw laterStore(`'${url}' names a Neo4j database`);
  return url;
}

function laterStore(why: string): MisuseError {
  return new MisuseError(
    `${why}, but this version keeps its state in SQLite only; Neo4j comes with a later one. ` +
      'Choose a file with ALCHEMISCALE_DB=sqlite:///absolute/path/state.db (it wins over NEO4J_*) or --url',
  );
}

function laterObjects(why: string): MisuseError {
  return new MisuseError(
    `${why}, but this version keeps objects in a folder only; S3 comes with a later one. ` +
      'Choose a folder with ALCHEMISCALE_OBJECTS=file:///absolute/folder (it wins over AWS_*) or --objects',
  );
}
