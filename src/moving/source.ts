// Where records come from: a store, through a view of one moment, or a file.

import { TRANSFER_KINDS } from '../store/slices/transfer.ts';
import type { StateStore, TransferKind, TransferPage } from '../store/state-store.ts';

export interface RecordSource {
  /** As the store that takes the records remembers it. */
  readonly name: string;
  /** See StoreCapabilities. */
  readonly keepsBytes: boolean;
  /** How many records there are, about; null when nobody knows. */
  readonly total: number | null;
  /** All records, nothing before what it refers to. May be asked for again, for the same. */
  pages(kinds?: readonly TransferKind[]): AsyncIterable<TransferPage>;
}

export interface StoreSource extends RecordSource, AsyncDisposable {}

/** Opens a view of a store. */
export async function openStoreSource(store: StateStore, name: string): Promise<StoreSource> {
  const { transfer } = store;
  const close = (view: number): Promise<void> => transfer.closeView({ view });
  let view = await transfer.openView();
  let isRead = false;
  try {
    const counts = await transfer.countRecords({ view });
    return {
      name,
      keepsBytes: store.capabilities.keepsBytes,
      total: Object.values(counts).reduce((sum, n) => sum + n, 0),
      async *pages(kinds = TRANSFER_KINDS) {
        // A view of the graph remembers what it has handed out, so it is read once.
        if (isRead && !store.capabilities.keepsBytes) {
          await close(view);
          view = await transfer.openView();
        }
        isRead = true;
        yield* pagesOf(store, view, store.capabilities.keepsBytes ? kinds : TRANSFER_KINDS, kinds);
      },
      [Symbol.asyncDispose]: () => close(view),
    };
  } catch (error) {
    await close(view);
    throw error;
  }
}

/** What is under way is asked for while the last page is being dealt with. */
async function* pagesOf(
  store: StateStore,
  view: number,
  kinds: readonly TransferKind[],
  wanted: readonly TransferKind[],
): AsyncGenerator<TransferPage> {
  for (const kind of kinds) {
    let next = read(store, view, kind, null);
    for (;;) {
      const page = await next;
      const isLast = page.next === null;
      if (!isLast) next = read(store, view, kind, page.next);
      if (wanted.includes(kind)) yield page;
      if (isLast) break;
    }
  }
}

function read(
  store: StateStore,
  view: number,
  kind: TransferKind,
  after: string | null,
): Promise<TransferPage> {
  const page = store.transfer.readPage({ view, kind, after });
  // Whoever stops in the middle does not wait for it.
  page.catch(() => {});
  return page;
}
