// A store thread: one SQLite connection with the slices on it, answering calls. Nothing here waits: SQLite is synchronous,
// and this thread exists so that it may be.
import { parentPort, workerData } from 'node:worker_threads';
import { seededRandom } from '../../random.ts';
import type { Database } from '../database.ts';
import { createSqlStateStore } from '../index.ts';
import { refuseForeignSchema } from '../migrate.ts';
import { openSqliteDatabase } from './sqlite.ts';
import {
  type Call,
  type Report,
  type ThreadSettings,
  toPlainError,
  transferable,
} from './sqlite-messages.ts';

type Method = (params: unknown) => Promise<unknown>;

const report = (message: Report, transfer: ArrayBuffer[] = []): void =>
  parentPort?.postMessage(message, transfer);

function open({ role, path, busyMs, isPrivate, seed }: ThreadSettings): Database {
  const random = seed === null ? Math.random : seededRandom(seed);
  return openSqliteDatabase({ path, busyMs, isPrivate, readOnly: role === 'reader', random });
}

function serve(database: Database): void {
  const store = createSqlStateStore(database, difference => report({ kind: 'difference', difference }));
  const answer = async ({ id, slice, method, params }: Call): Promise<void> => {
    try {
      const target: unknown = slice === null ? store : store[slice as keyof typeof store];
      const value = await ((target as Record<string, unknown>)[method] as Method)(params);
      report({ kind: 'value', id, value }, transferable(value));
    } catch (error) {
      report({ kind: 'error', id, error: toPlainError(error) });
    }
  };
  parentPort?.on('message', (message: Call | 'close') => {
    if (message !== 'close') return void answer(message);
    void database.close().finally(() => parentPort?.close());
  });
}

const settings = workerData as ThreadSettings;
try {
  const database = open(settings);
  if (settings.role === 'writer') await refuseForeignSchema(database);
  serve(database);
  report({ kind: 'ready' });
  // The first query that is built need not wait for the builder.
  if (settings.role === 'reader') void database.builder();
} catch (error) {
  report({ kind: 'refused', error: toPlainError(error) });
}
