// Whether a program is installed, and what installs it.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ServiceError } from './daemon.ts';

/** Throws unless `program` is on PATH; the error says what installs it. */
export function requireProgram(program: string, install: string): void {
  const folders = (process.env.PATH ?? '').split(delimiter);
  if (folders.some(folder => isExecutable(join(folder, program)))) return;
  throw new ServiceError(`${program} is not installed: ${install}`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
