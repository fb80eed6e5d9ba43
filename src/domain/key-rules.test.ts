// Keys of classes that are not gufe's own. Those of the original's models are checked against its own objects elsewhere.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KeyCheck, KeyChecker } from '../gufe/key-check.ts';
import { contentKey } from '../gufe/tokenize.ts';
import type { JsonObject, JsonValue } from '../lib/json-value.ts';
import { writeJson } from '../lib/json-write.ts';
import { alchemiscaleKeyRule } from './key-rules.ts';

const QUALNAME = 'RelativeHybridTopologyProtocol';

function protocolDict(module: string, x = 1n): JsonObject {
  return new Map<string, JsonValue>([
    ['settings', new Map([['x', x]])],
    ['__qualname__', QUALNAME],
    ['__module__', `openfe.protocols.openmm_rfe.${module}`],
  ]);
}

function check(key: string, dict: JsonObject): KeyCheck {
  const bytes = new TextEncoder().encode(writeJson(dict));
  return new KeyChecker({ rules: alchemiscaleKeyRule }).check({ key, bytes, offset: 0 });
}

const keyOf = (dict: JsonObject): string => contentKey(QUALNAME, dict, new Map());
const [before, today] = [protocolDict('equil_rfe_methods'), protocolDict('hybridtop_protocols')];

test('a protocol of openfe has the hash of all its entries for a key', () => {
  const key = keyOf(today);
  assert.deepEqual(check(key, today), { key, recomputed: key, ok: true, hint: null });
  const other = protocolDict('hybridtop_protocols', 2n);
  const found = check(key, other);
  assert.deepEqual([found.recomputed, found.ok], [keyOf(other), false]);
  assert.match(found.hint ?? '', /or of the settings it holds/);
});

test('one from before its class was moved has another key today', () => {
  const key = keyOf(before);
  assert.deepEqual(check(key, before), {
    key,
    recomputed: keyOf(today),
    ok: false,
    hint: 'the class was in another module when the key was made, and its module is part of the key',
  });
});

test('a dict without the text of which its key is made', () => {
  const dict = new Map<string, JsonValue>([
    ['__qualname__', 'TaskHub'],
    ['__module__', 'alchemiscale.storage.models'],
  ]);
  const found = check('TaskHub-1', dict);
  assert.deepEqual([found.recomputed, found.ok], [null, false]);
  assert.equal(found.hint, 'the dict lacks the entries from which the key is made');
});
