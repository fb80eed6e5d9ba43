// Values as gufe of today would write them again: it reads what a keyed dict holds into Python's objects and writes those, so
// that another spelling of a value (`kJ/mol`, a date that ends in Z, a path with two slashes) becomes gufe's own. Reading
// does the same here (serialization/json.ts); this is for the text of a file, without making objects.
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json-value.ts';
import { withMembers } from './json-members.ts';
import { decodeValue, encodeValue, UNIT_REGISTRY } from './serialization/json.ts';
import { spelledByPint } from './unit-spelling.ts';
import { Quantity, Unit } from './units.ts';
import { isGufeDict } from './values.ts';

/** The dict with its values as gufe would write them; null when it has one that gufe cannot read, or that is not known here. */
export function valuesToday(dict: JsonObject): JsonObject | null {
  let isKnown = true;
  const today = (value: JsonValue): JsonValue => {
    if (!isJsonObject(value) || !hasCodec(value)) return withMembers(value, today);
    const decoded = decodeValue(value, key => key);
    if (isGufeDict(decoded)) isKnown = false;
    if (decoded instanceof Quantity) isKnown &&= spelledByPint(decoded.unit) !== null;
    if (decoded instanceof Unit) isKnown &&= spelledByPint(decoded.name) !== null;
    return isGufeDict(decoded) ? value : encodeValue(decoded);
  };
  const written = today(dict) as JsonObject;
  return isKnown ? written : null;
}

/** The Python types that gufe has a codec for; settings are not among them, whose entries are looked at one by one. */
const CLASSES: ReadonlySet<string> = new Set([
  'builtins:bytes',
  'datetime:datetime',
  'pathlib:PosixPath',
  'pathlib._local:PosixPath',
  'uuid:UUID',
  'numpy:ndarray',
]);

/** Whether gufe takes the dict for a value of a Python type. */
function hasCodec(dict: JsonObject): boolean {
  if (!dict.has(':is_custom:')) return false;
  if (dict.get('pint_unit_registry') === UNIT_REGISTRY) {
    return dict.has('unit_name') || (dict.has('magnitude') && dict.has('unit'));
  }
  if (CLASSES.has(`${String(dict.get('__module__'))}:${String(dict.get('__class__'))}`)) return true;
  return dict.has('dtype') && dict.has('bytes') && !dict.has('shape');
}
