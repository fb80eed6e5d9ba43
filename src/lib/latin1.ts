// Bytes as text, one code point (0..255) each: how gufe and alchemiscale put bytes into JSON.

/** The text whose code points are the bytes. */
export function bytesToLatin1(bytes: Uint8Array): string {
  const parts: string[] = [];
  // Arguments of a call live on the stack, hence pieces. Reflect.apply reads a typed array six times faster than spread.
  for (let i = 0; i < bytes.length; i += 8192) {
    parts.push(Reflect.apply(String.fromCharCode, null, bytes.subarray(i, i + 8192)));
  }
  return parts.join('');
}

/** The bytes whose values are the code points; null when one is above 255. */
export function latin1ToBytes(text: string): Uint8Array | null {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0xff) return null;
    bytes[i] = unit;
  }
  return bytes;
}
