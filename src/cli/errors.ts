// What a command ends with: exit code 0 done, 1 failed, 2 misuse. Every refusal is one line on stderr, in the words of
// the original where it has any.
import { styleText } from 'node:util';
import { AlchemiscaleClientError, AlchemiscaleConnectionError } from '../client/errors.ts';
import { AlchemiscaleError } from '../domain/errors.ts';
import { GufeError } from '../gufe/error.ts';

export const EXIT_FAILED = 1;
export const EXIT_MISUSE = 2;

/** The command line itself is wrong: unknown words, missing or contradicting options. */
export class MisuseError extends Error {
  override readonly name: string = 'MisuseError';
}

/** The command ends with this exit code; what there was to say has been said. */
export class ExitError extends Error {
  override readonly name: string = 'ExitError';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** Errors whose message was written for people; any other is a defect and is shown with its stack. */
function isForPeople(error: unknown): error is Error {
  return (
    error instanceof MisuseError ||
    error instanceof AlchemiscaleError ||
    error instanceof GufeError ||
    error instanceof AlchemiscaleClientError ||
    error instanceof AlchemiscaleConnectionError
  );
}

/** Says what went wrong and gives the exit code. */
export function report(error: unknown, write: (line: string) => void): number {
  if (error instanceof ExitError) return error.exitCode;
  const label = styleText('red', 'Error:', { stream: process.stderr });
  if (isForPeople(error)) write(`${label} ${oneLine(error.message)}`);
  else write(`${label} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return error instanceof MisuseError ? EXIT_MISUSE : EXIT_FAILED;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
