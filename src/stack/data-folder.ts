// The folder that holds everything of one installation:
//
//     state.db           the state store
//     objects/           results
//     jwt-secret         what tokens are signed with                                     0600
//     user-identity      the identity of the folder's owner as a user, with its key      0600
//     compute-identity   that of the compute services started here                       0600
//     services/          their settings (0600), shared and scratch folders
//     lock               held by the running stack (folder-lock.ts)
//
// Secrets are made once and appear in one step, so a start that is cut off leaves a whole file or none.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AlchemiscaleError } from '../domain/errors.ts';

export interface DataFolder {
  readonly path: string;
  readonly storeUrl: string;
  readonly objectsUrl: string;
  readonly secretPath: string;
  readonly userIdentityPath: string;
  readonly computeIdentityPath: string;
  readonly servicesPath: string;
  readonly lockPath: string;
}

/** Names the parts of the data folder at `path`; nothing is read or made. */
export function dataFolderAt(path: string): DataFolder {
  const root = resolve(path);
  return {
    path: root,
    storeUrl: pathToFileURL(join(root, 'state.db')).href.replace('file:', 'sqlite:'),
    objectsUrl: pathToFileURL(join(root, 'objects')).href,
    secretPath: join(root, 'jwt-secret'),
    userIdentityPath: join(root, 'user-identity'),
    computeIdentityPath: join(root, 'compute-identity'),
    servicesPath: join(root, 'services'),
    lockPath: join(root, 'lock'),
  };
}

/** Makes the folder, readable by its owner only; one that is there is left as it is. */
export async function createFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw folderRefusal(
      path,
      'made',
      isErrno(error, 'ENOENT') ? await whyNothingCanBeMade(path, error) : error,
    );
  }
}

/** On a read-only file system a recursive mkdir says that the folder is not there; writing beside it says why. */
async function whyNothingCanBeMade(path: string, error: unknown): Promise<unknown> {
  try {
    await access(dirname(path), constants.W_OK);
    return error;
  } catch (reason) {
    return isErrno(reason, 'ENOENT') && dirname(path) !== path
      ? await whyNothingCanBeMade(dirname(path), error)
      : reason;
  }
}

/** A secret nobody can guess: 32 random bytes, in characters that need no quoting anywhere. */
export function makeSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** The text in a file of secrets, without the line's end; null when there is no such file. */
export async function readSecret(path: string): Promise<string | null> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).trimEnd();
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return null;
    throw folderRefusal(path, 'read', error);
  }
  if (text === '') {
    throw new AlchemiscaleError(
      'STORE_UNAVAILABLE',
      `${path} is empty: remove it, and the next start makes another`,
    );
  }
  return text;
}

/** Writes a file that only its owner may read, in one step; replaces what was there. */
export async function writeSecret(path: string, text: string): Promise<void> {
  const sibling = `${path}.${process.pid}.tmp`;
  try {
    await rm(sibling, { force: true });
    const file = await open(sibling, 'wx', 0o600);
    try {
      // Again, since the mode of `open` is cut by the umask only, but some file systems ignore it.
      await chmod(sibling, 0o600);
      await file.writeFile(`${text}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(sibling, path);
  } catch (error) {
    await rm(sibling, { force: true }).catch(() => undefined);
    throw folderRefusal(path, 'written', error);
  }
}

/** The secret kept in `path`, made there when there is none. Callers hold the folder's lock. */
export async function keepSecret(path: string, make: () => string = makeSecret): Promise<string> {
  const kept = await readSecret(path);
  if (kept !== null) return kept;
  const secret = make();
  await writeSecret(path, secret);
  return secret;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'there is a file of that name',
  EISDIR: 'it is a folder',
};

/** One sentence for what the operating system refused. */
export function folderRefusal(path: string, done: string, error: unknown): AlchemiscaleError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = REASONS[code] ?? (error instanceof Error ? error.message : String(error));
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new AlchemiscaleError(
    full ? 'STORAGE_FULL' : 'STORE_UNAVAILABLE',
    `${path} cannot be ${done}: ${reason}`,
    {
      facts: { path },
      cause: error,
    },
  );
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
