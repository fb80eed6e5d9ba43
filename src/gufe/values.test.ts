import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import { nodeZstd, type Zstd } from '../lib/zstd.ts';
import {
  Bytes,
  DateTime,
  GufeError,
  NdArray,
  Quantity,
  readDict,
  readInteger,
  readNumber,
  readNumbers,
  readQuantity,
  readString,
  Settings,
  SmallMoleculeComponent,
  SolventComponent,
} from './index.ts';
import { decodeValue, encodeValue } from './serialization/json.ts';
import { readNpy, writeNpy } from './serialization/npy.ts';
import { type GufeDictInput, type GufeInput, toGufeDict } from './values.ts';

describe('dicts', () => {
  test('plain objects become Maps, all the way down', () => {
    const dict = toGufeDict({ a: { b: [{ c: 1n }] } });
    assert.deepEqual(dict, new Map([['a', new Map([['b', [new Map([['c', 1n]])]]])]]));
  });

  test('what Python has no counterpart for is refused, by place', () => {
    const cases: readonly (readonly [unknown, RegExp])[] = [
      [{ a: { b: [undefined] } }, /^a\.b\[0\]: undefined has no counterpart in gufe$/],
      [{ a: new Date(0) }, /^a: Date has no counterpart in gufe$/],
      [{ a: () => 1 }, /^a: function has no counterpart/],
      [{ a: Symbol.iterator }, /^a: symbol has no counterpart/],
      [{ a: new Uint8Array(1) }, /^a: Uint8Array has no counterpart/],
      [{ a: new Map([[1, 2]]) }, /^a: names are strings, not number$/],
    ];
    for (const [dict, message] of cases) {
      assert.throws(() => toGufeDict(dict as GufeDictInput), { name: 'GufeError', message });
    }
  });

  test('typed reads return what they say or name the entry', () => {
    const dict = toGufeDict({
      n: 3n,
      x: 1.5,
      s: 'a',
      q: new Quantity(1n, 'kelvin'),
      d: {},
      l: [1n, 2.5],
      big: 2n ** 60n,
    });
    assert.deepEqual(
      [readInteger(dict, 'n'), readNumber(dict, 'x'), readNumber(dict, 'n'), readString(dict, 's')],
      [3, 1.5, 3, 'a'],
    );
    assert.deepEqual(readNumbers(dict, 'l'), [1, 2.5]);
    assert.equal(readQuantity(dict, 'q').unit, 'kelvin');
    assert.equal(readDict(dict, 'd').size, 0);
    assert.throws(() => readInteger(dict, 'x'), { message: "'x' must be an integer; it is number 1.5" });
    assert.throws(() => readInteger(dict, 'big'), { message: /'big' must be an integer below 2\^53/ });
    assert.throws(() => readString(dict, 'none'), { message: "'none' must be a string; it is missing" });
    assert.throws(() => readDict(dict, 'l'), { message: "'l' must be a dict; it is a list" });
    assert.throws(() => readQuantity(dict, 'd'), {
      message: "'d' must be a quantity; it is a dict",
    });
  });
});

describe('quantities', () => {
  test('print as Python prints them', () => {
    assert.equal(String(new Quantity(0.15, 'molar')), '0.15 molar');
    assert.equal(String(new Quantity(298n, 'kelvin')), '298 kelvin');
    assert.equal(String(new Quantity(1, '1 / picosecond')), '1.0 / picosecond');
  });

  test('convert among known units of one kind', () => {
    const close = (quantity: Quantity, unit: string, value: number): void =>
      assert.ok(Math.abs(quantity.valueIn(unit) - value) < 1e-12 * Math.abs(value));
    close(new Quantity(1, 'kilocalorie_per_mole'), 'kilojoule / mole', 4.184);
    close(new Quantity(2n, 'femtosecond'), 'picosecond', 0.002);
    close(new Quantity(5, 'whatever'), 'whatever', 5);
    close(new Quantity(NdArray.float64([1]).toNumbers()[0] ?? 0, 'nanometer'), 'angstrom', 10);
    assert.throws(() => new Quantity(1, 'kelvin').valueIn('bar'), {
      message: 'kelvin is a temperature and bar a pressure',
    });
    assert.throws(() => new Quantity(1, 'furlong').valueIn('nanometer'), {
      message: /'furlong' is not one that can be converted/,
    });
    assert.throws(() => new Quantity(NdArray.float64([1]), 'bar').toNumber(), GufeError);
  });
});

describe('times', () => {
  test('are written as Python writes them', () => {
    assert.equal(DateTime.utc(new Date('2026-01-02T03:04:05.678Z')).text, '2026-01-02T03:04:05.678000+00:00');
    assert.equal(DateTime.utc(new Date('2026-01-02T03:04:05Z')).text, '2026-01-02T03:04:05+00:00');
    const now = new Date('2026-07-02T03:04:05.100Z');
    assert.ok(DateTime.naive(now).isNaive);
    assert.equal(DateTime.naive(now).toDate().getTime(), now.getTime());
  });

  test('are read with microseconds and offsets', () => {
    assert.equal(
      new DateTime('2026-01-02T03:04:05.000678+00:00').toDate().toISOString(),
      '2026-01-02T03:04:05.000Z',
    );
    assert.equal(
      new DateTime('2026-01-02T03:04:05+05:30').toDate().toISOString(),
      '2026-01-01T21:34:05.000Z',
    );
    assert.throws(() => new DateTime('yesterday'), GufeError);
  });
});

