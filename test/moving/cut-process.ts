// A transfer in a process of its own, which kills itself at the n-th write into the target, or the n-th body it commits:
//
//     node cut-process.ts FOLDER_FROM FOLDER_TO write|commit n
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transfer } from '../../src/moving/transfer.ts';
import { openObjectStore } from '../../src/objects/open.ts';
import { openStateStore } from '../../src/store/open.ts';

const [from = '', to = '', at, n = ''] = process.argv.slice(2);
let left = Number(n);

/** A function that kills the process once it has been called often enough, in the middle of that call. */
function fatal<P extends readonly unknown[], R>(
  kind: string,
  work: (...parameters: P) => Promise<R>,
): (...parameters: P) => Promise<R> {
  return async (...parameters) => {
    if (kind === at && --left === 0) {
      void work(...parameters);
      process.kill(process.pid, 'SIGKILL');
    }
    return work(...parameters);
  };
}

const open = async (folder: string) => ({
  store: await openStateStore(`sqlite://${join(folder, 'state.db')}`),
  objects: await openObjectStore(pathToFileURL(join(folder, 'objects')).href),
});

const [source, target] = [await open(from), await open(to)];
await target.store.initialize();
await transfer({
  from: source.store,
  to: {
    ...target.store,
    transfer: { ...target.store.transfer, write: fatal('write', target.store.transfer.write) },
  },
  objects: {
    from: source.objects,
    to: {
      ...target.objects,
      get: location => target.objects.get(location),
      async createUpload() {
        const upload = await target.objects.createUpload();
        return {
          write: chunk => upload.write(chunk),
          commit: fatal('commit', location => upload.commit(location)),
          abort: () => upload.abort(),
        };
      },
    },
  },
  name: 'the source',
  noticeMs: 0,
  now: new Date(),
  signal: new AbortController().signal,
  onProgress: () => {},
});
