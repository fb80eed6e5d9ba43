// Everything in the store, page by page, for whoever looks the whole of it over (stack/deep-check.ts). Pages follow an order
// that does not change, so nothing that is there from beginning to end is passed over; what is added meanwhile may be.
import type { ResultRef } from './results.ts';

export interface AuditStore {
  /** References to results; one that several tasks share, as the original's may, comes once. */
  listResults(params: PageParams): Promise<Page<ResultRef>>;
  /** Compares stored texts with the checksums that were taken when they came, where a store keeps any. */
  checkTexts(params: PageParams): Promise<CheckedTexts>;
  /** What the database itself finds damaged, a sentence each; nothing where it checks itself as it reads. */
  checkFiles(): Promise<readonly string[]>;
}

export interface PageParams {
  /** The `next` of the page before; null for the first. */
  readonly after: string | null;
  readonly limit: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; null after the last. */
  readonly next: string | null;
}

export interface CheckedTexts {
  /** How many texts this page had. */
  readonly checked: number;
  /** Keys of objects whose text is not what came. */
  readonly damaged: readonly string[];
  readonly next: string | null;
}
