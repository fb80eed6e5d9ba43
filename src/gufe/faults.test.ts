// What cannot be read is one GufeError that says where, whatever the form and whatever is wrong with it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { ToyProtocol, toySettings } from '../../test/support/toy-protocol.ts';
import { type KeyedChainEntry, keyedChainEntries } from '../lib/json-scan.ts';
import { MsgpackWriter } from '../lib/msgpack-write.ts';
import { decodeKeyedChainStream } from './chain-stream.ts';
import {
  AlchemicalNetwork,
  Bytes,
  ChemicalSystem,
  decodeGufe,
  decodeJson,
  decodeKeyedChain,
  decodeMsgpack,
  fromDict,
  type GufeDictInput,
  GufeError,
  type GufeInput,
  KeyChecker,
  NonTransformation,
  Quantity,
  SolventComponent,
} from './index.ts';

const network = new AlchemicalNetwork({
  name: 'é',
  edges: ['a', 'b'].map(
    name =>
      new NonTransformation({
        system: new ChemicalSystem({ w: new SolventComponent() }),
        protocol: new ToyProtocol(toySettings(1n, 2.5)),
        name,
        metadata: { big: 2n ** 70n, q: new Quantity(1, 'kelvin') },
      }),
  ),
});
const edgeWith = (metadata: GufeDictInput): NonTransformation =>
  new NonTransformation({
    system: new ChemicalSystem({ w: new SolventComponent() }),
    protocol: new ToyProtocol(toySettings(1n, 2.5)),
    metadata,
  });
const chain = network.toJson();
const packed = network.toMsgpack({ compress: false });
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Place {
  readonly message: RegExp;
  readonly offset?: number;
  readonly line?: number;
  readonly path?: string;
}

function assertFault(read: () => unknown, { message, ...place }: Place): void {
  assert.throws(read, error => {
    assert.ok(error instanceof GufeError, String(error));
    assert.match(error.message, message);
    for (const [name, value] of Object.entries(place)) assert.equal(error[name as 'offset'], value, name);
    return true;
  });
}

/** A pair of a class that is not known here. */
const pair = (key: string, entries = '"x": 1'): string =>
  `["${key}", {${entries}, "__qualname__": "${key.split('-')[0]}", "__module__": "else.where"}]`;
const referring = (key: string, to: string): string => pair(key, `"to": {":gufe-key:": "${to}"}`);

describe('text that ends too early', () => {
  test('JSON: wherever it is cut', () => {
    const bytes = bytesOf(chain);
    for (let end = 0; end < bytes.length; end++) {
      assertFault(() => decodeGufe(bytes.subarray(0, end)), { message: / at byte \d+$|^the text / });
    }
  });

  test('MessagePack: wherever it is cut, and in its zstd frame', () => {
    for (let end = 0; end < packed.length; end++) {
      assertFault(() => decodeMsgpack(packed.subarray(0, end)), { message: / at byte \d+$/ });
    }
    const frame = network.toMsgpack();
    for (let end = 5; end < frame.length; end += 29) {
      assertFault(() => decodeMsgpack(frame.subarray(0, end)), { message: /^the zstd frame cannot be read/ });
    }
  });

  test('compressed files that are read as they come', async () => {
    for (const whole of [gzipSync(chain), zstdCompressSync(bytesOf(chain))]) {
      const cut = whole.subarray(0, whole.length - 9);
      await assert.rejects(decodeKeyedChainStream(new Blob([cut]).stream()), {
        name: 'GufeError',
        message: /data are damaged or cut/,
      });
      const root = await decodeKeyedChainStream(new Blob([whole]).stream());
      assert.equal(root.key, network.key);
    }
  });
});

test('damage anywhere is a GufeError, or makes another document, but nothing else', () => {
  const damaged = (bytes: Uint8Array) =>
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
      const copy = Uint8Array.from(bytes);
      copy[at] = byte;
      try {
        decodeGufe(copy).toJson();
      } catch (error) {
        assert.ok(error instanceof GufeError, String((error as Error).stack));
      }
    });
  fc.assert(damaged(bytesOf(chain)), { numRuns: 700, seed: 1 });
  fc.assert(damaged(packed), { numRuns: 1000, seed: 1 });
  fc.assert(damaged(bytesOf(network.toDictText())), { numRuns: 300, seed: 1 });
  const noise = fc.uint8Array({ maxLength: 60 });
  fc.assert(
    fc.property(noise, bytes => {
      const head = Uint8Array.of(0x91, 0x92, 0xa1, 0x61, 0x81, 0xa1, 0x78, ...bytes);
      assert.throws(() => decodeMsgpack(head), { name: 'GufeError' });
    }),
    { numRuns: 1000, seed: 1 },
  );
});

