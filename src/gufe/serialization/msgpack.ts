// gufe's MessagePack form: the keyed chain, with extension types for the Python types that have no form of their own. The
// bytes are those that gufe writes.
//
// Differs from gufe: a unit without a magnitude is refused (there it silently becomes nil), and a numpy scalar is read back
// as a scalar (there as an array of one element, which gives the object another key).
import {
  MsgpackError,
  MsgpackExtension,
  type MsgpackMap,
  type MsgpackValue,
  msgpackElements,
  readMsgpack,
} from '../../lib/msgpack-read.ts';
import { MsgpackWriter } from '../../lib/msgpack-write.ts';
import { nodeZstd } from '../../lib/zstd.ts';
import { GufeError } from '../error.ts';
import { IntKeyedDict } from '../int-keyed-dict.ts';
import { NdArray, NumpyScalar } from '../numpy.ts';
import { Bytes, DateTime, PosixPath, Uuid } from '../python-types.ts';
import { Settings } from '../settings.ts';
import { Quantity, Unit } from '../units.ts';
import {
  type CodedValue,
  type GufeDict,
  type GufeInput,
  type GufeObject,
  type GufeValue,
  isCoded,
  isGufeDict,
  isTokenizable,
  type MsgpackOptions,
} from '../values.ts';
import { MAX_VALUE_DEPTH, REFERENCE, UNIT_REGISTRY } from './json.ts';

/** gufe's codes; a code is never given to another type. */
const EXTENSION = {
  largeInteger: 0,
  path: 1,
  quantity: 2,
  array: 3,
  scalar: 4,
  settings: 5,
  uuid: 6,
  datetime: 7,
} as const;

/** The chain of these objects, which are in a chain's order. */
export function writeMsgpackChain(objects: readonly GufeObject[], options: MsgpackOptions = {}): Uint8Array {
  const writer = new MsgpackWriter();
  writer.beginArray(objects.length);
  for (const object of objects) {
    try {
      writer.beginArray(2);
      writeText(writer, object.key);
      writeKeyedDict(writer, object);
    } catch (cause) {
      if (!(cause instanceof GufeError)) throw cause;
      throw new GufeError(`${object.key}: ${cause.message}`, { cause });
    }
  }
  checkSize(writer.bytes.length);
  if (options.compress === false) return writer.bytes;
  const zstd = options.zstd ?? nodeZstd();
  if (zstd === null) throw new GufeError('no zstd here: pass an implementation of it, or compress: false');
  return zstd.compress(writer.bytes);
}

/** As for full dicts: in a file bytes are compressed, and a little of them may be a great deal. */
const MAX_BYTES = 500_000_000;

function checkSize(bytes: number): void {
  if (bytes > MAX_BYTES) throw new GufeError(`MessagePack of over ${MAX_BYTES} bytes`);
}

function writeKeyedDict(writer: MsgpackWriter, object: GufeObject): void {
  const fields = object.fields();
  writer.beginMap(fields.size + 3);
  for (const [name, value] of fields) {
    writeText(writer, name);
    writeValue(writer, value, 1);
  }
  for (const [name, value] of [
    ['__qualname__', object.qualname],
    ['__module__', object.module],
    [':version:', object.version],
  ] as const) {
    writeText(writer, name);
    writeValue(writer, value, 1);
  }
}

function writeValue(writer: MsgpackWriter, value: GufeValue, depth: number): void {
  if (depth > MAX_VALUE_DEPTH) throw new GufeError(`nesting deeper than ${MAX_VALUE_DEPTH}`);
  if (value === null) writer.writeNil();
  else if (typeof value === 'boolean') writer.writeBoolean(value);
  else if (typeof value === 'number') writer.writeFloat(value);
  else if (typeof value === 'bigint') writeInteger(writer, value);
  else if (typeof value === 'string') writeText(writer, value);
  else if (isTokenizable(value)) {
    writer.beginMap(1);
    writeText(writer, REFERENCE);
    writeText(writer, value.key);
  } else if (isCoded(value)) writeCoded(writer, value, depth);
  else if (isGufeDict(value)) {
    writer.beginMap(value.size);
    for (const [name, member] of value) {
      writeText(writer, name);
      writeValue(writer, member, depth + 1);
    }
  } else writeList(writer, value, depth);
}

function writeList(writer: MsgpackWriter, values: readonly GufeValue[], depth: number): void {
  writer.beginArray(values.length);
  for (const element of values) writeValue(writer, element, depth + 1);
}

