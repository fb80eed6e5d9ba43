import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderReport } from './report.ts';

test('the table shows estimates beside their references, aligned', () => {
  const row = { unit: 'kcal/mol', source: 'exact', repeats: 3, tasks: 3 };
  const text = renderReport(
    {
      protocol: 'HarmonicProtocol',
      engine: 'exact sampling',
      wallSeconds: 12.2,
      rows: [
        { ...row, name: 'A → B', estimate: -1.2345, uncertainty: 0.021, reference: -1.23 },
        { ...row, name: 'long name → C', estimate: null, uncertainty: null, reference: 2 },
      ],
    },
    'Not converged.',
  );
  assert.equal(
    text,
    [
      'HarmonicProtocol on exact sampling',
      '',
      'transformation  kcal/mol        reference  repeats  tasks',
      '─────────────────────────────────────────────────────────',
      'A → B           −1.234 ± 0.021  −1.23      3        3',
      'long name → C   failed          2.00       3        3',
      '',
      'reference: exact',
      '2 transformations, wall time 12 s',
      'Not converged.',
    ].join('\n'),
  );
});
