// Objects in a folder: a location is the path below it. Bytes are spooled to `.uploads/` in the same file system, made
// durable (fsync), and renamed to their place, whose folder is made durable too: after a crash an object is there
// whole or not at all. What a crash leaves in `.uploads/` is swept.
//
// Cost of a commit on a local disk: 0.4 to 0.6 ms for 10 KB, 1.5 ms for 1 MB; nearly all of it is fsync.
import { randomUUID } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import {
  access,
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AlchemiscaleError } from '../domain/errors.ts';
import { checkLocation, checkRange, replaced, uploadOver } from './checks.ts';
import type { ByteRange, ObjectStore, ObjectUpload, StoredObject } from './object-store.ts';

const UPLOADS = '.uploads';
/** Says that this program made the folder, so that `reset` may empty it. */
const MARKER = '.alchemiscale-objects';
const READ_CHUNK_BYTES = 256 * 1024;

/** Opens the folder, making it when it is not there. */
export async function openFolderObjects(folder: string): Promise<ObjectStore> {
  await explained('open', folder, async () => {
    await mkdir(join(folder, UPLOADS), { recursive: true });
    await markIfNew(folder);
  });
  const store: ObjectStore = {
    createUpload: () => createUpload(folder),
    get: location => getObject(folder, location),
    delete: async location => {
      checkLocation(location);
      await explained('write', folder, () => rm(join(folder, location), { force: true }));
    },
    list: prefix => listObjects(folder, prefix),
    check: () => checkRoundTrip(store),
    reset: () => explained('write', folder, () => emptyFolder(folder)),
    sweep: before => explained('write', folder, () => sweepUploads(join(folder, UPLOADS), before)),
    signUrl: null,
    [Symbol.asyncDispose]: async () => {},
  };
  return store;
}

async function markIfNew(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.every(name => name === UPLOADS)) {
    await writeFile(
      join(folder, MARKER),
      'Objects of alchemiscale: `alchemiscale database reset` empties this folder.\n',
    );
  }
}

async function sweepUploads(uploads: string, before: Date): Promise<number> {
  let swept = 0;
  for (const name of await readdir(uploads)) {
    const path = join(uploads, name);
    const facts = await stat(path).catch(() => null);
    if (facts === null || facts.mtimeMs >= before.getTime()) continue;
    await rm(path, { force: true });
    swept += 1;
  }
  return swept;
}

async function createUpload(folder: string): Promise<ObjectUpload> {
  const path = join(folder, UPLOADS, `${randomUUID()}.tmp`);
  let file: FileHandle | null = await explained('write', folder, () => open(path, 'wx'));
  let over = false;
  const close = async (): Promise<void> => {
    const open = file;
    file = null;
    await open?.close();
  };
  return {
    write: async chunk => {
      const target = file;
      if (target === null) throw uploadOver();
      await explained('write', folder, () => writeAll(target, chunk));
    },
    commit: async (location, { keep = false } = {}) => {
      checkLocation(location);
      if (file === null) throw uploadOver();
      await explained('write', folder, async () => {
        await file?.sync();
        await close();
        await moveDurably(folder, path, location, keep ? place : rename);
      });
      over = true;
    },
    abort: async () => {
      if (over) return;
      over = true;
      await close();
      await rm(path, { force: true });
    },
  };
}

/** One write may take only a part, a nearly full disk for one. */
async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    at += (await file.write(chunk, at)).bytesWritten;
  }
}

/** As `rename`, but leaves what is there. */
async function place(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (cause) {
    const code = codeOf(cause);
    // Some file systems have no links; there the later of two wins, as it does without `keep`.
    if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) return await rename(from, to);
    if (code !== 'EEXIST') throw cause;
  }
  await rm(from, { force: true });
}