describe('wrong keys', () => {
  const water = new SolventComponent();
  const text = water.toJson();
  const wrong = text.replace(water.key, 'SolventComponent-1');

  test('are names of references, as in gufe, unless they are asked about', () => {
    assert.equal(decodeKeyedChain(wrong).key, water.key);
    assertFault(() => decodeKeyedChain(wrong, { checkKeys: true }), {
      message: new RegExp(`^SolventComponent-1, at byte 24: its content has the key ${water.key}$`),
      offset: 24,
    });
    assert.equal(decodeKeyedChain(text, { checkKeys: true }).key, water.key);
  });

  test('so are keys that are stated twice: the first counts', () => {
    const twice = `[${pair('Foo-1')}, ${pair('Foo-1', '"x": 2')}]`;
    assert.equal(decodeKeyedChain(twice).fields().get('x'), 1n);
    assertFault(() => decodeKeyedChain(twice, { checkKeys: true }), {
      message: /^Foo-1, at byte 83: the key is stated for two different objects$/,
      offset: 83,
    });
    const same = `[${pair('Foo-1')}, ${pair('Foo-1')}]`;
    assert.equal(decodeKeyedChain(same, { checkKeys: true }).key, 'Foo-1');
  });

  test('a name that is repeated in a dict has its last value, as in Python', () => {
    assert.equal(
      decodeKeyedChain(`[${pair('Foo-1', '"x": 1, "x": 2')}]`)
        .fields()
        .get('x'),
      2n,
    );
  });
});

describe('references', () => {
  test('to what is not there, to what comes later, in cycles', () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      [referring('A-1', 'B-1'), /^A-1, at byte 9: refers to B-1, which is not in the chain$/],
      [`${referring('A-1', 'B-1')}, ${pair('B-1')}`, /refers to B-1, which comes only after it$/],
      [
        `${pair('C-1')}, ${referring('A-1', 'B-1')}, ${referring('B-1', 'C-1')}`,
        /refers to B-1, which comes only after it$/,
      ],
      [referring('A-1', 'A-1'), /refers to A-1 in a cycle: A-1 → A-1$/],
      [
        `${referring('A-1', 'B-1')}, ${referring('B-1', 'C-1')}, ${referring('C-1', 'A-1')}`,
        /refers to B-1 in a cycle: A-1 → B-1 → C-1 → A-1$/,
      ],
    ];
    for (const [pairs, message] of cases) assertFault(() => decodeKeyedChain(`[${pairs}]`), { message });
  });

  test('in MessagePack, and in a chain that is read as it comes', async () => {
    const writer = new MsgpackWriter();
    writer.beginArray(1);
    writer.beginArray(2);
    writer.writeString('A-1');
    writer.beginMap(1);
    writer.writeString('to');
    writer.beginMap(1);
    writer.writeString(':gufe-key:');
    writer.writeString('B-1');
    assertFault(() => decodeMsgpack(writer.bytes), {
      message: /^A-1, at byte 1: refers to B-1, which does not come before it$/,
      offset: 1,
    });
    await assert.rejects(decodeKeyedChainStream(new Blob([`[${referring('A-1', 'B-1')}]`]).stream()), {
      name: 'GufeError',
      message: /^A-1, at byte 9: refers to B-1, which does not come before it$/,
    });
  });

  test('have no place in a full dict', () => {
    assertFault(() => decodeJson('{"a": {":gufe-key:": "A-1"}}'), {
      message: /^refers to A-1, but a full dict/,
    });
  });
});

