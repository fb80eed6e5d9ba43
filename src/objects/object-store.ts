// The object store: where results lie as the bytes that came. A location is a relative path of `/`-separated parts
// (`protocoldagresult/<org>/<campaign>/…/obj.json.zst`), the same in every backend and in the original's bucket.

export interface ObjectStore extends AsyncDisposable {
  /** Starts an upload whose location is known only at its end. Nothing is visible before `commit`. */
  createUpload(): Promise<ObjectUpload>;
  /** Null when nothing is stored there. Throws OBJECT_UNREADABLE when it is there and cannot be read. */
  get(location: string): Promise<StoredObject | null>;
  /** Removes an object; harmless when there is none. */
  delete(location: string): Promise<void>;
  /** The locations that begin with `prefix`. */
  list(prefix: string): AsyncIterable<string>;
  /** Writes, reads and removes a small object; throws when one of them fails. */
  check(): Promise<void>;
  /** Removes everything. */
  reset(): Promise<void>;
  /** Removes what uploads that began before then left behind when their process ended. Returns how many they were. */
  sweep(before: Date): Promise<number>;
  /** Makes a link with which anybody may read an object for a while, past the service; null where a store has no such links. */
  readonly signUrl: SignUrl | null;
}

/** The object need not exist. Lives for seven days at most. */
export type SignUrl = (location: string, lifetimeMs: number) => Promise<string>;

export interface ObjectUpload {
  /** Resolves when more may be written. Throws STORAGE_FULL when there is no room. */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Makes the bytes durable and visible under `location`, in one step. Replaces what was there; with `keep` what is there stays
   * and the bytes are forgotten, whoever was first.
   */
  commit(location: string, options?: { readonly keep?: boolean }): Promise<void>;
  /** Forgets what was written; harmless after `commit`. */
  abort(): Promise<void>;
}

export interface StoredObject {
  /** Bytes. */
  readonly size: number;
  /**
   * The content, or a part of it, in pieces. May be called again. Throws BAD_REQUEST at once for a part that is not inside, and
   * on the way OBJECT_UNREADABLE or STORE_UNAVAILABLE when the rest does not come.
   */
  read(range?: ByteRange): AsyncIterable<Uint8Array>;
}

/** From `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  /** The size when absent. */
  readonly end?: number;
}
