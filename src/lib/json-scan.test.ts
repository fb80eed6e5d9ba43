import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { JsonError } from './json-error.ts';
import {
  arrayElements,
  checkJson,
  endOfValue,
  findReferences,
  keyedChainEntries,
  MAX_INTEGER_DIGITS,
  MAX_JSON_DEPTH,
  objectEntries,
  readString,
} from './json-scan.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** What Python's json.loads accepts, told by other means: JSON.parse after bare non-finite words are replaced. */
function isJson(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    JSON.parse(
      text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/gs, token => (token[0] === '"' ? token : 'null')),
    );
    return true;
  } catch {
    return false;
  }
}

function accepts(bytes: Uint8Array): boolean {
  try {
    checkJson(bytes);
    return true;
  } catch (error) {
    assert.ok(error instanceof JsonError, String(error));
    assert.ok(error.offset >= 0 && error.offset <= bytes.length + 6);
    return false;
  }
}

const space = fc.constantFrom('', '', ' ', '\n\t', '\r ');
const scalar = fc.oneof(
  fc.constantFrom(
    'true',
    'false',
    'null',
    'NaN',
    'Infinity',
    '-Infinity',
    '-0',
    '1e-05',
    '1.50',
    '0.0',
    '2E+8',
    '12345678901234567890',
  ),
  fc.double().map(value => JSON.stringify(value)),
  fc.string({ unit: 'binary' }).map(text => JSON.stringify(text)),
  fc.constantFrom('"\\u00e9"', '"\\ud800"', '"\\"}]"', '"\\\\"', '"\\/"', '"é😀"', '""'),
);
/** JSON text with white space at all the places where it may stand. */
const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc
      .tuple(space, fc.array(tie('value'), { maxLength: 4 }))
      .map(([s, all]) => `[${s}${all.join(`${s},${s}`)}${s}]`),
    fc
      .tuple(space, fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), tie('value')), { maxLength: 4 }))
      .map(
        ([s, all]) =>
          `{${s}${all.map(([name, value]) => `${JSON.stringify(name)}${s}:${s}${value}`).join(`${s},${s}`)}${s}}`,
      ),
  ),
})).value;

