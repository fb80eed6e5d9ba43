import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { JsonError } from './json-error.ts';
import { JsonPush, type JsonTake, type JsonVisitor } from './json-push.ts';
import { checkJson, endOfValue } from './json-scan.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Feeds `bytes` in pieces of the given sizes, over and over. */
function feed(
  visitor: JsonVisitor,
  bytes: Uint8Array,
  sizes: readonly number[],
  maxTextBytes?: number,
): void {
  const push = new JsonPush(visitor, maxTextBytes === undefined ? {} : { maxTextBytes });
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    // A copy that is overwritten afterwards, as a reused socket buffer would be.
    const piece = new Uint8Array(bytes.subarray(at, at + size));
    push.write(piece);
    piece.fill(0x21);
    at += size;
  }
  push.end();
}

const SKIP: JsonVisitor = { begin: () => 'skip' };

function accepts(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    assert.ok(error instanceof JsonError, String(error));
    return false;
  }
}

const TEXTS = [
  '1',
  ' -0.5e-10 ',
  'null',
  '"x"',
  '[]',
  '{}',
  '[1,2]',
  '{"a":{"b":[NaN,-Infinity,Infinity,true,false]}}',
  '"\\u00e9\\n\\""',
  '"é😀"',
  '',
  '[',
  ']',
  '[1',
  '[1,]',
  '{"a"}',
  '{"a":}',
  '{a:1}',
  '{"a":1,}',
  '1 2',
  '"',
  '"\\x"',
  '"\\u12g4"',
  '"\\u12',
  '"\t"',
  '01',
  '1.',
  '.5',
  '+1',
  'nul',
  'nullx',
  '[1}',
  '{"a":1]',
  '--1',
  '-',
  'Inf',
  '"a"b',
  '[1 2]',
  ',',
  ':',
  '{"a":1 "b":2}',
  '{,}',
  '[,1]',
  '[:]',
  '{"a":1:2}',
  '-Infinityx',
  '1'.repeat(4300),
  '1'.repeat(4301),
  '['.repeat(512) + ']'.repeat(512),
  '['.repeat(513) + ']'.repeat(513),
];

describe('JSON in pieces', () => {
  it('accepts and refuses what the scanner of whole texts does, however it is cut', () => {
    for (const text of TEXTS) {
      const bytes = encode(text);
      const expected = accepts(() => checkJson(bytes));
      for (const size of [1, 2, 3, 7, 10_000]) {
        assert.equal(
          accepts(() => feed(SKIP, bytes, [size])),
          expected,
          `${text.slice(0, 60)} in pieces of ${size}`,
        );
      }
    }
  });

  it('agrees with the scanner on bytes that are nearly JSON', () => {
    const alphabet = fc.constantFrom(
      ...'[]{}:,"\\u01e.-aN \n'.split('').map(c => c.charCodeAt(0)),
      0xc3,
      0xa9,
      0xf0,
      0x9f,
      0x98,
      0x80,
      0xed,
      0x01,
    );
    const nearly = fc.oneof(
      fc.json().map(encode),
      fc.array(alphabet, { maxLength: 12 }).map(codes => Uint8Array.from(codes)),
      fc
        .tuple(fc.json().map(encode), fc.nat(), alphabet)
        .map(([bytes, at, code]) => bytes.with(at % bytes.length, code)),
    );
    fc.assert(
      fc.property(
        nearly,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
        (bytes, sizes) => {
          const expected = bytes.length > 0 && accepts(() => checkJson(bytes));
          assert.equal(
            accepts(() => feed(SKIP, bytes, sizes)),
            expected,
          );
        },
      ),
      { seed: 7, numRuns: 2000 },
    );
  });

  it('takes strings as bytes, whatever their spelling', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 50 }),
        (bytes, ascii, size) => {
          const latin1 = String.fromCharCode(...bytes);
          let text = JSON.stringify({ a: [1, { b: latin1 }], c: 'z' });
          if (ascii)
            text = text.replace(
              /[\u007f-\uffff]/g,
              c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
            );
          const taken: Uint8Array[] = [];
          const visitor: JsonVisitor = {
            begin: (path, kind) =>
              path.join('/') === 'a/1/b' ? 'latin1' : kind === 'string' ? 'skip' : 'enter',
            latin1: chunk => taken.push(chunk),
          };
          feed(visitor, encode(text), [size]);
          assert.deepEqual(Buffer.concat(taken), Buffer.from(bytes));
        },
      ),
      { seed: 11, numRuns: 300 },
    );
  });

  it('refuses a string that stands for no bytes', () => {
    const visitor: JsonVisitor = { begin: () => 'latin1' };
    for (const text of ['"\\u0100"', '"Ā"', '"😀"', '"\\ud800"']) {
      for (const size of [1, 100])
        assert.throws(() => feed(visitor, encode(text), [size]), /stands for no byte/);
    }
  });

  it('says where values are, gives the texts asked for and enters nothing else', () => {
    const text =
      ' {"network": [["K", {"a": 1.0}]] , "scope":{"org":"o"}, "state" : "active","n":-1e5, "e\\u0041": [ ]} ';
    const bytes = encode(text);
    for (const size of [1, 4, 1000]) {
      const asked: string[] = [];
      const texts: Record<string, string> = {};
      const spans: Record<string, string> = {};
      const visitor: JsonVisitor = {
        begin(path, kind): JsonTake {
          asked.push(`${path.join('/')}:${kind}`);
          if (path.length === 0) return 'enter';
          return path[0] === 'network' ? 'skip' : 'text';
        },
        text: (path, value) => (texts[path.join('/')] = value),
        end: (path, start, end) => (spans[path.join('/')] = text.slice(start, end)),
      };
      feed(visitor, bytes, [size]);
      assert.deepEqual(asked, [
        ':object',
        'network:array',
        'scope:object',
        'state:string',
        'n:scalar',
        'eA:array',
      ]);
      assert.deepEqual(texts, { scope: '{"org":"o"}', state: '"active"', n: '-1e5', eA: '[ ]' });
      assert.deepEqual(spans, { network: '[["K", {"a": 1.0}]]', ...texts, '': text.trim() });
    }
  });

  it('counts the elements of entered arrays', () => {
    const seen: string[] = [];
    const visitor: JsonVisitor = {
      begin(path, kind): JsonTake {
        seen.push(path.join('/'));
        return kind === 'array' && path.length < 2 ? 'enter' : 'skip';
      },
    };
    feed(visitor, encode('[[1,[2,3],4],[],[[],5]]'), [2]);
    assert.deepEqual(seen, ['', '0', '0/0', '0/1', '0/2', '1', '2', '2/0', '2/1']);
  });

  it('keeps no more text than it may', () => {
    const visitor: JsonVisitor = { begin: () => 'text' };
    feed(visitor, encode(`"${'x'.repeat(98)}"`), [7], 100);
    assert.throws(() => feed(visitor, encode(`"${'x'.repeat(99)}"`), [7], 100), /more than 100 bytes/);
  });

  it('says where the text goes wrong', () => {
    assert.throws(() => feed(SKIP, encode('{"a": [1, 2, x]}'), [3]), { name: 'JsonError', offset: 13 });
    assert.throws(() => feed(SKIP, encode('{"a": "b'), [3]), { name: 'JsonError', offset: 8 });
    assert.equal(endOfValue(encode('{"a": 1}'), 0), 8);
  });
});
