// The dumped graph of the original: the reads that were recorded of it, when, and which answers of ours differ on purpose.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { openObjectStore } from '../../src/objects/open.ts';

/** A few seconds after the last thing that happened in the graph. */
export const START_MS: number = Date.parse('2026-11-23T01:25:00Z');

/** The recorded reads, for `replay`. */
export const READS = {
  scenario: 'read',
  description: '',
  settings: {},
  exchanges_file: 'read_exchanges.jsonl.gz',
  calls_file: 'read_calls.jsonl.gz',
} as const;

/**
 * Answers that differ on purpose. A last iteration loses what is finer than a millisecond; a manager is told of the tasks that
 * may be claimed, without those of weight 0, or on a hub of weight 0, which the original counts.
 */
export const EXPLAINED: ReadonlyMap<number, RegExp> = new Map<number, RegExp>([
  [123, /"last_iteration":"2026-01-02T03:04:05\+00:00"/],
  [156, /"last_iteration":"2026-11-23T01:24:54\.793000\+00:00"/],
  ...[736, 738, 740].map((n): [number, RegExp] => [n, /"num_tasks":13/]),
  [742, /"num_tasks":1\}/],
]);

/** The bucket that belongs to the graph. */
export async function objectsOf(graphFolder: string): Promise<ObjectStore> {
  const store = await openObjectStore('memory:');
  const { prefix, objects } = JSON.parse(readFileSync(join(graphFolder, 'objects.json'), 'utf8')) as {
    readonly prefix: string;
    readonly objects: readonly { readonly key: string; readonly file: string }[];
  };
  for (const { key, file } of objects) {
    const path = join(graphFolder, file);
    assert.ok(existsSync(path) && key.startsWith(`${prefix}/`), key);
    const upload = await store.createUpload();
    await upload.write(readFileSync(path));
    await upload.commit(key.slice(prefix.length + 1));
  }
  return store;
}
