// What is said about stated keys: of today's objects, of those of older generations, of classes that are not known.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ToyProtocol, toySettings } from '../../test/support/toy-protocol.ts';
import { keyedChainEntries } from '../lib/json-scan.ts';
import { type JsonObject, type JsonValue, parseJson } from '../lib/json-value.ts';
import { writeJson } from '../lib/json-write.ts';
import {
  AlchemicalNetwork,
  Bytes,
  ChemicalSystem,
  decodeJson,
  decodeKeyedChain,
  decodeMsgpack,
  type GufeTokenizable,
  NonTransformation,
  NumpyScalar,
  PosixPath,
  SmallMoleculeComponent,
  SolventComponent,
} from './index.ts';
import { type KeyCheck, KeyChecker } from './key-check.ts';
import { contentKey } from './tokenize.ts';

type Pair = readonly [key: string, dict: JsonObject];
type Change = (dict: Map<string, JsonValue>) => void;

/** The chain of an object, as pairs whose dicts can be changed. */
function pairsOf(object: GufeTokenizable): readonly Pair[] {
  const entries = keyedChainEntries(new TextEncoder().encode(object.toJson()));
  return [...entries].map(({ key, bytes }) => [key, parseJson(bytes) as JsonObject]);
}

/** As an older gufe wrote it: in objects of a class, `inFile` is done to the dict, `inHash` also to what is hashed. */
function aged(object: GufeTokenizable, qualname: string, inFile: Change, inHash: Change = () => {}): string {
  const renamed = new Map<string, string>();
  const pairs = pairsOf(object).map(([key, dict]): Pair => {
    const text = [...renamed].reduce((all, [from, to]) => all.replaceAll(from, to), writeJson(dict));
    const written = new Map(parseJson(text) as JsonObject);
    if (dict.get('__qualname__') === qualname) inFile(written);
    const hashed = new Map(written);
    if (dict.get('__qualname__') === qualname) inHash(hashed);
    const isNetwork = dict.get('__qualname__') === 'AlchemicalNetwork';
    for (const name of isNetwork ? ['edges', 'nodes'] : []) {
      for (const one of [written, hashed]) one.set(name, sorted(one.get(name) as readonly JsonObject[]));
    }
    const stated = contentKey(
      String(dict.get('__qualname__')),
      hashed,
      object.constructor && defaultsOf(dict),
    );
    renamed.set(key, stated);
    return [stated, written];
  });
  return writeJson(pairs as unknown as JsonValue);
}

function sorted(references: readonly JsonObject[]): readonly JsonObject[] {
  return references.toSorted((a, b) => (String(a.get(':gufe-key:')) < String(b.get(':gufe-key:')) ? -1 : 1));
}

function defaultsOf(dict: JsonObject): JsonObject {
  const known = [system, network, water, edge('x')].find(
    object => object.qualname === dict.get('__qualname__'),
  );
  return known?.defaults ?? new Map();
}

function checks(chain: string): readonly KeyCheck[] {
  const checker = new KeyChecker();
  return [...keyedChainEntries(new TextEncoder().encode(chain))].map(entry => checker.check(entry));
}

/** Those that are not fine, in short. */
function complaints(chain: string): readonly unknown[] {
  return checks(chain)
    .filter(({ ok }) => ok !== true)
    .map(({ key, ok, hint }) => [key.split('-')[0], ok, hint]);
}

const water = new SolventComponent();
const system = new ChemicalSystem({ water });
const protocol = new ToyProtocol(toySettings(1n, 1));
const edge = (name: string, metadata = {}): NonTransformation =>
  new NonTransformation({ system, protocol, name, metadata });
const network = new AlchemicalNetwork({ edges: [edge('a'), edge('b'), edge('c')] });
const NO_METADATA =
  'made by gufe before 1.12, whose transformations had no metadata; gufe of today gives another key';
