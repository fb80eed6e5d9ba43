import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ToyProtocol, toySettings } from '../../test/support/toy-protocol.ts';
import { ChemicalSystem, decodeJson, SolventComponent, Transformation } from './index.ts';

test('a dict of mappings that is read becomes the list of its values, as in gufe', () => {
  const [a, b] = [new SolventComponent(), new SolventComponent({ positiveIon: 'K' })];
  const edge = new Transformation({
    stateA: new ChemicalSystem({ a }),
    stateB: new ChemicalSystem({ b }),
    protocol: new ToyProtocol(toySettings(1n, 1)),
    mapping: [a, b],
  });
  const text = edge.toDictText();
  const [one, two] = [a, b].map(mapping => mapping.toDictText());
  const named = text.replace(`"mapping": [${one}, ${two}]`, `"mapping": {"x": ${one}, "y": ${two}}`);
  assert.notEqual(named, text);
  assert.equal(decodeJson(named).key, edge.key);
});
