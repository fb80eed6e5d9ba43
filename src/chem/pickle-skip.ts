// Parts of RDKit's pickle that gufe does not keep: query features, substance groups, stereo groups. They have no length in
// front of them, so they are read to be passed over.

import { GufeError } from '../gufe/error.ts';
import type { ByteReader } from './byte-reader.ts';

const QUERY = {
  value: 26,
  negated: 27,
  children: 28,
  and: 30,
  or: 31,
  xor: 32,
  equals: 33,
  greater: 34,
  greaterEqual: 35,
  less: 36,
  lessEqual: 37,
  range: 38,
  set: 39,
  null: 40,
  ring: 41,
  label: 65,
} as const;

const COMPARISONS: ReadonlySet<number> = new Set([
  QUERY.equals,
  QUERY.greater,
  QUERY.greaterEqual,
  QUERY.less,
  QUERY.lessEqual,
  QUERY.ring,
]);

const BARE: ReadonlySet<number> = new Set([QUERY.and, QUERY.or, QUERY.xor, QUERY.null]);

/** A query on an atom or bond; molfiles give them for hydrogen counts and "any atom". */
export function skipQuery(reader: ByteReader): void {
  reader.text();
  let tag = reader.u8();
  if (tag === QUERY.label) {
    reader.text();
    tag = reader.u8();
  }
  if (tag === QUERY.negated) tag = reader.u8();
  if (!BARE.has(tag)) skipOperand(reader, tag);
  if (reader.u8() !== QUERY.children) throw new GufeError('a query of RDKit that is not understood');
  for (let children = reader.u8(); children > 0; children--) skipQuery(reader);
}

function skipOperand(reader: ByteReader, tag: number): void {
  if (!COMPARISONS.has(tag) && tag !== QUERY.range && tag !== QUERY.set) {
    throw new GufeError('a molecule with query features (recursive patterns, properties) is a pattern');
  }
  if (reader.u8() !== QUERY.value) throw new GufeError('a query of RDKit that is not understood');
  if (tag === QUERY.set) reader.skip(4 * reader.i32());
  else reader.skip(tag === QUERY.range ? 13 : 8);
}

const POINT_BYTES = 12;
const POINTS_PER_BRACKET = 3;

/** Substance groups: their properties, then their parts by index. */
export function skipSubstanceGroups(
  reader: ByteReader,
  index: () => number,
  readProperties: () => ReadonlyMap<string, { readonly value: unknown }>,
): void {
  for (let groups = reader.i32(); groups > 0; groups--) {
    const isSuperatom = readProperties().get('TYPE')?.value === 'SUP';
    for (let list = 0; list < 3; list++) for (let members = index(); members > 0; members--) index();
    reader.skip(index() * POINTS_PER_BRACKET * POINT_BYTES);
    for (let states = index(); states > 0; states--) {
      index();
      if (isSuperatom) reader.skip(POINT_BYTES);
    }
    for (let points = index(); points > 0; points--) {
      index();
      reader.i32();
      reader.text();
    }
  }
}

const ABSOLUTE = 0;

/** Stereo groups (absolute, or, and). */
export function skipStereoGroups(index: () => number): void {
  for (let groups = index(); groups > 0; groups--) {
    if (index() !== ABSOLUTE) index();
    for (let list = 0; list < 2; list++) for (let members = index(); members > 0; members--) index();
  }
}
