// Copies the bodies of results from one object store to another, under the same locations, several at a time. What is there
// already with the same bytes is left.
import type { ObjectStore } from '../objects/object-store.ts';
import {
  type BodiesMoved,
  type Body,
  BodyCount,
  damagedAsAbsent,
  findBody,
  isDamage,
  listBodies,
  retried,
  sha256Of,
  writeBody,
} from './bodies.ts';
import type { CopyOptions } from './copy-records.ts';
import type { RecordSource } from './source.ts';

/** Copies at a time: each holds a part of one object in memory. */
const AT_ONCE = 8;

/** Copies the bodies of all results that a source names, `results` of them. */
export async function copyBodies(
  source: RecordSource,
  { from, to }: { readonly from: ObjectStore; readonly to: ObjectStore },
  { onProgress, signal, results }: CopyOptions & { readonly results: number },
): Promise<BodiesMoved> {
  const count = new BodyCount();
  const bodies = listBodies(source);
  const underWay = new Set<string>();
  const work = async (): Promise<void> => {
    for (let next = await bodies.next(); next.done !== true; next = await bodies.next()) {
      signal.throwIfAborted();
      const [name = ''] = next.value.locations;
      // The same body under another reference.
      if (underWay.has(name)) {
        count.there();
        continue;
      }
      underWay.add(name);
      try {
        await copyOne(next.value, from, to, count);
      } finally {
        underWay.delete(name);
      }
      onProgress({ stage: 'copying results', done: count.done, total: results });
    }
  };
  onProgress({ stage: 'copying results', done: 0, total: results });
  const outcomes = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  await bodies.return(undefined);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return count.total();
}

async function copyOne(body: Body, from: ObjectStore, to: ObjectStore, count: BodyCount): Promise<void> {
  try {
    const found = await findBody(from, body);
    if (found === null) return count.missing(body);
    const { location, stored } = found;
    const there = await retried(() => to.get(location)).catch(damagedAsAbsent);
    if (there?.size === stored.size && (await sha256Of(there)) === (await sha256Of(stored))) {
      return count.there();
    }
    await retried(() => writeBody(to, location, stored.read()));
    count.copied(stored.size);
  } catch (error) {
    if (!isDamage(error)) throw error;
    count.problem(`the result of ${body.ref} cannot be copied: ${error.message}`);
  }
}
