// References to results as they lie in the graph. Times of references are text there, ISO with the offset +00:00, so that
// their order as text is their order in time.
import { hash } from 'node:crypto';
import { writeJson } from '../../lib/json-write.ts';
import type { Key, PushResult, ResultRef, UnitFailure } from '../state-store.ts';
import type { Value } from './database.ts';
import { keyOf, MODELS_MODULE, objectProperties, type SpecificScope } from './keys.ts';

/** What a reference is made of; `RESULT` returns it. */
export interface ResultRow {
  readonly ref: Key;
  readonly objKey: string;
  readonly ok: boolean;
  readonly location: string | null;
  readonly created: string | null;
  readonly creator: string | null;
  readonly task: Key;
  readonly transformation: Key;
}

/** Cypher: a map with the members of a ResultRow, from variables for the reference, its task and its transformation. */
export function RESULT(names: {
  readonly ref: string;
  readonly task: string;
  readonly transformation: string;
}): string {
  const { ref, task, transformation } = names;
  return `{
      ref: ${ref}._scoped_key, objKey: ${ref}.obj_key, ok: ${ref}.ok, location: ${ref}.location,
      created: ${ref}.datetime_created, creator: ${ref}.creator,
      task: ${task}._scoped_key, transformation: ${transformation}._scoped_key
    }`;
}

/** The reference as callers see it. */
export function resultRef(row: ResultRow): ResultRef {
  return {
    ...row,
    location: row.location ?? '',
    // The original can keep a reference without a time; its server always gives one.
    created: new Date(row.created ?? 0),
  };
}

/**
 * The properties of a reference's node.
 *
 * Differs from alchemiscale: the key follows from task, result and outcome alone, not from the time, so that the same push
 * gives the same key.
 */
export function refProperties(params: PushResult, scope: SpecificScope): Readonly<Record<string, Value>> {
  const { task, objKey, ok, location, service, now } = params;
  const token = hash('md5', `${task} ${objKey} ${ok}`, 'hex');
  return {
    ...objectProperties(`ProtocolDAGResultRef-${token}`, scope, MODELS_MODULE),
    obj_key: objKey,
    ok,
    location,
    scope: `${scope.org}-${scope.campaign}-${scope.project}`,
    datetime_created: pythonTime(now),
    creator: service,
  };
}

/** As Python's isoformat() has it: no fraction when it is 0, else six digits. */
export function pythonTime(time: Date): string {
  const [seconds = '', milliseconds = ''] = time.toISOString().replace('Z', '').split('.');
  return `${seconds}${milliseconds === '000' ? '' : `.${milliseconds}000`}+00:00`;
}

/** The properties of the node that keeps the tracebacks of a failure; null when there are none. */
export function tracebackProperties(
  failures: readonly UnitFailure[],
  scope: SpecificScope,
): Readonly<Record<string, Value>> | null {
  if (failures.length === 0) return null;
  const lists = {
    tracebacks: failures.map(({ traceback }) => traceback),
    source_keys: failures.map(({ sourceKey }) => sourceKey),
    failure_keys: failures.map(({ failureKey }) => failureKey),
  };
  const dict = new Map(Object.entries({ ...lists, __qualname__: 'Tracebacks', __module__: MODELS_MODULE }));
  const token = hash('md5', writeJson(dict, { sortKeys: true }), 'hex');
  return { ...objectProperties(`Tracebacks-${token}`, scope, MODELS_MODULE), ...lists };
}

/** The key of a reference, from its properties. */
export function refKey(properties: Readonly<Record<string, Value>>, scope: SpecificScope): Key {
  return keyOf(String(properties._gufe_key), scope);
}