function writeText(writer: MsgpackWriter, text: string): void {
  if (!writer.writeString(text)) {
    throw new GufeError('a string with a lone surrogate has no form in MessagePack');
  }
}

function writeInteger(writer: MsgpackWriter, value: bigint): void {
  if (!writer.writeInteger(value)) writeExtension(writer, EXTENSION.largeInteger, String(value), 0);
}

function writeExtension(writer: MsgpackWriter, code: number, content: GufeValue, depth: number): void {
  const inner = new MsgpackWriter();
  writeValue(inner, content, depth + 1);
  checkSize(writer.bytes.length + inner.bytes.length);
  writer.writeExtension(code, inner.bytes);
}

function writeCoded(writer: MsgpackWriter, value: CodedValue, depth: number): void {
  if (value instanceof Bytes) {
    checkSize(writer.bytes.length + (value.size ?? 0));
    writer.writeBytes(value.read({ maxBytes: MAX_BYTES - writer.bytes.length }));
  } else if (value instanceof IntKeyedDict) {
    writer.beginMap(value.entries.size);
    for (const [key, member] of value.entries) {
      writeInteger(writer, key);
      writeValue(writer, member, depth + 1);
    }
  } else {
    const [code, content] = extensionOf(value);
    writeExtension(writer, code, content, depth);
  }
}

function extensionOf(value: CodedValue): readonly [code: number, content: GufeValue] {
  if (value instanceof Quantity) return [EXTENSION.quantity, [value.magnitude, value.unit, UNIT_REGISTRY]];
  if (value instanceof Settings) {
    const names = [
      ['__class__', value.className],
      ['__module__', value.module],
    ] as const;
    return [EXTENSION.settings, new Map([...value.fields, ...names])];
  }
  if (value instanceof NdArray) {
    return [EXTENSION.array, [value.dtype, value.shape.map(BigInt), value.bytes]];
  }
  if (value instanceof NumpyScalar) return [EXTENSION.scalar, [value.dtype, value.bytes]];
  if (value instanceof PosixPath) return [EXTENSION.path, value.path];
  if (value instanceof DateTime) return [EXTENSION.datetime, value.text];
  if (value instanceof Uuid) return [EXTENSION.uuid, BigInt(`0x${value.text.replaceAll('-', '')}`)];
  const what = value instanceof Unit ? `the unit '${value.name}' alone` : value.constructor.name;
  throw new GufeError(`${what} has no form in MessagePack`);
}

/** One pair of a chain, its values as they came. */
export interface MsgpackPair {
  readonly key: string;
  readonly dict: MsgpackMap;
  /** Where the pair begins. */
  readonly offset: number;
}

/** The pairs of a chain, uncompressed. All of the bytes are checked only once the last pair has been taken. Throws GufeError. */
export function* readMsgpackChain(bytes: Uint8Array): Generator<MsgpackPair> {
  const elements = msgpackElements(bytes);
  for (;;) {
    const next = asGufeError(() => elements.next());
    if (next.done === true) return;
    const { value, offset } = next.value;
    const [key, dict] = Array.isArray(value) ? (value as readonly MsgpackValue[]) : [];
    if (
      typeof key !== 'string' ||
      !(dict instanceof Map) ||
      (value as readonly MsgpackValue[]).length !== 2
    ) {
      throw new GufeError(`expected a pair of key and dict at byte ${offset}`, { offset });
    }
    yield { key, dict, offset };
  }
}

/** The dict of a pair, with references resolved. Throws GufeError. */
export function decodeMsgpackDict(dict: MsgpackMap, resolve: (key: string) => GufeValue): GufeDict {
  const decoded = new Map<string, GufeValue>();
  for (const [name, value] of dict) {
    if (typeof name !== 'string') throw new GufeError(`an entry has a ${typeof name} for its name`);
    decoded.set(
      name,
      asGufeError(() => decodeValue(value, resolve)),
    );
  }
  return decoded;
}

function asGufeError<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof MsgpackError)) throw cause;
    throw new GufeError(cause.message, { cause, offset: cause.offset });
  }
}

function decodeValue(value: MsgpackValue, resolve: (key: string) => GufeValue): GufeValue {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return Bytes.from(value);
  if (value instanceof MsgpackExtension) return decodeExtension(value, resolve);
  if (value instanceof Map) return decodeMap(value as MsgpackMap, resolve);
  return (value as readonly MsgpackValue[]).map(element => decodeValue(element, resolve));
}

