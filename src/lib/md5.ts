// MD5, because gufe keys are MD5 digests. It is no protection against anyone; it names content.
import { md5 as portableMd5 } from '@noble/hashes/legacy.js';

/** The digest of bytes, or of a string's UTF-8, in lowercase hex. Node's own code where there is Node. */
export function md5Hex(data: string | Uint8Array): string {
  const crypto = globalThis.process?.getBuiltinModule?.('node:crypto');
  if (crypto !== undefined) return crypto.hash('md5', data, 'hex');
  return portableMd5Hex(data);
}

/** The same without Node, some ten times slower. */
export function portableMd5Hex(data: string | Uint8Array): string {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  return Array.from(portableMd5(bytes), byte => byte.toString(16).padStart(2, '0')).join('');
}
