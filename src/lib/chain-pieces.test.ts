import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ChainPieces } from './chain-pieces.ts';
import { JsonError } from './json-error.ts';
import { keyedChainEntries } from './json-scan.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

type Pair = readonly [key: string, text: string, offset: number];

/** What reading gives: the pairs up to the fault, and the fault. */
interface Outcome {
  readonly pairs: readonly Pair[];
  readonly fault: string | null;
}

function outcome(read: () => Iterable<{ key: string; bytes: Uint8Array; offset: number }>): Outcome {
  const pairs: Pair[] = [];
  try {
    for (const { key, bytes, offset } of read()) pairs.push([key, new TextDecoder().decode(bytes), offset]);
    return { pairs, fault: null };
  } catch (error) {
    assert.ok(error instanceof JsonError, String(error));
    return { pairs, fault: error.message };
  }
}

/** In pieces that end at these places. */
function* readPieces(bytes: Uint8Array, cuts: readonly number[]): Generator<never | PairEntry> {
  const pieces = new ChainPieces({ windowBytes: 1 });
  const ends = [...cuts, bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    yield* pieces.write(bytes.slice(from, end));
    from = end;
  }
  yield* pieces.end();
}
type PairEntry = { readonly key: string; readonly bytes: Uint8Array; readonly offset: number };

const value = fc.oneof(
  fc.jsonValue().map(json => JSON.stringify(json)),
  fc.constantFrom('NaN', '-Infinity', '1E5', '-0', '"\\ud800\\u00e9"', '"é😀"', '[ ]', '{ "a" : [1 , 2] }'),
);
const space = fc.constantFrom('', ' ', '\n', '\t\r\n');
const pair = fc
  .tuple(
    fc.string({ maxLength: 5 }),
    fc.array(fc.tuple(fc.string({ maxLength: 4 }), value), { maxLength: 3 }),
    space,
  )
  .map(([key, members, gap]) => {
    const dict = members.map(([name, text]) => `${JSON.stringify(name)}:${gap}${text}`).join(',');
    return `[${gap}${JSON.stringify(key)}${gap},${gap}{${dict}}${gap}]`;
  });
const chain = fc
  .tuple(fc.array(pair, { maxLength: 5 }), space)
  .map(([pairs, gap]) => bytesOf(`${gap}[${gap}${pairs.join(`${gap},${gap}`)}${gap}]${gap}`));

describe('a keyed chain in pieces', () => {
  test('reads as it does in one, wherever it is cut', () => {
    fc.assert(
      fc.property(chain, fc.array(fc.nat(400), { maxLength: 8 }), (bytes, places) => {
        const cuts = places.map(place => place % (bytes.length + 1));
        assert.deepEqual(
          outcome(() => readPieces(bytes, cuts)),
          outcome(() => keyedChainEntries(bytes)),
        );
      }),
      { numRuns: 400, seed: 3 },
    );
  });

  test('has the same fault at the same place when it ends early or is damaged', () => {
    fc.assert(
      fc.property(chain, fc.nat(), fc.nat(255), fc.boolean(), fc.nat(400), (whole, at, byte, isCut, cut) => {
        const place = at % (whole.length + 1);
        const bytes = isCut ? whole.slice(0, place) : whole.slice();
        if (!isCut && place < bytes.length) bytes[place] = byte;
        const expected = outcome(() => keyedChainEntries(bytes));
        const found = outcome(() => readPieces(bytes, [cut % (bytes.length + 1)]));
        assert.equal(found.fault === null, expected.fault === null);
        assert.deepEqual(found.pairs.slice(0, expected.pairs.length), expected.pairs);
        const placeOf = (fault: string | null): string | undefined => fault?.split(' at byte ').at(-1);
        assert.equal(placeOf(found.fault), placeOf(expected.fault));
      }),
      { numRuns: 2000, seed: 5 },
    );
  });

  test('says the line', () => {
    const pieces = new ChainPieces({ windowBytes: 1 });
    const text = '[\n["a", {}],\n["b",\n {"x": 1x}]]';
    try {
      for (const piece of [text.slice(0, 15), text.slice(15, 22), text.slice(22)]) {
        for (const _ of pieces.write(bytesOf(piece)));
      }
      for (const _ of pieces.end());
      assert.fail('it was read');
    } catch (error) {
      assert.ok(error instanceof JsonError, String(error));
      assert.equal(error.message, "expected ',' or '}' at byte 27");
      assert.equal(pieces.lineOf(error), 4);
    }
  });

  test('a pair beyond the limit is refused before it is all there', () => {
    const pieces = new ChainPieces({ windowBytes: 1, maxPairBytes: 1000 });
    assert.throws(
      () => {
        for (const _ of pieces.write(bytesOf('[["a", {"x": "')));
        for (let i = 0; i < 100; i++) for (const _ of pieces.write(bytesOf('y'.repeat(100))));
      },
      { name: 'JsonError', message: /a pair of more than 1000 bytes at byte 1$/ },
    );
  });

  test('a pair beyond the limit is refused also where it comes at once; one that just fits is not', () => {
    const text = '[["a", {"x": 1}], ["b", {"x": 22}]]';
    const read = (maxPairBytes: number): readonly string[] => {
      const pieces = new ChainPieces({ maxPairBytes });
      return [...pieces.write(bytesOf(text)), ...pieces.end()].map(({ key }) => key);
    };
    assert.throws(() => read(15), { message: 'a pair of more than 15 bytes at byte 18' });
    assert.deepEqual(read(16), ['a', 'b']);
  });

  test('a pair of many pieces is looked at a few times, not once a piece', () => {
    const pieces = new ChainPieces({ windowBytes: 1 });
    const started = performance.now();
    for (const _ of pieces.write(bytesOf('[["a", {"x": "')));
    // Looked at once a piece, these would be 50 GB.
    for (let i = 0; i < 10_000; i++) for (const _ of pieces.write(new Uint8Array(1000).fill(0x79)));
    const pairs = [...pieces.write(bytesOf('"}]]'))];
    pairs.push(...pieces.end());
    assert.equal(pairs[0]?.bytes.length, 10_000_000 + 9);
    assert.ok(performance.now() - started < 5000);
  });
});
