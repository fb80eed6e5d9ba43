// From the bytes of an answer to gufe objects. What cannot be read is one error that says of which object, whatever
// layer found it: JSON, zstd or gufe.
import { AlchemiscaleError } from '../domain/errors.ts';
import { decodeJson } from '../gufe/forms.ts';
import { type DecodeOptions, decodeKeyedChain, decodeKeyedChainAs } from '../gufe/keyed-chain.ts';
import { ProtocolDAGResult } from '../gufe/protocol/result.ts';
import type { GufeTokenizable } from '../gufe/tokenizable.ts';
import { type AnyTransformation, NonTransformation, Transformation } from '../gufe/transformation.ts';
import type { GufeObject } from '../gufe/values.ts';
import { arrayElements } from '../lib/json-scan.ts';
import { latin1ToBytes } from '../lib/latin1.ts';
import { isZstdFrame, type Zstd } from '../lib/zstd.ts';

/** What reading a stored result needs. */
export interface ResultReading {
  readonly zstd: Zstd;
  readonly decode: DecodeOptions;
}

/** More than this is no result but an attack or an accident. */
const MAX_RESULT_BYTES = 4 * 1024 ** 3;

/** A keyed chain whose root must be of one class; `what` names it in errors. */
export function readChain<T extends GufeTokenizable>(
  // biome-ignore lint/suspicious/noExplicitAny: any constructor will do, only instanceof is asked of it
  wanted: abstract new (...args: any[]) => T,
  bytes: Uint8Array,
  what: string,
  options: DecodeOptions,
): T {
  return reading(what, () => decodeKeyedChainAs(wanted, bytes, options));
}

export function readTransformation(
  bytes: Uint8Array,
  what: string,
  options: DecodeOptions,
): AnyTransformation {
  const root = reading(what, () => decodeKeyedChain(bytes, options));
  if (root instanceof Transformation || root instanceof NonTransformation) return root;
  throw unreadable(what, `expected a Transformation or NonTransformation, got ${root.key}`);
}

/** A keyed chain of any class, or null for JSON's null. */
export function readObjectOrNull(bytes: Uint8Array, what: string, options: DecodeOptions): GufeObject | null {
  const isNull = bytes.length < 16 && new TextDecoder().decode(bytes).trim() === 'null';
  return isNull ? null : reading(what, () => decodeKeyedChain(bytes, options));
}

/** A result as the service keeps it: a zstd frame of its keyed chain; older versions kept the plain text of its full dict. */
export function readResult(
  stored: Uint8Array,
  what: string,
  { zstd, decode }: ResultReading,
): ProtocolDAGResult {
  return reading(what, () => {
    const bytes = isZstdFrame(stored) ? zstd.decompress(stored, MAX_RESULT_BYTES) : stored;
    const root = decodeJson(bytes, decode);
    if (root instanceof ProtocolDAGResult) return root;
    throw new TypeError(`expected a ProtocolDAGResult, got ${root.key}`);
  });
}

/** What a claimed task asks a service to run, as bytes. */
export interface StoredWork {
  /** The transformation's keyed chain as JSON text. */
  readonly transformation: Uint8Array;
  /** The stored result to go on from, a zstd frame; null when the task extends none. */
  readonly extends: Uint8Array | null;
}

/** Takes `[keyed chain, text or null]` apart, without parsing the chain: its numbers must keep their spelling. */
export function readStoredWork(bytes: Uint8Array, task: string): StoredWork {
  const what = `the work of ${task}`;
  return reading(what, () => {
    const [transformation, second] = [...arrayElements(bytes)];
    const stored: unknown = second && JSON.parse(new TextDecoder().decode(second));
    if (transformation === undefined || (stored !== null && typeof stored !== 'string')) {
      throw new TypeError('it is not [keyed chain, text or null]');
    }
    return { transformation, extends: stored === null ? null : readLatin1(stored, what) };
  });
}

/** The bytes that an answer carries as text. */
export function readLatin1(text: string, what: string): Uint8Array {
  const bytes = latin1ToBytes(text);
  if (bytes === null)
    throw unreadable(what, 'its text has code points above 255, so it does not stand for bytes');
  return bytes;
}

function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof AlchemiscaleError) throw cause;
    throw unreadable(what, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function unreadable(what: string, why: string, cause?: unknown): AlchemiscaleError {
  return new AlchemiscaleError('OBJECT_UNREADABLE', `${what} cannot be read: ${why}`, {
    facts: { key: what },
    cause,
  });
}
