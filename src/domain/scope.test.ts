import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AlchemiscaleError } from './errors.ts';
import { intersectScopes, reduceScopes, Scope } from './scope.ts';

const texts = (scopes: readonly Scope[]): string[] => scopes.map(String);
const parse = (...all: string[]): Scope[] => all.map(Scope.parse);

const part = fc.stringMatching(/^[a-c][a-c0-9_]{0,2}$/);
const anyScope = fc
  .tuple(part, part, part, fc.integer({ min: 0, max: 3 }))
  .map(([org, campaign, project, specific]) =>
    Scope.parse([org, campaign, project].map((text, place) => (place < specific ? text : '*')).join('-')),
  );

describe('Scope', () => {
  for (const text of ['*-*-*', 'o-*-*', 'o-c-*', 'o-c-p', 'a_1-B2-c__']) {
    test(`${text} reads back as written`, () => assert.equal(String(Scope.parse(text)), text));
  }

  const REFUSED = [
    '*-c-p',
    '*-*-p',
    'o-*-p',
    'o-c',
    'o-c-p-x',
    '',
    '--',
    '1o-c-p',
    '_o-c-p',
    'o-c!-p',
    '**-*-*',
    'ö-c-p',
    'o-c-p\n',
    ' o-c-p',
  ];
  for (const text of REFUSED) {
    test(`${JSON.stringify(text)} is refused`, () => {
      assert.throws(
        () => Scope.parse(text),
        (error: unknown) => error instanceof AlchemiscaleError && error.status === 422,
      );
    });
  }

  test('an explicit asterisk does not slip past the order of wildcards', () => {
    assert.throws(() => new Scope({ org: '*', campaign: 'x' }), AlchemiscaleError);
  });

  test('covers: equal, narrower, wider, siblings', () => {
    const covers = (wide: string, narrow: string): boolean => Scope.parse(wide).covers(Scope.parse(narrow));
    assert.equal(covers('o-c-p', 'o-c-p'), true);
    assert.equal(covers('*-*-*', 'o-c-p'), true);
    assert.equal(covers('o-*-*', 'o-c-*'), true);
    assert.equal(covers('o-c-*', 'o-*-*'), false);
    assert.equal(covers('o-c-p', 'o-c-q'), false);
    assert.equal(covers('o-c-*', 'o-d-p'), false);
  });

  test('covering is reflexive and transitive, and *-*-* covers all', () => {
    fc.assert(
      fc.property(anyScope, anyScope, anyScope, (a, b, c) => {
        assert.ok(a.covers(a) && Scope.ALL.covers(a));
        if (a.covers(b) && b.covers(c)) assert.ok(a.covers(c));
      }),
    );
  });
});

describe('reduceScopes', () => {
  test('keeps the widest, ordered by text', () => {
    assert.deepEqual(texts(reduceScopes(parse('o-c-p', 'a-b-c', 'o-c-*', 'o-c-q'))), ['a-b-c', 'o-c-*']);
    assert.deepEqual(texts(reduceScopes(parse('o-c-p', '*-*-*'))), ['*-*-*']);
  });
});

describe('intersectScopes', () => {
  const CASES: readonly (readonly [asked: string, granted: string[], answer: string[]])[] = [
    ['o-c-p', ['o-c-p'], ['o-c-p']],
    ['o-c-p', ['o-*-*'], ['o-c-p']],
    ['o-*-*', ['o-c-p', 'o-d-*', 'x-y-z'], ['o-c-p', 'o-d-*']],
    ['*-*-*', ['o-c-p', '*-*-*'], ['*-*-*']],
    ['x-*-*', ['o-c-p'], []],
    ['o-c-p', [], []],
  ];
  for (const [asked, granted, answer] of CASES) {
    test(`${asked} of [${granted}] is [${answer}]`, () => {
      assert.deepEqual(texts(intersectScopes(Scope.parse(asked), parse(...granted))), answer);
    });
  }

  test('never gives what was not asked for or not granted', () => {
    fc.assert(
      fc.property(anyScope, fc.array(anyScope, { maxLength: 6 }), (asked, granted) => {
        for (const scope of intersectScopes(asked, granted)) {
          assert.ok(asked.covers(scope));
          assert.ok(granted.some(wider => wider.covers(scope)));
        }
      }),
    );
  });
});
