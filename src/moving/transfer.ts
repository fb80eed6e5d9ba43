// Moves a whole instance from one store to another: records, then the bodies of results. What is cut off is begun again with the same
// call, and goes on; only when everything is there and has been looked at may the copy be served.
import type { ObjectStore } from '../objects/object-store.ts';
import type { StateStore } from '../store/state-store.ts';
import { beginCopy, whileLast } from './begin.ts';
import type { BodiesMoved } from './bodies.ts';
import { copyBodies } from './copy-bodies.ts';
import { type CopyOptions, copyRecords, type RecordsCopied } from './copy-records.ts';
import { openStoreSource } from './source.ts';
import { refuseUnfinished } from './unfinished.ts';

export interface TransferOptions extends CopyOptions {
  readonly from: StateStore;
  readonly to: StateStore;
  /** Names the source in the target: the same for a call that goes on. */
  readonly name: string;
  /** Null leaves bodies where they are. */
  readonly objects: { readonly from: ObjectStore; readonly to: ObjectStore } | null;
  readonly now: Date;
}

/** What was moved. */
export interface Moved extends RecordsCopied {
  /** Null when they were to be left. */
  readonly bodies: BodiesMoved | null;
}

/**
 * Copies an instance into an empty store, with a schema or without, or goes on with an unfinished copy of the same source. Throws
 * CONFLICT for a store that holds something else, which is left as it was, and when another copy into it begins meanwhile;
 * STORE_UNAVAILABLE for a source that is itself an unfinished copy. The copy is not ended while it differs.
 */
export async function transfer(options: TransferOptions): Promise<Moved> {
  const { from, to, name, objects, now } = options;
  await refuseUnfinished(from);
  const target = await beginCopy(to, { source: name, started: now }, options);
  await using source = await openStoreSource(from, name);
  using last = whileLast(target, options.signal);
  const copying = { ...options, signal: last.signal };
  const copied = await copyRecords(source, target, copying);
  if (copied.differences.length > 0) return { ...copied, bodies: null };
  const results = copied.totals.counts.result;
  const bodies = objects === null ? null : await copyBodies(source, objects, { ...copying, results });
  await to.transfer.end({ run: target.run });
  return { ...copied, bodies };
}
