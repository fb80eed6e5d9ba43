// Every gufe object in the golden set: the text that is hashed, the key, and the keyed dict written back, all as gufe has
// them. Objects of classes known here are decoded and encoded again, and every key is recomputed from the keyed dict alone.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { alchemiscaleKeyRule } from '../../src/domain/key-rules.ts';
import { decodeKeyedChain, GUFE_REGISTRY, type GufeObject, OpaqueTokenizable } from '../../src/gufe/index.ts';
import { KeyChecker } from '../../src/gufe/key-check.ts';
import { type KeyRule, keyByRule } from '../../src/gufe/key-rule.ts';
import { encodeDict } from '../../src/gufe/serialization/json.ts';
import { canonicalText } from '../../src/gufe/tokenize.ts';
import { findReferences, keyedChainEntries } from '../../src/lib/json-scan.ts';
import { IntKeyedObject, type JsonObject, type JsonValue, parseJson } from '../../src/lib/json-value.ts';
import { writeJson, writeString } from '../../src/lib/json-write.ts';
import { md5Hex } from '../../src/lib/md5.ts';
import { fixtures, readGolden } from '../support/golden.ts';

interface Case {
  readonly case: string;
  readonly qualname: string;
  readonly module: string;
  readonly key: string;
  readonly rule: 'content' | 'md5-of-text' | 'stored';
  readonly dict: string;
  readonly defaults: string | null;
  readonly canonical: string | null;
}

/** Objects with integer keys in Python, which the text does not tell: where they are. */
const INT_KEYED: Readonly<Record<string, string>> = {
  'mapping/int-key-order': 'componentA_to_componentB',
  'mapping/example-atommapping': 'mapping',
  'value/dict/int-keys': 'value',
};

function readCases(path: string): readonly Case[] {
  const text = new TextDecoder().decode(readGolden(path));
  return text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Case);
}

function withIntKeys(dict: JsonObject, name: string | undefined): JsonObject {
  if (name === undefined) return dict;
  const entries = [...(dict.get(name) as JsonObject)].map(([key, value]) => [BigInt(key), value] as const);
  return new Map<string, JsonValue>([...dict, [name, new IntKeyedObject(new Map(entries))]]);
}

/** The rule of the case's class: ours where the class is known here, else the table of defaults that Python gave. */
function ruleOf(golden: Case): KeyRule {
  const known = GUFE_REGISTRY.find(golden.qualname, golden.module);
  if (known !== null) return known.keyRule ?? {};
  const ours = alchemiscaleKeyRule(golden.qualname, golden.module);
  if (ours !== null) return ours;
  const intKeyed = INT_KEYED[golden.case];
  return {
    defaults: golden.defaults === null ? new Map() : (parseJson(golden.defaults) as JsonObject),
    ...(intKeyed === undefined ? {} : { intKeyed: [intKeyed] }),
    stored: golden.rule === 'stored',
  };
}

function checkKey(golden: Case): void {
  const dict = parseJson(golden.dict) as JsonObject;
  const rule = ruleOf(golden);
  assert.equal(writeJson(dict), golden.dict);
  assert.equal(keyByRule(golden.qualname, dict, rule), golden.key);
  assert.equal(writeJson(rule.today?.(dict) ?? dict), golden.dict, 'made by the gufe of today');
  if (golden.rule === 'stored') {
    assert.equal(dict.get('_key'), golden.key);
    return;
  }
  const canonical = golden.canonical as string;
  assert.equal(`${golden.qualname}-${md5Hex(canonical)}`, golden.key);
  if (golden.rule === 'md5-of-text') {
    assert.equal(rule.text?.(dict), canonical);
    return;
  }
  const defaults = parseJson(golden.defaults as string) as JsonObject;
  const hashed = withIntKeys(dict, INT_KEYED[golden.case]);
  assert.equal(canonicalText(hashed, defaults), canonical);
  assert.equal(canonicalText(hashed, rule.defaults ?? new Map()), canonical);
}

/** The case alone, what it refers to being stood in for by objects of these keys: is its key found to be right? */
function checkVerdict(golden: Case): void {
  const checker = new KeyChecker({ rules: alchemiscaleKeyRule });
  const bytes = new TextEncoder().encode(golden.dict);
  for (const key of findReferences(bytes)) {
    const stub = `{"_key": "${key}", "__qualname__": "${key.split('-')[0]}", "__module__": "somewhere"}`;
    checker.check({ key, bytes: new TextEncoder().encode(stub), offset: 0 });
  }
  const found = checker.check({ key: golden.key, bytes, offset: 0 });
  // Of a class whose defaults are not known, a key is proven only where no entry equals its default.
  const isKnown = GUFE_REGISTRY.find(golden.qualname, golden.module) !== null;
  const hasDefaults = (parseJson(golden.defaults ?? '{}') as JsonObject).size > 1;
  const isOpen = !isKnown && hasDefaults && golden.module !== 'alchemiscale.storage.models';
  if (isOpen) assert.notEqual(found.ok, false);
  else assert.deepEqual(found, { key: golden.key, recomputed: golden.key, ok: true, hint: null });
}

