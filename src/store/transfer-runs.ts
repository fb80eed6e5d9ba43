// Who may copy into a store, in the words of all backends. Every run of a copy, begun or gone on with, has a number: the time in its
// mark, later than that of the run before. Each of its writes holds the mark and looks, in its own transaction, whether the number
// is still the mark's. So of two copies into one store the later goes on, and the earlier stops before it writes once more; one
// that was killed needs no lease to run out.
import { AlchemiscaleError } from '../domain/errors.ts';
import type { TransferTarget, UnfinishedTransfer } from './slices/transfer.ts';

/** Throws CONFLICT when a store holds something, and not the beginning of a copy of this source. */
export function refuseOccupied(
  { isEmpty, unfinished }: Omit<TransferTarget, 'hasSchema'>,
  source: string,
): void {
  if (unfinished === null && !isEmpty) throw occupied('an instance already');
  if (unfinished !== null && unfinished.source !== source) {
    throw occupied(`the beginning of a copy of ${unfinished.source}`);
  }
}

function occupied(what: string): AlchemiscaleError {
  return new AlchemiscaleError(
    'CONFLICT',
    `the store to copy to holds ${what}: give an empty one, or empty it with 'alchemiscale database reset'`,
  );
}

/** The number of a run that begins now, after the one whose mark was found. */
export function nextRun(found: UnfinishedTransfer | null, { started }: UnfinishedTransfer): number {
  return Math.max(started.getTime(), found === null ? 0 : found.started.getTime() + 1);
}

/** Throws CONFLICT when the mark that was found is not that of a run. */
export function refuseOvertaken(found: { readonly startedMs: number } | null, run: number): void {
  if (found?.startedMs === run) return;
  throw new AlchemiscaleError(
    'CONFLICT',
    found === null
      ? 'this copy has stopped: the store that it fills was emptied meanwhile, or another run has finished the copy'
      : 'this copy has stopped: another one into the same store has begun since, and goes on',
  );
}
