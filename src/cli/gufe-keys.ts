// The keys of one file, checked as it is read.
import { alchemiscaleKeyRule } from '../domain/key-rules.ts';
import { streamKeyedChain } from '../gufe/chain-stream.ts';
import { GufeError } from '../gufe/error.ts';
import { type KeyCheck, KeyChecker } from '../gufe/key-check.ts';
import { inFile, openFile } from './gufe-files.ts';

/** How many keys are right, wrong, or of classes whose defaults are not known. */
export interface KeyCounts {
  readonly right: number;
  readonly wrong: number;
  readonly unknown: number;
}

/** Checks the keyed chain in a file, object by object. Throws GufeError with file and place when it cannot be read. */
export async function checkKeyFile(file: string, tell: (found: KeyCheck) => void): Promise<KeyCounts> {
  const counts = { right: 0, wrong: 0, unknown: 0 };
  const checker = new KeyChecker({ rules: alchemiscaleKeyRule });
  try {
    for await (const entry of streamKeyedChain(openFile(file))) {
      const found = checker.check(entry);
      counts[found.ok === null ? 'unknown' : found.ok ? 'right' : 'wrong']++;
      tell(found);
    }
  } catch (error) {
    throw inFile(file, error instanceof GufeError && error.offset === 0 ? withHint(error) : error);
  }
  return counts;
}

/** Nothing that is a keyed chain has a fault in its first byte. */
function withHint(error: GufeError): GufeError {
  const hint = "'alchemiscale gufe convert --to chain' makes one of gufe's other forms";
  return new GufeError(`${error.message}; ${hint}`, { cause: error, offset: 0 });
}
