// The transfer slice of a SQL store: views by number, so that a store on another thread can hold them.
import { AlchemiscaleError } from '../../domain/errors.ts';
import type { TransferStore } from '../slices/transfer.ts';
import type { Database, View } from './database.ts';
import { countRecords, READ } from './transfer-read.ts';
import { beginTransfer, endTransfer, findUnfinished, settleStore, writeRecords } from './transfer-write.ts';

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
    begin: params => database.write(connection => beginTransfer(connection, params)),
    write: ({ records }) => database.write(connection => writeRecords(database, connection, records)),
    settle: () => settleStore(database),
    end: () => database.write(endTransfer),
  };
}
