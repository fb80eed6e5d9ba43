// The state store on SQLite as the main thread sees it: the same interface, answered by two threads. One writes; the
// other reads on a connection of its own, so that a long read (a network of 20,000 objects) never delays a claim, and a
// busy disk never stalls the event loop. A read that starts after a write was answered sees it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  AuditStore,
  ComputeStore,
  CreateNetwork,
  HubStore,
  IdentityStore,
  ManagerStore,
  NetworkStore,
  RestartStore,
  ResultStore,
  StateStore,
  StrategyStore,
  TaskStore,
  TransferStore,
} from '../../state-store.ts';
import type { DifferingObject } from '../object-write.ts';
import { transferable } from './sqlite-messages.ts';
import { StoreThread } from './sqlite-thread.ts';

/** What a SQLite store can be told. */
export interface SqliteStoreOptions {
  /** How long a write waits for another program that holds the database, in milliseconds; 5,000 unless told. */
  readonly busyMs?: number;
  /** Makes the draws of claims repeatable, for tests. */
  readonly seed?: number;
  /** Hears of objects that came with other bytes than those stored under their key. */
  readonly onDifference?: (difference: DifferingObject) => void;
}

const DEFAULT_BUSY_MS = 5000;

type Route = 'reader' | 'writer';
type Routes<Slice> = Readonly<Record<keyof Slice, Route>>;

const NETWORKS: Routes<NetworkStore> = {
  create: 'writer',
  getChain: 'reader',
  exists: 'reader',
  listTransformations: 'reader',
  list: 'reader',
  getStates: 'reader',
  setStates: 'writer',
  query: 'reader',
  listChemicalSystems: 'reader',
  listNetworks: 'reader',
  listTransformationsOf: 'reader',
  countStatuses: 'reader',
  countScopeStatuses: 'reader',
};

const TASKS: Routes<TaskStore> = {
  create: 'writer',
  query: 'reader',
  listForNetwork: 'reader',
  listForTransformation: 'reader',
  getStatuses: 'reader',
  setStatuses: 'writer',
  getPriorities: 'reader',
  setPriorities: 'writer',
  getWork: 'reader',
  countForTransformation: 'reader',
};

const HUBS: Routes<HubStore> = {
  action: 'writer',
  cancel: 'writer',
  listActioned: 'reader',
  listActionedNetworks: 'reader',
  getWeights: 'reader',
  setWeights: 'writer',
  list: 'reader',
  claim: 'writer',
  claimFromHub: 'writer',
};

const COMPUTE: Routes<ComputeStore> = {
  register: 'writer',
  heartbeat: 'writer',
  deregister: 'writer',
  expire: 'writer',
  list: 'reader',
};

const MANAGERS: Routes<ManagerStore> = {
  register: 'writer',
  deregister: 'writer',
  updateStatus: 'writer',
  clearError: 'writer',
  expire: 'writer',
  survey: 'reader',
};

const RESULTS: Routes<ResultStore> = { push: 'writer', list: 'reader', get: 'reader' };

const RESTARTS: Routes<RestartStore> = {
  add: 'writer',
  remove: 'writer',
  clear: 'writer',
  setMaxRetries: 'writer',
  list: 'reader',
  listForTask: 'reader',
  listErrors: 'reader',
  resolve: 'writer',
};

const STRATEGIES: Routes<StrategyStore> = {
  set: 'writer',
  remove: 'writer',
  getChain: 'reader',
  getState: 'reader',
  wake: 'writer',
  listDue: 'reader',
  begin: 'writer',
  renew: 'writer',
  survey: 'reader',
  countResults: 'reader',
  applyTargets: 'writer',
  clearHub: 'writer',
  finish: 'writer',
  release: 'writer',
  listRuns: 'reader',
};

const IDENTITIES: Routes<IdentityStore> = {
  put: 'writer',
  get: 'reader',
  list: 'reader',
  remove: 'writer',
  listScopes: 'reader',
  addScopes: 'writer',
  removeScopes: 'writer',
};

const AUDIT: Routes<AuditStore> = { listResults: 'reader', checkTexts: 'reader', checkFiles: 'reader' };

