// A file comes into being beside its place, under a name of its own: `.NAME.HOST.PROCESS-RANDOM.part`. When it is whole it gets its
// own, which must be free: of two that want it at once one is refused. What a process leaves that was killed is removed by the next
// one that writes a file of the same name.
import { randomBytes } from 'node:crypto';
import {
  type FileHandle,
  link,
  lstat,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  unlink,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { explained, refusedFile } from './backup-format.ts';

export interface PartFile {
  readonly file: FileHandle;
  /** Closes it and gives it its name. Throws BAD_REQUEST when that has been taken meanwhile. */
  publish(): Promise<void>;
  /** Removes it; harmless after `publish`. */
  discard(): Promise<void>;
}

/** Begins a file, readable by its owner only. Throws BAD_REQUEST when there is one of that name, or none can be made. */
export async function createPart(path: string): Promise<PartFile> {
  await refuseExisting(path);
  const folder = dirname(path);
  const part = join(
    folder,
    `.${basename(path)}.${hostname()}.${process.pid}-${randomBytes(4).toString('hex')}.part`,
  );
  try {
    await removeStale(path);
    const file = await open(part, 'wx', 0o600);
    return {
      file,
      async publish() {
        await file.close();
        await moveToFree(part, path);
        await syncFolder(folder);
      },
      async discard() {
        await file.close().catch(() => {});
        await rm(part, { force: true });
      },
    };
  } catch (error) {
    if (codeOf(error) === 'ENOENT')
      throw refusedFile(path, 'cannot be written: there is no such folder', error);
    throw explained(path, 'written', error);
  }
}

async function refuseExisting(path: string): Promise<void> {
  const found = await stat(path).catch(() => lstat(path).catch(() => null));
  if (found?.isDirectory() === true) throw refusedFile(path, 'is a folder: name the file to write');
  if (found !== null) throw refusedFile(path, 'is there already');
}

const UNTOUCHED_MS = 24 * 60 * 60 * 1000;

/**
 * Removes what was begun for this name and is written to no more: its process, on this machine, is gone; or for a day nothing came.
 * What cannot be removed stays: in a sticky folder, what others left.
 */
async function removeStale(path: string): Promise<void> {
  const [folder, start] = [dirname(path), `.${basename(path)}.`];
  for (const name of await readdir(folder).catch(() => [])) {
    const made = name.startsWith(start)
      ? /^(.*)\.(\d+)-[0-9a-f]{8}\.part$/.exec(name.slice(start.length))
      : null;
    if (made === null) continue;
    const [, host, pid] = made;
    const isDead = host === hostname() && !(await isRunning(Number(pid)));
    const touched = await stat(join(folder, name)).catch(() => null);
    if (touched === null) continue;
    if (isDead || touched.mtimeMs < Date.now() - UNTOUCHED_MS)
      await unlink(join(folder, name)).catch(() => {});
  }
}

/** What has ended keeps its number until its parent asks for it, which in a container may be never: on Linux its state says so. */
async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
  const facts = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return !/\) [ZX] /.test(facts);
}

/** A link is refused where there is something, a rename would replace it. */
async function moveToFree(part: string, path: string): Promise<void> {
  try {
    await link(part, path);
    await rm(part, { force: true });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw refusedFile(path, 'is there already', error);
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(error)))
      throw explained(path, 'written', error);
    await takeName(path);
    await rename(part, path).catch(async (error: unknown) => {
      await rm(path, { force: true });
      throw explained(path, 'written', error);
    });
  }
}

/** Some file systems have no links: an empty file takes the name, and is replaced at once. */
async function takeName(path: string): Promise<void> {
  try {
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    throw codeOf(error) === 'EEXIST'
      ? refusedFile(path, 'is there already', error)
      : explained(path, 'written', error);
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  // Windows cannot flush folders.
  await folder?.sync().catch(() => {});
  await folder?.close();
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
