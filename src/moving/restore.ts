// Restores a backup into an empty store, or goes on with an unfinished restore of the same file.
import { createHash } from 'node:crypto';
import type { ObjectStore, StoredObject } from '../objects/object-store.ts';
import type { StateStore } from '../store/state-store.ts';
import type { BackupFile, BodyInFile } from './backup-read.ts';
import { beginCopy, whileLast } from './begin.ts';
import { type BodiesMoved, BodyCount, damagedAsAbsent, isDamage, retried, sha256Of } from './bodies.ts';
import { type CopyOptions, copyRecords } from './copy-records.ts';
import { NoteList, type Notes } from './notes.ts';
import type { Moved } from './transfer.ts';

export interface RestoreOptions extends CopyOptions {
  /** One that has been looked over (`openBackup`). */
  readonly file: BackupFile;
  readonly store: StateStore;
  /** Null leaves bodies in the file. */
  readonly objects: ObjectStore | null;
  readonly now: Date;
}

/**
 * Restores a file. Throws CONFLICT for a store that holds something else, which is left as it was, and when another copy into it
 * begins meanwhile. The copy is not ended while it differs.
 */
export async function restore(options: RestoreOptions): Promise<Moved> {
  const { file, store, objects, now } = options;
  const target = await beginCopy(store, { source: file.source.name, started: now }, options);
  using last = whileLast(target, options.signal);
  const copying = { ...options, signal: last.signal };
  const copied = await copyRecords(file.source, target, copying);
  const differences = [...copied.differences, ...listMiscounts(file, copied.totals.counts)];
  if (differences.length > 0) return { ...copied, differences, bodies: null };
  const bodies = objects === null || !file.header.bodies ? null : await restoreBodies(file, objects, copying);
  await store.transfer.end({ run: target.run });
  if (objects !== null && !file.header.bodies)
    return { ...copied, bodies, notes: withoutBodies(copied.notes) };
  return { ...copied, bodies };
}

/** Whoever named an object store may expect them there. */
function withoutBodies(notes: Notes): Notes {
  const all = new NoteList();
  all.add(['the backup was made without the bodies of results: none were restored']);
  all.add(notes.first);
  return { count: notes.count + 1, first: all.first };
}

/** What the last line of the file says that is not so. */
function listMiscounts({ end }: BackupFile, counts: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(end.counts)
    .filter(([kind, n]) => counts[kind] !== n)
    .map(([kind, n]) => `the file says ${n} of ${kind}, the copy has ${counts[kind]}`);
}

async function restoreBodies(
  file: BackupFile,
  objects: ObjectStore,
  { onProgress, signal }: CopyOptions,
): Promise<BodiesMoved> {
  const count = new BodyCount();
  const total = file.end.bodies;
  // There already with the right size and other bytes: a file is read forwards, so these wait for a second reading.
  const differing = new Set<string>();
  // Of those that could not be had when the backup was made some stand in the file, unreadable.
  let unreadable = 0;
  onProgress({ stage: 'restoring results', done: 0, total });
  for await (const body of file.bodies()) {
    signal.throwIfAborted();
    const there = await findThere(objects, body);
    if (there === null) await restoreOne(body, objects, count, signal);
    else if (await isSame(there, body)) count.there();
    else differing.add(body.location);
    if ((await body.sha256()) === null) unreadable++;
    onProgress({ stage: 'restoring results', done: count.done, total });
  }
  if (differing.size > 0) {
    for await (const body of file.bodies()) {
      signal.throwIfAborted();
      if (differing.delete(body.location)) await restoreOne(body, objects, count, signal);
    }
  }
  const lacking = file.end.missing - unreadable;
  if (lacking > 0) {
    const bodies = lacking === 1 ? 'the body of 1 result' : `the bodies of ${lacking} results`;
    count.problem(`${bodies} could not be had when the backup was made`, lacking);
  }
  return count.total();
}

async function findThere(objects: ObjectStore, { location, size }: BodyInFile): Promise<StoredObject | null> {
  const there = await retried(() => objects.get(location)).catch(damagedAsAbsent);
  return there?.size === size ? there : null;
}

async function isSame(there: StoredObject, body: BodyInFile): Promise<boolean> {
  const hash = createHash('sha256');
  for await (const chunk of body.chunks) hash.update(chunk);
  const expected = await body.sha256();
  if (expected === null) return true;
  if (hash.digest('hex') !== expected) return false;
  return (await sha256Of(there).catch(damagedAsAbsent)) === expected;
}

async function restoreOne(
  body: BodyInFile,
  objects: ObjectStore,
  count: BodyCount,
  signal: AbortSignal,
): Promise<void> {
  const { location, size } = body;
  const upload = await retried(() => objects.createUpload());
  const hash = createHash('sha256');
  try {
    for await (const chunk of body.chunks) {
      signal.throwIfAborted();
      hash.update(chunk);
      await upload.write(chunk);
    }
    const expected = await body.sha256();
    if (expected === null || hash.digest('hex') !== expected) {
      await upload.abort();
      return count.problem(`${location} could not be read when the backup was made`);
    }
    await upload.commit(location);
    const stored = await retried(() => objects.get(location));
    if (stored !== null && (await sha256Of(stored)) === expected) return count.copied(size);
  } catch (error) {
    await upload.abort();
    if (!isDamage(error)) throw error;
  }
  count.problem(`${location} did not come back as it was written`);
}
