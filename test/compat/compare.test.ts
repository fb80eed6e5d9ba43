import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameBody } from './compare.ts';

const cases: readonly (readonly [path: string, recorded: string, ours: string, same: boolean])[] = [
  // Lists without an order are sets; all others are not.
  ['/networks', '["a","b"]', '["b","a"]', true],
  ['/networks', '["a","b"]', '["b"]', false],
  ['/networks', '["a","a"]', '["a"]', false],
  ['/transformations', '["a","b"]', '["b","a"]', false],
  ['/bulk/tasks/status/get', '["a",null]', '[null,"a"]', false],
  // Ours is in order; of the recorded one that says nothing, since its keys were others.
  ['/tasks', '["b","a"]', '["a","b"]', true],
  ['/tasks', '["a","b"]', '["b","a"]', false],
  // Numbers keep their spelling, objects have no order.
  ['/networks/n/weight', '1.0', '1', false],
  ['/networks/n/status', '{"a":1,"b":2}', '{"b":2, "a":1}', true],
  ['/x', '["1"]', '[1]', false],
  // Keyed chains are the objects in them; the original leaves out what is null or empty.
  ['/networks/n', '[["A-1",{"x":1.0}],["B-2",{}]]', '[["B-2",{"y":null,"z":{}}],["A-1",{"x":1.0}]]', true],
  ['/networks/n', '[["A-1",{"x":1.0}]]', '[["A-1",{"x":1}]]', false],
  ['/tasks/t/transformation/gufe', '[[["A-1",{"x":0}]],null]', '[[["A-1",{"x":0}]],"result"]', false],
  // Refusals are compared letter by letter.
  ['/networks', '{"detail":"a"}', '{"detail":"a: b"}', false],
  ['/networks', 'Internal Server Error', '{"detail":"x"}', false],
];

for (const [path, recorded, ours, same] of cases) {
  test(`${path}: ${recorded} and ${ours} ${same ? 'say the same' : 'differ'}`, () => {
    assert.equal(sameBody(path, 'GET', recorded, ours), same);
  });
}
