// What the main thread and a store thread say to each other: calls of store methods, by slice and name, and their
// outcome. All of it is plain data that survives the copy between threads; an AlchemiscaleError is taken apart and put
// together again, and large byte arrays are handed over instead of copied.
import { AlchemiscaleError, type ErrorCode, type ErrorFacts } from '../../../domain/errors.ts';
import type { DifferingObject } from '../object-write.ts';

/** How a store thread is started. */
export interface ThreadSettings {
  readonly role: 'reader' | 'writer';
  readonly path: string;
  readonly busyMs: number;
  /** The file goes with the store. */
  readonly isPrivate: boolean;
  /** Null: unpredictable. */
  readonly seed: number | null;
}

/** `slice` null means a method of the store itself. */
export interface Call {
  readonly id: number;
  readonly slice: string | null;
  readonly method: string;
  readonly params: unknown;
}

/** What a store thread tells. `ready` comes once, before every outcome, or `refused`, and then nothing more. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly error: PlainError }
  | { readonly kind: 'value'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: PlainError }
  | { readonly kind: 'difference'; readonly difference: DifferingObject };

/** An error as plain data; `code` null means a defect. */
export interface PlainError {
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly facts: ErrorFacts;
  readonly stack: string;
}

/** Takes an error apart. */
export function toPlainError(error: unknown): PlainError {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (error instanceof AlchemiscaleError) {
    return { code: error.code, message: error.message, facts: error.facts, stack };
  }
  return { code: null, message: error instanceof Error ? error.message : stack, facts: {}, stack };
}

/** Puts it together again; the stack of the other thread is the cause. */
export function fromPlainError({ code, message, facts, stack }: PlainError): Error {
  const cause = new Error(message);
  cause.stack = stack;
  return code === null
    ? new Error(message, { cause })
    : new AlchemiscaleError(code, message, { facts, cause });
}

/** The buffers to hand over with a value: those that a byte array fills from end to end. */
export function transferable(bytes: unknown): ArrayBuffer[] {
  if (!(bytes instanceof Uint8Array) || !(bytes.buffer instanceof ArrayBuffer)) return [];
  return bytes.byteLength === bytes.buffer.byteLength ? [bytes.buffer] : [];
}
