// Units that fail or take their time.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProtocolUnit, type UnitContext, unitClass } from '../../gufe/protocol/unit.ts';
import { readBoolean, readNumber, readString, wrong } from '../../gufe/read-dict.ts';
import type { GufeClass } from '../../gufe/registry.ts';
import type { GufeDict, GufeDictInput } from '../../gufe/values.ts';
import { attemptOf } from '../unit-folders.ts';
import { waitSeconds } from '../wait.ts';

/** The Python module of these classes; hashed into keys. */
export const TESTING_MODULE = 'alchemiscale_ts.protocols.testing';

export const FAILURE_MODES = ['throw', 'exit', 'kill'] as const;

export type FailureMode = (typeof FAILURE_MODES)[number];

/** Fails as often as it is told, then succeeds. Inputs: `failures` (null: always), `mode`. */
export class FailingUnit extends ProtocolUnit {
  override readonly qualname: string = 'FailingUnit';
  override readonly module: string = TESTING_MODULE;

  override async execute(context: UnitContext, inputs: GufeDict): Promise<GufeDictInput> {
    const attempt = attemptOf(context.shared);
    const failures = inputs.get('failures');
    if (context.stdout !== null) await writeFile(join(context.stdout, 'log.txt'), `attempt ${attempt}\n`);
    if (failures !== null && attempt >= readNumber(inputs, 'failures')) return { attempt: BigInt(attempt) };
    const mode = readString(inputs, 'mode');
    switch (mode) {
      case 'throw':
        throw new Error(`attempt ${attempt} fails on purpose`);
      case 'exit':
        console.error(`attempt ${attempt} exits on purpose`);
        return process.exit(3);
      case 'kill':
        process.kill(process.pid, 'SIGKILL');
        return new Promise(() => {});
      default:
        return wrong(mode, 'mode', FAILURE_MODES.join(', '));
    }
  }
}

/** Waits. Inputs: `seconds`, `ignore_abort`. */
export class SlowUnit extends ProtocolUnit {
  override readonly qualname: string = 'SlowUnit';
  override readonly module: string = TESTING_MODULE;

  override async execute(context: UnitContext, inputs: GufeDict): Promise<GufeDictInput> {
    const deaf = readBoolean(inputs, 'ignore_abort');
    const seconds = readNumber(inputs, 'seconds');
    await waitSeconds(seconds, deaf ? new AbortController().signal : context.signal);
    return { seconds };
  }
}

/** How to read the units. */
export const TESTING_UNITS: readonly GufeClass[] = [
  unitClass('FailingUnit', TESTING_MODULE, options => new FailingUnit(options)),
  unitClass('SlowUnit', TESTING_MODULE, options => new SlowUnit(options)),
];
