// A store that a copy is being made in is not yet what it will be: nobody is served from it.
import { AlchemiscaleError } from '../domain/errors.ts';
import type { StateStore } from '../store/state-store.ts';

/** Throws STORE_UNAVAILABLE for a store in which a transfer or restore has not ended. */
export async function refuseUnfinished({ transfer }: Pick<StateStore, 'transfer'>): Promise<void> {
  const found = await transfer.findUnfinished();
  if (found === null) return;
  throw new AlchemiscaleError(
    'STORE_UNAVAILABLE',
    `the state store holds an unfinished copy of ${found.source}, begun ${found.started.toISOString()}: run the same ` +
      "'alchemiscale transfer' or 'alchemiscale restore' again to go on, or empty it with 'alchemiscale database reset'",
    { facts: { source: found.source } },
  );
}
