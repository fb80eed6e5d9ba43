// A Python dict whose keys are integers. In JSON they become text, in MessagePack they stay integers, and when a key is
// computed they sort as numbers ("9" before "10"), so such a dict must not be taken for one with names.
import { GufeError } from './error.ts';
import { CODED, type GufeInput, type GufeValue, toGufeValue } from './values.ts';

/** @example new IntKeyedDict([[9n, 10n], [10n, 9n]]) // atom indices by atom index */
export class IntKeyedDict {
  readonly [CODED] = true;
  /** In the order of insertion. */
  readonly entries: ReadonlyMap<bigint, GufeValue>;

  constructor(entries: Iterable<readonly [bigint, GufeInput]>) {
    const copy = new Map<bigint, GufeValue>();
    for (const [key, value] of entries) copy.set(key, toGufeValue(value, String(key)));
    this.entries = copy;
  }

  /** The same dict when it was read from JSON, whose names are text; throws for names that are no integers. */
  static fromNames(dict: ReadonlyMap<string, GufeValue>, where: string): IntKeyedDict {
    const entries = new Map<bigint, GufeValue>();
    for (const [name, value] of dict) {
      if (!/^-?\d{1,4300}$/.test(name)) {
        throw new GufeError(`'${where}' must have integers for names, not '${name}'`, { path: where });
      }
      entries.set(BigInt(name), value);
    }
    return new IntKeyedDict(entries as ReadonlyMap<bigint, GufeInput>);
  }
}
