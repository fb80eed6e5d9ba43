// Shapes are those of the networks as objects, in every form, and what is no network says where.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { fixtures } from '../../../test/support/golden.ts';
import { AlchemicalNetwork, decodeKeyedChainAs } from '../index.ts';
import { readMsgpackNetworkShape, readNetworkShape } from './network-shape.ts';
import { edgesOf } from './state-graph.ts';

const CHAINS = join(fixtures('gufe'), 'chains');
const FORMS = join(fixtures('gufe'), 'forms');
const text = (name: string): string => readFileSync(join(CHAINS, `${name}.json`), 'utf8');
const inOrder = <T extends { readonly key: string }>(edges: readonly T[]): readonly T[] =>
  edges.toSorted((a, b) => (a.key < b.key ? -1 : 1));

async function* pieces(content: string | Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

for (const name of ['one', 'rich', 'mapped', 'nontransformations']) {
  test(`the shape of ${name}`, async () => {
    const network = decodeKeyedChainAs(AlchemicalNetwork, text(name));
    const expected = { key: network.key, edges: inOrder(edgesOf(network)) };
    assert.ok(expected.edges.length > 0);
    const { key, edges } = await readNetworkShape(pieces(text(name)));
    assert.deepEqual({ key, edges: inOrder(edges) }, expected);
    assert.deepEqual(await readNetworkShape(pieces(gzipSync(text(name)))), { key, edges });
    const packed = readMsgpackNetworkShape(readFileSync(join(FORMS, `${name}.msgpack`)));
    assert.deepEqual({ key: packed.key, edges: inOrder(packed.edges) }, expected);
  });
}

describe('what is no network', () => {
  const system = '["ChemicalSystem-1", {"components": {}}]';
  const stub = (key: string): string => `{":gufe-key:": "${key}"}`;
  const edge = `["Transformation-1", {"stateA": ${stub('ChemicalSystem-1')}, "stateB": ${stub('ChemicalSystem-1')}}]`;
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['nothing', '[]', /^the keyed chain is empty/],
    ['another object', `[${system}]`, /^expected AlchemicalNetwork, got ChemicalSystem-1$/],
    [
      'no edges at all',
      '[["AlchemicalNetwork-1", {"nodes": []}]]',
      /^AlchemicalNetwork-1, at byte 25: 'edges' is missing/,
    ],
    [
      'edges that are not there',
      `[["AlchemicalNetwork-1", {"edges": [${stub('Transformation-1')}]}]]`,
      /refers to Transformation-1, which does not come before it/,
    ],
    [
      'edges of another class',
      `[${system}, ["AlchemicalNetwork-1", {"edges": [${stub('ChemicalSystem-1')}]}]]`,
      /'edges' must be Transformations and NonTransformations, and ChemicalSystem-1 is none/,
    ],
    [
      'states that are not there',
      `[${edge}]`,
      /^Transformation-1, at byte 22: refers to ChemicalSystem-1, which does not come before it/,
    ],
    ['no states', '[["Transformation-1", {}]]', /'stateA' must be a ChemicalSystem/],
    [
      'a state of another class',
      `[["Foo-1", {}], ["NonTransformation-1", {"system": ${stub('Foo-1')}}]]`,
      /'system' must be a ChemicalSystem/,
    ],
    ['no JSON', `[${system}`, /at byte 41/],
  ];
  for (const [what, chain, message] of refused) {
    test(what, async () => {
      await assert.rejects(readNetworkShape(pieces(chain)), { name: 'GufeError', message });
    });
  }

  test('the first of two entries of a key counts, and the members that come last', async () => {
    const other = edge.replace('"stateA"', '"stateA": 1, "stateA"').replace('{"stateA"', '{"x": 1, "stateA"');
    const network = `["AlchemicalNetwork-1", {"edges": [${stub('Transformation-1')}]}]`;
    const chain = `[${system}, ${other}, ["Transformation-1", {}], ${network}]`;
    const state = 'ChemicalSystem-1';
    assert.deepEqual(await readNetworkShape(pieces(chain)), {
      key: 'AlchemicalNetwork-1',
      edges: [{ key: 'Transformation-1', stateA: state, stateB: state }],
    });
  });
});
