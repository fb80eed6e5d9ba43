// What is written are the bytes of Python's msgpack 1.1, which takes the shortest form of everything; what is read is what was
// written.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MsgpackError, MsgpackExtension, type MsgpackValue, readMsgpack } from './msgpack-read.ts';
import { MsgpackWriter } from './msgpack-write.ts';

function written(write: (writer: MsgpackWriter) => void): Uint8Array {
  const writer = new MsgpackWriter();
  write(writer);
  return writer.bytes;
}

const head = (bytes: Uint8Array, length = 5): string =>
  Buffer.from(bytes.subarray(0, length)).toString('hex');

describe('the shortest form', () => {
  test('integers', () => {
    const cases: readonly (readonly [bigint, string])[] = [
      [0n, '00'],
      [127n, '7f'],
      [128n, 'cc80'],
      [255n, 'ccff'],
      [256n, 'cd0100'],
      [65535n, 'cdffff'],
      [65536n, 'ce00010000'],
      [2n ** 32n - 1n, 'ceffffffff'],
      [2n ** 32n, 'cf0000000100000000'],
      [2n ** 63n, 'cf8000000000000000'],
      [2n ** 64n - 1n, 'cfffffffffffffffff'],
      [-1n, 'ff'],
      [-32n, 'e0'],
      [-33n, 'd0df'],
      [-128n, 'd080'],
      [-129n, 'd1ff7f'],
      [-32768n, 'd18000'],
      [-32769n, 'd2ffff7fff'],
      [-(2n ** 31n), 'd280000000'],
      [-(2n ** 31n) - 1n, 'd3ffffffff7fffffff'],
      [-(2n ** 63n), 'd38000000000000000'],
    ];
    for (const [value, hex] of cases) {
      const bytes = written(writer => assert.ok(writer.writeInteger(value)));
      assert.equal(head(bytes, 9), hex);
      assert.equal(readMsgpack(bytes), value);
    }
    for (const beyond of [2n ** 64n, -(2n ** 63n) - 1n]) {
      assert.equal(written(writer => assert.ok(!writer.writeInteger(beyond))).length, 0);
    }
  });

  const LENGTHS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
    string: {
      0: 'a0',
      31: 'bf',
      32: 'd920',
      255: 'd9ff',
      256: 'da0100',
      65535: 'daffff',
      65536: 'db00010000',
    },
    bytes: { 0: 'c400', 255: 'c4ff', 256: 'c50100', 65535: 'c5ffff', 65536: 'c600010000' },
    array: { 0: '90', 15: '9f', 16: 'dc0010', 65535: 'dcffff', 65536: 'dd00010000' },
    map: { 0: '80', 15: '8f', 16: 'de0010', 65535: 'deffff', 65536: 'df00010000' },
    extension: {
      0: 'c70007',
      1: 'd407',
      2: 'd507',
      3: 'c70307',
      4: 'd607',
      8: 'd707',
      16: 'd807',
      17: 'c71107',
      255: 'c7ff07',
      256: 'c8010007',
      65535: 'c8ffff07',
      65536: 'c90001000007',
    },
  };
  const WRITE: Readonly<Record<string, (writer: MsgpackWriter, length: number) => void>> = {
    string: (writer, length) => writer.writeString('a'.repeat(length)),
    bytes: (writer, length) => writer.writeBytes(new Uint8Array(length)),
    array: (writer, length) => {
      writer.beginArray(length);
      for (let i = 0; i < length; i++) writer.writeNil();
    },
    map: (writer, length) => {
      writer.beginMap(length);
      for (let i = 0; i < length; i++) {
        writer.writeInteger(BigInt(i));
        writer.writeNil();
      }
    },
    extension: (writer, length) => writer.writeExtension(7, new Uint8Array(length)),
  };
  for (const [kind, lengths] of Object.entries(LENGTHS)) {
    test(kind, () => {
      for (const [length, hex] of Object.entries(lengths)) {
        const bytes = written(writer => WRITE[kind]?.(writer, Number(length)));
        assert.equal(head(bytes, hex.length / 2), hex);
        const value = readMsgpack(bytes) as { length?: number; size?: number; bytes?: Uint8Array };
        assert.equal(value.length ?? value.size ?? value.bytes?.length, Number(length));
      }
    });
  }

  test('floats are always 64 bits, and apart from integers', () => {
    assert.equal(
      head(
        written(writer => writer.writeFloat(1)),
        9,
      ),
      'cb3ff0000000000000',
    );
    for (const value of [0, -0, 1, -1.5, Number.NaN, Number.POSITIVE_INFINITY, 5e-324]) {
      assert.ok(Object.is(readMsgpack(written(writer => writer.writeFloat(value))), value));
    }
    assert.equal(readMsgpack(Uint8Array.of(0xca, 0x3f, 0x80, 0, 0)), 1);
  });

  test('a string without UTF-8 is not written', () => {
    assert.equal(written(writer => assert.ok(!writer.writeString('a\ud800'))).length, 0);
  });
});

const value: fc.Arbitrary<MsgpackValue> = fc.letrec<{ value: MsgpackValue }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.double(),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 20 }),
    fc
      .array(fc.tuple(fc.oneof(fc.string(), fc.bigInt({ min: -5n, max: 300n }), fc.double()), tie('value')), {
        maxLength: 20,
      })
      .map(entries => new Map(entries)),
  ),
})).value;

function write(writer: MsgpackWriter, it: MsgpackValue): void {
  if (it === null) writer.writeNil();
  else if (typeof it === 'boolean') writer.writeBoolean(it);
  else if (typeof it === 'bigint') writer.writeInteger(it);
  else if (typeof it === 'number') writer.writeFloat(it);
  else if (typeof it === 'string') writer.writeString(it);
  else if (it instanceof Uint8Array) writer.writeBytes(it);
  else if (it instanceof MsgpackExtension) writer.writeExtension(it.code, it.bytes);
  else if (it instanceof Map) {
    writer.beginMap(it.size);
    for (const [key, member] of it as ReadonlyMap<string, MsgpackValue>) {
      write(writer, key);
      write(writer, member);
    }
  } else {
    writer.beginArray((it as readonly MsgpackValue[]).length);
    for (const element of it as readonly MsgpackValue[]) write(writer, element);
  }
}

test('whatever is written is read back; cut anywhere it is an error with a place', () => {
  fc.assert(
    fc.property(value, fc.nat(), (it, at) => {
      const bytes = written(writer => write(writer, it));
      assert.deepEqual(readMsgpack(bytes), it);
      assert.throws(
        () => readMsgpack(bytes.subarray(0, at % bytes.length)),
        (error: Error) => error instanceof MsgpackError && error.offset <= bytes.length,
      );
    }),
    { numRuns: 300, seed: 2 },
  );
});
