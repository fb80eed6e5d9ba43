// MessagePack and full dicts that gufe wrote: read, they are the objects that the keyed chains hold, and written again they
// are the same bytes.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import {
  decodeGufe,
  decodeJson,
  decodeKeyedChain,
  decodeMsgpack,
  fromDict,
  type GufeObject,
} from '../../src/gufe/index.ts';
import { fixtures, GOLDEN, NO_GOLDEN, readGolden } from '../support/golden.ts';

const FOLDER = fixtures('gufe');

function linesOf(file: string): readonly Record<string, string>[] {
  const text = new TextDecoder().decode(readGolden(join(FOLDER, file)));
  return text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
}

function checkSame(object: GufeObject, chain: GufeObject): void {
  assert.equal(object.key, chain.key);
  assert.equal(object.toJson(), chain.toJson());
}

function checkMsgpack(plain: Uint8Array, compressed: Uint8Array, chain: GufeObject): void {
  for (const bytes of [plain, compressed]) {
    checkSame(decodeMsgpack(bytes), chain);
    checkSame(decodeGufe(bytes), chain);
  }
  assert.equal(Buffer.compare(chain.toMsgpack({ compress: false }), plain), 0);
  // zstd may compress otherwise in another release; what counts is that it unpacks to the same.
  assert.equal(Buffer.compare(decodeMsgpack(chain.toMsgpack()).toMsgpack({ compress: false }), plain), 0);
}

function checkFullDict(text: string, chain: GufeObject): void {
  checkSame(decodeJson(text), chain);
  checkSame(fromDict(chain.toDict()), chain);
  assert.equal(chain.toDictText(), text);
}

describe('networks as gufe wrote them', () => {
  for (const file of readdirSync(join(FOLDER, 'chains'))) {
    const name = basename(file, '.json');
    const chain = decodeKeyedChain(readGolden(join(FOLDER, 'chains', file)));
    const form = (suffix: string): Uint8Array => readGolden(join(FOLDER, 'forms', name + suffix));
    test(`${name}: MessagePack`, () => {
      checkMsgpack(form('.msgpack'), form('.msgpack.zst'), chain);
    });
    if (name === 'nontransformations') continue;
    test(`${name}: full dict`, () => {
      checkFullDict(new TextDecoder().decode(form('.fulldict.json')), chain);
    });
  }

  test('of the full golden set', { skip: NO_GOLDEN }, () => {
    for (const name of ['twelve', 'nontransformations', 'synthetic_200']) {
      const form = (suffix: string): Uint8Array =>
        readGolden(join(GOLDEN as string, 'chains', name + suffix));
      const chain = decodeKeyedChain(form('.chain.json'));
      checkMsgpack(form('.msgpack'), form('.msgpack.zst'), chain);
      if (name !== 'synthetic_200') checkFullDict(new TextDecoder().decode(form('.fulldict.json')), chain);
    }
  });
});

describe('values of every kind as MessagePack', () => {
  const cases = new Map(linesOf('canonical.jsonl').map(golden => [golden.case, golden]));

  test('are the bytes that gufe writes, and read back as what they were', () => {
    let units = 0;
    const packed = linesOf('msgpack.jsonl');
    for (const { case: name, msgpack = '' } of packed) {
      const golden = cases.get(name);
      const object = decodeKeyedChain(`[["${golden?.key}", ${golden?.dict}]]`);
      if (name?.startsWith('value/unit/')) {
        // gufe writes nil for a unit alone, and so loses it.
        assert.throws(() => object.toMsgpack(), {
          name: 'GufeError',
          message: /alone has no form in MessagePack/,
        });
        units++;
        continue;
      }
      const bytes = object.toMsgpack({ compress: false });
      assert.equal(Buffer.from(bytes).toString('base64'), msgpack, name);
      checkSame(decodeMsgpack(Buffer.from(msgpack, 'base64')), object);
      checkSame(fromDict(decodeMsgpack(bytes).toDict()), decodeJson(object.toDictText()));
    }
    assert.deepEqual([packed.length, units], [253, 4]);
  });

  test('strings with lone surrogates have none', () => {
    for (const name of ['value/str/lone-high', 'value/dict/lone-surrogate-keys']) {
      const golden = cases.get(name);
      const object = decodeKeyedChain(`[["${golden?.key}", ${golden?.dict}]]`);
      assert.throws(() => object.toMsgpack(), { name: 'GufeError', message: /lone surrogate/ });
    }
  });
});
