// What an archive may hold, and in which order. That its keys are Python's is shown on whole archives elsewhere.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ToyProtocol, toySettings } from '../../test/support/toy-protocol.ts';
import {
  AlchemicalArchive,
  AlchemicalNetwork,
  ChemicalSystem,
  decodeKeyedChain,
  GUFE_VERSION,
  GufeError,
  NonTransformation,
  ProtocolDAGResult,
} from './index.ts';

const protocol = new ToyProtocol(toySettings(1n, 1));
const edges = ['a', 'b', 'c'].map(
  name => new NonTransformation({ system: new ChemicalSystem({}, name), protocol, name }),
);
const network = new AlchemicalNetwork({ edges });
const [first, second] = network.edges as [NonTransformation, NonTransformation];
const results = ['1', '2', '3'].map(
  name => new ProtocolDAGResult({ protocolUnits: [], protocolUnitResults: [], name }),
);
const [one, two] = results as [ProtocolDAGResult, ProtocolDAGResult];

describe('AlchemicalArchive', () => {
  test('order and repeats do not matter', () => {
    const archive = new AlchemicalArchive({
      network,
      transformationResults: [
        [first, [one, two]],
        [second, []],
      ],
    });
    const same = new AlchemicalArchive({
      network,
      transformationResults: [
        [second, []],
        [first, [two, one, two]],
      ],
      metadata: {},
    });
    assert.equal(same.key, archive.key);
    assert.deepEqual(
      same.resultsOf(first).map(result => result.key),
      [one.key, two.key].sort(),
    );
    assert.deepEqual(same.resultsOf(second), []);
    assert.notEqual(new AlchemicalArchive({ ...archive, metadata: { by: 'ada' } }).key, archive.key);
    assert.notEqual(new AlchemicalArchive({ ...archive, versionGufe: '1.0.0' }).key, archive.key);
  });

  test('results belong to edges, each once', () => {
    const stranger = new NonTransformation({ system: new ChemicalSystem({}, 'z'), protocol });
    assert.throws(() => new AlchemicalArchive({ network, transformationResults: [[stranger, []]] }), {
      name: 'GufeError',
      message: /^NonTransformation-\w+ has results but is no edge of AlchemicalNetwork-/,
    });
    const twice = [first, first].map(edge => [edge, [one]] as const);
    assert.throws(() => new AlchemicalArchive({ network, transformationResults: twice }), /given twice/);
  });

  test('a chain that holds something else in its place is refused, with the place', () => {
    const archive = new AlchemicalArchive({ network, transformationResults: [[first, [one]]] });
    const text = archive.toJson();
    const wrong: [string, string, RegExp][] = [
      [
        `{":gufe-key:": "${one.key}"}`,
        '1',
        /'transformation_results\[0\]' must be a list of ProtocolDAGResults/,
      ],
      [`{":gufe-key:": "${first.key}"}, [{`, 'null, [{', /a transformation and the list of its results/],
      [`"${GUFE_VERSION}"`, '5', /'version_gufe' must be a string/],
    ];
    for (const [from, to, why] of wrong) {
      const at = text.lastIndexOf(from);
      assert.ok(at > 0, from);
      const damaged = text.slice(0, at) + to + text.slice(at + from.length);
      assert.throws(
        () => decodeKeyedChain(damaged),
        (error: Error) => error instanceof GufeError && why.test(error.message),
      );
    }
  });
});
