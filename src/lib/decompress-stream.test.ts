import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { compressionOf, decompressed } from './decompress-stream.ts';

const text = new TextEncoder().encode('{"a": 1} '.repeat(50_000));
const forms = { plain: text, gzip: gzipSync(text), zstd: zstdCompressSync(text) };

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readAll(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of decompressed(source)) parts.push(piece);
  return Buffer.concat(parts);
}

describe('decompression of a stream', () => {
  for (const [name, bytes] of Object.entries(forms)) {
    for (const size of [1, 3, 1000, 1_000_000]) {
      test(`${name}, in pieces of ${size}`, async () => {
        const sample = size < 1000 && name === 'plain' ? bytes.subarray(0, 5000) : bytes;
        const wanted = size < 1000 && name === 'plain' ? text.subarray(0, 5000) : text;
        assert.equal(Buffer.compare(await readAll(inPieces(sample, size)), wanted), 0);
      });
    }
  }

  test('nothing, and less than a head, pass', async () => {
    assert.equal((await readAll(inPieces(new Uint8Array(0), 1))).length, 0);
    assert.deepEqual([...(await readAll(inPieces(Uint8Array.of(0x1f), 1)))], [0x1f]);
    assert.equal(compressionOf(Uint8Array.of(0x28, 0xb5, 0x2f)), 'none');
  });

  for (const name of ['gzip', 'zstd'] as const) {
    test(`${name} that is cut or damaged is an error`, async () => {
      const bytes = forms[name];
      const damaged = Uint8Array.from(bytes);
      damaged.fill(0xee, 12, 40);
      for (const bad of [bytes.subarray(0, bytes.length - 5), bytes.subarray(0, 20), damaged]) {
        await assert.rejects(readAll(inPieces(bad, 7)), {
          name: 'DecompressError',
          message: new RegExp(`^the ${name} data are damaged or cut: `),
        });
      }
    });
  }

  test('an error of the source is that error', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield forms.gzip.subarray(0, 20);
      throw new Error('the disk is gone');
    }
    await assert.rejects(readAll(failing()), { message: 'the disk is gone' });
  });

  test('the source is closed when reading stops early', async () => {
    let isClosed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(100);
      } finally {
        isClosed = true;
      }
    }
    for await (const _ of decompressed(endless())) break;
    assert.ok(isClosed);
  });
});
