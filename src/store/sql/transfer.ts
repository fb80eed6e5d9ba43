// The transfer slice of a SQL store: views by number, so that a store on another thread can hold them.
import { AlchemiscaleError } from '../../domain/errors.ts';
import type { TransferStore } from '../slices/transfer.ts';
import type { Database, View } from './database.ts';
import {
  beginTransfer,
  databaseOfRun,
  endTransfer,
  findUnfinished,
  inspectTarget,
} from './transfer-begin.ts';
import { countRecords, READ } from './transfer-read.ts';
import { settleStore, writeRecords } from './transfer-write.ts';

/** The transfer slice of a SQL store. */
export function createTransferStore(database: Database): TransferStore {
  const views = new Map<number, View>();
  let lastView = 0;
  const viewOf = (number: number): View => {
    const view = views.get(number);
    if (view === undefined) throw new AlchemiscaleError('BAD_REQUEST', `there is no view ${number}`);
    return view;
  };
  return {
    async openView() {
      const view = await database.openView();
      views.set(++lastView, view);
      return lastView;
    },
    countRecords: async ({ view }) => viewOf(view).read(countRecords),
    readPage: async ({ view, kind, after }) => viewOf(view).read(connection => READ[kind](connection, after)),
    async closeView({ view: number }) {
      const view = views.get(number);
      views.delete(number);
      await view?.close();
    },
    findUnfinished: () => database.read(findUnfinished),
    inspect: () => inspectTarget(database),
    begin: params => beginTransfer(database, params),
    write({ run, records }) {
      const mine = databaseOfRun(database, run);
      return mine.write(connection => writeRecords(mine, connection, records));
    },
    settle: ({ run }) => settleStore(databaseOfRun(database, run)),
    end: ({ run }) => databaseOfRun(database, run).write(endTransfer),
  };
}
