// Changes deep inside JSON values that leave alone, and in memory once, what does not change.
import { isJsonObject, type JsonValue } from '../lib/json-value.ts';

/** The value with each of its members changed; itself where no member changes, and where it has none. */
export function withMembers(value: JsonValue, change: (member: JsonValue) => JsonValue): JsonValue {
  if (Array.isArray(value)) return changedList(value as readonly JsonValue[], change);
  if (!isJsonObject(value)) return value;
  let changed: Map<string, JsonValue> | null = null;
  for (const [name, member] of value) {
    const now = change(member);
    if (now === member) continue;
    changed ??= new Map(value);
    changed.set(name, now);
  }
  return changed ?? value;
}

function changedList(
  list: readonly JsonValue[],
  change: (member: JsonValue) => JsonValue,
): readonly JsonValue[] {
  let changed: JsonValue[] | null = null;
  for (let i = 0; i < list.length; i++) {
    const member = list[i] as JsonValue;
    const now = change(member);
    if (now === member) continue;
    changed ??= [...list];
    changed[i] = now;
  }
  return changed ?? list;
}
