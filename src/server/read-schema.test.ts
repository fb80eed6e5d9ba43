import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type TSchema, Type } from 'typebox';
import { InvalidInput } from './errors.ts';
import { compileReader, readFlag } from './read-schema.ts';

function problemsOf(schema: TSchema, value: unknown): unknown {
  try {
    compileReader(schema, 'body')(value);
  } catch (error) {
    assert.ok(error instanceof InvalidInput);
    return error.problems.map(({ type, loc }) => `${type} ${loc.join('.')}`);
  }
  return [];
}

describe('reading by a schema', () => {
  it('is as lenient as pydantic', () => {
    const cases: readonly [TSchema, unknown, unknown][] = [
      [Type.Integer(), '12', 12],
      [Type.Integer(), ' +12.00 ', 12],
      [Type.Integer(), '-0', 0],
      [Type.Integer(), true, 1],
      [Type.Integer(), 2 ** 60, 2 ** 60],
      [Type.Integer(), 10n ** 18n, 10n ** 18n],
      [Type.Integer(), '1000000000000000000', 10n ** 18n],
      [Type.Number(), 1, 1],
      [Type.Number(), '1e-3', 0.001],
      [Type.Number(), ' .5 ', 0.5],
      [Type.Number(), '-Infinity', Number.NEGATIVE_INFINITY],
      [Type.Number(), 'nan', Number.NaN],
      [Type.Number(), 5n, 5],
      [Type.Boolean(), 'True', true],
      [Type.Boolean(), 'off', false],
      [Type.Boolean(), 1, true],
      [Type.Union([Type.Number(), Type.Array(Type.Number()), Type.Null()]), ['1', 2], [1, 2]],
      [Type.Union([Type.Number(), Type.Array(Type.Number()), Type.Null()]), null, null],
      [Type.Object({ a: Type.Optional(Type.String()), b: Type.Integer() }), { b: '1', c: 2 }, { b: 1 }],
      [Type.Object({ a: Type.Optional(Type.String()) }), undefined, {}],
    ];
    for (const [schema, value, expected] of cases) {
      assert.deepEqual(compileReader(schema, 'body')(value), expected, String(value));
    }
  });

  it('says what is wrong where', () => {
    const body = Type.Object({
      count: Type.Integer({ minimum: 0, maximum: 10 }),
      names: Type.Array(Type.String({ pattern: '^[a-z]+$', maxLength: 4 }), { minItems: 1, maxItems: 3 }),
      weight: Type.Optional(Type.Union([Type.Number(), Type.Array(Type.Number())])),
    });
    const good = { count: 1, names: ['a'] };
    const cases: readonly [unknown, string[]][] = [
      [good, []],
      [{}, ['missing body.count', 'missing body.names']],
      [undefined, ['missing body.count', 'missing body.names']],
      [[1], ['missing body.count', 'missing body.names', 'missing body.weight']],
      [{ ...good, count: 1.5 }, ['int_from_float body.count']],
      [{ ...good, count: 'x' }, ['int_parsing body.count']],
      [{ ...good, count: null }, ['int_type body.count']],
      [{ ...good, count: Number.NaN }, ['finite_number body.count']],
      [{ ...good, count: -1 }, ['greater_than_equal body.count']],
      [{ ...good, count: 11n }, ['less_than_equal body.count']],
      [{ ...good, names: {} }, ['list_type body.names']],
      [{ ...good, names: [] }, ['too_short body.names']],
      [{ ...good, names: ['a', 'b', 'c', 'd'] }, ['too_long body.names']],
      [{ ...good, names: ['a', 1] }, ['string_type body.names.1']],
      [{ ...good, names: ['A'] }, ['string_pattern_mismatch body.names.0']],
      [{ ...good, names: ['abcde'] }, ['string_too_long body.names.0']],
      [{ ...good, weight: 'x' }, ['float_parsing body.weight']],
      [{ ...good, weight: {} }, ['float_type body.weight']],
      [{ ...good, weight: [0, {}] }, ['float_type body.weight.1']],
    ];
    for (const [value, expected] of cases) assert.deepEqual(problemsOf(body, value), expected, String(value));
  });

  it('does not echo more than a little', () => {
    let deep: unknown = 0;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    for (const input of [
      deep,
      'x'.repeat(1e6),
      Array.from({ length: 1e5 }, (_, i) => i),
      { ['k'.repeat(1e5)]: deep },
      10n ** 400n,
    ]) {
      try {
        compileReader(Type.Array(Type.Boolean()), 'body')([input]);
        assert.fail('not refused');
      } catch (error) {
        assert.ok(error instanceof InvalidInput);
        assert.ok(JSON.stringify(error.problems).length < 1000);
      }
    }
  });

  it('refuses a schema that it cannot read by, at once', () => {
    assert.throws(() => compileReader(Type.Object({ a: Type.Unknown() }), 'body'), TypeError);
  });

  it('reads flags of a query', () => {
    assert.deepEqual(
      [readFlag(undefined, 'x'), readFlag('True', 'x'), readFlag('0', 'x')],
      [false, true, false],
    );
    assert.throws(() => readFlag('maybe', 'x'), InvalidInput);
  });
});
