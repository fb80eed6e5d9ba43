// Copies the bodies of results from one object store to another, under the same locations, several at a time. What is there
// already with the same bytes is left.
import { AlchemiscaleError } from '../domain/errors.ts';
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

/**
 * Copies the bodies of all results that a source names, `results` of them. When one fails for another reason than that it is missing
 * or damaged, the others stop where they are, and the error names that one.
 */
export async function copyBodies(
  source: RecordSource,
  { from, to }: { readonly from: ObjectStore; readonly to: ObjectStore },
  { onProgress, signal, results }: CopyOptions & { readonly results: number },
): Promise<BodiesMoved> {
  const count = new BodyCount();
  const bodies = listBodies(source);
  const underWay = new Set<string>();
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const work = async (): Promise<void> => {
    for (let next = await bodies.next(); next.done !== true; next = await bodies.next()) {
      either.throwIfAborted();
      const [name = ''] = next.value.locations;
      // The same body under another reference.
      if (underWay.has(name)) {
        count.there();
        continue;
      }
      underWay.add(name);
      try {
        await copyOne(next.value, { from, to }, count, either);
      } finally {
        underWay.delete(name);
      }
      onProgress({ stage: 'copying results', done: count.done, total: results });
    }
  };
  onProgress({ stage: 'copying results', done: 0, total: results });
  const workers = Array.from({ length: AT_ONCE }, () =>
    work().catch((error: unknown) => {
      // The first: what the others say is that they were stopped.
      failed.abort(error);
    }),
  );
  await Promise.all(workers);
  await bodies.return(undefined);
  either.throwIfAborted();
  return count.total();
}

async function copyOne(
  body: Body,
  { from, to }: { readonly from: ObjectStore; readonly to: ObjectStore },
  count: BodyCount,
  signal: AbortSignal,
): Promise<void> {
  try {
    const found = await findBody(from, body);
    if (found === null) return count.missing(body);
    const { location, stored } = found;
    const there = await retried(() => to.get(location), signal).catch(damagedAsAbsent);
    if (there?.size === stored.size && (await sha256Of(there, signal)) === (await sha256Of(stored, signal))) {
      return count.there();
    }
    await retried(() => writeBody(to, location, stored.read(), signal), signal);
    count.copied(stored.size);
  } catch (error) {
    if (signal.aborted || !(error instanceof AlchemiscaleError)) throw error;
    const { code, message }: AlchemiscaleError = error;
    const sentence = `the result of ${body.ref} cannot be copied: ${message}`;
    if (!isDamage(error)) throw new AlchemiscaleError(code, sentence, { cause: error });
    count.problem(sentence);
  }
}
