// What running a unit once leaves behind: a ProtocolUnitResult, or a ProtocolUnitFailure with its traceback.
import { GufeError } from '../error.ts';
import { Bytes, DateTime } from '../python-types.ts';
import { randomKey } from '../random-key.ts';
import { readDict, readList, readString, readStringOrNull, wrong } from '../read-dict.ts';
import type { GufeClass } from '../registry.ts';
import { GufeTokenizable } from '../tokenizable.ts';
import {
  type GufeDict,
  type GufeDictInput,
  type GufeInput,
  type GufeObject,
  type GufeValue,
  toGufeDict,
  toGufeValue,
} from '../values.ts';

const MODULE = 'gufe.protocols.protocolunit';

/** What a unit's result is made from. */
export interface UnitResultOptions {
  readonly name: string | null;
  /** The key of the unit that ran. */
  readonly sourceKey: string;
  /** What the unit was given, its units replaced by their results. */
  readonly inputs: GufeDictInput;
  readonly outputs: GufeDictInput;
  /** Captured files: name to content. */
  readonly stdout?: ReadonlyMap<string, Bytes>;
  readonly stderr?: ReadonlyMap<string, Bytes>;
  /** By gufe's custom the local clock, without an offset. */
  readonly startTime?: DateTime | null;
  readonly endTime?: DateTime | null;
  /** Given when the result is read back. */
  readonly key?: string;
}

abstract class UnitResultBase extends GufeTokenizable {
  override readonly module: string = MODULE;
  abstract readonly ok: boolean;
  readonly name: string | null;
  readonly sourceKey: string;
  readonly inputs: GufeDict;
  readonly outputs: GufeDict;
  readonly stdout: ReadonlyMap<string, Bytes>;
  readonly stderr: ReadonlyMap<string, Bytes>;
  readonly startTime: DateTime | null;
  readonly endTime: DateTime | null;
  readonly #key: string | null;

  constructor(options: UnitResultOptions) {
    super();
    this.name = options.name;
    this.sourceKey = options.sourceKey;
    this.inputs = toGufeDict(options.inputs, 'inputs');
    this.outputs = toGufeDict(options.outputs, 'outputs');
    this.stdout = new Map(options.stdout ?? []);
    this.stderr = new Map(options.stderr ?? []);
    this.startTime = options.startTime ?? null;
    this.endTime = options.endTime ?? null;
    this.#key = options.key ?? null;
  }

  protected override makeKey(): string {
    return this.#key ?? randomKey(this.qualname);
  }

  override fields(): GufeDict {
    return new Map<string, GufeValue>([
      ['name', this.name],
      ['_key', this.key],
      ['source_key', this.sourceKey],
      ['inputs', this.inputs],
      ['outputs', this.outputs],
      ['stderr', this.stderr],
      ['stdout', this.stdout],
      ['start_time', this.startTime],
      ['end_time', this.endTime],
    ]);
  }
}

/** A unit that did its work. */
export class ProtocolUnitResult extends UnitResultBase {
  override readonly qualname: string = 'ProtocolUnitResult';
  override readonly ok: true = true;

  protected override remake(fields: GufeDict): GufeObject {
    return PROTOCOL_UNIT_RESULT.decode(fields, this.key);
  }
}

/** What went wrong, as Python has it: the exception's class and its arguments. */
export interface UnitException {
  readonly className: string;
  readonly args: readonly GufeInput[];
}

/** What a failure is made from. */
export interface UnitFailureOptions extends Omit<UnitResultOptions, 'outputs'> {
  readonly exception: UnitException;
  /** Must not be empty: restart patterns are matched against it. */
  readonly traceback: string;
  /** Empty unless read back with some. */
  readonly outputs?: GufeDictInput;
}

/** A unit that threw. */
export class ProtocolUnitFailure extends UnitResultBase {
  override readonly qualname: string = 'ProtocolUnitFailure';
  override readonly ok: false = false;
  readonly exception: { readonly className: string; readonly args: readonly GufeValue[] };
  readonly traceback: string;

  constructor(options: UnitFailureOptions) {
    super({ ...options, outputs: options.outputs ?? {} });
    if (options.traceback === '') throw new GufeError('a failure needs a traceback');
    const { className, args } = options.exception;
    this.exception = { className, args: args.map((arg, i) => toGufeValue(arg, `exception[${i}]`)) };
    this.traceback = options.traceback;
  }

  override fields(): GufeDict {
    return new Map<string, GufeValue>([
      ...super.fields(),
      ['exception', [this.exception.className, this.exception.args]],
      ['traceback', this.traceback],
    ]);
  }

  protected override remake(fields: GufeDict): GufeObject {
    return PROTOCOL_UNIT_FAILURE.decode(fields, this.key);
  }
}

/** Either outcome of a unit. */
export type AnyUnitResult = ProtocolUnitResult | ProtocolUnitFailure;

const ENTRIES = [
  'name',
  '_key',
  'source_key',
  'inputs',
  'outputs',
  'stderr',
  'stdout',
  'start_time',
  'end_time',
];

function readCommon(fields: GufeDict): UnitResultOptions {
  return {
    name: readStringOrNull(fields, 'name'),
    key: readString(fields, '_key'),
    sourceKey: readString(fields, 'source_key'),
    inputs: readDict(fields, 'inputs') as ReadonlyMap<string, GufeInput>,
    outputs: readDict(fields, 'outputs') as ReadonlyMap<string, GufeInput>,
    stdout: readFiles(fields, 'stdout'),
    stderr: readFiles(fields, 'stderr'),
    startTime: readTime(fields, 'start_time'),
    endTime: readTime(fields, 'end_time'),
  };
}

/** Results of gufe before 1.6 have no captured files. */
function readFiles(fields: GufeDict, name: string): ReadonlyMap<string, Bytes> {
  const files = new Map<string, Bytes>();
  if ((fields.get(name) ?? null) === null) return files;
  for (const [file, content] of readDict(fields, name)) {
    files.set(file, content instanceof Bytes ? content : wrong(content, `${name}.${file}`, 'bytes'));
  }
  return files;
}

function readTime(fields: GufeDict, name: string): DateTime | null {
  const time = fields.get(name) ?? null;
  return time === null || time instanceof DateTime ? time : wrong(time, name, 'a date and time');
}

/** How it is read. */
export const PROTOCOL_UNIT_RESULT: GufeClass = {
  qualname: 'ProtocolUnitResult',
  module: MODULE,
  entries: ENTRIES,
  keyRule: { stored: true },
  decode: fields => new ProtocolUnitResult(readCommon(fields)),
};

/** How it is read. */
export const PROTOCOL_UNIT_FAILURE: GufeClass = {
  qualname: 'ProtocolUnitFailure',
  module: MODULE,
  entries: [...ENTRIES, 'exception', 'traceback'],
  keyRule: { stored: true },
  decode(fields) {
    const [className, args] = readList(fields, 'exception');
    if (typeof className !== 'string' || !Array.isArray(args)) {
      return wrong(fields.get('exception'), 'exception', 'a class name and a list of arguments');
    }
    const exception = { className, args: args as readonly GufeInput[] };
    return new ProtocolUnitFailure({
      ...readCommon(fields),
      exception,
      traceback: readString(fields, 'traceback'),
    });
  },
};
