import assert from 'node:assert/strict';
import { it } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import { readContentSize } from './zstd-frame.ts';

it('reads the content size that a frame states, as soon as its header is there', () => {
  for (const size of [0, 1, 255, 256, 257, 65_535, 65_536, 70_000, 300_000, 5_000_000]) {
    const frame = zstdCompressSync(Buffer.alloc(size, 'ab'));
    assert.equal(readContentSize(frame), size);
    const needed = [...frame.keys()].find(length => readContentSize(frame.subarray(0, length)) === size) ?? 0;
    assert.ok(needed > 5 && needed <= 14, `${size}: ${needed}`);
    for (let length = 0; length < needed; length++)
      assert.equal(readContentSize(frame.subarray(0, length)), 'cut');
  }
});

it('tells frames that state none, and bytes that are no frame', () => {
  const silent = zstdCompressSync(Buffer.alloc(5000), { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } });
  assert.equal(readContentSize(silent), null);
  for (const text of ['hello', '[', '(x']) assert.equal(readContentSize(Buffer.from(text)), null, text);
  // From gufe: the empty frame, and the three bytes `foo`.
  assert.equal(readContentSize(Buffer.from('28b52ffd2000010000', 'hex')), 0);
  assert.equal(readContentSize(Buffer.from('28b52ffd2003190000666f6f', 'hex')), 3);
});
