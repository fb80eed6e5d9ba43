// A server that runs on an empty store when a copy into it begins must not serve half an instance, nor write in the middle. So
// it looks every two seconds, before the next call, whether a copy has begun; while there is one every call is refused, and when it
// has ended the calls go through again. Without calls nothing is asked. From half of that time on a call has the store looked at beside
// itself: on SQLite a look waits behind long reads, and claims would wait behind the look.
//
// A copy waits for that (moving/begin.ts). Only a call that takes longer may end in the middle of it: a copy is verified item by item, and
// what it does not expect is named. Nobody can log in meanwhile, as identities are copied last.
import type { Logger } from 'pino';
import { AlchemiscaleError } from '../domain/errors.ts';
import { SERVERS_LOOK_EVERY_MS } from '../moving/begin.ts';
import type { StateStore, UnfinishedTransfer } from '../store/state-store.ts';

export interface CopyGuardOptions {
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly lookEveryMs?: number;
  /** A clock that does not jump. */
  readonly steadyMs?: () => number;
}

/** The store, but that calls are refused with STORE_UNAVAILABLE while it is being filled from another one. */
export function refuseDuringCopies(
  store: StateStore,
  { log, lookEveryMs = SERVERS_LOOK_EVERY_MS, steadyMs = () => performance.now() }: CopyGuardOptions,
): StateStore {
  let lookedMs = Number.NEGATIVE_INFINITY;
  let copy: UnfinishedTransfer | null = null;
  let looking: Promise<void> | null = null;
  const look = async (): Promise<void> => {
    const beganMs = steadyMs();
    const found = await store.transfer.findUnfinished();
    if (found !== null && copy === null)
      log.warn(
        { source: found.source },
        'a copy into this store has begun: nothing is served until it is whole',
      );
    if (found === null && copy !== null) log.info('the copy into this store is whole: it is served');
    copy = found;
    lookedMs = beganMs;
  };
  const lookOnce = (): Promise<void> => {
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  };
  const isOlderThan = (ageMs: number): boolean => steadyMs() - lookedMs >= ageMs;
  const lookWhenDue = async (): Promise<void> => {
    // What a look ahead of time cannot tell, the next one will.
    if (!isOlderThan(lookEveryMs)) return void (isOlderThan(lookEveryMs / 2) && lookOnce().catch(() => {}));
    await lookOnce();
    // That look may have begun long before this call; the next one begins now.
    if (isOlderThan(lookEveryMs)) await lookOnce();
  };
  const guarded = <Slice extends object>(slice: Slice): Slice => {
    const methods = Object.entries(slice).map(([name, method]) => [
      name,
      async (params: unknown) => {
        await lookWhenDue();
        if (copy !== null) throw beingFilled();
        return (method as (params: unknown) => Promise<unknown>)(params);
      },
    ]);
    return Object.fromEntries(methods) as Slice;
  };
  return {
    ...store,
    networks: guarded(store.networks),
    tasks: guarded(store.tasks),
    hubs: guarded(store.hubs),
    compute: guarded(store.compute),
    managers: guarded(store.managers),
    results: guarded(store.results),
    restarts: guarded(store.restarts),
    strategies: guarded(store.strategies),
    identities: guarded(store.identities),
  };
}

function beingFilled(): AlchemiscaleError {
  return new AlchemiscaleError(
    'STORE_UNAVAILABLE',
    'this service is being filled with the copy of another instance: try again when that is whole',
  );
}
