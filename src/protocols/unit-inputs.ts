// Reading the results of earlier units from a unit's inputs.
import { ProtocolUnitResult } from '../gufe/protocol/unit-result.ts';
import { readObject, readObjects, wrong } from '../gufe/read-dict.ts';
import type { GufeDict } from '../gufe/values.ts';

/** The result of the unit given under that name. */
export function readUnitResult(inputs: GufeDict, name: string): ProtocolUnitResult {
  const result = readObject(inputs, name);
  return result instanceof ProtocolUnitResult ? result : wrong(result, name, 'the result of a unit');
}

/** The results of the units listed under that name. */
export function readUnitResults(inputs: GufeDict, name: string): readonly ProtocolUnitResult[] {
  return readObjects(inputs, name).map((result, i) =>
    result instanceof ProtocolUnitResult ? result : wrong(result, `${name}[${i}]`, 'the result of a unit'),
  );
}
