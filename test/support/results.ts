// Results as compute services push them, without running anything.

import { ChemicalSystem } from '../../src/gufe/chemical-system.ts';
import { SolventComponent } from '../../src/gufe/components/solvent.ts';
import type { Protocol } from '../../src/gufe/protocol/protocol.ts';
import { ProtocolDAGResult } from '../../src/gufe/protocol/result.ts';
import { ProtocolUnitFailure, ProtocolUnitResult } from '../../src/gufe/protocol/unit-result.ts';
import { Transformation } from '../../src/gufe/transformation.ts';
import { SlowProtocol, slowSettings } from '../../src/protocols/testing/protocols.ts';

/** A transformation of one unit that takes no time. */
export function quickTransformation(name: string): Transformation {
  const solvent = new SolventComponent();
  const [stateA, stateB] = ['A', 'B'].map(state => new ChemicalSystem({ solvent }, `${name} ${state}`)) as [
    ChemicalSystem,
    ChemicalSystem,
  ];
  const protocol: Protocol = new SlowProtocol(slowSettings({ seconds: 0 }));
  return new Transformation({ stateA, stateB, protocol, name });
}

/** A result that nobody else makes, of that name; with a traceback it is a failure. */
export function makeResult(
  transformation: Transformation,
  name: string,
  traceback: string | null = null,
): ProtocolDAGResult {
  const dag = transformation.createDag({ name });
  const protocolUnitResults = dag.protocolUnits.map(({ key: sourceKey }) => {
    const common = { name: null, sourceKey, inputs: {}, outputs: { name } };
    return traceback === null
      ? new ProtocolUnitResult(common)
      : new ProtocolUnitFailure({
          ...common,
          exception: { className: 'ValueError', args: [name] },
          traceback,
        });
  });
  return new ProtocolDAGResult({
    name,
    protocolUnits: dag.protocolUnits,
    protocolUnitResults,
    transformationKey: transformation.key,
  });
}
