// gufe's JSON codecs: values with a Python type of their own are objects tagged `":is_custom:": true`. Entries are written
// in gufe's order. What carries the tag but has no known form stays a plain dict, so nothing is lost.

import { MAX_JSON_DEPTH } from '../../lib/json-scan.ts';
import { IntKeyedObject, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json-value.ts';
import { bytesToLatin1, latin1ToBytes } from '../../lib/latin1.ts';
import { isZstdFrame } from '../../lib/zstd.ts';
import { GufeError } from '../error.ts';
import { IntKeyedDict } from '../int-keyed-dict.ts';
import { NdArray, NumpyScalar } from '../numpy.ts';
import { Bytes, DateTime, PosixPath, Uuid } from '../python-types.ts';
import { Settings } from '../settings.ts';
import { spelledByPint } from '../unit-spelling.ts';
import { Quantity, Unit } from '../units.ts';
import {
  type CodedValue,
  type GufeDict,
  type GufeValue,
  isCoded,
  isGufeDict,
  isTokenizable,
} from '../values.ts';

/** The one entry of a reference to another gufe object. */
export const REFERENCE = ':gufe-key:';

/** Values may be nested less deeply than readers allow: what carries them (chain, pair, dict, body) nests too. */
export const MAX_VALUE_DEPTH = MAX_JSON_DEPTH - 12;

const TAG = ':is_custom:';
export const UNIT_REGISTRY = 'openff_units';

/** Encodes a value for a keyed dict: gufe objects become references. */
export function encodeValue(value: GufeValue, depth = 0): JsonValue {
  if (depth > MAX_VALUE_DEPTH) throw new GufeError(`nesting deeper than ${MAX_VALUE_DEPTH}`);
  if (value === null || typeof value !== 'object') return value;
  if (isTokenizable(value)) return new Map([[REFERENCE, value.key]]);
  if (isCoded(value)) return encodeCoded(value, depth);
  if (isGufeDict(value)) return encodeDict(value, depth);
  return value.map(element => encodeValue(element, depth + 1));
}

/** Encodes a dict for a keyed dict. */
export function encodeDict(dict: GufeDict, depth = 0): Map<string, JsonValue> {
  const encoded = new Map<string, JsonValue>();
  for (const [name, value] of dict) encoded.set(name, encodeValue(value, depth + 1));
  return encoded;
}

function encodeCoded(value: CodedValue, depth: number): JsonValue {
  if (value instanceof Quantity) {
    const magnitude = isCoded(value.magnitude) ? encodeCoded(value.magnitude, depth) : value.magnitude;
    return new Map<string, JsonValue>([
      ['magnitude', magnitude],
      ['unit', value.unit],
      [TAG, true],
      ['pint_unit_registry', UNIT_REGISTRY],
    ]);
  }
  if (value instanceof Unit) {
    return new Map<string, JsonValue>([
      [TAG, true],
      ['pint_unit_registry', UNIT_REGISTRY],
      ['unit_name', value.name],
    ]);
  }
  if (value instanceof Settings) {
    return new Map([...tag(value.className, value.module), ...encodeDict(value.fields, depth)]);
  }
  if (value instanceof IntKeyedDict) {
    const entries = [...value.entries].map(([key, member]) => [key, encodeValue(member, depth + 1)] as const);
    return new IntKeyedObject(new Map(entries));
  }
  if (value instanceof Bytes) return encodeBytes(value);
  if (value instanceof DateTime) return tag('datetime', 'datetime', [['isotime', value.text]]);
  if (value instanceof PosixPath) return tag('PosixPath', 'pathlib', [['path', value.path]]);
  if (value instanceof Uuid) return tag('UUID', 'uuid', [['uuid', value.text]]);
  if (value instanceof NumpyScalar) {
    return tag(value.className, 'numpy', [
      ['dtype', value.dtype],
      ['bytes', encodeBytes(value.bytes)],
    ]);
  }
  if (value instanceof NdArray) {
    return tag('ndarray', 'numpy', [
      ['dtype', value.dtype],
      ['shape', value.shape.map(BigInt)],
      ['bytes', encodeBytes(value.bytes)],
    ]);
  }
  throw new GufeError(`${value.constructor.name} has no codec here`);
}

/** The bytes object, which also carries results on the wire. */
function encodeBytes(bytes: Bytes): JsonObject {
  return tag('bytes', 'builtins', [['latin-1', bytesToLatin1(bytes.frame)]]);
}

function tag(
  className: string,
  module: string,
  entries: readonly (readonly [string, JsonValue])[] = [],
): Map<string, JsonValue> {
  return new Map<string, JsonValue>([
    ['__class__', className],
    ['__module__', module],
    [TAG, true],
    ...entries,
  ]);
}

/** Decodes a value of a keyed dict; `resolve` gives the object for the key of a reference. */
export function decodeValue(value: JsonValue, resolve: (key: string) => GufeValue): GufeValue {
  if (Array.isArray(value)) return value.map(element => decodeValue(element, resolve));
  if (!isJsonObject(value)) return value as GufeValue;
  const key = referenceKey(value);
  if (key !== null) return resolve(key);
  const decoded = new Map<string, GufeValue>();
  for (const [name, member] of value) decoded.set(name, decodeValue(member, resolve));
  return decoded.get(TAG) === true ? (decodeCoded(decoded) ?? decoded) : decoded;
}

/** The key that an object refers to, or null when it is no reference. */
function referenceKey(value: JsonValue): string | null {
  if (!isJsonObject(value) || value.size !== 1) return null;
  const key = value.get(REFERENCE);
  return typeof key === 'string' ? key : null;
}

/** The value that a tagged dict stands for, or null when it has none of the known forms. */
function decodeCoded(dict: GufeDict): CodedValue | number | null {
  if (dict.get('pint_unit_registry') === UNIT_REGISTRY) return decodeUnits(dict);
  const [className, module] = [dict.get('__class__'), dict.get('__module__')];
  if (typeof className !== 'string' || typeof module !== 'string') return null;
  switch (module) {
    case 'builtins':
      return className === 'bytes' ? decodeBytes(dict) : null;
    case 'datetime':
      return className === 'datetime' ? decodeText(dict, 'isotime', text => new DateTime(text)) : null;
    case 'pathlib':
    // gufe before 1.12 wrote the name that Python 3.13 has for it.
    case 'pathlib._local':
      return className === 'PosixPath' ? decodeText(dict, 'path', text => new PosixPath(text)) : null;
    case 'uuid':
      return className === 'UUID' ? decodeText(dict, 'uuid', text => new Uuid(text)) : null;
    case 'numpy':
      return decodeNumpy(dict, className);
    default:
      return new Settings(
        className,
        module,
        new Map([...dict].filter(([name]) => name !== '__class__' && name !== '__module__' && name !== TAG)),
      );
  }
}

function decodeUnits(dict: GufeDict): Quantity | Unit | null {
  const [magnitude, unit, name] = [dict.get('magnitude'), dict.get('unit'), dict.get('unit_name')];
  if (dict.size === 3 && typeof name === 'string') return new Unit(spelledByPint(name) ?? name);
  if (dict.size !== 4 || typeof unit !== 'string') return null;
  const known =
    typeof magnitude === 'bigint' ||
    typeof magnitude === 'number' ||
    magnitude instanceof NdArray ||
    magnitude instanceof NumpyScalar;
  return known ? new Quantity(magnitude, spelledByPint(unit) ?? unit) : null;
}

function decodeBytes(dict: GufeDict): Bytes | null {
  const text = dict.get('latin-1');
  const frame = dict.size === 4 && typeof text === 'string' ? latin1ToBytes(text) : null;
  if (frame === null) return null;
  // Old files have the data themselves there, which gufe compresses when it writes them again.
  return isZstdFrame(frame) ? Bytes.fromFrame(frame) : Bytes.from(frame);
}

function decodeText<T>(dict: GufeDict, name: string, make: (text: string) => T): T | null {
  const text = dict.get(name);
  if (dict.size !== 4 || typeof text !== 'string') return null;
  try {
    return make(text);
  } catch {
    // Not written by gufe's codec: it stays the dict that it is.
    return null;
  }
}

function decodeNumpy(dict: GufeDict, className: string): NdArray | NumpyScalar | number | null {
  const [dtype, shape, bytes] = [dict.get('dtype'), dict.get('shape'), dict.get('bytes')];
  if (typeof dtype !== 'string' || !(bytes instanceof Bytes)) return null;
  if (shape === undefined) return dict.size === 5 ? scalarOf(className, dtype, bytes) : null;
  if (className !== 'ndarray' || dict.size !== 6 || !Array.isArray(shape)) return null;
  const lengths = shape.map(length => (typeof length === 'bigint' ? Number(length) : -1));
  return lengths.every(length => length >= 0) ? new NdArray(dtype, lengths, bytes) : null;
}

/** numpy 1 names the class of a boolean otherwise; a float64 is a float of Python's, as which gufe writes it again. */
function scalarOf(className: string, dtype: string, bytes: Bytes): NumpyScalar | number {
  const scalar = new NumpyScalar(dtype === 'bool' ? 'bool' : className, dtype, bytes);
  if (dtype !== 'float64') return scalar;
  try {
    return scalar.toNumber();
  } catch (cause) {
    if (cause instanceof GufeError) return scalar;
    throw cause;
  }
}