describe('bytes', () => {
  const data = new TextEncoder().encode('foo');

  test('travel as a zstd frame and are kept as they came', () => {
    const bytes = Bytes.from(data);
    assert.equal(Buffer.from(bytes.frame).toString('hex'), '28b52ffd2003190000666f6f');
    const again = decodeValue(encodeValue(bytes), key => key);
    assert.ok(again instanceof Bytes);
    assert.deepEqual(new Uint8Array(again.read()), data);
    const other = (nodeZstd() as Zstd).compress(data);
    assert.equal(Bytes.fromFrame(other).frame, other);
  });

  test('that are no frame are the data themselves, as in old files', () => {
    assert.deepEqual(Bytes.fromFrame(data).read(), data);
    assert.equal(Bytes.fromFrame(data).size, 3);
  });

  test('in a damaged frame are not what the frame is made of', () => {
    const damaged = Bytes.fromFrame(Bytes.from(data).frame.subarray(0, 8));
    assert.throws(() => damaged.read(), {
      name: 'GufeError',
      message: 'bytes: not a complete zstd frame',
    });
  });

  test('are not inflated beyond what is allowed', () => {
    const bomb = Bytes.fromFrame(Bytes.from(new Uint8Array(1e6)).frame);
    const silent = zstdCompressSync(new Uint8Array(1e6), {
      params: { [constants.ZSTD_c_contentSizeFlag]: 0 },
    });
    assert.deepEqual([bomb.size, Bytes.fromFrame(silent).size], [1e6, null]);
    for (const bytes of [bomb, Bytes.fromFrame(silent)]) {
      assert.throws(() => bytes.read({ maxBytes: 1000 }), {
        name: 'GufeError',
        message: 'bytes: over 1000 bytes once decompressed',
      });
    }
  });

  test('can be handed another zstd', () => {
    const fake: Zstd = { compress: () => Uint8Array.of(1), decompress: () => Uint8Array.of(2) };
    assert.deepEqual(Bytes.from(data, fake).frame, Uint8Array.of(1));
    assert.deepEqual(Bytes.fromFrame(Bytes.from(data).frame).read({ zstd: fake }), Uint8Array.of(2));
  });
});

describe('arrays', () => {
  test('hold numbers of a shape', () => {
    const array = NdArray.float64([1, -0, 2.5, Number.NaN], [2, 2]);
    assert.deepEqual([...array.toNumbers()], [1, -0, 2.5, Number.NaN]);
    assert.throws(() => NdArray.float64([1], [2]), { message: '1 values do not fill an array of shape (2)' });
    assert.throws(
      () => new NdArray('complex128', [1], Bytes.from(new Uint8Array(16))).toNumbers(),
      GufeError,
    );
  });

  test('npy text has numpy’s header and keeps negative zeros', () => {
    const text = writeNpy([1, -0, 3]);
    assert.equal(text.length, 128 + 24);
    assert.ok(
      text.startsWith(
        "\u0093NUMPY\u0001\u0000v\u0000{'descr': '<f8', 'fortran_order': False, 'shape': (1, 3), }  ",
      ),
    );
    assert.deepEqual([...readNpy(text)], [1, -0, 3]);
    for (const bad of [
      '',
      'x'.repeat(200),
      text.slice(0, -1),
      text.replace('<f8', '<f4'),
      text.replace('(1, 3)', '(1, 2)'),
      `${text}Ā`,
    ]) {
      assert.throws(() => readNpy(bad), GufeError);
    }
    assert.throws(() => writeNpy([1, 2]), GufeError);
  });
});

describe('settings', () => {
  test('replace fields in place', () => {
    const settings = new Settings('S', 'm', { a: 1n, b: 2n, c: 3n });
    assert.deepEqual(
      [...settings.with({ b: 9n }).fields],
      [
        ['a', 1n],
        ['b', 9n],
        ['c', 3n],
      ],
    );
    assert.equal(settings.get('b'), 2n);
  });
});

describe('components check what they are given', () => {
  const molecule = (changes: object): (() => unknown) => {
    const parts = {
      name: 'x',
      atoms: [{ element: 'H' }],
      bonds: [],
      coordinates: [[0, 0, 0] as const],
      ...changes,
    };
    return () => SmallMoleculeComponent.fromAtoms(parts).key;
  };

  test('molecules', () => {
    molecule({})();
    assert.throws(molecule({ atoms: [{ element: 'Xx' }] }), {
      message: "'Xx' is not the symbol of an element",
    });
    assert.throws(molecule({ coordinates: [] }), { message: '1 atoms need 3 coordinates, not 0' });
    assert.throws(molecule({ bonds: [{ begin: 0, end: 1 }] }), {
      message: 'a bond from atom 0 to 1 in a molecule of 1 atoms',
    });
    assert.throws(molecule({ atoms: [{ element: 'H', charge: 0.5 }] }), {
      message: "'atoms[0].charge' must be an integer from -128 to 127; it is 0.5",
    });
  });

  test('solvents', () => {
    const cases: readonly GufeInput[] = ['-0.1 molar', 'salty', ''];
    for (const ionConcentration of cases) {
      assert.throws(() => new SolventComponent({ ionConcentration: ionConcentration as string }), GufeError);
    }
    assert.throws(() => new SolventComponent({ negativeIon: 'Na' }), {
      message: "'Na' is not an ion of Cl, Br, F, I",
    });
    assert.equal(new SolventComponent({ negativeIon: 'BR-' }).negativeIon, 'Br-');
  });
});

test('an array whose bytes do not fill its shape has no numbers', () => {
  const bytes = Bytes.from(new Uint8Array(16));
  assert.equal(new NdArray('float64', [2, 1], bytes).toNumbers().length, 2);
  for (const shape of [[3], [2, 2], [], [0]]) {
    assert.throws(() => new NdArray('float64', shape, bytes).toNumbers(), {
      name: 'GufeError',
      message: `2 values do not fill an array of shape (${shape.join(', ')})`,
    });
  }
});
