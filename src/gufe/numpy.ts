// numpy arrays and scalars: data type, shape and raw bytes. Numbers are read for the common types; all others are kept
// and written again untouched.
import { GufeError } from './error.ts';
import { Bytes } from './python-types.ts';
import { CODED } from './values.ts';

/** An array in C order. */
export class NdArray {
  readonly [CODED] = true;
  /** numpy's name of the type: `float64`, `int64`, `bool`, `<U3`, … */
  readonly dtype: string;
  /** Empty for a 0-dimensional array. */
  readonly shape: readonly number[];
  /** The raw data, little-endian. */
  readonly bytes: Bytes;

  constructor(dtype: string, shape: readonly number[], bytes: Bytes) {
    this.dtype = dtype;
    this.shape = shape;
    this.bytes = bytes;
  }

  /** A float64 array; `shape` must multiply to the number of values (one dimension if left out). */
  static float64(values: ArrayLike<number>, shape: readonly number[] = [values.length]): NdArray {
    checkFilled(shape, values.length);
    return new NdArray('float64', shape, Bytes.from(float64Bytes(values)));
  }

  /**
   * The values in C order; integers beyond 2^53 are rounded. Throws GufeError for types that hold no real numbers, and where the
   * bytes do not fill the shape.
   */
  toNumbers(): Float64Array {
    const values = readNumbers(this.dtype, this.bytes.read());
    checkFilled(this.shape, values.length);
    return values;
  }
}

function checkFilled(shape: readonly number[], count: number): void {
  const size = shape.reduce((product, length) => product * length, 1);
  if (size === count) return;
  throw new GufeError(`${count} values do not fill an array of shape (${shape.join(', ')})`);
}

/** A numpy scalar other than float64 and str, which are plain values. */
export class NumpyScalar {
  readonly [CODED] = true;
  /** The class: `int64`, `float32`, `bool`, … */
  readonly className: string;
  readonly dtype: string;
  readonly bytes: Bytes;

  constructor(className: string, dtype: string, bytes: Bytes) {
    this.className = className;
    this.dtype = dtype;
    this.bytes = bytes;
  }

  /** False for types that hold no real number, and for those that cannot be read here. */
  get hasNumber(): boolean {
    return Object.hasOwn(READERS, this.dtype);
  }

  /** The value; an integer beyond 2^53 is rounded. */
  toNumber(): number {
    const [value, ...rest] = readNumbers(this.dtype, this.bytes.read());
    if (value === undefined || rest.length > 0) throw new GufeError(`a ${this.className} of a wrong length`);
    return value;
  }
}

/** Little-endian, whatever the machine. */
export function float64Bytes(values: ArrayLike<number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 8));
  for (let i = 0; i < values.length; i++) view.setFloat64(i * 8, values[i] as number, true);
  return new Uint8Array(view.buffer);
}

/** The reverse of float64Bytes. */
export function float64Values(bytes: Uint8Array): Float64Array {
  return readNumbers('float64', bytes);
}

type Reader = readonly [size: number, read: (view: DataView, at: number) => number];

const READERS: Readonly<Record<string, Reader>> = {
  float64: [8, (view, at) => view.getFloat64(at, true)],
  float32: [4, (view, at) => view.getFloat32(at, true)],
  int64: [8, (view, at) => Number(view.getBigInt64(at, true))],
  int32: [4, (view, at) => view.getInt32(at, true)],
  int16: [2, (view, at) => view.getInt16(at, true)],
  int8: [1, (view, at) => view.getInt8(at)],
  uint64: [8, (view, at) => Number(view.getBigUint64(at, true))],
  uint32: [4, (view, at) => view.getUint32(at, true)],
  uint16: [2, (view, at) => view.getUint16(at, true)],
  uint8: [1, (view, at) => view.getUint8(at)],
  bool: [1, (view, at) => view.getUint8(at)],
};

function readNumbers(dtype: string, bytes: Uint8Array): Float64Array {
  const reader = Object.hasOwn(READERS, dtype) ? READERS[dtype] : undefined;
  if (reader === undefined) throw new GufeError(`numbers of the numpy type '${dtype}' cannot be read here`);
  const [size, read] = reader;
  if (bytes.length % size !== 0)
    throw new GufeError(`${bytes.length} bytes do not hold whole ${dtype} values`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float64Array.from({ length: bytes.length / size }, (_, i) => read(view, i * size));
}
