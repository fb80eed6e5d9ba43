// Reads a gufe object from any of the forms that gufe writes: keyed chain or full dict as JSON, keyed chain as MessagePack,
// each plain or compressed; and from a full dict as a value.
import { JsonError } from '../lib/json-error.ts';
import { checkJson } from '../lib/json-scan.ts';
import { type JsonValue, parseJson } from '../lib/json-value.ts';
import { isZstdFrame, nodeZstd, type Zstd, ZstdError } from '../lib/zstd.ts';
import { jsonFault } from './document-faults.ts';
import { GufeError } from './error.ts';
import { IntKeyedDict } from './int-keyed-dict.ts';
import {
  ChainDecoder,
  type DecodeOptions,
  decodeKeyedChain,
  encodeText,
  GUFE_REGISTRY,
} from './keyed-chain.ts';
import { ObjectBuilder } from './object-builder.ts';
import { decodeValue } from './serialization/json.ts';
import { decodeMsgpackDict, readMsgpackChain } from './serialization/msgpack.ts';
import {
  type GufeDict,
  type GufeDictInput,
  type GufeInput,
  type GufeObject,
  type GufeValue,
  isCoded,
  isTokenizable,
  MAX_INPUT_DEPTH,
  toGufeValue,
} from './values.ts';

/** How to read what may be compressed. */
export interface DecodeBytesOptions extends DecodeOptions {
  /** Another zstd than Node's. */
  readonly zstd?: Zstd;
  /** More than this is not decompressed; 1 GiB if left out. */
  readonly maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 2 ** 30;

/**
 * The object of a full dict, as `toDict` gives it: everything that has `__qualname__` and `__module__` becomes an object, the
 * innermost first. A full dict states no keys, so an object of a class that is not known here gets the key of its content
 * without regard to defaults. Throws GufeError with the path to the fault.
 */
export function fromDict(dict: GufeDictInput, options: DecodeOptions = {}): GufeObject {
  const decoder = new FullDictDecoder(options);
  const object = decoder.decode(dict as GufeInput, '');
  if (!isTokenizable(object)) throw new GufeError("the dict has no '__qualname__' and '__module__'");
  return object;
}

/**
 * The object in JSON text, as gufe reads it: a keyed chain, or else the full dict that older versions wrote. Throws GufeError
 * with the place.
 */
export function decodeJson(source: string | Uint8Array, options: DecodeOptions = {}): GufeObject {
  const bytes = typeof source === 'string' ? encodeText(source) : source;
  if (firstCharacter(bytes) !== '{') return decodeKeyedChain(bytes, options);
  let json: JsonValue;
  try {
    checkJson(bytes);
    json = parseJson(bytes, options.maxValues === undefined ? {} : { maxValues: options.maxValues });
  } catch (error) {
    throw error instanceof JsonError ? jsonFault(error, bytes) : error;
  }
  return fromDict(decodeValue(json, orphan) as GufeDict as GufeDictInput, options);
}

function orphan(key: string): never {
  throw new GufeError(`refers to ${key}, but a full dict holds its objects themselves`);
}

/** The object in MessagePack, compressed or not. Throws GufeError with the place, which counts uncompressed bytes. */
export function decodeMsgpack(source: Uint8Array, options: DecodeBytesOptions = {}): GufeObject {
  const decoder = new ChainDecoder(options);
  for (const { key, dict, offset } of readMsgpackChain(decompressed(source, options))) {
    decoder.addSource({ key, entries: resolve => decodeMsgpackDict(dict, resolve) }, offset);
  }
  return decoder.root();
}

/** The object in bytes of any form: JSON or MessagePack, plain or in a zstd frame. Throws GufeError with the place. */
export function decodeGufe(source: Uint8Array, options: DecodeBytesOptions = {}): GufeObject {
  const bytes = decompressed(source, options);
  return isMsgpackArray(bytes[0]) ? decodeMsgpack(bytes, options) : decodeJson(bytes, options);
}

/** Bytes that begin an array in MessagePack begin no JSON. */
export function isMsgpackArray(first: number | undefined): boolean {
  return first !== undefined && ((first >= 0x90 && first < 0xa0) || first === 0xdc || first === 0xdd);
}

function decompressed(bytes: Uint8Array, options: DecodeBytesOptions): Uint8Array {
  if (!isZstdFrame(bytes)) return bytes;
  const zstd = options.zstd ?? nodeZstd();
  if (zstd === null) throw new GufeError('no zstd here: pass an implementation of it');
  try {
    return zstd.decompress(bytes, options.maxBytes ?? DEFAULT_MAX_BYTES);
  } catch (cause) {
    if (!(cause instanceof ZstdError)) throw cause;
    throw new GufeError(`the zstd frame cannot be read: ${cause.message}`, { cause, offset: 0 });
  }
}

function firstCharacter(bytes: Uint8Array): string {
  const first = bytes.find(byte => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09);
  return first === undefined ? '' : String.fromCharCode(first);
}

/** Turns dicts into objects, from the inside out. */
class FullDictDecoder {
  readonly #builder: ObjectBuilder;
  /** Full dicts repeat what is shared; here it becomes one object again. */
  readonly #made = new Map<string, GufeObject>();
  /** What has been decoded: in values, what is repeated may be one Map, so that few Maps stand for very many. */
  readonly #decoded = new Map<Container, GufeValue>();