describe('what is not a document', () => {
  test('trailing data', () => {
    assertFault(() => decodeKeyedChain(`${chain} x`), { message: /^expected the end of the text at byte/ });
    assertFault(() => decodeJson(`${network.toDictText()}{}`), { message: /^expected the end of the text/ });
    assertFault(() => decodeMsgpack(Uint8Array.of(...packed, 0xc0)), {
      message: new RegExp(`^expected the end of the data at byte ${packed.length}$`),
      offset: packed.length,
    });
  });

  test('the line is said where there are several', () => {
    const text = chain.replaceAll('], [', '],\n[').replace('"neutralize": true', '"neutralize": True');
    const offset = text.indexOf('True');
    const line = text.slice(0, offset).split('\n').length;
    assertFault(() => decodeKeyedChain(text), { message: / at byte \d+( \(line \d+\))?$/, offset, line });
    assertFault(() => decodeJson(`{"a":\n\n tru}`), {
      message: /^expected a value at byte 8 \(line 3\)$/,
      line: 3,
    });
  });

  test('other things', () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['', /^text ends where '\[' must come, at byte 0$/],
      ['[]', /^the keyed chain is empty$/],
      ['{}', /^the dict has no '__qualname__' and '__module__'$/],
      ['17', /^expected '\[' at byte 0$/],
      ['[[1, {}]]', /^expected a gufe key in quotes at byte 2$/],
      ['[["a", []]]', /^expected '\{' of a keyed dict at byte 7$/],
      ['[["a", {}, 1]]', /^expected '\]' at byte 9$/],
      ['[["a", {}]]', /^a, at byte 7: '__qualname__' and '__module__' must name the class$/],
      ['{"__qualname__": 1, "__module__": null}', /^the dict: '__qualname__' and '__module__' must name/],
    ];
    for (const [text, message] of cases) assertFault(() => decodeGufe(bytesOf(text)), { message });
    assertFault(() => decodeMsgpack(Uint8Array.of(0x80)), { message: /^expected an array at byte 0$/ });
    assertFault(() => decodeMsgpack(Uint8Array.of(0x90)), { message: /^the keyed chain is empty$/ });
    assertFault(() => decodeMsgpack(Uint8Array.of(0x91, 0xc0)), {
      message: /^expected a pair of key and dict at byte 1$/,
    });
    assertFault(() => decodeMsgpack(Uint8Array.of(0xc1)), { message: /^expected an array at byte 0$/ });
    assertFault(() => decodeMsgpack(Uint8Array.of(0x91, 0xc1)), {
      message: /^0xc1 begins no value at byte 1$/,
    });
  });

  test('the path to a fault in a full dict is said', () => {
    const text = network.toDictText().replace('"Na+"', '"Xe+"');
    assertFault(() => decodeJson(text), {
      message: /^nodes\[0\]\.components\.w: 'Xe\+' is not an ion of/,
      path: 'nodes[0].components.w',
    });
    assertFault(() => decodeJson(network.toDictText().replace('"smiles": "O"', '"smiles": 1')), {
      message: /^nodes\[0\]\.components\.w: 'smiles' must be a string/,
      path: 'nodes[0].components.w.smiles',
    });
    assertFault(
      () =>
        fromDict({
          components: { w: 1n },
          __qualname__: 'ChemicalSystem',
          __module__: 'gufe.chemicalsystem',
        }),
      {
        message: /^the dict: 'components.w' must be a component/,
        path: 'components.w',
      },
    );
  });
});

