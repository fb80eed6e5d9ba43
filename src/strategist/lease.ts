// Keeps the lease of a run for as long as the run takes. Whether it is still held is asked where it matters, in the
// transactions that change something; so nothing here needs to be told when it is lost.
import type { Key, StrategyStore } from '../store/state-store.ts';

/** Whose lease it is. */
interface Lease {
  readonly store: Pick<StrategyStore, 'renew'>;
  readonly network: Key;
  readonly holder: string;
  readonly clock: () => Date;
}

/** Renews often enough that a renewal may fail now and then; until disposed. */
export function keepLease({ store, network, holder, clock }: Lease, leaseMs: number): Disposable {
  const renew = (): void => {
    const until = new Date(clock().getTime() + leaseMs);
    store.renew({ network, holder, until }).catch(() => undefined);
  };
  const timer = setInterval(renew, leaseMs / 4).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