describe('scanning JSON', () => {
  test('accepts what Python accepts, and nothing else', () => {
    const mutated = fc.tuple(
      jsonText.map(bytesOf),
      fc.array(
        fc.tuple(
          fc.nat(),
          fc.constantFrom('remove', 'insert', 'replace'),
          fc.oneof(fc.nat(255), fc.constantFrom(...bytesOf('"\\{}[]:,-+.eE019nNtI \n\u0001'))),
        ),
        { maxLength: 2 },
      ),
    );
    fc.assert(
      fc.property(mutated, ([bytes, changes]) => {
        const list = [...bytes];
        for (const [at, how, byte] of changes) {
          const index = at % (list.length + 1);
          list.splice(index, how === 'insert' ? 0 : 1, ...(how === 'remove' ? [] : [byte]));
        }
        const changed = Uint8Array.from(list);
        assert.equal(accepts(changed), isJson(changed), textOf(changed));
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  test('accepts every generated text, and finds its end when more follows', () => {
    fc.assert(
      fc.property(jsonText, text => {
        const bytes = bytesOf(text);
        checkJson(bytes);
        assert.equal(endOfValue(bytesOf(`${text},1`), 0), bytes.length);
      }),
      { numRuns: 500, seed: 2 },
    );
  });

  test('says what is wrong and where', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['[1,]', 'expected a value at byte 3'],
      ['{"a"}', "expected ':' at byte 4"],
      ['[01]', "expected ',' or ']' at byte 2"],
      ['[1.]', 'expected a digit at byte 3'],
      ['{"a":1,}', 'expected a name in quotes at byte 7'],
      ['["\u0001"]', 'raw control character in a string at byte 2'],
      ['["é\\x"]', 'unknown escape in a string at byte 4'],
      ['["\\u12g4"]', '\\u without four hex digits at byte 2'],
      ['[{"a": [1}]', "expected ',' or ']' at byte 9"],
      ['', 'text ends where a value must come, at byte 0'],
      ['["abc', 'unterminated string at byte 1'],
      ['[] x', 'expected the end of the text at byte 3'],
      ['-Inf', 'expected a value at byte 1'],
      ['\ufeff[]', 'expected a value at byte 0'],
    ];
    for (const [text, message] of cases) {
      assert.throws(() => checkJson(bytesOf(text)), { name: 'JsonError', message }, text);
    }
    assert.throws(() => checkJson(Uint8Array.of(0x22, 0xff, 0x22)), {
      message: 'text that is not UTF-8 at byte 1',
    });
  });

  test('refuses text that is not UTF-8 in all its forms', () => {
    for (const bad of ['c080', 'e08080', 'eda080', 'f08080a0', 'f4908080', 'f5808080', 'e282', '80', 'c3']) {
      const bytes = Uint8Array.from([0x22, ...Buffer.from(bad, 'hex'), 0x22]);
      assert.equal(accepts(bytes), false, bad);
    }
    for (const good of ['é', 'ࠀ', '퟿', '', '\u{10000}', '\u{10ffff}'])
      assert.ok(accepts(bytesOf(`"${good}"`)));
  });

  test('limits nesting and the length of integers', () => {
    const nest = (depth: number): Uint8Array => bytesOf('['.repeat(depth) + ']'.repeat(depth));
    assert.ok(accepts(nest(MAX_JSON_DEPTH)));
    assert.throws(() => checkJson(nest(MAX_JSON_DEPTH + 1)), {
      message: /^nesting deeper than 512 at byte 512$/,
    });
    assert.throws(() => checkJson(bytesOf('{"a":'.repeat(100_000))), { message: /nesting deeper/ });
    assert.ok(accepts(bytesOf(`-${'9'.repeat(MAX_INTEGER_DIGITS)}`)));
    assert.equal(accepts(bytesOf('9'.repeat(MAX_INTEGER_DIGITS + 1))), false);
    assert.ok(accepts(bytesOf(`${'9'.repeat(MAX_INTEGER_DIGITS + 1)}.5`)));
  });
});

describe('slices', () => {
  test('a keyed chain gives each key and the exact text of each dict', () => {
    const names = fc.array(
      fc.tuple(fc.string({ unit: 'binary' }), fc.dictionary(fc.string(), fc.jsonValue())),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(names, space, (pairs, s) => {
        const dicts = pairs.map(([, dict]) => JSON.stringify(dict, null, s === '' ? 0 : 1));
        const text = `${s}[${pairs.map(([key], i) => `${s}[${JSON.stringify(key)}${s},${s}${dicts[i]}${s}]`).join(',')}${s}]${s}`;
        const bytes = bytesOf(text);
        const entries = [...keyedChainEntries(bytes)];
        // Lone surrogates are written as escapes, so they come back.
        assert.deepEqual(
          entries.map(entry => entry.key),
          pairs.map(([key]) => key),
        );
        assert.deepEqual(
          entries.map(entry => textOf(entry.bytes)),
          dicts,
        );
        for (const entry of entries) {
          assert.equal(
            textOf(bytes.subarray(entry.offset, entry.offset + entry.bytes.length)),
            textOf(entry.bytes),
          );
        }
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  test('a chain of another shape is refused with the place', () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['{}', /^expected '\[' at byte 0$/],
      ['["a", {}]', /^expected '\[' of a \[key, dict\] pair at byte 1$/],
      ['[[1, {}]]', /^expected a gufe key in quotes at byte 2$/],
      ['[["a", []]]', /^expected '\{' of a keyed dict at byte 7$/],
      ['[["a", {}, 1]]', /^expected '\]' at byte 9$/],
      ['[["a", {}]] 1', /^expected the end of the text at byte 12$/],
      ['[["a", {}]', /^text ends where ',' or '\]' must come, at byte 10$/],
    ];
    for (const [text, message] of cases) {
      assert.throws(() => [...keyedChainEntries(bytesOf(text))], { name: 'JsonError', message }, text);
    }
  });

  test('an object gives its members, an array its elements', () => {
    const members = [...objectEntries(bytesOf(' {"a": [1, {"b": NaN}],"\\u00e9" :1.0, "a":null} '))];
    assert.deepEqual(
      members.map(({ name, value }) => [name, textOf(value)]),
      [
        ['a', '[1, {"b": NaN}]'],
        ['é', '1.0'],
        ['a', 'null'],
      ],
    );
    assert.deepEqual([...arrayElements(bytesOf('[1.0 , {"a":2},[]]'))].map(textOf), ['1.0', '{"a":2}', '[]']);
    assert.deepEqual([...objectEntries(bytesOf('{ }'))], []);
    assert.deepEqual([...arrayElements(bytesOf('[ ]'))], []);
    assert.throws(() => [...objectEntries(bytesOf('{"a": 1 "b": 2}'))], {
      message: "expected ',' or '}' at byte 8",
    });
    assert.throws(() => [...arrayElements(bytesOf('[1]]'))], {
      message: 'expected the end of the text at byte 3',
    });
  });

  test('strings are read as JSON has them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        assert.equal(readString(bytesOf(JSON.stringify(text))), text);
      }),
      { numRuns: 500, seed: 4 },
    );
    assert.equal(readString(bytesOf('"\\ud800x\\/"')), '\ud800x/');
    assert.throws(() => readString(bytesOf('"a" ')), { message: 'expected the end of the string at byte 3' });
    assert.throws(() => readString(bytesOf('1')), { message: 'expected a string at byte 0' });
  });
});

describe('references', () => {
  test('are found at any depth, in order, each once', () => {
    const dict =
      '{"a": {":gufe-key:": "K-1"}, "b": [[{":gufe-key:" : "K-2"}], {"c": {":gufe-key:": "K-1"}}, {":gufe-key:":"K-3"}]}';
    assert.deepEqual(findReferences(bytesOf(dict)), ['K-1', 'K-2', 'K-3']);
    assert.deepEqual(findReferences(bytesOf('{":gufe-key:": "K-1"}')), ['K-1']);
    assert.deepEqual(findReferences(bytesOf('"text"')), []);
  });

  test('are not what looks like one', () => {
    const cases = [
      '{"a": "{\\":gufe-key:\\": \\"K-1\\"}"}',
      '{"a": {":gufe-key:": "K-1", "x": 1}}',
      '{"a": {"x": 1, ":gufe-key:": "K-1"}}',
      '{"a": {":gufe-key:": 1}}',
      '{"a": {":gufe-key:": ["K-1"]}}',
      '{"a": {":gufe-key:x": "K-1"}}',
      '{"a": ":gufe-key:", "b": {":gufe-key": "K-1"}}',
      '{"\\\\": {"\\":gufe-key:": "K"}}',
    ];
    for (const text of cases) assert.deepEqual(findReferences(bytesOf(text)), [], text);
  });

  test('may be spelled with escapes, as Python would read them', () => {
    assert.deepEqual(findReferences(bytesOf('[{":gufe\\u002dkey:": "K\\u002d1"}]')), ['K-1']);
    assert.deepEqual(findReferences(bytesOf('[{":gufe-key:": "K-1", ":gufe-key:": "K-2"}]')), ['K-2']);
  });

  test('agree with a search through parsed values', () => {
    const key = fc.constantFrom(':gufe-key:', 'a', ':gufe-key');
    const value = fc.letrec<{ value: unknown }>(tie => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('K-1', 'K-2', '{":gufe-key:": "K-9"}', 1, null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 3 }),
      ),
    })).value;
    const search = (node: unknown): string[] => {
      if (node === null || typeof node !== 'object') return [];
      const members = Object.entries(node);
      const only = members.length === 1 && !Array.isArray(node) ? members[0] : undefined;
      if (only?.[0] === ':gufe-key:' && typeof only[1] === 'string') return [only[1]];
      return members.flatMap(([, member]) => search(member));
    };
    fc.assert(
      fc.property(value, node => {
        assert.deepEqual(findReferences(bytesOf(JSON.stringify(node, null, 1))), [...new Set(search(node))]);
      }),
      { numRuns: 500, seed: 5 },
    );
  });
});