  constructor(options: DecodeOptions) {
    this.#builder = new ObjectBuilder(options.registry ?? GUFE_REGISTRY);
  }

  decode(value: GufeInput, path: string, depth = 0): GufeValue {
    const isLeaf = value === null || typeof value !== 'object' || isTokenizable(value);
    if (isLeaf || (isCoded(value) && !(value instanceof IntKeyedDict))) return toGufeValue(value, path);
    if (depth > MAX_INPUT_DEPTH) {
      throw new GufeError(`${path}: nesting deeper than ${MAX_INPUT_DEPTH}`, { path });
    }
    const known = this.#decoded.get(value);
    if (known !== undefined) return known;
    const decoded = this.#decodeInside(value, path, depth + 1);
    this.#decoded.set(value, decoded);
    return decoded;
  }

  #decodeInside(value: Container, path: string, depth: number): GufeValue {
    if (Array.isArray(value)) {
      return (value as readonly GufeInput[]).map((element, i) =>
        this.decode(element, `${path}[${i}]`, depth),
      );
    }
    if (value instanceof IntKeyedDict) {
      const entries = [...value.entries].map(
        ([key, member]) => [key, this.decode(member, `${path}.${key}`, depth) as GufeInput] as const,
      );
      return new IntKeyedDict(entries);
    }
    const decoded = new Map<string, GufeValue>();
    for (const [name, member] of entriesOf(value as GufeDictInput, path)) {
      decoded.set(name, this.decode(member, path === '' ? name : `${path}.${name}`, depth));
    }
    return decoded.has('__qualname__') && decoded.has('__module__') ? this.#build(decoded, path) : decoded;
  }

  #build(entries: GufeDict, path: string): GufeObject {
    try {
      const object = this.#builder.make({ key: null, entries: () => entries });
      const known = this.#made.get(object.key);
      if (known === undefined) this.#made.set(object.key, object);
      return known ?? object;
    } catch (cause) {
      if (!(cause instanceof GufeError)) throw cause;
      const place = cause.path === null ? path : `${path}${path === '' ? '' : '.'}${cause.path}`;
      throw new GufeError(`${path === '' ? 'the dict' : path}: ${cause.message}`, { cause, path: place });
    }
  }
}

type Container = Extract<GufeInput, object>;

/** The members of a dict, Map or plain object; throws for anything else. */
function entriesOf(dict: GufeDictInput, path: string): Iterable<readonly [string, GufeInput]> {
  if (dict instanceof Map) return dict;
  const prototype: unknown = Object.getPrototypeOf(dict);
  if (prototype === Object.prototype || prototype === null) return Object.entries(dict);
  throw new GufeError(`${path || 'dict'}: ${dict.constructor.name} has no counterpart in gufe`, { path });
}
