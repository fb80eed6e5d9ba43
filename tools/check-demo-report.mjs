// Reads the demo's JSON document on standard input and fails unless it is what it promises to be: one document, with numbers.
// Arguments: the protocol expected, and the smallest number of rows.
import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';

const [protocol, rows] = process.argv.slice(2);
const report = JSON.parse(await text(process.stdin));

assert.equal(report.protocol, protocol);
assert.ok(report.engine.length > 0, 'the engine is named');
assert.ok(report.rows.length >= Number(rows), `at least ${rows} rows`);
assert.ok(report.wallSeconds > 0);
for (const row of report.rows) {
  assert.ok(Number.isFinite(row.estimate), `${row.name}: estimate ${row.estimate}`);
  assert.ok(Number.isFinite(row.uncertainty), `${row.name}: uncertainty ${row.uncertainty}`);
  assert.ok(Number.isFinite(row.reference) && row.source.length > 0, `${row.name}: reference and source`);
  assert.equal(row.unit, 'kcal/mol');
  assert.ok(row.repeats >= 3 && row.tasks >= 1, `${row.name}: ${row.repeats} repeats, ${row.tasks} tasks`);
}
console.error(`demo report: ${report.rows.length} rows in ${report.wallSeconds.toFixed(1)} s`);
