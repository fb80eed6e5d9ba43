// The folders of one attempt at one unit, named as gufe names them:
//     <base>/shared_<unit key>_attempt_<n>    files that later units of the DAG may read; goes with the DAG
//     <base>/scratch_<unit key>_attempt_<n>   goes with the attempt
//     <base>/stdout_…, <base>/stderr_…        only when output is captured: every file directly inside is kept in the result
// and one of our own, job_…, through which the unit's process gets its work and hands back its outcome.
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Bytes } from '../gufe/python-types.ts';

export interface UnitFolders {
  readonly shared: string;
  readonly scratch: string;
  readonly job: string;
  /** Null when nothing is captured. */
  readonly stdout: string | null;
  readonly stderr: string | null;
}

/** Where the folders of a DAG's units are made. */
export interface FolderBases {
  readonly sharedBase: string;
  readonly scratchBase: string;
  /** Null when nothing is captured. */
  readonly stdoutBase: string | null;
  readonly stderrBase: string | null;
}

/** Makes the folders of an attempt. */
export async function makeUnitFolders(
  bases: FolderBases,
  unitKey: string,
  attempt: number,
): Promise<UnitFolders> {
  const place = (base: string, kind: string): string => join(base, `${kind}_${unitKey}_attempt_${attempt}`);
  const { stdoutBase, stderrBase } = bases;
  const folders: UnitFolders = {
    shared: place(bases.sharedBase, 'shared'),
    scratch: place(bases.scratchBase, 'scratch'),
    job: place(bases.scratchBase, 'job'),
    stdout: stdoutBase === null ? null : place(stdoutBase, 'stdout'),
    stderr: stderrBase === null ? null : place(stderrBase, 'stderr'),
  };
  for (const folder of Object.values(folders)) {
    if (folder !== null) await mkdir(folder, { recursive: true });
  }
  return folders;
}

/** Which attempt a unit's folder belongs to, from 0. */
export function attemptOf(folder: string): number {
  return Number(/_attempt_(\d+)\/?$/.exec(folder)?.[1] ?? 0);
}

/** The files directly inside a folder of captured output, by name. */
export async function readCaptured(folder: string | null): Promise<ReadonlyMap<string, Bytes>> {
  const files = new Map<string, Bytes>();
  if (folder === null) return files;
  const entries = await readdir(folder, { withFileTypes: true });
  for (const { name } of entries.filter(entry => entry.isFile()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    files.set(name, Bytes.from(await readFile(join(folder, name))));
  }
  return files;
}

/**
 * Removes folders; those that are not there are fine. Says what could not be removed, and never rejects: a file that
 * somebody still holds open (on a network file system that is enough) must not cost the result of hours.
 */
export async function removeFolders(folders: Iterable<string | null>): Promise<readonly Error[]> {
  const errors: Error[] = [];
  for (const folder of folders) {
    if (folder === null) continue;
    await rm(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 }).catch(error =>
      errors.push(error),
    );
  }
  return errors;
}
