import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { IntKeyedObject, isJsonObject, type JsonValue, parseJson, toPlain } from './json-value.ts';
import { compareCodePoints, writeFloat, writeJson, writeString } from './json-write.ts';

const jsonValue: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false),
    fc.bigInt(),
    fc.double(),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.string({ unit: 'binary' }), tie('value')), { maxLength: 4 })
      .map(entries => new Map(entries)),
  ),
})).value;

describe('parsing', () => {
  test('what is printed comes back the same, in either order of names', () => {
    fc.assert(
      fc.property(jsonValue, value => {
        const text = writeJson(value);
        assert.match(text, /^[\x20-\x7e]*$/);
        assert.deepEqual(parseJson(text), value);
        assert.deepEqual(parseJson(new TextEncoder().encode(text)), value);
        assert.equal(
          writeJson(parseJson(writeJson(value, { sortKeys: true })), { sortKeys: true }),
          writeJson(value, { sortKeys: true }),
        );
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  test('integers and floats stay apart', () => {
    assert.deepEqual(
      parseJson('[1, 1.0, -0, -0.0, 1e2, 123456789012345678901234567890, NaN, -Infinity, 1e400]'),
      [
        1n,
        1,
        0n,
        -0,
        100,
        123456789012345678901234567890n,
        Number.NaN,
        Number.NEGATIVE_INFINITY,
        Number.POSITIVE_INFINITY,
      ],
    );
  });

  test('a repeated name has the place of the first and the value of the last', () => {
    assert.deepEqual(
      [...(parseJson('{"a": 1, "b": 2, "a": 3}') as Map<string, JsonValue>)],
      [
        ['a', 3n],
        ['b', 2n],
      ],
    );
  });

  test('names of any kind keep their order', () => {
    const text = '{"10": 1, "9": 2, "__proto__": 3, "a": 4}';
    assert.equal(writeJson(parseJson(text)), text);
  });

  test('refuses what is not JSON, by byte', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['[1 2]', "expected ',' or ']' at byte 3"],
      ['{"é": }', 'expected a value at byte 7'],
      ['"\n"', 'raw control character at byte 1'],
      ['"\\u00"', 'unknown escape at byte 1'],
      ['"\\', 'unknown escape at byte 1'],
      ['"abc', 'unterminated string at byte 0'],
      ['{1: 2}', 'expected a name in quotes at byte 1'],
      ['nul', 'expected a value at byte 0'],
      ['01', 'expected the end of the text at byte 1'],
      ['['.repeat(600), 'nesting deeper than 512 at byte 512'],
      ['9'.repeat(4301), 'an integer of more than 4300 digits at byte 0'],
    ];
    for (const [text, message] of cases)
      assert.throws(() => parseJson(text), { name: 'JsonError', message }, text);
    const bytes = Uint8Array.of(0x5b, 0x22, 0xc3, 0xa9, 0xff, 0x22, 0x5d);
    assert.throws(() => parseJson(bytes), { name: 'JsonError', message: 'text that is not UTF-8 at byte 4' });
  });

  test('plain values round no integer', () => {
    const plain = toPlain(parseJson('{"a": [9007199254740991, 9007199254740993, 1.0], "__proto__": null}'));
    assert.deepEqual(Object.entries(plain as object), [
      ['a', [9007199254740991, 9007199254740993n, 1]],
      ['__proto__', null],
    ]);
  });
});

describe('printing', () => {
  test('floats as Python lays them out', () => {
    const cases: readonly (readonly [number, string])[] = [
      [1, '1.0'],
      [0, '0.0'],
      [-0, '-0.0'],
      [100, '100.0'],
      [2.5, '2.5'],
      [0.1 + 0.2, '0.30000000000000004'],
      [0.0001, '0.0001'],
      [0.00001, '1e-05'],
      [0.0000015, '1.5e-06'],
      [1e-7, '1e-07'],
      [-1e-7, '-1e-07'],
      [1.25e-7, '1.25e-07'],
      [5e-324, '5e-324'],
      [1e15, '1000000000000000.0'],
      [9999999999999998, '9999999999999998.0'],
      [1e16, '1e+16'],
      [1.2345678901234568e17, '1.2345678901234568e+17'],
      [1e20, '1e+20'],
      [1e21, '1e+21'],
      [1.5e300, '1.5e+300'],
      [1.7976931348623157e308, '1.7976931348623157e+308'],
      [Number('1234567890123456.75'), '1234567890123456.8'],
      [2 ** 53, '9007199254740992.0'],
      [Number.NaN, 'NaN'],
      [Number.POSITIVE_INFINITY, 'Infinity'],
      [Number.NEGATIVE_INFINITY, '-Infinity'],
    ];
    for (const [value, text] of cases) assert.equal(writeFloat(value), text);
  });

  test('any float is read back from its text, which has a point or an exponent of two digits', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), value => {
        const text = writeFloat(value);
        assert.ok(Object.is(Number(text), value), text);
        assert.match(text, /^-?(\d{1,16}\.\d+|\d(\.\d+)?e[+-]\d{2,3})$/);
      }),
      { numRuns: 2000, seed: 2 },
    );
  });

  test('strings as Python escapes them', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['é', '"\\u00e9"'],
      ['\u2028', '"\\u2028"'],
      ['\u007f', '"\\u007f"'],
      ['\u0080', '"\\u0080"'],
      ['\u0000\u001f', '"\\u0000\\u001f"'],
      ['\b\f\n\r\t', '"\\b\\f\\n\\r\\t"'],
      ['"\\/', '"\\"\\\\/"'],
      ['<>&', '"<>&"'],
      ['😀', '"\\ud83d\\ude00"'],
      ['\ud800', '"\\ud800"'],
      ['\uffff', '"\\uffff"'],
      ['a\u0301', '"a\\u0301"'],
      ['\u{10ffff}', '"\\udbff\\udfff"'],
    ];
    for (const [value, text] of cases) assert.equal(writeString(value), text);
  });

  test('names sort by code point', () => {
    const sorted = (names: readonly string[]): string[] => [...names].sort(compareCodePoints);
    assert.deepEqual(sorted(['a', '__class__', 'Z', ':is_custom:', '']), [
      '',
      ':is_custom:',
      'Z',
      '__class__',
      'a',
    ]);
    assert.deepEqual(sorted(['😀', '\uffee', 'a']), ['a', '\uffee', '😀']);
    assert.deepEqual(sorted(['\ud83dx', '😀', '\ud83d', '\ue000']), ['\ud83d', '\ud83dx', '\ue000', '😀']);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const [x, y] = [[...a], [...b]].map(characters =>
          characters.map(c => c.codePointAt(0) as number),
        ) as [number[], number[]];
        const at = x.findIndex((code, i) => code !== y[i]);
        const expected =
          at < 0 || at >= y.length ? x.length - y.length : (x[at] as number) - (y[at] as number);
        assert.equal(Math.sign(compareCodePoints(a, b)), Math.sign(expected));
      }),
      { numRuns: 500, seed: 3 },
    );
  });

  test('integer keys sort as numbers', () => {
    const value = new IntKeyedObject(
      new Map<bigint, JsonValue>([
        [10n, 'a'],
        [9n, 'b'],
        [-1n, 'c'],
        [100n, 'd'],
      ]),
    );
    assert.equal(writeJson(value), '{"10": "a", "9": "b", "-1": "c", "100": "d"}');
    assert.equal(writeJson(value, { sortKeys: true }), '{"-1": "c", "9": "b", "10": "a", "100": "d"}');
  });
});

test('more values than allowed are refused where the first of them is', () => {
  const text = '{"a": [[], [1, 2]]}';
  assert.equal(isJsonObject(parseJson(text, { maxValues: 6 })), true);
  assert.throws(() => parseJson(text, { maxValues: 5 }), {
    name: 'JsonError',
    message: 'more than 5 values at byte 15',
  });
});