function decodeMap(map: MsgpackMap, resolve: (key: string) => GufeValue): GufeValue {
  const reference = map.size === 1 ? map.get(REFERENCE) : undefined;
  if (typeof reference === 'string') return resolve(reference);
  const names = new Map<string, GufeValue>();
  const integers = new Map<bigint, GufeValue>();
  for (const [packed, member] of map) {
    const key = packed instanceof MsgpackExtension ? decodeExtension(packed, resolve) : packed;
    if (typeof key === 'object' && key !== null) {
      throw new GufeError(`a dict with ${key.constructor.name} for a key is not read here`);
    }
    if (typeof key === 'number')
      throw new GufeError(`a dict with the float ${key} for a key is not read here`);
    const value = decodeValue(member, resolve);
    if (typeof key === 'bigint') integers.set(key, value);
    // As in JSON: true, false and null are names there.
    else names.set(String(key), value);
  }
  if (integers.size === 0) return names;
  if (names.size > 0) throw new GufeError('a dict with both integers and names for keys is not read here');
  return new IntKeyedDict(integers as ReadonlyMap<bigint, GufeInput>);
}

function decodeExtension(extension: MsgpackExtension, resolve: (key: string) => GufeValue): GufeValue {
  const { code, bytes, offset } = extension;
  const content = (): GufeValue => decodeValue(readMsgpack(bytes, extension), resolve);
  const fail = (what: string): never => {
    throw new GufeError(`${what} at byte ${offset}`, { offset });
  };
  const text = (): string => {
    const value = content();
    return typeof value === 'string' ? value : fail(`extension type ${code} without its text`);
  };
  switch (code) {
    case EXTENSION.largeInteger: {
      const digits = text();
      return /^-?\d{1,4300}$/.test(digits) ? BigInt(digits) : fail('a large integer that is not digits');
    }
    case EXTENSION.path:
      return new PosixPath(text());
    case EXTENSION.datetime:
      return new DateTime(text());
    case EXTENSION.uuid: {
      const integer = content();
      return (typeof integer === 'bigint' ? uuidOf(integer) : null) ?? fail('a UUID that is not 128 bits');
    }
    case EXTENSION.quantity:
      return quantityOf(content()) ?? fail('a quantity that is not magnitude, unit and registry');
    case EXTENSION.array:
      return arrayOf(content()) ?? fail('an array that is not data type, shape and bytes');
    case EXTENSION.scalar:
      return scalarOf(content()) ?? fail('a numpy scalar that is not data type and bytes');
    case EXTENSION.settings:
      return settingsOf(content()) ?? fail('settings without their class');
    default:
      return fail(`unknown extension type ${code}`);
  }
}

function uuidOf(integer: bigint): Uuid | null {
  if (integer < 0n || integer >= 2n ** 128n) return null;
  const hex = integer.toString(16).padStart(32, '0');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return new Uuid(parts.join('-'));
}

function listOf(value: GufeValue, length: number): readonly GufeValue[] {
  return Array.isArray(value) && value.length === length ? (value as readonly GufeValue[]) : [];
}

function quantityOf(value: GufeValue): Quantity | null {
  const [magnitude, unit] = listOf(value, 3);
  const isMagnitude =
    typeof magnitude === 'bigint' ||
    typeof magnitude === 'number' ||
    magnitude instanceof NdArray ||
    magnitude instanceof NumpyScalar;
  return isMagnitude && typeof unit === 'string' ? new Quantity(magnitude, unit) : null;
}

function arrayOf(value: GufeValue): NdArray | null {
  const [dtype, shape, bytes] = listOf(value, 3);
  if (typeof dtype !== 'string' || !Array.isArray(shape) || !(bytes instanceof Bytes)) return null;
  const lengths = shape.map(length => (typeof length === 'bigint' ? Number(length) : -1));
  return lengths.every(length => length >= 0) ? new NdArray(dtype, lengths, bytes) : null;
}

/** The class is that of numpy 2, where it differs: `bool`, which numpy 1 calls `bool_`. */
function scalarOf(value: GufeValue): NumpyScalar | null {
  const [dtype, bytes] = listOf(value, 2);
  if (typeof dtype !== 'string' || !(bytes instanceof Bytes)) return null;
  return new NumpyScalar(dtype.replace(/\[.*$/, ''), dtype, bytes);
}

function settingsOf(value: GufeValue): Settings | null {
  if (!isGufeDict(value)) return null;
  const [className, module] = [value.get('__class__'), value.get('__module__')];
  if (typeof className !== 'string' || typeof module !== 'string') return null;
  const fields = [...value].filter(([name]) => name !== '__class__' && name !== '__module__');
  return new Settings(className, module, new Map(fields as readonly [string, GufeInput][]));
}
