// Estimates as a file states them: what is refused, and what they come to.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Quantity } from '../index.ts';
import { progressOfRepeats, readEstimates } from './estimates.ts';

const read = (text: string): unknown => [...readEstimates(new TextEncoder().encode(text))];
const kcal = 'kilocalorie_per_mole';

describe('reading', () => {
  test('repeats by transformation, in any unit of a molar energy', () => {
    const entries = `{"estimate": 1, "uncertainty": null, "unit": "${kcal}"}, {"estimate": -2.5e0, "unit": "kJ/mol", "uncertainty": 0}`;
    assert.deepEqual(read(` {"T-1": [${entries}], "T-2": []}\n`), [
      [
        'T-1',
        [
          { estimate: 1, uncertainty: null, unit: kcal },
          { estimate: -2.5, uncertainty: 0, unit: 'kJ/mol' },
        ],
      ],
      ['T-2', []],
    ]);
    assert.deepEqual(read('{}'), []);
  });

  const entry = (changes: Readonly<Record<string, string>>): string => {
    const members = { estimate: '1.5', uncertainty: '0.1', unit: `"${kcal}"`, ...changes };
    const texts = Object.entries(members).filter(([, text]) => text !== '');
    return `{"T-1": [{"estimate": 0, "uncertainty": 0, "unit": "${kcal}"}, {${texts.map(([name, text]) => `"${name}": ${text}`).join(', ')}}]}`;
  };
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['a negative uncertainty', entry({ uncertainty: '-0.1' }), /^T-1\[1\]\.uncertainty: is negative: -0.1$/],
    ['NaN', entry({ estimate: 'NaN' }), /^T-1\[1\]\.estimate: must be a finite number, not NaN$/],
    ['an infinite number', entry({ estimate: '1e999' }), /must be a finite number, not Infinity/],
    ['an uncertainty of NaN', entry({ uncertainty: 'NaN' }), /^T-1\[1\]\.uncertainty: must be a finite/],
    ['no number', entry({ estimate: '"1.5"' }), /must be a finite number, not the text '1.5'/],
    ['null for an estimate', entry({ estimate: 'null' }), /must be a finite number, not null/],
    ['true for an uncertainty', entry({ uncertainty: 'true' }), /must be a finite number, not true/],
    ['another dimension', entry({ unit: '"kelvin"' }), /'kelvin' is no unit of a molar energy, such as/],
    ['an energy that is not molar', entry({ unit: '"kcal"' }), /'kcal' is no unit of a molar energy/],
    ['no dimension', entry({ unit: '""' }), /'' is no unit of a molar energy/],
    ['an unknown unit', entry({ unit: '"kcaly/mol"' }), /^T-1\[1\]\.unit: .*kcaly/],
    ['no text for a unit', entry({ unit: '1' }), /^T-1\[1\]\.unit: must be the name of a unit, not 1$/],
    ['no estimate', entry({ estimate: '' }), /^T-1\[1\]: the member 'estimate' is missing$/],
    [
      'no uncertainty',
      entry({ uncertainty: '' }),
      /^T-1\[1\]: the member 'uncertainty' is missing; write null where it is not known$/,
    ],
    ['no unit', entry({ unit: '' }), /^T-1\[1\]: the member 'unit' is missing$/],
    ['an unknown member', entry({ error: '1' }), /^T-1\[1\]: has an unknown member 'error'$/],
    ['an entry that is no list', '{"T-1": {"estimate": 1}}', /^T-1: must be a list of .*, not an object$/],
    ['a list of numbers', '{"T-1": [1.5]}', /^T-1\[0\]: must be \{.*\}, not 1.5$/],
    ['a list of lists', '{"T-1": [[]]}', /^T-1\[0\]: must be \{.*\}, not a list$/],
    ['null for results', '{"T-1": null}', /^T-1: must be a list of estimates, not null$/],
    ['a key twice', '{"T-1": [], "T-2": [], "T-1": []}', /^T-1: is there twice$/],
    ['a list', '[]', /^expected '\{' at byte 0$/],
    ['no JSON', '{"T-1": [}', /at byte 9/],
    ['cut text', '{\n"T-1": [],\n', /at byte 13 \(line 3\)$/],
    ['nothing', '', /at byte 0/],
  ];
  for (const [what, text, message] of refused) {
    test(`${what} is refused`, () => {
      assert.throws(() => read(text), { name: 'GufeError', message });
    });
  }
});

describe('what strategies get', () => {
  const repeat = (estimate: number, uncertainty: number | null, unit = kcal) => ({
    estimate,
    uncertainty,
    unit,
  });

  test('no repeats are a count of 0; one is itself', () => {
    assert.deepEqual(progressOfRepeats([]), { count: 0, estimate: null, uncertainty: null });
    const [one, known] = [new Quantity(2, kcal), new Quantity(0.5, kcal)];
    assert.deepEqual(progressOfRepeats([repeat(2, 0.5)]), { count: 1, estimate: one, uncertainty: known });
    assert.deepEqual(progressOfRepeats([repeat(2, null)]), { count: 1, estimate: one, uncertainty: null });
  });

  test('several are their mean and sample standard deviation, whatever each says of itself', () => {
    assert.deepEqual(progressOfRepeats([repeat(1, 9), repeat(2, null), repeat(6, 0)]), {
      count: 3,
      estimate: new Quantity(3, kcal),
      uncertainty: new Quantity(Math.sqrt(7), kcal),
    });
  });

  test('in the unit of the first', () => {
    const mixed = progressOfRepeats([
      repeat(4.184, null, 'kilojoule_per_mole'),
      repeat(2, null),
      repeat(3, null),
    ]);
    assert.equal(mixed?.estimate?.unit, 'kilojoule_per_mole');
    assert.ok(Math.abs((mixed?.estimate?.valueIn(kcal) ?? 0) - 2) < 1e-12);
    assert.ok(Math.abs((mixed?.uncertainty?.valueIn(kcal) ?? 0) - 1) < 1e-12);
  });
});
