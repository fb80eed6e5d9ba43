import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { type ReadResult, ResultReader } from './result-reader.ts';

const FIXTURES = new URL('../../test/fixtures/results/', import.meta.url);

interface Facts {
  readonly key: string;
  readonly ok: boolean;
  readonly tracebacks: readonly string[];
  readonly source_keys: readonly string[];
  readonly failure_keys: readonly string[];
}

function read(text: Uint8Array | string, pieceBytes = 1000): ReadResult {
  const bytes = Buffer.from(text);
  const reader = new ResultReader();
  for (let i = 0; i < bytes.length; i += pieceBytes) reader.write(bytes.subarray(i, i + pieceBytes));
  return reader.end();
}

const byKey = (result: ReadResult): ReadResult => ({
  ...result,
  failures: result.failures.toSorted((a, b) => (a.failureKey < b.failureKey ? -1 : 1)),
});

const UNIT = '["U-1",{"__qualname__":"U"}]';
const unitResult = (key: string, more: string): string => `["${key}",{"source_key":"U-1",${more}}]`;
const SUCCESS = unitResult('ProtocolUnitResult-2', '"__qualname__":"ProtocolUnitResult"');
const FAILURE = unitResult(
  'ProtocolUnitFailure-3',
  '"traceback":"boom\\n","__qualname__":"ProtocolUnitFailure"',
);
const dagResult = (units: string[], results: string[]): string =>
  `["ProtocolDAGResult-9",{"protocol_units":${stubs(units)},"protocol_unit_results":${stubs(results)},"__qualname__":"ProtocolDAGResult"}]`;
const stubs = (keys: string[]): string => JSON.stringify(keys.map(key => ({ ':gufe-key:': key })));
const chain = (...entries: string[]): string => `[${entries.join(', ')}]`;

describe('reader of pushed results', () => {
  const index: Record<string, Facts> = JSON.parse(readFileSync(new URL('index.json', FIXTURES), 'utf8'));
  it('has ten results to look at', () => assert.equal(Object.keys(index).length, 10));

  for (const [name, facts] of Object.entries(index)) {
    it(`finds in ${name} what gufe finds`, () => {
      const text = zstdDecompressSync(readFileSync(new URL(`${name}.obj.json.zst`, FIXTURES)));
      const expected = {
        key: facts.key,
        ok: facts.ok,
        failures: facts.failure_keys.map((failureKey, i) => ({
          traceback: facts.tracebacks[i],
          sourceKey: facts.source_keys[i],
          failureKey,
        })),
      };
      for (const pieceBytes of [997, 1_000_000]) {
        const found = read(text, pieceBytes);
        // gufe's order of failures of one unit depends on their random keys.
        assert.deepEqual(byKey(found), byKey(expected as ReadResult));
      }
    });
  }

  it('is ok when each unit has succeeded once', () => {
    const results = ['ProtocolUnitFailure-3', 'ProtocolUnitResult-2'];
    const { ok, failures } = read(chain(UNIT, SUCCESS, FAILURE, dagResult(['U-1'], results)));
    assert.equal(ok, true);
    assert.deepEqual(failures, [
      { traceback: 'boom\n', sourceKey: 'U-1', failureKey: 'ProtocolUnitFailure-3' },
    ]);
    assert.equal(read(chain(UNIT, SUCCESS, dagResult(['U-1', 'U-7'], ['ProtocolUnitResult-2']))).ok, false);
    assert.equal(read(chain(dagResult([], []))).ok, true);
  });

  it('takes failures without any failure, and failures without a traceback', () => {
    assert.deepEqual(read(chain(UNIT, dagResult(['U-1'], []))), {
      key: 'ProtocolDAGResult-9',
      ok: false,
      failures: [],
    });
    const silent = unitResult(
      'ProtocolUnitFailure-3',
      '"traceback":null,"__qualname__":"ProtocolUnitFailure"',
    );
    assert.equal(
      read(chain(silent, dagResult(['U-1'], ['ProtocolUnitFailure-3']))).failures[0]?.traceback,
      '',
    );
  });

  it('ignores unit results that the result does not list', () => {
    assert.equal(read(chain(SUCCESS, dagResult(['U-1'], []))).ok, false);
  });

  const refusals: Record<string, [text: string, why: RegExp]> = {
    nothing: ['', /its text is not JSON: expected more/],
    'text that is not JSON': ['[["a', /its text is not JSON/],
    'a truncated chain': [chain(UNIT, SUCCESS).slice(0, -1), /its text is not JSON: expected more/],
    'an empty chain': ['[]', /the keyed chain is empty/],
    'an object instead of a chain': ['{"__qualname__":"ProtocolDAGResult"}', /it is not a keyed chain/],
    'an entry that is no pair': ['["ProtocolDAGResult-1"]', /entry 0 .* is not a \[key, dict\] pair/],
    'a pair of three': ['[["A-1",{"__qualname__":"A"},1]]', /entry 0 .* is not a \[key, dict\] pair/],
    'a pair without dict': ['[["A-1",[]]]', /entry 0 .* is not a \[key, dict\] pair/],
    'a key that leads elsewhere': ['[["../../etc-passwd",{}]]', /'..\/..\/etc-passwd' is not a gufe key/],
    'a dict without a class': ['[["A-1",{}]]', /entry 0 .* is no gufe object/],
    'another object': [
      chain(dagResult([], []), UNIT),
      /the last object .* is 'U-1', not a ProtocolDAGResult/,
    ],
    'a class that contradicts the key': [
      '[["A-1",{"__qualname__":"ProtocolDAGResult"}]]',
      /the last object .* is 'A-1'/,
    ],
    'a result that is missing': [
      chain(dagResult(['U-1'], ['ProtocolUnitResult-2'])),
      /no unit result 'ProtocolUnitResult-2'/,
    ],
    'units that are no list': [
      '[["ProtocolDAGResult-1",{"protocol_units":NaN,"protocol_unit_results":[],"__qualname__":"ProtocolDAGResult"}]]',
      /`protocol_units` is not a list/,
    ],
    'results that are no references': [
      '[["ProtocolDAGResult-1",{"protocol_units":[],"protocol_unit_results":[null],"__qualname__":"ProtocolDAGResult"}]]',
      /not a reference/,
    ],
    'a class name that is a number': ['[["A-1",{"__qualname__":NaN}]]', /`__qualname__` is not a text/],
  };
  for (const [what, [text, why]] of Object.entries(refusals)) {
    it(`refuses ${what}`, () => {
      for (const size of [1, 1000])
        assert.throws(() => read(text, size), { code: 'INVALID_BODY', message: why });
    });
  }

  it('refuses more unit results than memory should hold, however small', () => {
    const entry = (i: number): string => `["R-${i}",{"__qualname__":"R","source_key":"U"}]`;
    const reader = new ResultReader();
    reader.write(Buffer.from('['));
    assert.throws(
      () => {
        for (let i = 0; i < 1_000_000; i += 1000) {
          const some = Array.from({ length: 1000 }, (_, j) => `${entry(i + j)},`);
          reader.write(Buffer.from(some.join('')));
        }
      },
      { code: 'BODY_TOO_LARGE' },
    );
  });

  it('names every fixture', () => {
    const names = readdirSync(FIXTURES).filter(name => name.endsWith('.zst'));
    assert.equal(names.length, Object.keys(index).length);
  });
});
