import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bytesToLatin1, latin1ToBytes } from './latin1.ts';
import { isZstdFrame, nodeZstd, type Zstd } from './zstd.ts';

const zstd = nodeZstd() as Zstd;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('zstd', () => {
  test('frames are those of gufe: level 3, content size stated, no checksum', () => {
    const diagonal = new Uint8Array(72);
    for (const row of [0, 1, 2]) diagonal.set([0x08, 0x40], row * 32 + 6);
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [new Uint8Array(0), '28b52ffd2000010000'],
      [new TextEncoder().encode('foo'), '28b52ffd2003190000666f6f'],
      [new Uint8Array(72), '28b52ffd2048450000100000010083022c'],
      [diagonal, '28b52ffd20487d00002800000840000300433900dc600116'],
    ];
    for (const [data, frame] of cases) {
      assert.equal(hex(zstd.compress(data)), frame);
      assert.deepEqual(new Uint8Array(zstd.decompress(zstd.compress(data), 100)), data);
    }
    // A million bytes: four bytes of content size (frame header descriptor 0xa0).
    assert.match(hex(zstd.compress(new Uint8Array(1e6))), /^28b52ffda040420f00/);
  });

  test('reading stops after the first frame, at the limit, and at damage', () => {
    const frame = zstd.compress(new TextEncoder().encode('foo'));
    const twice = Uint8Array.from([...frame, ...frame]);
    assert.equal(hex(zstd.decompress(twice, 3)), '666f6f');
    assert.throws(() => zstd.decompress(frame, 2), { name: 'ZstdError', reason: 'too-large' });
    for (const bad of [
      frame.subarray(0, frame.length - 1),
      frame.subarray(0, 5),
      new Uint8Array(0),
      Buffer.from('hello'),
    ]) {
      assert.throws(() => zstd.decompress(bad, 100), { name: 'ZstdError', reason: 'corrupt' });
    }
    assert.ok(isZstdFrame(frame));
    assert.ok(!isZstdFrame(Buffer.from('hello')));
  });
});

test('latin-1 text holds every byte', () => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => i & 0xff);
  assert.deepEqual(latin1ToBytes(bytesToLatin1(bytes)), bytes);
  assert.equal(bytesToLatin1(Uint8Array.of(0, 127, 128, 255)), '\u0000\u007f\u0080ÿ');
  assert.equal(latin1ToBytes('aĀ'), null);
});
