// Objects in memory: for tests and throw-away stacks. Keeps the same promises as a folder, durability aside.
import { checkLocation, checkRange, uploadOver } from './checks.ts';
import type { ObjectStore, ObjectUpload, StoredObject } from './object-store.ts';

/** Opens an empty store. */
export function openMemoryObjects(): ObjectStore {
  const objects = new Map<string, Uint8Array>();
  return {
    createUpload: async () => createUpload(objects),
    get: async location => {
      checkLocation(location);
      const bytes = objects.get(location);
      return bytes === undefined ? null : storedBytes(bytes);
    },
    delete: async location => {
      checkLocation(location);
      objects.delete(location);
    },
    async *list(prefix) {
      for (const location of [...objects.keys()].sort()) if (location.startsWith(prefix)) yield location;
    },
    check: async () => {},
    reset: async () => objects.clear(),
    sweep: async () => 0,
    signUrl: null,
    [Symbol.asyncDispose]: async () => {},
  };
}

function createUpload(objects: Map<string, Uint8Array>): ObjectUpload {
  const chunks: Uint8Array[] = [];
  let open = true;
  return {
    write: async chunk => {
      if (!open) throw uploadOver();
      chunks.push(new Uint8Array(chunk));
    },
    commit: async (location, { keep = false } = {}) => {
      checkLocation(location);
      if (!open) throw uploadOver();
      open = false;
      if (!keep || !objects.has(location)) objects.set(location, Buffer.concat(chunks));
    },
    abort: async () => {
      open = false;
      chunks.length = 0;
    },
  };
}

function storedBytes(bytes: Uint8Array): StoredObject {
  return {
    size: bytes.length,
    read: range => {
      const { start, end } = checkRange(range, bytes.length);
      return readPiece(bytes.subarray(start, end));
    },
  };
}

async function* readPiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