/** A keyed chain of an object and what it refers to; null when that is not all in the set. */
function chainOf(golden: Case, byKey: ReadonlyMap<string, Case>): string | null {
  const order = new Map<string, Case>();
  const add = (item: Case): boolean => {
    if (order.has(item.key)) return true;
    for (const key of findReferences(new TextEncoder().encode(item.dict))) {
      const referred = byKey.get(key);
      if (referred === undefined || !add(referred)) return false;
    }
    order.set(item.key, item);
    return true;
  };
  if (!add(golden)) return null;
  return `[${[...order.values()].map(item => `[${writeString(item.key)}, ${item.dict}]`).join(', ')}]`;
}

function checkObject(golden: Case, object: GufeObject): void {
  assert.equal(object.keyedDictText(), golden.dict);
  assert.equal(object.key, golden.key);
  if (object instanceof OpaqueTokenizable) {
    // Its text is kept; that the codecs would write the same shows on its entries.
    assert.ok(golden.dict.startsWith(writeJson(encodeDict(object.fields())).slice(0, -1)));
    return;
  }
  assert.equal(writeJson(object.toKeyedDict()), golden.dict);
  if (golden.rule !== 'content') return;
  // The key was computed, with the class's own table of defaults.
  assert.equal(canonicalText(object.toKeyedDict(), object.defaults), golden.canonical);
}

function checkCases(cases: readonly Case[], { least }: { readonly least: number }): void {
  const byKey = new Map(cases.map(golden => [golden.key, golden] as const));
  let decoded = 0;
  for (const golden of cases) {
    try {
      checkKey(golden);
      checkVerdict(golden);
      const chain = chainOf(golden, byKey);
      if (chain === null) continue;
      const object = decodeKeyedChain(chain);
      checkObject(golden, object);
      if (!(object instanceof OpaqueTokenizable)) decoded++;
    } catch (cause) {
      throw new Error(`case ${golden.case}`, { cause });
    }
  }
  assert.ok(decoded >= least, `only ${decoded} of ${cases.length} objects of known classes could be decoded`);
}

describe('keys, canonical texts and dicts are those of gufe', () => {
  test('for all 318 objects', () => {
    const cases = readCases(join(fixtures('gufe'), 'canonical.jsonl'));
    assert.equal(cases.length, 318);
    assert.equal(cases.filter(golden => golden.rule === 'content').length, 300);
    checkCases(cases, { least: 60 });
  });
});

describe('a file as an older gufe wrote it', () => {
  // No metadata in transformations, no hybridization of atoms, edges in another order; the keys are what gufe made of it.
  const KEYS = {
    one: 'AlchemicalNetwork-f4388ad275231560055a6d9118b40683',
    mapped: 'AlchemicalNetwork-6dad55836cf0f5e7a8415661862376ee',
  };

  function aged(chain: JsonValue): JsonValue {
    return (chain as readonly (readonly [string, JsonObject])[]).map(([key, dict]) => {
      const old = new Map(dict);
      const qualname = String(dict.get('__qualname__'));
      if (qualname.endsWith('Transformation')) old.delete('metadata');
      const [atoms, edges] = [old.get('atoms'), old.get('edges')];
      if (qualname === 'SmallMoleculeComponent' && Array.isArray(atoms)) {
        old.set(
          'atoms',
          (atoms as readonly JsonValue[][]).map(atom => atom.slice(0, 7)),
        );
      }
      if (Array.isArray(edges)) old.set('edges', edges.toReversed());
      return [key, old];
    });
  }

  for (const [name, key] of Object.entries(KEYS)) {
    test(`${name}: has today's keys when it is read and when it is checked`, () => {
      const chain = parseJson(readGolden(join(fixtures('gufe'), 'chains', `${name}.json`)));
      const old = new TextEncoder().encode(writeJson(aged(chain)));
      assert.equal(decodeKeyedChain(old).key, key);
      const checker = new KeyChecker();
      const found = [...keyedChainEntries(old)].map(entry => checker.check(entry)).at(-1);
      assert.deepEqual([found?.recomputed, found?.ok], [key, false]);
    });
  }
});
