// The transfer slice of a Neo4j store.
import { AlchemiscaleError } from '../../domain/errors.ts';
import type { TransferKind, TransferStore } from '../slices/transfer.ts';
import type { Database } from './database.ts';
import {
  beginTransfer,
  databaseOfRun,
  endTransfer,
  findUnfinished,
  inspectTarget,
} from './transfer-begin.ts';
import {
  countRecords,
  type ReadKind,
  readIdentities,
  readManagers,
  readNetworks,
  readPatterns,
  readServices,
} from './transfer-read.ts';
import { readObjects } from './transfer-read-objects.ts';
import { readRuns } from './transfer-read-runs.ts';
import { readStrategies, readTasks } from './transfer-read-tasks.ts';
import { GraphView } from './transfer-view.ts';
import { writeRecords } from './transfer-write.ts';

const READ: Readonly<Record<TransferKind, ReadKind>> = {
  identity: readIdentities,
  object: readObjects,
  network: readNetworks,
  pattern: readPatterns,
  manager: readManagers,
  service: readServices,
  task: readTasks,
  strategy: readStrategies,
  run: readRuns,
};

/** The transfer slice of a Neo4j store. */
export function createTransferStore(database: Database): TransferStore {
  const views = new Map<number, GraphView>();
  let lastView = 0;
  return {
    async openView() {
      views.set(++lastView, new GraphView());
      return lastView;
    },
    countRecords: () => countRecords(database),
    async readPage({ view: number, kind, after }) {
      const view = views.get(number);
      if (view === undefined) throw new AlchemiscaleError('BAD_REQUEST', `there is no view ${number}`);
      return READ[kind](database, view, after);
    },
    async closeView({ view }) {
      views.delete(view);
    },
    findUnfinished: () => database.read(findUnfinished),
    inspect: () => inspectTarget(database),
    begin: params => beginTransfer(database, params),
    write: ({ run, records }) => writeRecords(databaseOfRun(database, run), records),
    // The graph keeps nothing twice.
    settle: async () => {},
    end: ({ run }) => endTransfer(database, run),
  };
}