const REFERS = 'it refers to objects whose keys differ';
const LACKS = 'the dict lacks the entries from which the key is made';
const CHANGED =
  'the content has changed since the key was made, or another version of gufe (or of the settings it holds) made it';

describe('keys of today', () => {
  test('are right, that of a class with unknown defaults too where the content proves it', () => {
    const found = checks(network.toJson());
    assert.deepEqual(
      found.map(({ ok, hint }) => [ok, hint]),
      found.map(() => [true, null]),
    );
    assert.equal(found.at(-1)?.recomputed, network.key);
  });

  test('are wrong when the content is another', () => {
    const chain = network.toJson().replace('"n": 1', '"n": 2').replace('"name": "b"', '"name": "bb"');
    // Of the protocol nothing can be said: its defaults are not known, and one could be 2.
    assert.deepEqual(complaints(chain), [
      ['ToyProtocol', null, null],
      ['NonTransformation', false, CHANGED],
      ['AlchemicalNetwork', false, REFERS],
    ]);
  });

  test('what reading gives is what is recomputed', () => {
    const chain = network.toJson().replace('"name": "b"', '"name": "bb"');
    assert.equal(checks(chain).at(-1)?.recomputed, decodeKeyedChain(chain).key);
  });

  test('a key of another class, of none, and of an occasion', () => {
    const pair = (key: string, entries: string): string =>
      `["${key}", {${entries}, "__qualname__": "Foo", "__module__": "else.where"}]`;
    assert.deepEqual(checks(`[${pair('Foo-1', '"x": 1')}]`), [
      { key: 'Foo-1', recomputed: null, ok: null, hint: null },
    ]);
    assert.deepEqual(checks(`[${pair('Bar-1', '"x": 1')}]`), [
      { key: 'Bar-1', recomputed: null, ok: false, hint: 'the key does not begin with the class, Foo' },
    ]);
    const unit = (stated: string, stored: string): unknown =>
      checks(`[${pair(stated, `"inputs": {}, "name": null, "_key": "${stored}"`)}]`)[0];
    const [one, two] = [`Foo-${'1'.repeat(32)}`, `Foo-${'2'.repeat(32)}`];
    assert.deepEqual(unit(one, one), { key: one, recomputed: one, ok: true, hint: null });
    assert.deepEqual(unit(one, two), { key: one, recomputed: two, ok: false, hint: CHANGED });
    for (const stored of ['Foo-1', `Bar-${'1'.repeat(32)}`, `Foo-${'G'.repeat(32)}`]) {
      assert.deepEqual(unit(stored, stored), { key: stored, recomputed: null, ok: false, hint: LACKS });
    }
    assert.throws(() => checks('[["Foo-1", {"x": 1}]]'), {
      name: 'GufeError',
      message: "Foo-1, at byte 11: '__qualname__' and '__module__' must name the class",
    });
    assert.throws(() => checks(`[${pair('Foo-1', '"x": {":gufe-key:": "Foo-2"}')}]`), {
      name: 'GufeError',
      message: 'Foo-1, at byte 11: refers to Foo-2, which does not come before it',
    });
  });
});

test('spellings of values that gufe changes when it reads them', () => {
  const chain = edge('x', { at: '@@' }).toJson();
  const spelled = (time: string): string =>
    chain.replace(
      '"@@"',
      `{"__class__": "datetime", "__module__": "datetime", ":is_custom:": true, "isotime": "${time}"}`,
    );
  const [zulu, utc, never] = [
    spelled('2026-01-01T00:00:00Z'),
    spelled('2026-01-01T00:00:00+00:00'),
    spelled('2026-99-01T00:00:00Z'),
  ].map(text => checks(text).at(-1));
  assert.equal(zulu?.recomputed, utc?.recomputed);
  assert.equal(decodeKeyedChain(spelled('2026-01-01T00:00:00Z')).key, utc?.recomputed);
  assert.deepEqual([never?.recomputed, never?.ok], [null, null]);
  assert.equal(never?.hint, 'it has a value that gufe cannot read, or that is not known here');
  // Stated as the hash of the text as it stands, which is what a writer of another spelling would do.
  const dict = pairsOf({ toJson: () => spelled('2026-01-01T00:00:00Z') } as GufeTokenizable).at(-1)?.[1];
  const stated = contentKey('NonTransformation', dict ?? new Map(), edge('x').defaults);
  const [last] = checks(spelled('2026-01-01T00:00:00Z').replace(edge('x', { at: '@@' }).key, stated)).slice(
    -1,
  );
  assert.deepEqual(last, {
    key: stated,
    recomputed: utc?.recomputed,
    ok: false,
    hint: 'gufe of today writes a value in it in another way',
  });
});

