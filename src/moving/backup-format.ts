// The format of a backup: a zstd frame, and behind it a skippable frame with the SHA-256 of all bytes before, so that a damaged or
// cut-off file is known before anything of it is believed. Any zstd program unpacks it. Inside are lines of JSON; a
// member `bytes` says how many bytes follow the line, raw, and then a line feed. docs/reference/backup-file.md has it in full.
import { AlchemiscaleError } from '../domain/errors.ts';
import type { ItemKind } from './items.ts';

export const FORMAT = 'alchemiscale backup';
export const VERSION = 1;

/** The first line. */
export interface Header {
  readonly format: typeof FORMAT;
  readonly version: number;
  /** Names this backup. */
  readonly id: string;
  /** ISO, in UTC. */
  readonly created: string;
  /** False when it was made without the bodies of results. */
  readonly bodies: boolean;
  /** False when it was made from a store that keeps no bytes of objects. */
  readonly keepsBytes: boolean;
}

/** Before the bytes of the body of a result. */
export interface BodyLine {
  readonly kind: 'body';
  readonly location: string;
  readonly bytes: number;
}

/** Behind them; without a hash when the body could not be read to its end, and zeros stand in its place. */
export interface BodyEndLine {
  readonly kind: 'body-end';
  readonly sha256: string | null;
}

/** The last line. */
export interface EndLine {
  readonly kind: 'end';
  readonly counts: Readonly<Record<ItemKind, number>>;
  readonly checksums: Readonly<Record<ItemKind, string>>;
  readonly bodies: number;
  /** References whose body could not be had. */
  readonly missing: number;
}

const SKIPPABLE_MAGIC = 0x18_4d_2a_50;
const HASH_BYTES = 32;
/** Magic, length, hash. */
export const SEAL_BYTES: number = 8 + HASH_BYTES;

/** The frame with the hash. */
export function sealOf(sha256: Uint8Array): Uint8Array {
  const seal = Buffer.alloc(SEAL_BYTES);
  seal.writeUInt32LE(SKIPPABLE_MAGIC, 0);
  seal.writeUInt32LE(HASH_BYTES, 4);
  seal.set(sha256, 8);
  return seal;
}

/** What a backup file is refused with. */
export function refusedFile(path: string, why: string, cause?: unknown): AlchemiscaleError {
  return new AlchemiscaleError('BAD_REQUEST', `${path} ${why}`, { cause, facts: { file: path } });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is a file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'the name is too long',
  EIO: 'the disk reports an error',
};

/** One sentence for what the operating system refused; anything else is handed back as it is. */
export function explained(path: string, done: 'read' | 'written', cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)) {
    const sentence = `${path} cannot be written: no space left on the device`;
    return new AlchemiscaleError('STORAGE_FULL', sentence, { cause, facts: { file: path } });
  }
  const reason = REASONS[code];
  return reason === undefined ? cause : refusedFile(path, `cannot be ${done}: ${reason}`, cause);
}
