// A task whose transformation cannot be read, or whose protocol is unknown here or refuses it, is answered with a failure, so that
// its user sees why. A result needs a unit for its failure to belong to; as there is none yet, one stands for the making
// of the units.
//
// Differs from alchemiscale: there such a task ends the service that claimed it, and then every other service in turn.
import { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import { ProtocolUnit } from '../gufe/protocol/unit.ts';
import { ProtocolUnitFailure } from '../gufe/protocol/unit-result.ts';
import { DateTime } from '../gufe/python-types.ts';
import type { GufeDictInput } from '../gufe/values.ts';
import { describeError } from '../protocols/unit-job.ts';

/** Stands for a step outside the units. It is never run. */
class CreationUnit extends ProtocolUnit {
  override readonly qualname: string = 'CreationUnit';
  override readonly module: string = 'alchemiscale_ts.protocols.creation';

  override async execute(): Promise<GufeDictInput> {
    throw new Error('a CreationUnit stands for something that went wrong; it cannot be run');
  }
}

export interface CreationFailureOptions {
  /** Text of the task's scoped key. */
  readonly task: string;
  readonly transformationKey: string | null;
  readonly extendsKey: string | null;
  readonly error: unknown;
  /** What went wrong is named after it; `create the units` if left out. */
  readonly step?: string;
  readonly startTime: Date;
  readonly endTime: Date;
}

/** The result that says why a task has no result of its own. */
export function creationFailure(options: CreationFailureOptions): ProtocolDAGResult {
  const { task, transformationKey, extendsKey, error, step = 'create the units' } = options;
  const unit = new CreationUnit({
    name: step,
    inputs: { transformation_key: transformationKey },
  });
  const failure = new ProtocolUnitFailure({
    name: unit.name,
    sourceKey: unit.key,
    inputs: { transformation_key: transformationKey },
    ...describeError(error),
    startTime: DateTime.naive(options.startTime),
    endTime: DateTime.naive(options.endTime),
  });
  return new ProtocolDAGResult({
    name: task,
    protocolUnits: [unit],
    protocolUnitResults: [failure],
    transformationKey,
    extendsKey,
  });
}