test('a key that is stated twice names the first of its objects, as in gufe', () => {
  const other = new SolventComponent({ positiveIon: 'K' });
  const pair = (object: GufeTokenizable, key: string): string =>
    object.toJson().slice(1, -1).replace(object.key, key);
  const salt = new ChemicalSystem({ water: other });
  const referring = pairsOf(system).at(-1)?.[1] as JsonObject;
  const chainOf = (first: string, second: string): string =>
    `[${first}, ${second}, ["${system.key}", ${writeJson(referring)}]]`;
  const rightFirst = chainOf(pair(water, water.key), pair(other, water.key));
  assert.deepEqual(
    checks(rightFirst).map(({ ok, recomputed }) => [ok, recomputed]),
    [
      [true, water.key],
      [false, other.key],
      [true, system.key],
    ],
  );
  const wrongFirst = chainOf(pair(other, water.key), pair(water, water.key));
  assert.deepEqual(
    checks(wrongFirst).map(({ ok, recomputed }) => [ok, recomputed]),
    [
      [false, other.key],
      [true, water.key],
      [false, salt.key],
    ],
  );
  for (const chain of [rightFirst, wrongFirst]) {
    assert.equal(decodeKeyedChain(chain).key, checks(chain).at(-1)?.recomputed);
  }
});

describe('what only a newer gufe can have written is neither right nor wrong', () => {
  const newer = (object: GufeTokenizable, entries: string, hint: string): void => {
    const stated = `${object.qualname}-${'f'.repeat(32)}`;
    for (const key of [object.key, stated]) {
      const text = object.toJson().replaceAll(object.key, key);
      const chain = text.replace(/":version:": 1\}\]\]$/, `${entries.replace('KEY', key)}}]]`);
      assert.notEqual(chain, text);
      assert.deepEqual(checks(chain).at(-1), {
        key,
        recomputed: null,
        ok: null,
        hint: `${hint}: a newer gufe made it`,
      });
      assert.throws(() => decodeKeyedChain(chain, { checkKeys: true }), {
        name: 'GufeError',
        message: new RegExp(`: its key cannot be checked: ${hint}$`),
      });
      const read = decodeKeyedChain(chain);
      assert.deepEqual([read.key, read.toJson()], [key, chain]);
    }
  };

  for (const object of [water, system, edge('x'), network]) {
    test(`${object.qualname}: a stored key proves nothing where keys are of content`, () => {
      newer(object, '"_key": "KEY", ":version:": 1', "unknown entry '_key'");
    });
    test(`${object.qualname}: an entry, a schema`, () => {
      newer(object, '"later": 1, ":version:": 1', "unknown entry 'later'");
      newer(object, '":version:": 2', 'version 2');
    });
  }

  test('a newer schema is kept in every form', () => {
    const later = water.toJson().replace('":version:": 1', '":version:": 2');
    const read = decodeKeyedChain(later);
    assert.equal(read.version, 2n);
    for (const again of [decodeMsgpack(read.toMsgpack()), decodeJson(read.toDictText())]) {
      assert.equal(again.version, 2n);
      assert.match(again.toJson(), /":version:": 2/);
    }
    assert.throws(() => decodeKeyedChain(water.toJson().replace('":version:": 1', '":version:": "2"')), {
      name: 'GufeError',
      message: /':version:' must be an integer; it is string 2$/,
    });
  });

  test('a stored key of a class that is not known, beside entries that no unit has', () => {
    const key = `Foo-${'1'.repeat(32)}`;
    const chain = `[["${key}", {"x": 1, "_key": "${key}", "__qualname__": "Foo", "__module__": "else.where"}]]`;
    assert.deepEqual(checks(chain), [{ key, recomputed: null, ok: null, hint: null }]);
  });
});

