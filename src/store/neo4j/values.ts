// Values of JavaScript ↔ values of Neo4j; see database.ts for the rules.
import neo4j, { type DateTime } from 'neo4j-driver';
import type { Parameters, Value } from './database.ts';

/** Parameters as the driver takes them: dates become zoned date-times. */
export function toDriver(parameters: Parameters): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, encode(value)]));
}

function encode(value: Value): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return dateTime(value);
  if (Array.isArray(value)) return value.map(encode);
  return toDriver(value as Parameters);
}

/** With the offset +00:00, as Python's `datetime.now(tz=UTC)` is written. */
function dateTime(date: Date): DateTime<number> {
  return new neo4j.types.DateTime(
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    date.getUTCMilliseconds() * 1_000_000,
    0,
  );
}

/** A value of a row: zoned date-times become dates, at any depth. Lists and maps are changed in place. */
export function fromDriver(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (let place = 0; place < value.length; place++) value[place] = fromDriver(value[place]);
    return value;
  }
  if (neo4j.isDateTime(value)) return value.toStandardDate();
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    throw new TypeError(`a row holds a ${value.constructor.name}: return its properties`);
  }
  const members = value as Record<string, unknown>;
  for (const name of Object.keys(members)) members[name] = fromDriver(members[name]);
  return members;
}
