// What is known of transformations, as a file states it: an estimate for each repeat. Strategies take it combined: the mean,
// and how far the repeats spread, by the convention of openfe and of the protocols here (sample standard deviation, n − 1),
// since the statistical error of a single short run says little. Of a single repeat all that is known is its own.
import { JsonError } from '../../lib/json-error.ts';
import { objectEntries } from '../../lib/json-scan.ts';
import { parseJson, toPlain } from '../../lib/json-value.ts';
import { jsonFault } from '../document-faults.ts';
import { GufeError } from '../error.ts';
import { Quantity } from '../units.ts';
import type { TransformationProgress } from './strategy.ts';

/** What one repeat gave. Finite, in one unit that a free energy can have. */
export interface RepeatEstimate {
  readonly estimate: number;
  /** One standard deviation, 0 or more; null when it is not known. */
  readonly uncertainty: number | null;
  /** As pint spells it: `kilocalorie_per_mole`. */
  readonly unit: string;
}

/** Repeats by the key of a transformation. */
export type NetworkEstimates = ReadonlyMap<string, readonly RepeatEstimate[]>;

const ENERGY_UNIT = 'kilocalorie_per_mole';
const MEMBERS = ['estimate', 'uncertainty', 'unit'] as const;

/**
 * Reads `{transformation key: [{"estimate": …, "uncertainty": … or null, "unit": …}, …], …}`. Throws GufeError that names the
 * transformation and the entry.
 */
export function readEstimates(bytes: Uint8Array): NetworkEstimates {
  const estimates = new Map<string, readonly RepeatEstimate[]>();
  const units = new Set<string>();
  try {
    for (const { name, value } of objectEntries(bytes)) {
      // The parser would keep the last of them, and results would be lost in silence.
      if (estimates.has(name)) throw wrongEntry(name, 'is there twice');
      estimates.set(name, readRepeats(name, value, units));
    }
  } catch (error) {
    throw error instanceof JsonError ? jsonFault(error, bytes) : error;
  }
  return estimates;
}

function readRepeats(key: string, bytes: Uint8Array, units: Set<string>): readonly RepeatEstimate[] {
  const list = parsePlain(bytes);
  if (!Array.isArray(list)) throw wrongEntry(key, `must be a list of estimates, not ${describe(list)}`);
  return list.map((entry: unknown, i) => readRepeat(`${key}[${i}]`, entry, units));
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** The platform's parser takes a fifth of the time; what it refuses is read by the one that knows NaN and tells places. */
function parsePlain(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes)) as unknown;
  } catch {
    return toPlain(parseJson(bytes));
  }
}

type Entry = Readonly<Record<string, unknown>>;

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readRepeat(path: string, entry: unknown, units: Set<string>): RepeatEstimate {
  if (!isEntry(entry)) {
    throw wrongEntry(path, `must be {"estimate", "uncertainty", "unit"}, not ${describe(entry)}`);
  }
  for (const name of Object.keys(entry)) {
    if (!MEMBERS.some(member => member === name)) throw wrongEntry(path, `has an unknown member '${name}'`);
  }
  for (const name of MEMBERS) {
    if (Object.hasOwn(entry, name)) continue;
    const unknown = name === 'uncertainty' ? '; write null where it is not known' : '';
    throw wrongEntry(path, `the member '${name}' is missing${unknown}`);
  }
  const { uncertainty } = entry;
  const spread = uncertainty === null ? null : readFinite(`${path}.uncertainty`, uncertainty);
  if (spread !== null && spread < 0) throw wrongEntry(`${path}.uncertainty`, `is negative: ${spread}`);
  return {
    estimate: readFinite(`${path}.estimate`, entry.estimate),
    uncertainty: spread,
    unit: readUnit(`${path}.unit`, entry.unit, units),
  };
}

function readFinite(path: string, value: unknown): number {
  const number = typeof value === 'number' || typeof value === 'bigint' ? Number(value) : null;
  if (number === null || !Number.isFinite(number)) {
    throw wrongEntry(path, `must be a finite number, not ${describe(value)}`);
  }
  return number;
}

/** Units that were found right are remembered in `known`: a file has very many of one. */
function readUnit(path: string, value: unknown, known: Set<string>): string {
  if (typeof value !== 'string') throw wrongEntry(path, `must be the name of a unit, not ${describe(value)}`);
  if (known.has(value)) return value;
  let isEnergy = false;
  try {
    isEnergy = new Quantity(1, value).isIn(ENERGY_UNIT);
  } catch (cause) {
    if (!(cause instanceof GufeError)) throw cause;
    throw new GufeError(`${path}: ${cause.message}`, { cause, path });
  }
  if (!isEnergy) throw wrongEntry(path, `'${value}' is no unit of a molar energy, such as ${ENERGY_UNIT}`);
  known.add(value);
  return value;
}

function describe(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return `the text '${value}'`;
  return Array.isArray(value) ? 'a list' : 'an object';
}

function wrongEntry(path: string, why: string): GufeError {
  return new GufeError(`${path}: ${why}`, { path });
}

/**
 * The repeats of a transformation as strategies take them, in the unit of the first: their mean, and their sample standard
 * deviation (n − 1), or of a single repeat its own uncertainty. Of no repeats it is what was gathered from nothing, which
 * stratocaster tells from nothing at all: a RadialGrowthStrategy takes the transformation for reached.
 */
export function progressOfRepeats(repeats: readonly RepeatEstimate[]): TransformationProgress {
  const [first] = repeats;
  if (first === undefined) return { count: 0, estimate: null, uncertainty: null };
  const { unit } = first;
  const count = repeats.length;
  if (count === 1) {
    const { uncertainty } = first;
    const known = uncertainty === null ? null : new Quantity(uncertainty, unit);
    return { count, estimate: new Quantity(first.estimate, unit), uncertainty: known };
  }
  const values = repeats.map(repeat =>
    repeat.unit === unit ? repeat.estimate : new Quantity(repeat.estimate, repeat.unit).valueIn(unit),
  );
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    count,
    estimate: new Quantity(mean, unit),
    uncertainty: new Quantity(Math.sqrt(squares / (count - 1)), unit),
  };
}
