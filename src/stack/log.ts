// Logs: one line of JSON an event on stderr, and in a file as well if one is named; stdout is for answers. A line is
// written before the call returns, so that the last ones before an end of any kind are there.
import { openSync } from 'node:fs';
import { destination, type Logger, multistream, pino, stdTimeFunctions } from 'pino';
import type { LogLevel } from '../lib/log-level.ts';
import { folderRefusal } from './data-folder.ts';

export interface LogOptions {
  readonly level: LogLevel;
  /** A file that gets every line as well. */
  readonly file?: string | null;
  /** What every line says of its origin, e.g. `{ service }`. */
  readonly bindings?: Readonly<Record<string, string>>;
}

/** Makes a log. Throws when the file cannot be written. */
export function createLog({ level, file = null, bindings = {} }: LogOptions): Logger {
  const options = {
    level,
    base: bindings,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const stderr = stream(2);
  if (file === null) return pino(options, stderr);
  const both = [stderr, stream(openLog(file))].map(each => ({ stream: each, level }));
  return pino(options, multistream(both));
}

/** Tells of objects that came with other bytes than those stored under their key: normal between versions of gufe. */
export function logDifference(log: Pick<Logger, 'info'>): (difference: { readonly key: string }) => void {
  return difference =>
    log.info(difference, 'an object came with other bytes than are stored; the first are kept');
}

function stream(fileDescriptor: number): ReturnType<typeof destination> {
  const lines = destination({ dest: fileDescriptor, sync: true });
  // Whoever read stderr may have gone (`… 2>&1 | head`), a disk may be full: no reason to stop serving.
  lines.on('error', () => undefined);
  return lines;
}

function openLog(file: string): number {
  try {
    return openSync(file, 'a');
  } catch (error) {
    throw folderRefusal(file, 'opened for logging', error);
  }
}