describe('what would cost too much', () => {
  const deep = 100_000;

  test('nesting of 100,000 levels', () => {
    const json = `[["A-1", {"x": ${'['.repeat(deep)}${']'.repeat(deep)}}]]`;
    assertFault(() => decodeKeyedChain(json), { message: /^nesting deeper than 512 at byte 5\d\d$/ });
    assertFault(() => decodeJson(`{"x": ${'{"x":'.repeat(deep)}1${'}'.repeat(deep)}}`), {
      message: /^nesting deeper/,
    });
    const arrays = Uint8Array.from([
      0x91,
      0x92,
      0xa1,
      0x61,
      0x81,
      0xa1,
      0x78,
      ...new Array(deep).fill(0x91),
      0xc0,
    ]);
    assertFault(() => decodeMsgpack(arrays), { message: /^nesting deeper than 512 at byte \d+$/ });
  });

  test('nesting in extension types', () => {
    let payload = new Uint8Array([0xc0]);
    for (let i = 0; i < 600; i++) {
      const writer = new MsgpackWriter();
      writer.beginArray(1);
      writer.writeExtension(2, payload);
      payload = Uint8Array.from(writer.bytes);
    }
    const document = Uint8Array.from([0x91, 0x92, 0xa1, 0x61, 0x81, 0xa1, 0x78, ...payload]);
    assertFault(() => decodeMsgpack(document), { message: /nesting deeper than 512 at byte \d+$/ });
  });

  test('nesting in values', () => {
    let value: unknown = 1n;
    for (let i = 0; i < 5000; i++) value = { value };
    assert.throws(() => fromDict({ value } as never), { name: 'GufeError', message: /nesting deeper/ });
  });

  test('nesting in what a constructor is given, and cycles', () => {
    let nested: GufeInput = 1n;
    for (let i = 0; i < 20_000; i++) nested = [nested];
    const cycle: Record<string, GufeInput> = {};
    cycle.self = cycle;
    for (const value of [nested, cycle]) {
      assert.throws(() => new AlchemicalNetwork({ edges: [edgeWith({ value })] }), {
        name: 'GufeError',
        message: /: nesting deeper than 500$/,
      });
      assert.throws(() => fromDict({ value }), { name: 'GufeError', message: /: nesting deeper than 500$/ });
    }
    let most: GufeInput = 1n;
    for (let i = 0; i < 400; i++) most = [most];
    assert.match(edgeWith({ most }).key, /^NonTransformation-/);
  });

  test('headers that promise more than there is', () => {
    for (const first of [0xdd, 0xdf, 0xc6, 0xdb, 0xc9]) {
      const bytes = Uint8Array.of(
        0x91,
        0x92,
        0xa1,
        0x61,
        0x81,
        0xa1,
        0x78,
        first,
        0xff,
        0xff,
        0xff,
        0xff,
        0x00,
      );
      assertFault(() => decodeMsgpack(bytes), { message: /^the data ends/ });
    }
    assertFault(() => decodeMsgpack(Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)), {
      message: /^the data ends before/,
    });
  });

  test('a little zstd that is a lot', () => {
    const bomb = zstdCompressSync(new Uint8Array(3_000_000).fill(0x20));
    assertFault(() => decodeGufe(bomb, { maxBytes: 1_000_000 }), {
      message: /over 1000000 bytes once decompressed/,
    });
  });

  test('a few bytes of a chain that are a great deal in memory', async () => {
    const text = `[["A-1", {"x": [${'[],'.repeat(1000)}[]]}]]`;
    const tooMany = { name: 'GufeError', message: /^A-1, at byte 9: more than 1000 values at byte \d+$/ };
    await assert.rejects(decodeKeyedChainStream(new Blob([text]).stream(), { maxValues: 1000 }), tooMany);
    const [entry] = keyedChainEntries(bytesOf(text));
    assert.throws(() => new KeyChecker({ maxValues: 1000 }).check(entry as KeyedChainEntry), tooMany);
    const long = `[["A-1", {"x": "${'y'.repeat(100)}"}]]`;
    await assert.rejects(decodeKeyedChainStream(new Blob([long]).stream(), { maxPairBytes: 100 }), {
      name: 'GufeError',
      message: /^a pair of more than 100 bytes at byte 1$/,
    });
  });

  test('a few bytes of bytes that MessagePack has uncompressed', () => {
    const frame = zstdCompressSync(Buffer.alloc(300_000));
    // What the frame says of itself is believed before anything is unpacked: 512 MB here.
    const bomb = Uint8Array.from(frame);
    const header = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0x20);
    bomb.set(header.subarray(0, Math.min(header.length, bomb.length)));
    assertFault(() => edgeWith({ value: Bytes.fromFrame(bomb) }).toMsgpack(), {
      message: /^NonTransformation-[0-9a-f]{32}: MessagePack of over 500000000 bytes$/,
    });
    const packed = edgeWith({ value: Bytes.fromFrame(frame) }).toMsgpack({ compress: false });
    assert.ok(packed.length > 300_000);
  });

  test('a short chain whose full dict would be endless', () => {
    const pairs = [pair('A-0')];
    for (let i = 1; i < 60; i++) {
      pairs.push(pair(`A-${i}`, `"x": {":gufe-key:": "A-${i - 1}"}, "y": {":gufe-key:": "A-${i - 1}"}`));
    }
    const root = decodeKeyedChain(`[${pairs.join(', ')}]`);
    assertFault(() => root.toDictText(), { message: /^a full dict of over 500000000 characters on the way/ });
    // As values it is small: what is shared is one Map.
    assert.equal(fromDict(root.toDict()).fields().size, 2);
  });

  test('a full dict of objects in objects in objects', () => {
    const pairs = [pair('A-0')];
    for (let i = 1; i < 3000; i++) pairs.push(referring(`A-${i}`, `A-${i - 1}`));
    const root = decodeKeyedChain(`[${pairs.join(', ')}]`);
    assertFault(() => root.toDictText(), { message: /^A-2999: objects nest too deeply for a full dict/ });
    assertFault(() => root.toDict(), { message: /^A-2999: objects nest too deeply for a full dict/ });
    assert.equal(decodeMsgpack(root.toMsgpack()).key, root.key);
  });
});

