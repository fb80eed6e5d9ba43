// How a gufe key comes about: the keyed dict, less its defaults, printed with sorted names, hashed.

import { IntKeyedObject, isJsonObject, type JsonObject, type JsonValue } from '../lib/json-value.ts';
import { writeJson } from '../lib/json-write.ts';
import { md5Hex } from '../lib/md5.ts';
import { NumpyScalar } from './numpy.ts';
import { decodeValue } from './serialization/json.ts';

/** The key of content: class name, hyphen, MD5 of the canonical text. */
export function contentKey(qualname: string, keyedDict: JsonObject, defaults: JsonObject): string {
  return `${qualname}-${md5Hex(canonicalText(keyedDict, defaults))}`;
}

/** The exact text that is hashed; pure ASCII. */
export function canonicalText(keyedDict: JsonObject, defaults: JsonObject): string {
  return writeJson(removeDefaults(keyedDict, defaults), { sortKeys: true });
}

/**
 * The dict without the schema version and without entries that equal their default, as Python's `==` sees it. A default
 * whose name is missing is passed over (gufe raises there; only dicts of old files can be so).
 */
function removeDefaults(keyedDict: JsonObject, defaults: JsonObject): JsonObject {
  const kept = new Map<string, JsonValue>();
  for (const [name, value] of keyedDict) {
    const fallback = defaults.get(name);
    const drops = name === ':version:' || (fallback !== undefined && pythonEqual(value, fallback));
    if (!drops) kept.set(name, value);
  }
  return kept;
}

/** Python's `==` of a value and a default: `True == 1 == 1.0`, lists and dicts element by element, nothing equals NaN. */
function pythonEqual(value: JsonValue, b: JsonValue): boolean {
  const a = isNumeric(b) ? (numpyScalar(value) ?? value) : value;
  if (isNumeric(a) || isNumeric(b)) return isNumeric(a) && isNumeric(b) && numericEqual(a, b);
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((element, i) => pythonEqual(element, b[i]));
  }
  if (isJsonObject(a) || isJsonObject(b)) {
    if (!isJsonObject(a) || !isJsonObject(b) || a.size !== b.size) return false;
    return [...a].every(([name, value]) => {
      const other = b.get(name);
      return other !== undefined && pythonEqual(value, other);
    });
  }
  if (a instanceof IntKeyedObject || b instanceof IntKeyedObject) {
    return false; // no default table has one
  }
  return a === b;
}

/** The number in a numpy scalar, which Python compares like any other; null for everything else. */
function numpyScalar(value: JsonValue): number | null {
  if (!isJsonObject(value) || value.get('__module__') !== 'numpy') return null;
  const scalar = decodeValue(value, key => key);
  return scalar instanceof NumpyScalar && scalar.hasNumber ? scalar.toNumber() : null;
}

type Numeric = boolean | bigint | number;

function isNumeric(value: JsonValue): value is Numeric {
  return typeof value === 'boolean' || typeof value === 'bigint' || typeof value === 'number';
}

/** Mixed comparison of bigint and number is exact in JavaScript, as it is in Python. */
function numericEqual(a: Numeric, b: Numeric): boolean {
  const [x, y] = [typeof a === 'boolean' ? Number(a) : a, typeof b === 'boolean' ? Number(b) : b];
  // biome-ignore lint/suspicious/noDoubleEquals: across bigint and number only == compares the values
  return x == y;
}