async function moveDurably(
  folder: string,
  from: string,
  location: string,
  move: (from: string, to: string) => Promise<void>,
): Promise<void> {
  const to = join(folder, location);
  const made = await mkdir(dirname(to), { recursive: true });
  await move(from, to);
  // A folder that is new is durable only when its parent's entry for it is.
  const highest = made === undefined ? dirname(to) : dirname(made);
  for (let path = dirname(to); ; path = dirname(path)) {
    await syncFolder(path);
    if (path === highest || path === dirname(path)) return;
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders; its rename is durable by itself.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function getObject(folder: string, location: string): Promise<StoredObject | null> {
  checkLocation(location);
  const path = join(folder, location);
  try {
    const facts = await stat(path, { bigint: true });
    if (!facts.isFile()) throw new Error('not a file');
    await access(path, constants.R_OK);
    const size = Number(facts.size);
    return { size, read: range => readChunks(path, location, facts, checkRange(range, size)) };
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR') return null;
    throw unreadable(location, cause);
  }
}

async function* readChunks(
  path: string,
  location: string,
  version: BigIntStats,
  { start, end }: Required<ByteRange>,
): AsyncGenerator<Uint8Array> {
  if (start === end) return;
  try {
    await using file = await open(path, 'r');
    const { ino, size, mtimeNs } = await file.stat({ bigint: true });
    // Whoever reads has been told the size; the whole file is another one since it was replaced.
    if (ino !== version.ino || size !== version.size || mtimeNs !== version.mtimeNs) throw replaced(location);
    yield* file.createReadStream({ start, end: end - 1, highWaterMark: READ_CHUNK_BYTES, autoClose: false });
  } catch (cause) {
    throw cause instanceof AlchemiscaleError ? cause : unreadable(location, cause);
  }
}

async function* listObjects(folder: string, prefix: string, below = ''): AsyncGenerator<string> {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(cause => {
    if (codeOf(cause) === 'ENOENT') return [];
    throw cause;
  });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const location = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isFile()) {
      if (location.startsWith(prefix)) yield location;
    } else if (`${location}/`.startsWith(prefix) || prefix.startsWith(`${location}/`)) {
      yield* listObjects(folder, prefix, location);
    }
  }
}

async function checkRoundTrip(store: ObjectStore): Promise<void> {
  const location = `check/${randomUUID()}`;
  const upload = await store.createUpload();
  try {
    await upload.write(new TextEncoder().encode(location));
    await upload.commit(location);
    const stored = await store.get(location);
    if (stored?.size !== location.length) throw unreadable(location, null);
  } finally {
    await upload.abort();
    await store.delete(location);
  }
}

async function emptyFolder(folder: string): Promise<void> {
  await access(join(folder, MARKER)).catch(cause => {
    throw new AlchemiscaleError(
      'CONFLICT',
      `${folder} is not emptied: alchemiscale did not make this folder (it holds no ${MARKER}); delete what is in it by hand`,
      { cause },
    );
  });
  for (const name of await readdir(folder)) {
    if (name !== MARKER && name !== UPLOADS) await rm(join(folder, name), { recursive: true, force: true });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'there is a file of that name',
  ENOENT: 'its folder is gone',
  EIO: 'the disk reports an error',
};

async function explained<T>(verb: 'open' | 'write', folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof AlchemiscaleError) throw cause;
    const code = codeOf(cause);
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
      throw new AlchemiscaleError('STORAGE_FULL', 'the object store is full: nothing was stored', { cause });
    }
    // Whoever starts the program needs the path; whoever only sends requests does not.
    const where =
      verb === 'open'
        ? `cannot open the object store's folder ${folder}`
        : 'the object store cannot be written';
    const reason =
      REASONS[code] ??
      (verb === 'open' ? messageOf(cause) : `it does not answer (${code || 'unknown error'})`);
    throw new AlchemiscaleError('STORE_UNAVAILABLE', `${where}: ${reason}`, { cause });
  }
}

/** Node's messages name the path. */
function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function unreadable(location: string, cause: unknown): AlchemiscaleError {
  return new AlchemiscaleError('OBJECT_UNREADABLE', `the stored object ${location} cannot be read`, {
    facts: { location },
    cause,
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
