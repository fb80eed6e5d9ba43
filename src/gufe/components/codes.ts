// Integers that stand for something in RDKit, which has so much room for each and no more.
import { GufeError } from '../error.ts';

/** By name of the entry: the least and the most. */
type CodeRanges<K extends string> = { readonly [name in K]: readonly [least: number, most: number] };

/** Throws GufeError, with the place, for an entry that is no integer or not in its range; null is none. */
export function checkCodes<K extends string>(
  entries: { readonly [name in NoInfer<K>]: number | null },
  ranges: CodeRanges<K>,
  where: string,
): void {
  for (const name in ranges) {
    const value = entries[name];
    const [least, most] = ranges[name];
    if (value === null || (Number.isInteger(value) && value >= least && value <= most)) continue;
    const path = `${where}.${name}`;
    throw new GufeError(`'${path}' must be an integer from ${least} to ${most}; it is ${value}`, { path });
  }
}
