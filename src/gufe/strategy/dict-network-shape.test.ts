import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fixtures } from '../../../test/support/golden.ts';
import { decodeJson } from '../forms.ts';
import { AlchemicalNetwork } from '../network.ts';
import { readDictNetworkShape } from './dict-network-shape.ts';
import { edgesOf } from './state-graph.ts';

function network(name: string): AlchemicalNetwork {
  const read = decodeJson(readFileSync(join(fixtures('gufe'), 'chains', name)));
  assert.ok(read instanceof AlchemicalNetwork);
  return read;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

test('key and edges are those of the network', () => {
  for (const name of ['mapped.json', 'nontransformations.json', 'one.json']) {
    const whole = network(name);
    const shape = readDictNetworkShape(bytesOf(whole.toDictText()));
    assert.deepEqual(shape, { key: whole.key, edges: edgesOf(whole) }, name);
  }
});

test('one transformation at a time: a limit on values is one for each', () => {
  const { edges, nodes } = network('mapped.json');
  const [edge] = edges;
  assert.ok(edge !== undefined);
  const many = Array.from({ length: 9 }, (_, i) => edge.copyWithReplacements({ name: `edge ${i}` }));
  const whole = new AlchemicalNetwork({ edges: many, nodes, name: 'nine' });
  const bytes = bytesOf(whole.toDictText());
  const maxValues = 2 * [...edge.toDictText()].filter(character => ',[{'.includes(character)).length;
  assert.throws(() => decodeJson(bytes, { maxValues }), /more than \d+ values/);
  assert.equal(readDictNetworkShape(bytes, { maxValues })?.key, whole.key);
  assert.throws(
    () => readDictNetworkShape(bytes, { maxValues: 10 }),
    /^GufeError: edges\[0\]: .*more than 10/,
  );
});

test('what is no full dict of a network is left to others, and a bad entry is named', () => {
  for (const text of ['', '[]', '{', '{}', '{"__qualname__": "Other", "__module__": "m"}']) {
    assert.equal(readDictNetworkShape(bytesOf(text)), null, text);
  }
  const text = network('one.json').toDictText();
  const wrong = text.replace('"edges": [', '"edges": [{"a": 1}, ');
  assert.throws(
    () => readDictNetworkShape(bytesOf(wrong)),
    /^GufeError: edges\[0\]: the dict has no '__qualname/,
  );
  const system = text.replace(
    /"edges": \[.*?\], "name"/s,
    '"edges": [], "nodes": [{"__qualname__": "X", "__module__": "m"}], "name"',
  );
  assert.throws(() => readDictNetworkShape(bytesOf(system)), /must be a list of ChemicalSystems, not X-/);
});
