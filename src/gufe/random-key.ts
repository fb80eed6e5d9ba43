// Keys of objects that stand for an occasion: the class name and the hex of a random UUID4.

/** @example randomKey('ProtocolUnitResult') // 'ProtocolUnitResult-85b1a31b97334b498af98be48f6393b4' */
export function randomKey(qualname: string): string {
  return `${qualname}-${globalThis.crypto.randomUUID().replaceAll('-', '')}`;
}
