// What passes between the process that runs a DAG and the process of one unit: the job (unit, inputs, folders) one way, the
// outcome (outputs, or what was thrown) the other. Both are keyed chains, so any gufe object may be part of them.
import { inspect } from 'node:util';
import { GufeError } from '../gufe/error.ts';
import { ProtocolUnit, type UnitContext } from '../gufe/protocol/unit.ts';
import type { UnitException } from '../gufe/protocol/unit-result.ts';
import {
  readBoolean,
  readDict,
  readInteger,
  readList,
  readObject,
  readString,
  readStringOrNull,
} from '../gufe/read-dict.ts';
import type { GufeClass } from '../gufe/registry.ts';
import { GufeTokenizable } from '../gufe/tokenizable.ts';
import {
  type GufeDict,
  type GufeDictInput,
  type GufeInput,
  type GufeObject,
  toGufeDict,
} from '../gufe/values.ts';
import type { GmxProgram } from './gromacs/gmx.ts';

const MODULE = 'alchemiscale_ts.protocols.execute';

/** Programs that units run, where they are not found on PATH or need more than one core. */
export interface Engines {
  readonly gmx: GmxProgram;
}

export interface UnitJobOptions {
  readonly unit: GufeObject;
  /** Units in them replaced by their results. */
  readonly inputs: GufeDict;
  readonly folders: Omit<UnitContext, 'signal'>;
  readonly engines: Engines;
}

/** One attempt at one unit. */
export class UnitJob extends GufeTokenizable implements UnitJobOptions {
  override readonly qualname: string = 'UnitJob';
  override readonly module: string = MODULE;
  readonly unit: ProtocolUnit;
  readonly inputs: GufeDict;
  readonly folders: Omit<UnitContext, 'signal'>;
  readonly engines: Engines;

  /** Throws a GufeError when the unit's class is not known here. */
  constructor(options: UnitJobOptions) {
    super();
    const { unit } = options;
    if (!(unit instanceof ProtocolUnit)) {
      throw new GufeError(`${unit.key}: no implementation of ${unit.module}.${unit.qualname} is known here`);
    }
    this.unit = unit;
    this.inputs = options.inputs;
    this.folders = options.folders;
    this.engines = options.engines;
  }

  override fields(): GufeDict {
    const { shared, scratch, stdout, stderr } = this.folders;
    const { gmx } = this.engines;
    return toGufeDict(
      new Map<string, GufeInput>([
        ['unit', this.unit],
        ['inputs', this.inputs as ReadonlyMap<string, GufeInput>],
        ['folders', { shared, scratch, stdout, stderr }],
        ['gmx', { command: gmx.command, threads: BigInt(gmx.threads) }],
      ]),
    );
  }
}

/** What became of a job. */
export type UnitOutcome =
  | { readonly ok: true; readonly outputs: GufeDict }
  | { readonly ok: false; readonly exception: UnitException; readonly traceback: string };

/** An outcome as it is written to a file. */
export class UnitOutcomeRecord extends GufeTokenizable {
  override readonly qualname: string = 'UnitOutcomeRecord';
  override readonly module: string = MODULE;
  readonly outcome: UnitOutcome;

  constructor(outcome: UnitOutcome) {
    super();
    this.outcome = outcome;
  }

  override fields(): GufeDict {
    const { outcome } = this;
    return outcome.ok
      ? new Map<string, GufeDict | boolean>([
          ['ok', true],
          ['outputs', outcome.outputs],
        ])
      : toGufeDict({
          ok: false,
          exception: [outcome.exception.className, outcome.exception.args],
          traceback: outcome.traceback,
        });
  }
}

/** How to read both. */
export const UNIT_JOB_CLASSES: readonly GufeClass[] = [
  {
    qualname: 'UnitJob',
    module: MODULE,
    entries: ['unit', 'inputs', 'folders', 'gmx'],
    decode(fields) {
      const [folders, gmx] = [readDict(fields, 'folders'), readDict(fields, 'gmx')];
      return new UnitJob({
        unit: readObject(fields, 'unit'),
        inputs: readDict(fields, 'inputs'),
        folders: {
          shared: readString(folders, 'shared'),
          scratch: readString(folders, 'scratch'),
          stdout: readStringOrNull(folders, 'stdout'),
          stderr: readStringOrNull(folders, 'stderr'),
        },
        engines: { gmx: { command: readString(gmx, 'command'), threads: readInteger(gmx, 'threads') } },
      });
    },
  },
  {
    qualname: 'UnitOutcomeRecord',
    module: MODULE,
    entries: ['ok', 'outputs', 'exception', 'traceback'],
    decode(fields) {
      if (readBoolean(fields, 'ok'))
        return new UnitOutcomeRecord({ ok: true, outputs: readDict(fields, 'outputs') });
      const [className, args] = readList(fields, 'exception');
      const exception = { className: String(className), args: args as readonly GufeInput[] };
      return new UnitOutcomeRecord({ ok: false, exception, traceback: readString(fields, 'traceback') });
    },
  },
];

/** Runs a job in this process. Whatever the unit throws is an outcome; only an abort is passed on as a rejection. */
export async function runJob(job: UnitJob, signal: AbortSignal): Promise<UnitOutcome> {
  try {
    const outputs: GufeDictInput = await job.unit.execute({ ...job.folders, signal }, job.inputs);
    const outcome: UnitOutcome = { ok: true, outputs: toGufeDict(outputs, 'outputs') };
    // Outputs that cannot be written are the unit's fault, so they must come to light where it can be blamed.
    new UnitOutcomeRecord(outcome).toJson();
    return outcome;
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, ...describeError(error) };
  }
}

/** What was thrown, as Python describes exceptions: class name, arguments, and a traceback that is never empty. */
export function describeError(error: unknown): { exception: UnitException; traceback: string } {
  const traceback = inspect(error, { breakLength: 120, depth: 4 }) || 'no traceback';
  if (!(error instanceof Error))
    return { exception: { className: typeof error, args: [String(error)] }, traceback };
  return { exception: { className: error.name, args: [error.message] }, traceback };
}