describe('keys of older generations are mismatches with a reason', () => {
  test('transformations without metadata, and the network that holds them', () => {
    const old = aged(network, 'NonTransformation', dict => dict.delete('metadata'));
    const expected = [
      ['NonTransformation', false, NO_METADATA],
      ['NonTransformation', false, NO_METADATA],
      ['NonTransformation', false, NO_METADATA],
      ['AlchemicalNetwork', false, REFERS],
    ];
    assert.deepEqual(complaints(old), expected);
    // The key of the network today, whose edges are in order of their keys of today.
    assert.equal(checks(old).at(-1)?.recomputed, network.key);
    assert.equal(decodeKeyedChain(old).key, network.key);
    // The same where the dict has been completed since, but not the key.
    const completed = aged(
      network,
      'NonTransformation',
      () => {},
      dict => dict.delete('metadata'),
    );
    assert.deepEqual(complaints(completed), expected);
  });

  test('molecules without hybridization, and with residues', () => {
    const hydrogen = SmallMoleculeComponent.fromAtoms({
      name: 'H',
      atoms: [{ element: 'H', hybridization: 0 }],
      bonds: [],
      coordinates: [[0, 0, 0]],
    });
    const shorten: Change = dict => {
      const atoms = dict.get('atoms') as readonly (readonly JsonValue[])[];
      dict.set(
        'atoms',
        atoms.map(atom => atom.slice(0, 7)),
      );
    };
    const old = aged(hydrogen, 'SmallMoleculeComponent', shorten);
    assert.deepEqual(complaints(old), [
      [
        'SmallMoleculeComponent',
        false,
        'made by gufe before 2025, which did not keep the hybridization of atoms',
      ],
    ]);
    assert.equal(checks(old)[0]?.recomputed, hydrogen.key);
    assert.equal(decodeKeyedChain(old).key, hydrogen.key);

    const residue = new Map<string, JsonValue>([['residue_name', 'HOH']]);
    const withResidues = aged(
      hydrogen,
      'SmallMoleculeComponent',
      dict => dict.set('residue_info', [residue]),
      dict => dict.delete('residue_info'),
    );
    assert.deepEqual(complaints(withResidues), [
      ['SmallMoleculeComponent', false, 'made by a gufe that did not keep PDB residue data of molecules'],
    ]);
  });

  test('names of numpy’s and Python’s own that differ by version', () => {
    const truth = Bytes.from(Uint8Array.of(1));
    const cases: readonly (readonly [NonTransformation, RegExp, string])[] = [
      [
        edge('x', { it: new NumpyScalar('bool', 'bool', truth) }),
        /"bool"(?=, "__module__": "numpy")/,
        '"bool_"',
      ],
      [edge('x', { it: new PosixPath('/a') }), /"pathlib"/, '"pathlib._local"'],
    ];
    const hints = [/^made with numpy 1/, /^made by gufe before 1.12 on Python 3.13/];
    for (const [i, [object, from, to]] of cases.entries()) {
      const old = aged(
        object,
        'NonTransformation',
        () => {},
        dict => dict.set('metadata', parseJson(writeJson(dict.get('metadata') ?? null).replace(from, to))),
      );
      const [found, ...rest] = complaints(old) as [readonly [string, boolean, string]];
      assert.deepEqual([found[0], found[1], rest.length], ['NonTransformation', false, 0]);
      assert.match(found[2], hints[i] as RegExp);
    }
  });
});
