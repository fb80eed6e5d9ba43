// numpy's .npy file as text, the way gufe stores coordinates: one code point a byte, N rows of three little-endian
// float64. The header is written character for character as numpy does, for it is hashed.
import { bytesToLatin1, latin1ToBytes } from '../../lib/latin1.ts';
import { GufeError } from '../error.ts';
import { float64Bytes, float64Values } from '../numpy.ts';

const MAGIC = '\u0093NUMPY\u0001\u0000';
/** Magic, version and the two bytes of the header's length. */
const PREFIX = 10;
const ALIGNMENT = 64;

/** The text of coordinates, x y z of one atom after the other. */
export function writeNpy(coordinates: ArrayLike<number>): string {
  if (coordinates.length % 3 !== 0) {
    throw new GufeError(`${coordinates.length} coordinates are not x, y, z of whole atoms`);
  }
  const dict = `{'descr': '<f8', 'fortran_order': False, 'shape': (${coordinates.length / 3}, 3), }`;
  const preamble = Math.ceil((PREFIX + dict.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = `${dict.padEnd(preamble - PREFIX - 1)}\n`;
  const length = String.fromCharCode(header.length & 0xff, header.length >> 8);
  return `${MAGIC}${length}${header}${bytesToLatin1(float64Bytes(coordinates))}`;
}

const HEADER = /^\{'descr': '<f8', 'fortran_order': False, 'shape': \((\d+), 3\), \} *\n$/;

/** The coordinates in the text; throws for arrays that are not N by 3 of float64 in C order. */
export function readNpy(text: string): Float64Array {
  const bytes = latin1ToBytes(text);
  if (bytes === null || !text.startsWith(MAGIC))
    throw new GufeError('coordinates are not in numpy’s npy format');
  const start = PREFIX + text.charCodeAt(8) + 256 * text.charCodeAt(9);
  const match = HEADER.exec(text.slice(PREFIX, start));
  if (match === null) throw new GufeError('coordinates are not an N by 3 array of float64');
  const data = bytes.subarray(start);
  if (data.length !== Number(match[1]) * 24) {
    throw new GufeError(
      `coordinates of ${match[1]} atoms need ${Number(match[1]) * 24} bytes, not ${data.length}`,
    );
  }
  return float64Values(data);
}
