// A record taken apart into what is counted and compared: items of a kind, each with a name and a text that says all of it. Two
// stores hold the same when they have the same items. The texts are the same whatever backend the record came from.
import { hash } from 'node:crypto';
import { isJsonObject, type JsonValue, parseJson } from '../lib/json-value.ts';
import { writeJson } from '../lib/json-write.ts';
import type { ActionRecord, ResultRecord, TransferRecord } from '../store/state-store.ts';

/** What is counted, in the order of reports. */
export const ITEM_KINDS = [
  'identity',
  'object',
  'network',
  'pattern',
  'manager',
  'service',
  'task',
  'action',
  'result',
  'strategy',
  'run',
] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];

export interface Item {
  readonly kind: ItemKind;
  readonly name: string;
  readonly text: string;
}

/**
 * How objects are compared: by their bytes, or, where one of the two stores keeps none, by their content: members in any order, without
 * those that are null or empty, which the original's graph does not keep.
 */
export type ObjectComparison = 'bytes' | 'content';

/** The items of a record. */
export function itemsOf(record: TransferRecord, objects: ObjectComparison): readonly Item[] {
  switch (record.kind) {
    case 'identity': {
      const { kind, type, identifier, hashedKey, disabled, expiresMs, scopes, email, fullName } = record;
      const text = textOf(hashedKey, disabled, expiresMs, scopes, email, fullName);
      return [{ kind, name: `${type} ${identifier}`, text }];
    }
    case 'object': {
      const text = objects === 'bytes' ? sha256(record.bytes) : contentText(record.bytes);
      return [{ kind: 'object', name: record.key, text }];
    }
    case 'network':
      return [{ kind: 'network', name: record.key, text: textOf(record.state, record.weight) }];
    case 'pattern': {
      const { kind, network, pattern, maxRetries } = record;
      return [{ kind, name: `${network} ${pattern}`, text: textOf(maxRetries) }];
    }
    case 'manager': {
      const { kind, name, uuid, owner, status, detail, saturation, registeredMs, updatedMs } = record;
      return [{ kind, name, text: textOf(uuid, owner, status, detail, saturation, registeredMs, updatedMs) }];
    }
    case 'service': {
      const { kind, identifier, owner, registeredMs, heartbeatMs, manager, failuresMs } = record;
      return [
        { kind, name: identifier, text: textOf(owner, registeredMs, heartbeatMs, manager, failuresMs) },
      ];
    }
    case 'task': {
      const { kind, key, transformation, status, priority, createdMs, creator, claim } = record;
      const held = claim === null ? null : [claim.service, claim.claimedMs];
      const text = textOf(transformation, record.extends, status, priority, createdMs, creator, held);
      return [
        { kind, name: key, text },
        ...record.actions.map(action => actionItem(key, action)),
        ...record.results.map(result => resultItem(key, result)),
      ];
    }
    case 'strategy': {
      const { kind, network, strategy, mode, status, iterations, sleepInterval, lastIterationMs } = record;
      const { lastIterationResultCount, maxTasksPerTransformation, taskScaling, exception, traceback } =
        record;
      const settings = [mode, sleepInterval, maxTasksPerTransformation, taskScaling];
      const state = [status, iterations, lastIterationMs, lastIterationResultCount, exception, traceback];
      return [{ kind, name: network, text: textOf(strategy, settings, state) }];
    }
    case 'run': {
      const { kind, network, place, bytes, strategy, mode, startedMs, endedMs, iteration } = record;
      const { statusBefore, statusAfter, resultCount, created, actioned, cancelled, exception } = record;
      const what = [strategy, mode, startedMs, endedMs, iteration, statusBefore, statusAfter];
      const came = [resultCount, created, actioned, cancelled, exception, sha256(bytes)];
      return [{ kind, name: `${network} ${place}`, text: textOf(what, came) }];
    }
    default:
      return record satisfies never;
  }
}

function actionItem(task: string, { network, weight, restarts }: ActionRecord): Item {
  const used = restarts.map(({ pattern, retries }) => textOf(pattern, retries)).sort();
  return { kind: 'action', name: `${task} ${network}`, text: textOf(weight, used) };
}

function resultItem(task: string, result: ResultRecord): Item {
  const { key, objKey, ok, location, createdMs, creator } = result;
  const tracebacks = result.tracebacks.map(({ text, sourceKey, failureKey }) => [
    text,
    sourceKey,
    failureKey,
  ]);
  const text = textOf(objKey, ok, location, createdMs, creator, tracebacks);
  return { kind: 'result', name: `${task} ${key}`, text };
}

function textOf(...values: readonly unknown[]): string {
  return JSON.stringify(values);
}

function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

function contentText(bytes: Uint8Array): string {
  const value = parseJson(bytes);
  if (!isJsonObject(value)) return sha256(bytes);
  const members = [...value].filter(([, member]) => !isLeftOut(member));
  return hash('sha256', writeJson(new Map(members), { sortKeys: true }), 'hex');
}

function isLeftOut(member: JsonValue): boolean {
  return member === null || (isJsonObject(member) && member.size === 0);
}