describe('values without a known codec', () => {
  const inPair = (write: (writer: MsgpackWriter) => void): Uint8Array => {
    const writer = new MsgpackWriter();
    writer.beginArray(1);
    writer.beginArray(2);
    writer.writeString('A-1');
    writer.beginMap(1);
    writer.writeString('x');
    write(writer);
    return writer.bytes;
  };
  const text = (value: string): Uint8Array => {
    const writer = new MsgpackWriter();
    writer.writeString(value);
    return Uint8Array.from(writer.bytes);
  };

  test('MessagePack: unknown extension types, and known ones with something else inside', () => {
    const cases: readonly (readonly [number, Uint8Array, RegExp])[] = [
      [8, Uint8Array.of(0xc0), /unknown extension type 8 at byte 11$/],
      [120, new Uint8Array(0), /unknown extension type 120 at byte \d+$/],
      [0, text('12x'), /a large integer that is not digits/],
      [0, Uint8Array.of(5), /extension type 0 without its text/],
      [1, Uint8Array.of(0xc0), /extension type 1 without its text/],
      [2, Uint8Array.of(0x92, 1, 2), /a quantity that is not magnitude, unit and registry/],
      [3, Uint8Array.of(0x90), /an array that is not data type, shape and bytes/],
      [4, Uint8Array.of(0xa1, 0x61), /a numpy scalar that is not data type and bytes/],
      [5, Uint8Array.of(0x80), /settings without their class/],
      [6, Uint8Array.of(0xff), /a UUID that is not 128 bits/],
      [6, Uint8Array.of(0xc3), /a UUID that is not 128 bits/],
      [7, text('yesterday'), /'yesterday' is not an ISO date and time/],
      [7, Uint8Array.of(0xa5, 0x61), /the data ends too early at byte/],
    ];
    for (const [code, payload, message] of cases) {
      assertFault(() => decodeMsgpack(inPair(writer => writer.writeExtension(code, payload))), { message });
    }
  });

  test('MessagePack: dicts with keys that no gufe object has', () => {
    const keyed = (...keys: readonly ((writer: MsgpackWriter) => void)[]): Uint8Array =>
      inPair(writer => {
        writer.beginMap(keys.length);
        for (const write of keys) {
          write(writer);
          writer.writeNil();
        }
      });
    assertFault(() => decodeMsgpack(keyed(w => w.writeFloat(1.5))), {
      message: /with the float 1.5 for a key/,
    });
    assertFault(
      () =>
        decodeMsgpack(
          keyed(
            w => w.writeInteger(1n),
            w => w.writeString('a'),
          ),
        ),
      {
        message: /both integers and names for keys/,
      },
    );
    assertFault(() => decodeMsgpack(keyed(w => w.beginArray(0))), { message: /a map key that is no scalar/ });
  });

  test('JSON: what has a tag but no form that is known stays a dict, byte for byte', () => {
    for (const value of [
      '{"__class__": "complex", "__module__": "builtins", ":is_custom:": true, "real": 1.0}',
      '{"__class__": "date", "__module__": "datetime", ":is_custom:": true}',
      '{":is_custom:": true, "pint_unit_registry": "other"}',
    ]) {
      const text = `[${pair('Foo-1', `"x": ${value}`)}]`;
      assert.equal(decodeKeyedChain(text).toJson(), text);
      assert.equal(decodeMsgpack(decodeKeyedChain(text).toMsgpack()).fields().get('x') instanceof Map, true);
    }
  });
});