const TRANSFER: Routes<TransferStore> = {
  openView: 'reader',
  countRecords: 'reader',
  readPage: 'reader',
  closeView: 'reader',
  findUnfinished: 'reader',
  inspect: 'reader',
  begin: 'writer',
  write: 'writer',
  settle: 'writer',
  end: 'writer',
};

type Threads = Readonly<Record<Route, StoreThread>>;

/** Opens the database file `path`, which is made when there is none; null is a private one that goes with the store. */
export async function openSqliteStore(
  path: string | null,
  options: SqliteStoreOptions = {},
): Promise<StateStore> {
  const privateFolder = path === null ? mkdtempSync(join(tmpdir(), 'alchemiscale-')) : null;
  const file = path ?? join(privateFolder as string, 'state.db');
  const removeFolder = (): void => {
    if (privateFolder !== null) rmSync(privateFolder, { recursive: true, force: true });
  };
  const onDifference = options.onDifference ?? ((): void => {});
  const startThread = (role: Route): StoreThread =>
    new StoreThread(
      {
        role,
        path: file,
        busyMs: options.busyMs ?? DEFAULT_BUSY_MS,
        isPrivate: path === null,
        seed: options.seed ?? null,
      },
      onDifference,
    );
  const threads: Threads = { reader: startThread('reader'), writer: startThread('writer') };
  const close = async (): Promise<void> => {
    // The last connection to close folds the log into the database: let it be one that may write.
    await threads.reader.close();
    await threads.writer.close();
    removeFolder();
  };
  try {
    await Promise.all([threads.writer.open(), threads.reader.open()]);
  } catch (error) {
    await close();
    throw error;
  }
  return storeOn(threads, close);
}

function storeOn(threads: Threads, close: () => Promise<void>): StateStore {
  const networks = sliceOn(threads, 'networks', NETWORKS);
  const ask = async (route: Route, method: string, params?: unknown): Promise<unknown> =>
    threads[route].call({ slice: null, method, params });
  return {
    capabilities: { manyWriters: false, keepsBytes: true },
    networks: { ...networks, create: params => createNetwork(threads, params) },
    tasks: sliceOn(threads, 'tasks', TASKS),
    hubs: sliceOn(threads, 'hubs', HUBS),
    compute: sliceOn(threads, 'compute', COMPUTE),
    managers: sliceOn(threads, 'managers', MANAGERS),
    results: sliceOn(threads, 'results', RESULTS),
    restarts: sliceOn(threads, 'restarts', RESTARTS),
    strategies: sliceOn(threads, 'strategies', STRATEGIES),
    identities: sliceOn(threads, 'identities', IDENTITIES),
    audit: sliceOn(threads, 'audit', AUDIT),
    transfer: sliceOn(threads, 'transfer', TRANSFER),
    async initialize() {
      await ask('writer', 'initialize');
    },
    async ping() {
      await ask('reader', 'ping');
    },
    async check() {
      return (await ask('reader', 'check')) as readonly string[];
    },
    async reset() {
      await ask('writer', 'reset');
    },
    async sweep(before) {
      return (await ask('writer', 'sweep', before)) as number;
    },
    [Symbol.asyncDispose]: close,
  };
}

/** A slice whose methods are calls to the thread that the table names. */
function sliceOn<Slice>(threads: Threads, slice: string, routes: Routes<Slice>): Slice {
  const methods = Object.entries<Route>(routes).map(([method, route]) => [
    method,
    (params: unknown) => threads[route].call({ slice, method, params }),
  ]);
  return Object.fromEntries(methods) as Slice;
}

/** The chain is handed over, not copied, where it fills its buffer; a view of a larger one is cut out first. */
async function createNetwork(threads: Threads, params: CreateNetwork): ReturnType<NetworkStore['create']> {
  const whole = params.chain.byteLength === params.chain.buffer.byteLength;
  const chain = whole ? params.chain : params.chain.slice();
  const call = {
    slice: 'networks',
    method: 'create',
    params: { ...params, chain },
    transfer: transferable(chain),
  };
  return threads.writer.call(call) as ReturnType<NetworkStore['create']>;
}
